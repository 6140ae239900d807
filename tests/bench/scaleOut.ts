import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'redis';
import type { BookView } from '../../src/shared/values.ts';
import { venueIds } from '../../src/shared/venues.ts';
import { HeardFeed } from '../main/gateway/redis/support/heardFeed.ts';
import { MadeFeed } from '../main/gateway/redis/support/madeFeed.ts';
import { RedisBench } from '../main/gateway/redis/support/redisBench.ts';

/**
 * What a market costs over Redis, with publisher and gateways in one process and a redis-server of its own:
 * `node tests/bench/scaleOut.ts [markets] [trades/s] [states/s] [gateways]`. A state is a price, and a book of 2 x 50 rows.
 */
const [markets = 20, trades = 20, states = 10, gateways = 1] = process.argv.slice(2).map(Number);
const seconds = 10;

const on = await RedisBench.open();
const names = Array.from({ length: markets }, (_, index) => `M${index}-USDT`);
const engine = new MadeFeed(names);
const { ingester } = on.ingest(engine);
const heard = Array.from({ length: gateways }, () => {
  const feed = on.feed();
  const listener = new HeardFeed(feed);
  feed.want(
    new Set(names.flatMap((name) => [`trades.${name}`, `price.${name}`, `orderbook.${name}`])),
  );
  return listener;
});
await on.until(() => engine.wanted.size >= markets * 3, 'the wants', 20_000);
await pause(2_000);

const admin = createClient({ url: on.redis.url, RESP: 2 });
await admin.connect();

async function redisFigures() {
  const text = String(await admin.sendCommand(['INFO']));
  const figure = (name: string): number => Number(new RegExp(`${name}:([0-9.]+)`).exec(text)?.[1]);
  return {
    commands: figure('total_commands_processed'),
    bytesIn: figure('total_net_input_bytes'),
    bytesOut: figure('total_net_output_bytes'),
    cpuSec: figure('used_cpu_user') + figure('used_cpu_sys'),
    memory: figure('used_memory'),
  };
}

function bookOf(market: string, sequence: number): BookView {
  const row = (priceUnits: number) => ({
    ...{ priceUnits, sizeUnits: venueIds.map(() => 1_000 + sequence) },
    changedTime: venueIds.map(() => Date.now()),
  });
  return {
    ...{
      market,
      venue: null,
      priceDecimals: 2,
      sizeDecimals: 3,
      groupUnits: 1,
      crossedUnits: null,
    },
    parts: venueIds.map((venue) => ({
      ...{
        venue,
        instrument: `${venue}:${market}`,
        status: 'live',
        streamStatus: 'live',
        sequence,
      },
      ...{ receivedTime: Date.now(), counted: true, bestBidUnits: 1, bestAskUnits: 2, note: null },
    })),
    bids: Array.from({ length: 50 }, (_, index) => row(10_000 - index)),
    asks: Array.from({ length: 50 }, (_, index) => row(10_001 + index)),
  };
}

function publishState(seq: number): void {
  for (const market of names) {
    engine.price(market);
    const value = { kind: 'orderbook', book: bookOf(market, seq) } as const;
    const head = { channel: `orderbook.${market}`, type: 'state', epoch: 'e1', seq } as const;
    engine.listener?.onPublished([{ ...head, source: 'live', time: Date.now(), value }]);
  }
}

const before = await redisFigures();
const cpuBefore = process.cpuUsage();
const startMs = performance.now();
let tradesDue = 0;
let statesDue = 0;
while (performance.now() - startMs < seconds * 1_000) {
  const elapsed = (performance.now() - startMs) / 1_000;
  for (; tradesDue < elapsed * trades; tradesDue++) for (const name of names) engine.trade(name);
  for (; statesDue < elapsed * states; statesDue++) publishState(statesDue + 1);
  await pause(2);
}
await pause(300);
const after = await redisFigures();
const cpu = process.cpuUsage(cpuBefore);
const took = (performance.now() - startMs) / 1_000;

const perMarket = (total: number): number => Number((total / took / markets).toFixed(1));
const percent = (sec: number): number => Number(((sec / took) * 100).toFixed(1));
process.stdout.write(
  `${JSON.stringify({
    ...{ markets, trades, states, gateways },
    commandsPerSec: Math.round((after.commands - before.commands) / took),
    perMarketAndSec: {
      commands: perMarket(after.commands - before.commands),
      bytesIn: perMarket(after.bytesIn - before.bytesIn),
      bytesOut: perMarket(after.bytesOut - before.bytesOut),
    },
    redisCpuPercent: percent(after.cpuSec - before.cpuSec),
    nodeCpuPercent: percent((cpu.user + cpu.system) / 1e6),
    redisBytesGrown: after.memory - before.memory,
    eventsSent: tradesDue * markets,
    eventsHeard: heard.map(({ events }) => events.length),
    losses: heard.map(({ losses }) => losses.length),
    published: ingester.counts(),
  })}\n`,
);
await admin.close();
await on.close();
