import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { systemGatewayClock } from '../../../../src/main/gateway/gatewayClock.ts';
import { openIngester } from '../../../../src/main/gateway/redis/ingester.ts';
import { openRedisFeed } from '../../../../src/main/gateway/redis/redisFeed.ts';
import { openRedisPort } from '../../../../src/main/gateway/redis/openRedisPort.ts';
import { parseRedisAddress } from '../../../../src/main/gateway/redis/redisAddress.ts';
import type { RedisPort } from '../../../../src/main/gateway/redis/redisPort.ts';
import { HeardFeed } from './support/heardFeed.ts';
import { MadeFeed } from './support/madeFeed.ts';
import { RedisServer, hasRedis } from './support/redisServer.ts';

const opened: { close(): Promise<void> }[] = [];
const logged: string[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
  logged.length = 0;
});

function kept<Each extends { close(): Promise<void> }>(each: Each): Each {
  opened.push(each);
  return each;
}

function portOf(server: RedisServer): RedisPort {
  const address = parseRedisAddress(server.url, null);
  if (typeof address === 'string') throw new Error(address);
  return kept(openRedisPort({ address, log: ({ text }) => logged.push(text) }));
}

const common = {
  clock: systemGatewayClock,
  version: '0.1.0',
  log: ({ text }: { readonly text: string }) => void logged.push(text),
};

function ingest(server: RedisServer, feed: MadeFeed) {
  return kept(openIngester({ ...common, port: portOf(server), feed }));
}

function serve(server: RedisServer) {
  const feed = kept(openRedisFeed({ ...common, port: portOf(server) }));
  return { feed, heard: new HeardFeed(feed) };
}

async function until(isSo: () => boolean, what: string, limitMs = 12_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`did not come: ${what}\n${logged.join('\n')}`);
    await sleep(10);
  }
}

const btc = 'trades.BTC-USDT';
const btcPrice = 'price.BTC-USDT';

