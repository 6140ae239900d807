import { expect, test } from 'vitest';
import { computeShare } from '../../../../src/main/gateway/redis/assignMarkets.ts';
import { openIngester } from '../../../../src/main/gateway/redis/ingester.ts';
import type { Ingester } from '../../../../src/main/gateway/redis/ingester.ts';
import { decodePublications } from '../../../../src/main/gateway/redis/publicationCodec.ts';
import { scaleOutLimits } from '../../../../src/main/gateway/redis/scaleOutLimits.ts';
import { ChaosRedis } from '../../../support/gatewayChaosRedis.ts';
import type { ChaosPort } from '../../../support/gatewayChaosRedis.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { MadeFeed } from './support/madeFeed.ts';

const markets = Array.from(
  { length: 12 },
  (_, index) => `M${String.fromCharCode(65 + index)}-USDT`,
);

interface Joined {
  readonly ingester: Ingester;
  readonly feed: MadeFeed;
  readonly port: ChaosPort;
}

/** Ingesters over one Redis in memory, on virtual time. */
class Room {
  readonly #virtual = new VirtualClock();
  readonly clock = {
    monotonicMs: () => this.#virtual.monotonicMs(),
    wallMs: () => this.#virtual.monotonicMs(),
    after: (delayMs: number, run: () => void) => this.#virtual.after(delayMs, run),
  };
  readonly redis = new ChaosRedis(this.clock, 120_000);
  /** Every owner of each market, in order. */
  readonly owners = new Map<string, string[]>();

  constructor() {
    this.want(markets);
  }

  want(wanted: readonly string[]): void {
    const id = 'gateway';
    const record = { record: '', keepMs: 1e9, wantsVersion: '' };
    this.redis.beat({ role: 'gateway', id, ...record });
    this.redis.setWants(
      id,
      wanted.map((market) => `trades.${market}`),
      1e9,
    );
  }

  join(epoch: string): Joined {
    const feed = new MadeFeed(markets, epoch);
    const port = this.redis.port();
    const { clock } = this;
    const log = (): void => undefined;
    const ingester = openIngester({ port, feed, clock, version: '1', log });
    return { ingester, feed, port };
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      this.#virtual.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
      for (const market of markets) this.#look(market);
    }
  }

  /** Fences of all events in the log. */
  published(): readonly number[] {
    return this.redis
      .entriesAfter('0')
      .flatMap((entry) => entry.markets.map(({ bytes }) => decodePublications(bytes)))
      .flatMap(({ fence, publications }) => publications.map(() => fence));
  }

  #look(market: string): void {
    const owner = this.redis.ownerOf(market);
    const owners = this.owners.get(market) ?? [];
    if (owner !== null && owners.at(-1) !== owner) owners.push(owner);
    this.owners.set(market, owners);
  }
}

function sharesOf(...ingesters: readonly Ingester[]): number[] {
  return ingesters.map((ingester) => ingester.markets().length);
}

async function openTwo() {
  const room = new Room();
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
