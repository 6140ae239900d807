import { parseArgs } from 'node:util';
import type { LoadEncoding, LoadTransport } from './loadClient.ts';

export interface LoadOptions {
  readonly clients: number;
  readonly ratePerSec: number;
  readonly seconds: number;
  readonly transport: Exclude<LoadTransport, 'snapshots' | 'plain'>;
  readonly encoding: LoadEncoding;
  readonly markets: number;
  /** Prices of each client; the first is of the market whose other channels it has. */
  readonly watch: number;
  /** Kinds of channels of one market of each client. */
  readonly channels: readonly string[];
  readonly gateways: number;
  /** Null: without, or one that is started for the run where several gateways need it. */
  readonly redis: string | null;
  readonly sampleEvery: number;
  /** Only the clients themselves: no floor, other encoding or polling beside them. */
  readonly isQuick: boolean;
  /** Folder for a CPU profile of the first gateway. */
  readonly cpuProfile: string | null;
  readonly scenario:
    | { readonly type: 'measure' }
    | { readonly type: 'stalled'; readonly stalled: number }
    | { readonly type: 'flood' }
    | { readonly type: 'stop' };
}

export const usage = `usage: npm run load -- [--clients 1000] [--rate 10] [--seconds 30] [--markets 10] [--watch 3]
  [--channels trades]
  [--transport websocket|socketio|sse|poll] [--encoding json|msgpack] [--gateways 1] [--redis URL] [--sample 20] [--quick]
  [--cpu-prof FOLDER] [--stalled COUNT | --flood | --stop]
It needs the built program (npm run build) and Linux: each client has a loopback address of its own.`;

/** The text of the usage where something is wrong. */
export function parseLoadOptions(args: readonly string[]): LoadOptions | string {
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options: flags }));
  } catch (error) {
    return `${error instanceof Error ? error.message : 'wrong flags'}\n${usage}`;
  }
  const { transport, encoding } = values;
  if (
    !isOneOf(transport, ['websocket', 'socketio', 'sse', 'poll']) ||
    !isOneOf(encoding, ['json', 'msgpack'])
  ) {
    return usage;
  }
  const numbers = [values.clients, values.rate, values.seconds, values.markets, values.gateways];
  const [clients = 0, ratePerSec = 0, seconds = 0, markets = 0, gateways = 0] = numbers.map(Number);
  const sampleEvery = Number(values.sample);
  const stalled = Number(values.stalled ?? 1);
  const watch = Number(values.watch);
  const whole = [clients, seconds, markets, watch, gateways, sampleEvery, stalled];
  const areWhole = whole.every((each) => Number.isInteger(each) && each >= 1);
  if (
    !areWhole ||
    !(ratePerSec > 0) ||
    markets > marketNames.length ||
    watch > markets ||
    stalled >= clients
  )
    return usage;
  return {
    ...{ clients, ratePerSec, seconds, markets, watch, gateways, sampleEvery },
    ...{ transport, encoding },
    channels: values.channels.split(',').filter((kind) => kind !== ''),
    redis: values.redis ?? null,
    isQuick: values.quick,
    cpuProfile: values['cpu-prof'] ?? null,
    scenario:
      values.stalled !== undefined
        ? { type: 'stalled', stalled }
        : { type: values.flood ? 'flood' : values.stop ? 'stop' : 'measure' },
  };
}

const flags = {
  clients: { type: 'string', default: '1000' },
  rate: { type: 'string', default: '10' },
  seconds: { type: 'string', default: '30' },
  transport: { type: 'string', default: 'websocket' },
  encoding: { type: 'string', default: 'json' },
  markets: { type: 'string', default: '10' },
  channels: { type: 'string', default: 'trades' },
  watch: { type: 'string', default: '3' },
  gateways: { type: 'string', default: '1' },
  redis: { type: 'string' },
  sample: { type: 'string', default: '20' },
  quick: { type: 'boolean', default: false },
  'cpu-prof': { type: 'string' },
  stalled: { type: 'string' },
  flood: { type: 'boolean', default: false },
  stop: { type: 'boolean', default: false },
} as const;

function isOneOf<Word extends string>(text: string, words: readonly Word[]): text is Word {
  return words.some((word) => word === text);
}

/** The largest markets of the simulated venues. */
const marketNames = ['BTC', 'ETH', 'SOL', 'BNB', 'XRP', 'DOGE', 'ADA', 'AVAX', 'LINK', 'LTC'];

/** What one client has: some prices, and the other kinds of channels of the first of these markets. */
export function roomsOf({
  markets,
  watch,
  channels,
}: Pick<LoadOptions, 'markets' | 'watch' | 'channels'>): readonly (readonly string[])[] {
  const names = marketNames.slice(0, markets).map((base) => `${base}-USDT`);
  return names.map((market, at) => [
    ...[...names, ...names].slice(at, at + watch).map((watched) => `price.${watched}`),
    ...channels.map((kind) => `${kind}.${market}`),
  ]);
}
