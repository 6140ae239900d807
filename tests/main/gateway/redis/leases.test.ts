import { expect, test } from 'vitest';
import { computeShare } from '../../../../src/main/gateway/redis/assignMarkets.ts';
import type { Ingester } from '../../../../src/main/gateway/redis/ingester.ts';
import { scaleOutLimits } from '../../../../src/main/gateway/redis/scaleOutLimits.ts';
import { MemoryRoom } from './support/memoryRoom.ts';

const markets = Array.from(
  { length: 12 },
  (_, index) => `M${String.fromCharCode(65 + index)}-USDT`,
);

function sharesOf(...ingesters: readonly Ingester[]): number[] {
  return ingesters.map((ingester) => ingester.markets().length);
}

async function openTwo() {
  const room = new MemoryRoom(markets);
  room.want(markets);
  const [a, b] = [room.join('a'), room.join('b')];
  await room.pass(3_000);
  expect(sharesOf(a.ingester, b.ingester)).toEqual([6, 6]);
  room.owners.clear();
  return { room, a, b };
}

test('three processes share twelve markets, and keep a share when one comes or goes', async () => {
  const { room, a, b } = await openTwo();
  const c = room.join('c');
  await room.pass(3_000);
  expect(sharesOf(a.ingester, b.ingester, c.ingester)).toEqual([4, 4, 4]);
  const kept = new Set(a.ingester.markets());
  await b.ingester.close();
  await room.pass(2_000);
  expect(sharesOf(a.ingester, c.ingester)).toEqual([6, 6]);
  expect([...kept].every((market) => a.ingester.markets().includes(market))).toBe(true);
});

test('markets of a process that died are published by another within 3 s', async () => {
  const { room, a, b } = await openTwo();
  const orphans = a.ingester.markets();
  // Its connections end with it, and nothing is said.
  a.port.cut(true);
  await room.pass(3_000);
  expect(orphans.map((market) => room.redis.ownerOf(market))).toEqual(
    orphans.map(() => b.ingester.id),
  );
  expect(b.ingester.markets()).toHaveLength(12);
  await room.pass(scaleOutLimits.leaseMs);
  expect(a.ingester.markets()).toEqual([]);
});

test('a process that stands still for 6 s keeps its markets, and goes on with them', async () => {
  const { room, a } = await openTwo();
  const own = a.ingester.markets();
  a.port.stand(true);
  await room.pass(6_000);
  a.port.stand(false);
  await room.pass(2_000);
  expect(a.ingester.markets()).toEqual(own);
  expect([...room.owners.values()].map(({ length }) => length)).toEqual(markets.map(() => 1));
});

test('an owner that stood still for too long and wakes up publishes nothing under its old lease', async () => {
  const { room, a, b } = await openTwo();
  const [market = ''] = a.ingester.markets();
  a.feed.trade(market);
  await room.pass(100);
  const [oldFence = Infinity, ...others] = room.published();
  expect(others).toEqual([]);
  a.port.stand(true);
  await room.pass(scaleOutLimits.leaseMs + 1_000);
  expect(room.redis.ownerOf(market)).toBe(b.ingester.id);
  // Events that it gathered before it knew, sent in the moment in which it wakes up.
  for (let count = 0; count < 5; count++) a.feed.trade(market);
  a.port.stand(false);
  for (let count = 0; count < 5; count++) a.feed.trade(market);
  b.feed.trade(market);
  await room.pass(500);
  const later = room.published().slice(1);
  expect(later).toHaveLength(1);
  expect(later[0]).toBeGreaterThan(oldFence);
});

test('a process that stops while it takes markets has none afterwards', async () => {
  const { room, a, b } = await openTwo();
  // Its next round is under way, and takes what the other one gives away.
  await b.ingester.close();
  a.port.stand(true);
  await room.pass(1_000);
  const closed = a.ingester.close();
  a.port.stand(false);
  await room.pass(1_000);
  await closed;
  expect(markets.map((market) => room.redis.ownerOf(market))).toEqual(markets.map(() => null));
});

test.each([
  { what: 'kept its leases', isEmpty: false, forMs: 5_000 },
  { what: 'came back without them', isEmpty: false, forMs: 20_000 },
  { what: 'came back empty', isEmpty: true, forMs: 1_000 },
])(
  'Redis was away and $what: each process goes on with its own markets, whoever comes back first',
  async ({ isEmpty, forMs }) => {
    const { room, a, b } = await openTwo();
    const c = room.join('c');
    await room.pass(3_000);
    const before = [a, b, c].map(({ ingester }) => ingester.markets());
    room.owners.clear();
    for (const { port } of [a, b, c]) port.cut(true);
    if (isEmpty) room.redis.forgetAll();
    await room.pass(forMs);
    c.port.cut(false);
    room.want(markets);
    await room.pass(1_500);
    a.port.cut(false);
    await room.pass(1_500);
    b.port.cut(false);
    await room.pass(10_000);
    expect([a, b, c].map(({ ingester }) => ingester.markets().toSorted())).toEqual(
      before.map((own) => own.toSorted()),
    );
    expect([...room.owners.values()].map(({ length }) => length)).toEqual(markets.map(() => 1));
  },
);

test('a process that does not come back with Redis is not waited for for long', async () => {
  const { room, a, b } = await openTwo();
  for (const { port } of [a, b]) port.cut(true);
  room.redis.forgetAll();
  await room.pass(1_000);
  b.port.cut(false);
  room.want(markets);
  await room.pass(scaleOutLimits.settleMs + 1_000);
  expect(b.ingester.markets()).toHaveLength(12);
});

test('a share is taken by all alike, and moves only for a reason', () => {
  const ingesters = ['a', 'b', 'c'];
  const shareOf = (self: string, ownerByMarket: ReadonlyMap<string, string>) =>
    computeShare({ self, ingesters, markets, ownerByMarket, formerOwnerByMarket: null });
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
