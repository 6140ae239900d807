import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import * as v from 'valibot';
import type { EngineHostOptions, MarketChoice, ReplayOptions } from '../engine/host.ts';
import { isVenueId, venueIds } from '../../shared/venues.ts';
import type { VenueId } from '../../shared/venues.ts';
import { usageFailure } from './commandFailure.ts';
import { nearest, printable } from './flags.ts';
import type { FlagTable, ParsedFlags } from './flags.ts';
import { profileFolder } from './profile.ts';

/** Flags that mean the same to both hosts. */
export const hostFlags = {
  market: { value: 'live|simulated', help: 'which market to show; without it the saved choice' },
  profile: { value: 'FOLDER', help: 'settings, layouts and recordings; one program at a time' },
  endpoints: {
    value: 'FILE',
    help: 'JSON with replaced venue addresses: {"okx":{"ws":..,"rest":..}}',
  },
  'venue-endpoint': {
    value: 'VENUE=WS,HTTP',
    help: 'replaced addresses of one venue; may be repeated',
    multiple: true,
  },
  replay: { value: 'FILE...', help: 'show recordings at recorded speed', multiple: true },
  venue: { value: 'VENUE', help: `venue of the recordings: ${venueIds.join(', ')}` },
  kind: { value: 'spot|linear', help: 'market kind of the recordings (default spot)' },
  snapshot: {
    value: 'SYMBOL=FILE[@LINE]',
    help: 'order book answer for a symbol, from that line on (the first is 1); may be repeated',
    multiple: true,
  },
  'simulator-seed': {
    value: 'NUMBER',
    help: 'seed of the simulated market: the same market each time',
  },
} as const satisfies FlagTable;

export type HostFlagChoices = Pick<
  EngineHostOptions,
  'profile' | 'market' | 'endpoints' | 'replay'
> & { readonly simulatorArgs: readonly string[] };

export function parseHostFlags(flags: ParsedFlags): HostFlagChoices {
  const replay = parseReplay(flags);
  const market = parseMarket(flags.one('market'));
  if (replay !== null && market !== null) {
    throw usageFailure('--market and --replay exclude each other; leave one out.');
  }
  const profile = flags.one('profile');
  return {
    // A recording is shown in memory: it never writes into the profile of the live market.
    profile: replay === null ? profileFolder(profile) : null,
    market,
    endpoints: parseEndpoints(flags),
    replay,
    simulatorArgs: parseSeed(flags.one('simulator-seed')),
  };
}

function parseSeed(text: string | null): readonly string[] {
  if (text === null) return [];
  if (/^\d{1,9}$/.test(text)) return ['--seed', text];
  throw usageFailure(
    `--simulator-seed is a whole number of up to nine digits, not "${printable(text)}".`,
  );
}

function parseMarket(text: string | null): MarketChoice | null {
  if (text === null || text === 'live' || text === 'simulated') return text;
  throw usageFailure(`--market is live or simulated, not "${printable(text)}".`);
}

function parseVenue(flag: string, text: string): VenueId {
  if (isVenueId(text)) return text;
  const near = nearest(text, venueIds);
  const advice = near === null ? `Known: ${venueIds.join(', ')}.` : `Did you mean ${near}?`;
  throw usageFailure(`${flag}: unknown venue "${printable(text)}". ${advice}`);
}

const address = (schemes: RegExp) => v.pipe(v.string(), v.regex(schemes), v.url());
const endpointsSchema = v.record(
  v.string(),
  v.strictObject({ ws: address(/^wss?:\/\//), rest: address(/^https?:\/\//) }),
);

function parseEndpoints(flags: ParsedFlags): EngineHostOptions['endpoints'] {
  const file = flags.one('endpoints');
  const entries = file === null ? {} : parseEndpointsFile(file);
  for (const text of flags.all('venue-endpoint')) {
    const match = /^([^=]+)=([^,]+),([^,]+)$/.exec(text);
    const [, name = '', ws = '', rest = ''] = match ?? [];
    const parsed = v.safeParse(endpointsSchema, { [name]: { ws, rest } });
    if (match === null || !parsed.success) {
      throw usageFailure(
        `--venue-endpoint "${printable(text)}" is not of the form okx=wss://host:port,https://host:port.`,
      );
    }
    Object.assign(entries, parsed.output);
  }
  return Object.fromEntries(
    Object.entries(entries).map(([name, endpoints]) => [
      parseVenue('endpoints', name),
      { ws: withoutSlash(endpoints.ws), rest: withoutSlash(endpoints.rest) },
    ]),
  );
}

function parseEndpointsFile(file: string): v.InferOutput<typeof endpointsSchema> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw usageFailure(`--endpoints ${printable(file)} cannot be read as JSON: ${reasonOf(error)}`);
  }
  const parsed = v.safeParse(endpointsSchema, content);
  if (!parsed.success) {
    throw usageFailure(
      `--endpoints ${printable(file)}: each venue needs "ws" and "rest" addresses, ` +
        'e.g. {"okx":{"ws":"wss://host","rest":"https://host"}}.',
    );
  }
  return parsed.output;
}

function withoutSlash(text: string): string {
  return text.replace(/\/+$/, '');
}

function parseReplay(flags: ParsedFlags): ReplayOptions | null {
  const files = flags.all('replay');
  if (files.length === 0) {
    for (const name of ['venue', 'kind', 'snapshot']) {
      if (flags.has(name)) throw usageFailure(`--${name} describes recordings; add --replay FILE.`);
    }
    return null;
  }
  const venue = flags.one('venue');
  if (venue === null) {
    throw usageFailure(`--replay needs --venue, one of ${venueIds.join(', ')}.`);
  }
  const kind = flags.one('kind') ?? 'spot';
  if (kind !== 'spot' && kind !== 'linear') {
    throw usageFailure(`--kind is spot or linear, not "${printable(kind)}".`);
  }
  return {
    files: files.map((file) => readableFile('--replay', file)),
    venue: parseVenue('--venue', venue),
    marketKind: kind,
    snapshots: flags.all('snapshot').map(parseSnapshot),
  };
}

function parseSnapshot(text: string): ReplayOptions['snapshots'][number] {
  const match = /^([^=]+)=(.+?)(?:@([1-9]\d{0,14}))?$/.exec(text);
  if (match === null) {
    throw usageFailure(`--snapshot "${printable(text)}" is not of the form SYMBOL=FILE[@LINE].`);
  }
  const [, symbol = '', file = '', line] = match;
  return {
    symbol,
    file: readableFile('--snapshot', file),
    atLine: line === undefined ? null : Number(line) - 1,
  };
}

function readableFile(flag: string, file: string): string {
  const path = resolve(file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    throw usageFailure(`${flag} ${printable(file)}: there is no such file; check the path.`);
  }
  if (!found.isFile()) throw usageFailure(`${flag} ${printable(file)} is not a file.`);
  if (found.size === 0) throw usageFailure(`${flag} ${printable(file)} is empty.`);
  return path;
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
}
