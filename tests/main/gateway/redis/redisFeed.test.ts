import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { Publication } from '../../../../src/main/gateway/hub/marketFeed.ts';
import type { RedisPort } from '../../../../src/main/gateway/redis/redisPort.ts';
import { HeardFeed } from './support/heardFeed.ts';
import { MadeFeed } from './support/madeFeed.ts';
import { btc, btcPrice, serveOneMarket } from './support/oneMarket.ts';
import { RedisBench } from './support/redisBench.ts';
import { hasRedis } from './support/redisServer.ts';

let bench: RedisBench | null = null;

afterEach(async () => {
  await bench?.close();
  bench = null;
});

async function openBench(): Promise<RedisBench> {
  bench = await RedisBench.open();
  return bench;
}

function serve(on: RedisBench, port?: RedisPort) {
  const feed = on.feed(port);
  return { feed, heard: new HeardFeed(feed) };
}

function statusIn(state: Publication | null | undefined): string | null {
  return state?.value.kind === 'price' ? state.value.price.status : null;
}

test.skipIf(!hasRedis)(
  '[S1-49] two gateways give the same events under the same numbers and cursors',
  async () => {
    const on = await openBench();
    const engine = new MadeFeed(['BTC-USDT', 'ETH-USDT']);
    on.ingest(engine);
    const a = serve(on);
    a.feed.want(new Set([btc, btcPrice]));
    await on.until(() => engine.wanted.has(btc), 'the want of a gateway');
    for (let count = 0; count < 200; count++) engine.tick();
    await on.until(() => a.heard.events.length >= 200, 'events at A');
    // It comes later, and has what was before all the same.
    const b = serve(on);
    b.feed.want(new Set([btcPrice]));
    await on.until(() => b.heard.lastState(btcPrice) !== null, 'the last value at B');
    for (let count = 0; count < 100; count++) engine.tick();
    await on.until(() => b.heard.events.length >= 300, 'events at B');
    await on.until(() => a.heard.events.length >= 300, 'all events at A');
    expect(b.heard.events).toEqual(a.heard.events);
    expect(a.heard.seqs(btc)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    await on.until(() => b.heard.lastState(btcPrice)?.seq === 300, 'the newest price at B');
    await on.until(() => a.heard.lastState(btcPrice)?.seq === 300, 'the newest price at A');
    expect(b.heard.lastState(btcPrice)).toEqual(a.heard.lastState(btcPrice));
    await on.until(() => b.feed.status() !== null, 'a publisher at B');
    expect(b.feed.markets()).toEqual(['BTC-USDT', 'ETH-USDT']);
    expect(b.feed.status()?.venuesLive).toBe(3);
    expect([...a.heard.losses, ...b.heard.losses]).toEqual([]);
    expect(a.heard.sources).toEqual(['live']);
  },
);

test.skipIf(!hasRedis)('candles of the past are answered by the owner of the market', async () => {
  const on = await openBench();
  const engine = new MadeFeed(['BTC-USDT']);
  on.ingest(engine);
  const { feed } = serve(on);
  await on.until(() => feed.status() !== null, 'a publisher');
  const request = { market: 'BTC-USDT', venue: null, interval: '1m', limit: 10 } as const;
  const page = await feed.candles({ ...request, before: null });
  expect(page).toMatchObject({ market: 'BTC-USDT', complete: true, problem: null });
  expect(page.candles).toHaveLength(1);
  expect(engine.asked).toEqual([{ ...request, before: null }]);
});

test.skipIf(!hasRedis)(
  'a publisher that dies: its market moves, one gap is marked, then data',
  async () => {
    const on = await openBench();
    const engines = [new MadeFeed(['BTC-USDT'], 'e1'), new MadeFeed(['BTC-USDT'], 'e2')] as const;
    const first = on.ingest(engines[0]);
    const { feed, heard } = serve(on);
    feed.want(new Set([btc, btcPrice]));
    await on.until(() => first.ingester.markets().length === 1, 'the first owner');
    const second = on.ingest(engines[1]);
    await on.until(() => engines[0].wanted.has(btc), 'its engine at work');
    for (let count = 0; count < 20; count++) engines[0].tick();
    await on.until(() => heard.events.length === 20, 'its events');
    // Its process is gone without a word: nothing is renewed or released.
    await first.kill();
    await on.until(() => second.ingester.markets().length === 1, 'the second owner');
    await on.until(
      () => statusIn(heard.lastState(btcPrice)) === 'stale',
      'word that its price is stale',
    );
    await on.until(() => engines[1].wanted.has(btc), 'the second engine at work');
    for (let count = 0; count < 20; count++) engines[1].tick();
    await on.until(() => heard.events.length === 40, 'events of the second');
    expect(heard.losses).toEqual([{ channels: [btc], reason: 'epoch', missing: null }]);
    expect(heard.order.indexOf('lost epoch ?')).toBe(20);
    await on.until(() => heard.lastState(btcPrice)?.seq === 20, 'a price of the second');
    // The dead one wakes up: nothing of it goes out.
    for (let count = 0; count < 5; count++) engines[0].tick();
    await sleep(300);
    expect(heard.events).toHaveLength(40);
  },
);

test.skipIf(!hasRedis)(
  'Redis is gone for a while and comes back empty: told, marked, and then resynced',
  async () => {
    const { on, engine, heard } = await serveOneMarket(await openBench());
    for (let count = 0; count < 10; count++) engine.tick();
    await on.until(() => heard.events.length === 10, 'events');
    await on.until(() => heard.lastState(btcPrice) !== null, 'a price');
    await on.redis.stop();
    await on.until(() => heard.links.at(-1) === false, 'the loss of the link');
    const before = heard.states.length;
    for (let count = 0; count < 10; count++) engine.tick();
    await sleep(3_500);
    await on.redis.start();
    await on.until(() => heard.links.at(-1) === true, 'the link');
    await on.until(() => heard.states.length > before, 'word of its price');
    expect(statusIn(heard.states[before])).toBe('stale');
    await on.until(() => {
      engine.tick();
      return heard.events.length > 10 && heard.lastState(btcPrice)?.epoch.endsWith('.x') === false;
    }, 'events again');
    expect(heard.losses[0]).toMatchObject({ channels: null, reason: 'epoch', missing: null });
    expect(heard.losses[0]?.position).toMatchObject({ n: 0 });
    expect(heard.losses).toHaveLength(1);
    expect(heard.order[10]).toBe('lost epoch ?');
    const logs = new Set(heard.events.map(({ position }) => position?.log));
    expect(logs.size).toBe(2);
    expect(heard.links).toEqual([false, true]);
  },
);

test.skipIf(!hasRedis)('a Redis that stands still is noticed, and found again', async () => {
  const { on, engine, heard } = await serveOneMarket(await openBench());
  engine.tick();
  await on.until(() => heard.events.length === 1, 'an event');
  on.redis.freeze();
  await on.until(() => heard.links.at(-1) === false, 'its silence');
  on.redis.thaw();
  await on.until(() => heard.links.at(-1) === true, 'its return');
  await on.until(() => {
    engine.tick();
    return heard.events.length > 3 && heard.lastState(btcPrice)?.epoch.endsWith('.x') === false;
  }, 'events again');
  // What was not published meanwhile is told, one way or the other, before what comes.
  expect(heard.losses.length).toBeLessThanOrEqual(2);
});

/**
 * Reading of events stands still while `isHeld`, as in a process that does not get to run: once it has read what it was waiting
 * for in Redis, however often it had to ask for it.
 */
function heldReader(port: RedisPort): { readonly port: RedisPort; isHeld: boolean } {
  const held = { isHeld: false, port };
  const read = port.readEvents.bind(port);
  const last = { isRead: false };
  port.readEvents = async (afterId) => {
    while (held.isHeld && last.isRead) await sleep(10);
    const entries = await read(afterId);
    last.isRead = held.isHeld && entries.length > 0;
    return entries;
  };
  return held;
}

test.skipIf(!hasRedis)(
  'a gateway that stood still longer than events are kept is told how many are missing',
  async () => {
    const on = await openBench();
    const engine = new MadeFeed(['BTC-USDT']);
    on.ingest(engine);
    const keeper = heldReader(on.port());
    const { feed, heard } = serve(on, keeper.port);
    feed.want(new Set([btc]));
    // What it has heard is in Redis.
    const witness = serve(on);
    witness.feed.want(new Set([btc]));
    await on.until(() => engine.wanted.has(btc), 'the want');
    engine.tick();
    await on.until(() => heard.events.length === 1, 'an event');
    keeper.isHeld = true;
    // The read that waits in Redis already still gets the next one.
    engine.tick();
    await on.until(() => heard.events.length === 2, 'the event that was being waited for');
    for (let count = 0; count < 50; count++) {
      engine.tick();
      await sleep(2);
    }
    await on.until(() => witness.heard.seqs(btc).at(-1) === 52, 'all in Redis');
    await on.command(['XTRIM', 'truetape:7:events', 'MAXLEN', '0']);
    for (let count = 0; count < 8; count++) engine.tick();
    await on.until(() => witness.heard.seqs(btc).at(-1) === 60, 'what came after in Redis');
    keeper.isHeld = false;
    await on.until(() => heard.events.length === 10, 'what came after');
    expect(heard.losses).toEqual([{ channels: null, reason: 'upstream', missing: 50 }]);
    expect(heard.seqs(btc)).toEqual([1, 2, 53, 54, 55, 56, 57, 58, 59, 60]);
    expect(heard.order[2]).toBe('lost upstream 50');
  },
);

test.skipIf(!hasRedis)('a subscriber that Redis dropped reads its last values again', async () => {
  const { on, engine, heard } = await serveOneMarket(await openBench());
  engine.tick();
  await on.until(() => heard.lastState(btcPrice)?.seq === 1, 'a price');
  await on.command(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
  engine.tick();
  await on.until(() => heard.lastState(btcPrice)?.seq === 2, 'the price of meanwhile');
  const newest = heard.lastState(btcPrice);
  expect(newest?.value.kind === 'price' && newest.value.price.status).toBe('live');
  // Events come by another connection than values.
  await on.until(() => heard.events.length >= 2, 'the event of meanwhile');
  expect(heard.seqs(btc)).toEqual([1, 2]);
  expect(heard.losses).toEqual([]);
});

test.skipIf(!hasRedis)(
  'events that an ingester could not publish are seen as missing by their own numbers',
  async () => {
    const on = await openBench();
    const engine = new MadeFeed(['BTC-USDT']);
    on.ingest(engine);
    const { feed, heard } = serve(on);
    feed.want(new Set([btc]));
    await on.until(() => engine.wanted.has(btc), 'the want');
    engine.tick();
    engine.skip('BTC-USDT');
    engine.skip('BTC-USDT');
    engine.tick();
    await on.until(() => heard.events.length === 2, 'two events');
    expect(heard.order).toEqual([`${btc} 1`, 'lost upstream 2', `${btc} 4`]);
    expect(heard.losses[0]?.channels).toEqual([btc]);
  },
);

test.skipIf(!hasRedis)('what others write into Redis is counted, and harms nobody', async () => {
  const { on, engine, feed, heard } = await serveOneMarket(await openBench());
  engine.tick();
  await on.until(() => heard.events.length === 1, 'an event');
  const run = heard.events[0]?.position?.log ?? '';
  const key = 'truetape:7:';
  await on.command(['XADD', `${key}events`, '*', 'junk', 'junk']);
  await on.command([
    'XADD',
    `${key}events`,
    '*',
    'run',
    run,
    'first',
    '2',
    'gap',
    '1',
    'BTC-USDT',
    'x',
  ]);
  await on.command(['PUBLISH', `${key}t:state:${btcPrice}`, 'x']);
  await on.command(['SET', `${key}ingester:zzz`, '{"source":"live"}', 'PX', '90000']);
  await on.command(['ZADD', `${key}ingester`, '9999999999999', 'zzz']);
  await on.command(['SET', `${key}want:gzz`, 'rm -rf\nprice.%\ntrades.BTC-USDT', 'PX', '90000']);
  await on.command(['ZADD', `${key}gateway`, '9999999999999', 'gzz']);
  await on.until(() => feed.counts().unreadable >= 3, 'all of it');
  await sleep(900);
  engine.tick();
  await on.until(() => heard.events.length === 2, 'events go on');
  await on.until(() => heard.lastState(btcPrice)?.seq === 2, 'prices go on');
  expect(heard.losses).toEqual([{ channels: null, reason: 'upstream', missing: null }]);
  expect(feed.counts().unreadable).toBe(3);
  expect([...engine.wanted].every((channel) => !channel.includes('%'))).toBe(true);
});

test.skipIf(!hasRedis)('markets are shared anew when a publisher comes or goes', async () => {
  const on = await openBench();
  const markets = ['A-USDT', 'B-USDT', 'C-USDT', 'D-USDT', 'E-USDT', 'F-USDT'];
  const first = on.ingest(new MadeFeed(markets, 'e1'));
  const { feed } = serve(on);
  feed.want(new Set(markets.map((market) => `trades.${market}`)));
  await on.until(() => first.ingester.markets().length === 6, 'one with all');
  const second = on.ingest(new MadeFeed(markets, 'e2'));
  await on.until(() => second.ingester.markets().length === 3, 'two with a half each');
  const both = [...first.ingester.markets(), ...second.ingester.markets()].sort();
  expect(both).toEqual(markets);
  const port = on.port();
  await on.until(() => port.isUp(), 'another connection');
  await first.ingester.close();
  // It says goodbye: no lease has to run out.
  const looks = markets.map((market) => ({ type: 'look', market }) as const);
  const leases = await port.lease('nobody', looks, 3_000);
  expect(leases.map((lease) => lease?.owner)).not.toContain(first.ingester.id);
  await on.until(() => second.ingester.markets().length === 6, 'all at the other');
});

test.skipIf(!hasRedis)('a publisher of another source waits, and is never mixed in', async () => {
  const on = await openBench();
  on.ingest(new MadeFeed(['BTC-USDT'], 'e1'));
  const { feed, heard } = serve(on);
  await on.until(() => feed.status() !== null, 'the first');
  const other = on.ingest(new MadeFeed(['BTC-USDT', 'X-USDT'], 'e2', 'simulated'));
  feed.want(new Set([btc, 'trades.X-USDT']));
  await on.until(() => on.logged.some((text) => text.includes('this one has simulated')), 'a word');
  await sleep(800);
  expect(other.ingester.markets()).toEqual([]);
  expect(heard.sources).toEqual(['live']);
  expect(feed.status()?.source).toBe('live');
});

test.skipIf(!hasRedis)(
  'the last value of a publisher that is gone is never shown as live to one who comes later',
  async () => {
    const on = await openBench();
    const engine = new MadeFeed(['BTC-USDT']);
    const { ingester } = on.ingest(engine);
    const before = serve(on);
    before.feed.want(new Set([btcPrice]));
    await on.until(() => engine.wanted.has(btcPrice), 'the want');
    engine.tick();
    await on.until(() => before.heard.lastState(btcPrice) !== null, 'a price');
    await ingester.close();
    const { feed, heard } = serve(on);
    feed.want(new Set([btcPrice]));
    await on.until(() => heard.lastState(btcPrice) !== null, 'its last value');
    await sleep(1_000);
    const statuses = heard.states.map(({ value }) => value.kind === 'price' && value.price.status);
    expect(statuses).toEqual(['stale']);
    expect(heard.links.at(-1)).not.toBe(true);
    // Another takes over, and brings its first value.
    const next = new MadeFeed(['BTC-USDT'], 'e2');
    on.ingest(next);
    await on.until(() => next.wanted.has(btcPrice), 'the next owner');
    next.tick();
    await on.until(() => {
      const { value } = heard.states.at(-1) ?? {};
      return value?.kind === 'price' && value.price.status === 'live';
    }, 'a live price');
  },
);
