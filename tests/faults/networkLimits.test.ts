import { expect, test } from 'vitest';
import type { SimVenueId } from '../../src/simulator/simulator.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';

/** An engine that notes when each request and handshake really leaves. */
function setUp() {
  const left: { readonly at: number; readonly what: string }[] = [];
  const engine: EngineOnLinks = new EngineOnLinks({
    messagesPerSec: 200,
    ports: (links) => ({
      openSocket: (url, handlers) => {
        left.push({ at: links.clock.monotonicMs(), what: `${new URL(url).host} socket` });
        return links.openSocket(url, handlers);
      },
      httpGet: (url, done) => {
        left.push({ at: links.clock.monotonicMs(), what: `${new URL(url).host} request` });
        return links.httpGet(url, done);
      },
    }),
  });
  const between = (venue: SimVenueId, fromMs: number, toMs: number): string[] =>
    left
      .filter(({ at, what }) => at > fromMs && at < toMs && what.startsWith(venue))
      .map(({ what }) => what);
  return { engine, between };
}

function connectionOf(engine: EngineOnLinks, venue: SimVenueId) {
  return engine.view.health().connections.find((each) => each.venue === venue);
}

test('[N07] a 429 with Retry-After freezes the requests of that venue for that long, and of no other', () => {
  const { engine, between } = setUp();
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  engine.control({
    type: 'refuse',
    venue: 'binance',
    what: 'request',
    status: 429,
    retryAfterSec: 20,
    count: 1,
  });
  const at = engine.links.clock.monotonicMs();
  // A lost update needs a snapshot: that is what gets the answer.
  engine.control({ type: 'dropDiff', venue: 'binance', count: 1 });
  engine.run(500);
  const error = engine.view.health().errors.find(({ type }) => type === 'rate-limit');
  expect(error?.message).toBe(
    'Binance did not answer a request (bookSnapshot). Requests rest for 20 s, as it asks.',
  );
  const frozenMs = engine.links.clock.monotonicMs();
  engine.run(18_500, undefined, 5);
  const others = ['bybit', 'okx'] as const;
  for (const venue of others) expect(connectionOf(engine, venue)?.status).toBe('live');
  expect(connectionOf(engine, 'binance')?.status).toBe('live');
  engine.shell.command({
    type: 'want',
    markets: ['BTC-USDT', 'ETH-USDT'],
    books: ['BTC-USDT', 'ETH-USDT'],
    candles: [],
  });
  engine.run(500);
  expect(between('binance', frozenMs, at + 19_900)).toEqual([]);
  for (const venue of others)
    expect(between(venue, frozenMs, Infinity)).toContain(`${venue} request`);
  engine.run(4_000);
  expect(between('binance', frozenMs, Infinity)).toContain('binance request');
  const request = { market: 'BTC-USDT', venue: 'binance', group: '0', rows: 1, muted: [] } as const;
  expect(engine.view.bookView(request).parts[0]?.counted).toBe(true);
  engine.close();
});

test('[N08] a ban of 120 s: not one request or handshake until it ends, its countdown and reason shown', () => {
  const { engine, between } = setUp();
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  engine.control({ type: 'refuse', venue: 'binance', status: 418, durationMs: 120_000 });
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(2_000);
  const banned = connectionOf(engine, 'binance');
  expect([banned?.status, banned?.reason]).toEqual(['reconnecting', 'banned']);
  const leftMs = (banned?.nextAttemptTime ?? 0) - engine.view.time;
  expect(leftMs).toBeGreaterThan(115_000);
  expect(leftMs).toBeLessThan(121_500);
  expect(banned?.lastError?.message).toBe(
    'Binance has banned this address for a while (418). Nothing is sent to it until that ends, then all goes on by itself.',
  );
  const from = engine.links.clock.monotonicMs();
  engine.run(leftMs - 3_000, undefined, 10);
  expect(between('binance', from, Infinity)).toEqual([]);
  const later = connectionOf(engine, 'binance');
  expect((later?.nextAttemptTime ?? 0) - engine.view.time).toBeLessThan(3_100);
  expect(connectionOf(engine, 'bybit')?.status).toBe('live');
  engine.run(6_000);
  expect(connectionOf(engine, 'binance')?.status).toBe('live');
  expect(engine.simulator.oracle.counters().binance?.bans).toBe(0);
  engine.close();
});

test('[N08] a ban that meets requests first: the next handshake waits for its end too, asked for by hand or not', () => {
  const { engine, between } = setUp();
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  engine.control({ type: 'refuse', venue: 'binance', status: 418, durationMs: 60_000 });
  engine.control({ type: 'dropDiff', venue: 'binance', count: 1 });
  engine.run(2_000);
  expect(connectionOf(engine, 'binance')?.status).toBe('live');
  const from = engine.links.clock.monotonicMs();
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(1_000);
  engine.shell.command({ type: 'reconnectVenue', venue: 'binance' });
  engine.run(50_000, undefined, 10);
  expect(between('binance', from, Infinity)).toEqual([]);
  const banned = connectionOf(engine, 'binance');
  expect([banned?.reason, banned?.nextAttemptTime !== null]).toEqual(['banned', true]);
  engine.run(12_000, undefined, 5);
  expect(connectionOf(engine, 'binance')?.status).toBe('live');
  engine.close();
});