test.skipIf(!hasRedis)(
  '[S1-49] two gateways give the same events under the same numbers and cursors',
  async () => {
    const redis = kept(await RedisServer.start());
    const engine = new MadeFeed(['BTC-USDT', 'ETH-USDT']);
    ingest(redis, engine);
    const a = serve(redis);
    a.feed.want(new Set([btc, btcPrice]));
    await until(() => engine.wanted.has(btc), 'the want of a gateway');
    for (let count = 0; count < 200; count++) engine.tick();
    await until(() => a.heard.events.length >= 200, 'events at A');
    // It comes later, and has what was before all the same.
    const b = serve(redis);
    b.feed.want(new Set([btcPrice]));
    await until(() => b.heard.lastState(btcPrice) !== null, 'the last value at B');
    for (let count = 0; count < 100; count++) engine.tick();
    await until(() => b.heard.events.length >= 300, 'events at B');
    await until(() => a.heard.events.length >= 300, 'all events at A');
    expect(b.heard.events).toEqual(a.heard.events);
    expect(a.heard.seqs(btc)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    await until(() => b.heard.lastState(btcPrice)?.seq === 300, 'the newest price at B');
    await until(() => a.heard.lastState(btcPrice)?.seq === 300, 'the newest price at A');
    expect(b.heard.lastState(btcPrice)).toEqual(a.heard.lastState(btcPrice));
    expect(b.feed.markets()).toEqual(['BTC-USDT', 'ETH-USDT']);
    expect(b.feed.status()?.venuesLive).toBe(3);
    expect([...a.heard.losses, ...b.heard.losses]).toEqual([]);
    expect(a.heard.sources).toEqual(['live']);
  },
);

test.skipIf(!hasRedis)('candles of the past are answered by the owner of the market', async () => {
  const redis = kept(await RedisServer.start());
  const engine = new MadeFeed(['BTC-USDT']);
  ingest(redis, engine);
  const { feed } = serve(redis);
  await until(() => feed.status() !== null, 'a publisher');
  const request = { market: 'BTC-USDT', venue: null, interval: '1m', limit: 10 } as const;
  const page = await feed.candles({ ...request, before: null });
  expect(page).toMatchObject({ market: 'BTC-USDT', complete: true, problem: null });
  expect(page.candles).toHaveLength(1);
  expect(engine.asked).toEqual([{ ...request, before: null }]);
});

test.skipIf(!hasRedis)(
  'a publisher that dies: its market moves within 5 s, one gap is marked, then data',
  async () => {
    const redis = kept(await RedisServer.start());
    const engines = [new MadeFeed(['BTC-USDT'], 'e1'), new MadeFeed(['BTC-USDT'], 'e2')] as const;
    const first = ingest(redis, engines[0]);
    const { feed, heard } = serve(redis);
    feed.want(new Set([btc, btcPrice]));
    await until(() => first.markets().length === 1, 'the first owner');
    const second = ingest(redis, engines[1]);
    await until(() => engines[0].wanted.has(btc), 'its engine at work');
    for (let count = 0; count < 20; count++) engines[0].tick();
    await until(() => heard.events.length === 20, 'its events');
    // Its process is gone without a word: nothing is renewed or released.
    const port = opened.findIndex((each) => each === first);
    await opened[port - 1]?.close();
    const diedMs = performance.now();
    await until(() => second.markets().length === 1, 'the second owner');
    const tookMs = performance.now() - diedMs;
    expect(tookMs).toBeLessThan(5_000);
    const left = heard.states.findLast(({ channel }) => channel === btcPrice)?.value;
    expect(left?.kind === 'price' && left.price.status).toBe('stale');
    await until(() => engines[1].wanted.has(btc), 'the second engine at work');
    for (let count = 0; count < 20; count++) engines[1].tick();
    await until(() => heard.events.length === 40, 'events of the second');
    expect(heard.losses).toEqual([{ channels: [btc], reason: 'epoch', missing: null }]);
    expect(heard.order.indexOf('lost epoch ?')).toBe(20);
    await until(() => heard.lastState(btcPrice)?.seq === 20, 'a price of the second');
    // The dead one wakes up: nothing of it goes out.
    for (let count = 0; count < 5; count++) engines[0].tick();
    await sleep(300);
    expect(heard.events).toHaveLength(40);
  },
);

test.skipIf(!hasRedis)(
  'Redis is gone for a while and comes back empty: told, marked, and then resynced',
  async () => {
    const redis = kept(await RedisServer.start());
    const engine = new MadeFeed(['BTC-USDT']);
    ingest(redis, engine);
    const { feed, heard } = serve(redis);
    feed.want(new Set([btc, btcPrice]));
    await until(() => engine.wanted.has(btc), 'the want');
    for (let count = 0; count < 10; count++) engine.tick();
    await until(() => heard.events.length === 10, 'events');
    await redis.stop();
    await until(() => heard.links.at(-1) === false, 'the loss of the link', 2_000);
    for (let count = 0; count < 10; count++) engine.tick();
    await sleep(3_500);
    await redis.start();
    await until(() => heard.links.at(-1) === true, 'the link');
    const marked = heard.lastState(btcPrice)?.value;
    expect(marked?.kind === 'price' && marked.price.status).toBe('stale');
    await until(() => {
      engine.tick();
      return heard.events.length > 10 && heard.lastState(btcPrice)?.epoch.endsWith('.x') === false;
    }, 'events again');
    expect(heard.losses[0]).toEqual({ channels: null, reason: 'epoch', missing: null });
    expect(heard.losses).toHaveLength(1);
    expect(heard.order[10]).toBe('lost epoch ?');
    const logs = new Set(heard.events.map(({ position }) => position?.log));
    expect(logs.size).toBe(2);
    expect(heard.links).toEqual([false, true]);
  },
);
