import { expect, test } from 'vitest';
import { computeShare } from '../../../../src/main/gateway/redis/assignMarkets.ts';
import { openIngester } from '../../../../src/main/gateway/redis/ingester.ts';
import type { Ingester } from '../../../../src/main/gateway/redis/ingester.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { MadeFeed } from './support/madeFeed.ts';
import { MemoryRedis, memoryPort } from './support/memoryRedis.ts';

const markets = Array.from(
  { length: 12 },
  (_, index) => `M${String.fromCharCode(65 + index)}-USDT`,
);

class Room {
  readonly clock = new VirtualClock();
  readonly redis = new MemoryRedis(this.clock);

  constructor() {
    this.redis.wants = markets.map((market) => `trades.${market}`);
  }

  join(epoch: string) {
    const feed = new MadeFeed(markets, epoch);
    const port = memoryPort(this.redis);
    const { clock } = this;
    const ingester = openIngester({
      clock: {
        monotonicMs: () => clock.monotonicMs(),
        wallMs: () => clock.monotonicMs(),
        after: (delayMs, run) => clock.after(delayMs, run),
      },
      ...{ port, feed, version: '1', log: () => undefined },
    });
    return { ingester, feed, port };
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      this.clock.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function sharesOf(...ingesters: readonly Ingester[]): number[] {
  return ingesters.map((ingester) => ingester.markets().length);
}

test('three processes share twelve markets, and keep a share when one comes or goes', async () => {
  const room = new Room();
  const [a, b] = [room.join('a'), room.join('b')];
  await room.pass(3_000);
  expect(sharesOf(a.ingester, b.ingester)).toEqual([6, 6]);
  const c = room.join('c');
  await room.pass(3_000);
  expect(sharesOf(a.ingester, b.ingester, c.ingester)).toEqual([4, 4, 4]);
  const kept = new Set(a.ingester.markets());
  await b.ingester.close();
  await room.pass(2_000);
  expect(sharesOf(a.ingester, c.ingester)).toEqual([6, 6]);
  expect([...kept].every((market) => a.ingester.markets().includes(market))).toBe(true);
});

test('markets of a process that died are published by another within 5 s', async () => {
  const room = new Room();
  const [a, b] = [room.join('a'), room.join('b')];
  await room.pass(3_000);
  const orphans = a.ingester.markets();
  expect(orphans).toHaveLength(6);
  a.port.isCut = true;
  await room.pass(5_000);
  expect(orphans.map((market) => room.redis.ownerOf(market))).toEqual(
    orphans.map(() => b.ingester.id),
  );
  expect(b.ingester.markets()).toHaveLength(12);
  expect(a.ingester.markets()).toEqual([]);
});

test('an owner that slept and wakes up publishes nothing under its old lease', async () => {
  const room = new Room();
  const a = room.join('a');
  await room.pass(2_000);
  const b = room.join('b');
  const [market = ''] = a.ingester.markets();
  room.redis.wants = [`trades.${market}`];
  await room.pass(2_000);
  a.feed.trade(market);
  await room.pass(100);
  const before = room.redis.published.length;
  a.port.isCut = true;
  await room.pass(4_500);
  expect(room.redis.ownerOf(market)).toBe(b.ingester.id);
  // Events that it gathered before it knew, sent in the moment in which it wakes up.
  for (let count = 0; count < 5; count++) a.feed.trade(market);
  a.port.isCut = false;
  for (let count = 0; count < 5; count++) a.feed.trade(market);
  b.feed.trade(market);
  await room.pass(1_500);
  const later = room.redis.published.slice(before);
  expect(later.map(({ owner }) => owner)).toEqual([b.ingester.id]);
  expect(later[0]?.fence).toBeGreaterThan(room.redis.published[0]?.fence ?? Infinity);
});

test('a share is taken by all alike, and moves only for a reason', () => {
  const ingesters = ['a', 'b', 'c'];
  const shareOf = (self: string, owners: ReadonlyMap<string, string>) =>
    computeShare({ self, ingesters, markets, ownerByMarket: owners });
  const claims = ingesters.map((self) => shareOf(self, new Map()).claim);
  expect(claims.map(({ length }) => length)).toEqual([4, 4, 4]);
  expect(claims.flat().sort()).toEqual(markets);
  const owned = (counts: readonly number[]): Map<string, string> => {
    const names = counts.flatMap((count, index) =>
      Array.from({ length: count }, () => ingesters[index] ?? ''),
    );
    return new Map(markets.map((market, index) => [market, names[index] ?? '']));
  };
  expect(shareOf('a', owned([5, 4, 3])).release).toEqual([]);
  expect(shareOf('a', owned([8, 4, 0])).release).toHaveLength(4);
  const unwanted = new Map([['OLD-USDT', 'a']]);
  expect(shareOf('a', unwanted).release).toEqual(['OLD-USDT']);
});