test('[N08] Reconnect during a ban changes nothing of it: nothing is sent, reason and countdown stay', () => {
  const { engine, between } = setUp();
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  engine.control({ type: 'refuse', venue: 'binance', status: 418, durationMs: 60_000 });
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(2_000);
  const banned = connectionOf(engine, 'binance');
  const from = engine.links.clock.monotonicMs();
  const seen = new Set<string>();
  let sooner = 0;
  let presses = 0;
  engine.run(
    50_000,
    () => {
      presses += 1;
      if (presses % 40 === 0) engine.shell.command({ type: 'reconnectVenue', venue: 'binance' });
      const now = connectionOf(engine, 'binance');
      seen.add(`${now?.status} ${now?.reason}`);
      if ((now?.nextAttemptTime ?? 0) < (banned?.nextAttemptTime ?? 0) - 1_000) sooner += 1;
    },
    25,
  );
  expect([...seen]).toEqual(['reconnecting banned']);
  expect([sooner, between('binance', from, Infinity)]).toEqual([0, []]);
  engine.run(15_000, undefined, 10);
  expect(connectionOf(engine, 'binance')?.status).toBe('live');
  engine.close();
});

test('[N08] Reconnect while requests are banned keeps the socket that lives; health says until when they rest', () => {
  const { engine, between } = setUp();
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  engine.control({
    type: 'refuse',
    venue: 'binance',
    status: 418,
    retryAfterSec: 60,
    durationMs: 60_000,
  });
  engine.control({ type: 'dropDiff', venue: 'binance', count: 1 });
  engine.run(2_000);
  const bannedTime = engine.view.time;
  const from = engine.links.clock.monotonicMs();
  for (let press = 0; press < 5; press += 1) {
    engine.shell.command({ type: 'reconnectVenue', venue: 'binance' });
    engine.run(2_000, undefined, 10);
  }
  expect(between('binance', from, Infinity)).toEqual([]);
  expect(connectionOf(engine, 'binance')?.status).toBe('live');
  const streams = engine.view.health().streams.filter(({ venue }) => venue === 'binance');
  expect(streams.find(({ channel }) => channel === 'bbo')?.status).toBe('live');
  const book = streams.find(({ channel }) => channel === 'book');
  expect([book?.status, book?.next?.action]).toEqual(['resyncing', 'snapshot']);
  expect((book?.next?.time ?? 0) - bannedTime).toBeGreaterThan(55_000);
  expect((book?.next?.time ?? 0) - bannedTime).toBeLessThan(61_000);
  engine.close();
});

test('a venue that bans before it was ever reached shows why and until when', () => {
  const { engine, between } = setUp();
  engine.control({ type: 'refuse', venue: 'bybit', status: 403, durationMs: 500_000 });
  engine.want(['BTC-USDT']);
  engine.run(2_000);
  const banned = connectionOf(engine, 'bybit');
  expect([banned?.status, banned?.reason]).toEqual(['reconnecting', 'banned']);
  // No Retry-After: the ten minutes that the venue documents.
  expect((banned?.nextAttemptTime ?? 0) - engine.view.time).toBeGreaterThan(590_000);
  const from = engine.links.clock.monotonicMs();
  engine.run(590_000, undefined, 100);
  expect(between('bybit', from, Infinity)).toEqual([]);
  engine.run(15_000, undefined, 10);
  expect(connectionOf(engine, 'bybit')?.status).toBe('live');
  engine.close();
});

test('reconnect by hand tries at once, whatever the back-off had planned, inside the budget', () => {
  const { engine, between } = setUp();
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  engine.control({ type: 'refuse', venue: 'okx', durationMs: 600_000 });
  engine.control({ type: 'reset', venue: 'okx' });
  engine.run(400_000, undefined, 100);
  const waitMs = (): number =>
    (connectionOf(engine, 'okx')?.nextAttemptTime ?? 0) - engine.view.time;
  while (waitMs() < 10_000) engine.run(1_000, undefined, 50);
  engine.control({ type: 'restore', venue: 'okx' });
  const at = engine.links.clock.monotonicMs();
  engine.shell.command({ type: 'reconnectVenue', venue: 'okx' });
  engine.run(300);
  expect(between('okx', at - 1, Infinity)).toContain('okx socket');
  engine.run(1_500);
  expect(connectionOf(engine, 'okx')).toMatchObject({ status: 'live', circuit: 'closed' });
  for (let press = 0; press < 20; press += 1) {
    engine.shell.command({ type: 'reconnectVenue', venue: 'okx' });
    engine.run(100);
  }
  engine.run(5_000);
  expect(connectionOf(engine, 'okx')?.status).toBe('live');
  const counters = engine.simulator.oracle.counters().okx;
  expect([counters?.limitBreaches, counters?.bans]).toEqual([0, 0]);
  engine.close();
});

test('health shows the frames of a socket against what the venue allows', () => {
  const { engine } = setUp();
  engine.want(['BTC-USDT']);
  engine.run(1_000);
  const budgetsOf = (venue: SimVenueId): string[] =>
    (connectionOf(engine, venue)?.budgets ?? []).map(
      ({ name, used, limit, windowMs }) => `${name} ${used > 0} ${limit}/${windowMs}`,
    );
  expect(budgetsOf('binance')).toContain('frames true 5/1000');
  expect(budgetsOf('okx')).toContain('subscriptions true 480/3600000');
  expect(budgetsOf('bybit')).toEqual(['connects true 500/300000', 'requests true 600/5000']);
  engine.close();
});
