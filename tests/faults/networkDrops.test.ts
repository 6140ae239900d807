import { expect, test } from 'vitest';
import type { SimVenueId } from '../../src/simulator/simulator.ts';
import { EngineOnLinks, tenMarkets } from '../support/engineOnLinks.ts';

const venues = ['binance', 'bybit', 'okx'] as const;

function hasBook(engine: EngineOnLinks, venue: SimVenueId, market: string): boolean {
  const { view } = engine;
  const request = { market, venue, group: '0', rows: 1, muted: [] };
  return view.bookView(request).parts[0]?.counted === true;
}

function booksWhole(engine: EngineOnLinks, markets: readonly string[]): number {
  return venues.flatMap((venue) => markets.filter((market) => hasBook(engine, venue, market)))
    .length;
}

function status(engine: EngineOnLinks, connection: string): string | undefined {
  return engine.view.health().connections.find((each) => each.connection === connection)?.status;
}

/** No venue has been asked for more than it allows. */
function expectNoPunishment(engine: EngineOnLinks): void {
  for (const counters of Object.values(engine.simulator.oracle.counters())) {
    expect([counters.limitBreaches, counters.bans]).toEqual([0, 0]);
  }
}

test.each(venues)(
  '[N01] a half-open socket of %s is stale within 3 s, out of every value, and replaced within 10 s',
  (venue) => {
    const engine = new EngineOnLinks({ messagesPerSec: 600 });
    engine.want(['BTC-USDT']);
    engine.run(30_000);
    const at = engine.links.clock.monotonicMs();
    const connects = engine.effectsOf('connect').length;
    engine.control({ type: 'halfOpen', venue });
    let markedMs: number | null = null;
    let bookMs: number | null = null;
    let replacedMs: number | null = null;
    engine.run(10_000, () => {
      const now = engine.links.clock.monotonicMs() - at;
      const contributor = engine.view
        .priceOf('BTC-USDT')
        .contributors.find((each) => each.venue === venue);
      if (markedMs === null && contributor !== undefined && contributor.exclusion !== null) {
        markedMs = now;
        expect(contributor.weight).toBe(0);
      }
      if (bookMs === null && !hasBook(engine, venue, 'BTC-USDT')) bookMs = now;
      if (replacedMs === null && engine.effectsOf('connect').length > connects) replacedMs = now;
    });
    expect(markedMs ?? Infinity).toBeLessThanOrEqual(3_000);
    expect(bookMs ?? Infinity).toBeLessThanOrEqual(3_000);
    expect(replacedMs ?? Infinity).toBeLessThanOrEqual(10_000);
    const terminated = engine.effectsOf('terminate').map(({ connection }) => connection);
    expect(terminated).toContain(`${venue}#1`);
    expect(hasBook(engine, venue, 'BTC-USDT')).toBe(true);
    expectNoPunishment(engine);
    engine.close();
  },
);

/** First try and valid book after each venue's socket was lost once, in ms. */
function dropEach(seed: number): { readonly tried: number[]; readonly whole: number[] } {
  const engine = new EngineOnLinks({ seed, messagesPerSec: 300, latencyMs: 40 });
  const tried: number[] = [];
  const whole: number[] = [];
  engine.want(['BTC-USDT']);
  engine.run(4_000, undefined, 5);
  for (const [index, venue] of venues.entries()) {
    const code = [1000, 1001, 1011, 4005][(seed + index) % 4] ?? 1000;
    if ((seed + index) % 2 === 0) engine.control({ type: 'reset', venue });
    else engine.control({ type: 'close', venue, code });
    engine.run(40);
    const at = engine.links.clock.monotonicMs();
    const attempts = engine.links.attempts.get(venue) ?? 0;
    let triedMs = Infinity;
    let wholeMs = Infinity;
    engine.run(2_500, () => {
      const now = engine.links.clock.monotonicMs() - at;
      if ((engine.links.attempts.get(venue) ?? 0) > attempts) triedMs = Math.min(triedMs, now);
      if (now > triedMs && hasBook(engine, venue, 'BTC-USDT')) wholeMs = Math.min(wholeMs, now);
    });
    tried.push(triedMs);
    whole.push(wholeMs);
  }
  expectNoPunishment(engine);
  engine.close();
  return { tried, whole };
}

test('[N04] after a close or a reset: first try within 250 ms, a valid book within 1.5 s in 95 of 100', () => {
  const runs = Array.from({ length: 7 }, (_, index) => dropEach(index + 1));
  const tried = runs.flatMap((run) => run.tried).sort((a, b) => a - b);
  const whole = runs.flatMap((run) => run.whole).sort((a, b) => a - b);
  expect(tried.at(-1)).toBeLessThanOrEqual(251);
  expect(tried[0]).toBeLessThan(60);
  expect(whole[Math.floor(whole.length * 0.95)]).toBeLessThanOrEqual(1_500);
});

test('[N04] jitter spreads the tries over the whole of the bound', () => {
  const engine = new EngineOnLinks({ venues: ['binance'], seed: 12, messagesPerSec: 20 });
  const delays: number[] = [];
  engine.want(['BTC-USDT']);
  engine.run(2_000);
  engine.control({ type: 'refuse', venue: 'binance', durationMs: 1_800_000 });
  engine.control({ type: 'reset', venue: 'binance' });
  let last: number | null = null;
  engine.run(
    1_800_000,
    () => {
      const next = engine.view.health().connections[0]?.nextAttemptTime ?? null;
      if (next !== null && next !== last) {
        delays.push(next - engine.view.time);
        last = next;
      }
    },
    200,
  );
  const capped = delays.slice(8);
  expect(capped.length).toBeGreaterThan(60);
  expect(Math.max(...capped)).toBeLessThanOrEqual(30_000);
  expect(Math.max(...capped)).toBeGreaterThan(27_000);
  expect(Math.min(...capped)).toBeLessThan(3_000);
  const mean = capped.reduce((sum, each) => sum + each, 0) / capped.length;
  expect(mean).toBeGreaterThan(11_000);
  expect(mean).toBeLessThan(19_000);
  engine.close();
});

test('[N06] thirty books of three venues lost together are valid within 20 s, without a breach or a ban', () => {
  const engine = new EngineOnLinks({ seed: 6, messagesPerSec: 600, latencyMs: 60 });
  engine.want(tenMarkets);
  engine.run(5_000, undefined, 5);
  expect(booksWhole(engine, tenMarkets)).toBe(30);
  for (const venue of venues) engine.control({ type: 'reset', venue });
  engine.run(100);
  expect(booksWhole(engine, tenMarkets)).toBe(0);
  let wholeMs: number | null = null;
  const at = engine.links.clock.monotonicMs();
  engine.run(
    20_000,
    () => {
      if (wholeMs === null && booksWhole(engine, tenMarkets) === 30) {
        wholeMs = engine.links.clock.monotonicMs() - at;
      }
    },
    10,
  );
  expect(wholeMs ?? Infinity).toBeLessThanOrEqual(20_000);
  expectNoPunishment(engine);
  engine.close();
});

test('[N06] after five minutes without any network all thirty are valid 20 s after the reconnect, the circuits closed', () => {
  const engine = new EngineOnLinks({ seed: 7, messagesPerSec: 300 });
  engine.want(tenMarkets);
  engine.run(4_000, undefined, 10);
  for (const venue of venues) {
    engine.control({ type: 'refuse', venue, durationMs: 300_000 });
    engine.control({ type: 'reset', venue });
  }
  engine.run(301_000, undefined, 100);
  expect(engine.view.health().connections.map(({ circuit }) => circuit)).toContain('open');
  // The back-off has its cap of thirty seconds by now.
  let openedMs: number | null = null;
  let wholeMs: number | null = null;
  engine.run(
    50_000,
    () => {
      const now = engine.links.clock.monotonicMs();
      const { connections } = engine.view.health();
      if (openedMs === null && connections.every(({ openedTime }) => openedTime !== null)) {
        openedMs = now;
      }
      if (wholeMs === null && booksWhole(engine, tenMarkets) === 30) wholeMs = now;
    },
    50,
  );
  expect((wholeMs ?? Infinity) - (openedMs ?? 0)).toBeLessThanOrEqual(20_000);
  expect(engine.view.health().connections.map(({ circuit }) => circuit)).toEqual([
    'closed',
    'closed',
    'closed',
  ]);
  expectNoPunishment(engine);
  engine.close();
});

test('[N06] a circuit that is still open when the socket is back does not hold up the book', () => {
  const engine = new EngineOnLinks({ venues: ['binance'], messagesPerSec: 200 });
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  engine.control({ type: 'refuse', venue: 'binance', durationMs: 3_600_000 });
  engine.control({ type: 'reset', venue: 'binance' });
  const restMs = (): number => {
    const openUntilMs = engine.core.save().feeds[0]?.[1].rest.circuit.openUntilMs ?? 0;
    return openUntilMs - engine.links.clock.monotonicMs();
  };
  while (restMs() < 45_000) engine.run(5_000, undefined, 100);
  engine.control({ type: 'restore', venue: 'binance' });
  const attempts = engine.links.attempts.get('binance') ?? 0;
  while (engine.links.attempts.get('binance') === attempts) engine.run(50);
  expect(restMs()).toBeGreaterThan(10_000);
  engine.run(2_000);
  expect(hasBook(engine, 'binance', 'BTC-USDT')).toBe(true);
  engine.close();
});

test.each(['reset', 'hang'] as const)(
  '[N06] minutes without answers (%s), then forty seconds without sockets; requests take eight seconds longer: every book is valid 20 s after its socket opened',
  (how) => {
    const engine = new EngineOnLinks({ seed: 11, messagesPerSec: 200 });
    const markets = tenMarkets.slice(0, 4);
    engine.want(markets);
    engine.run(5_000, undefined, 10);
    for (const venue of venues) {
      const hangs = how === 'hang' ? ({ how } as const) : {};
      engine.control({ type: 'refuse', venue, what: 'request', durationMs: 3_600_000, ...hangs });
    }
    engine.run(160_000, undefined, 100);
    for (const venue of venues) {
      engine.control({ type: 'refuse', venue, what: 'handshake', durationMs: 40_000 });
      engine.control({ type: 'reset', venue });
    }
    engine.run(40_000, undefined, 50);
    const circuits = engine.view.health().connections.map(({ circuit }) => circuit);
    expect(circuits).toContain('open');
    const openedMs = new Map<string, number>();
    const restored = new Set<string>();
    const late: string[] = [];
    engine.run(
      75_000,
      () => {
        const now = engine.links.clock.monotonicMs();
        for (const { venue, openedTime } of engine.view.health().connections) {
          if (openedTime === null) continue;
          const since = openedMs.get(venue);
          if (since === undefined) openedMs.set(venue, now);
          else if (!restored.has(venue) && now - since > 8_000) {
            engine.control({ type: 'restore', venue });
            restored.add(venue);
          }
          const isDue = now - (openedMs.get(venue) ?? now) > 20_000;
          if (isDue && markets.some((market) => !hasBook(engine, venue, market))) late.push(venue);
        }
      },
      50,
    );
    expect([openedMs.size, [...new Set(late)]]).toEqual([3, []]);
    expectNoPunishment(engine);
    engine.close();
  },
);

test('a clean close of the venue reconnects, one of ours does not [S3-07]', () => {
  const engine = new EngineOnLinks({ venues: ['bybit'] });
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  engine.control({ type: 'close', venue: 'bybit', code: 1000 });
  engine.run(2_000);
  expect(status(engine, 'bybit#1')).toBe('live');
  expect(engine.links.attempts.get('bybit')).toBe(2);
  engine.shell.command({ type: 'pauseVenue', venue: 'bybit' });
  engine.run(120_000, undefined, 20);
  const [paused] = engine.view.health().connections;
  expect([paused?.status, paused?.reason, paused?.nextAttemptTime]).toEqual([
    'closed',
    'paused',
    null,
  ]);
  expect(engine.links.attempts.get('bybit')).toBe(2);
  engine.shell.command({ type: 'resumeVenue', venue: 'bybit' });
  engine.run(2_000);
  expect(status(engine, 'bybit#1')).toBe('live');
  engine.close();
});
