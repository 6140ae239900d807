import { expect, test } from 'vitest';
import type { VenueId } from '../../src/shared/venues.ts';
import { tradesNotAccountedFor } from '../support/chaosTrades.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';
import type { EngineOnLinksOptions } from '../support/engineOnLinks.ts';
import { bookDifference } from '../support/oracleChecks.ts';
import { hearTrades } from '../support/tradesHeard.ts';

const markets = ['BTC-USDT', 'ETH-USDT'];

/** Reads on one link are held for a while, and never the same on two: either socket may be ahead of the other. */
function unevenLinks(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return (state / 2_147_483_648) * 400;
  };
}

/** Runs one venue and gives what a rotation may not touch: nothing of it may show. */
class Watched {
  readonly engine: EngineOnLinks;
  readonly venue: VenueId;
  readonly notLive = new Set<string>();
  private readonly tradesOf: ReturnType<typeof hearTrades>;

  constructor(venue: 'binance' | 'bybit' | 'okx', options: EngineOnLinksOptions) {
    this.venue = venue;
    this.engine = new EngineOnLinks({ venues: [venue], messagesPerSec: 500, ...options });
    this.tradesOf = hearTrades(this.engine);
    this.engine.want(markets);
    this.engine.run(6_000);
  }

  run(forMs: number): void {
    const { engine, venue } = this;
    engine.run(forMs, () => {
      for (const market of markets) {
        const book = engine.view.bookView({ market, venue, group: '0', rows: 1, muted: [] });
        if (book.parts[0]?.counted !== true) this.notLive.add(book.parts[0]?.status ?? 'none');
      }
    });
  }

  /** Everything that a whole handover leaves untouched, in one value. */
  outcome(): unknown {
    const { engine, venue } = this;
    const health = engine.view.health();
    const { simulator } = engine;
    const trades = markets.map((market) =>
      tradesNotAccountedFor(
        simulator.oracle.trades(venue, market),
        this.tradesOf(venue, market),
        [],
        venue === 'okx',
        0,
      ),
    );
    const heard = markets.map((market) => this.tradesOf(venue, market).length > 50);
    const books = markets.map((market) => bookDifference(engine.view, simulator, venue, market));
    const { gapsTotal, resyncsTotal, reconnectsTotal, errors } = health;
    const { limitBreaches } = simulator.oracle.counters()[venue] ?? { limitBreaches: -1 };
    const notLive = [...this.notLive];
    const counts = { gapsTotal, resyncsTotal, reconnectsTotal, errors, limitBreaches };
    return { trades, heard, books, notLive, ...counts };
  }

  get handovers(): number {
    return this.engine.log.filter((line) => line.includes('handed over')).length;
  }
}

const untouched = {
  trades: [null, null],
  heard: [true, true],
  books: [null, null],
  notLive: [],
  gapsTotal: 0,
  resyncsTotal: 0,
  reconnectsTotal: 0,
  errors: [],
  limitBreaches: 0,
};

test.each(['binance', 'bybit', 'okx'] as const)(
  '[N11] %s: a planned rotation costs no trade, no gap and no resync, whichever socket is ahead',
  (venue) => {
    const watched = new Watched(venue, {
      holdMs: unevenLinks(7),
      adapt: (each) => ({ ...each, limits: { ...each.limits, maxConnectionAgeMs: 10_000 } }),
    });
    watched.run(30_000);
    expect(watched.handovers).toBeGreaterThanOrEqual(3);
    expect(watched.outcome()).toEqual(untouched);
    watched.engine.close();
  },
);

test.each(['binance', 'okx'] as const)(
  '[N11] %s: on a shutdown notice the second socket is there before the first one ends',
  (venue) => {
    const watched = new Watched(venue, { holdMs: unevenLinks(3) });
    watched.engine.control({ type: 'shutdown', venue, leadMs: 8_000 });
    watched.run(12_000);
    expect(watched.handovers).toBe(1);
    expect(watched.outcome()).toEqual(untouched);
    watched.engine.close();
  },
);

test('[N11] a shutdown notice while connects are refused is obeyed as soon as they are not', () => {
  const watched = new Watched('binance', {});
  watched.engine.control({ type: 'refuse', venue: 'binance', status: 503, durationMs: 4_000 });
  watched.engine.control({ type: 'shutdown', venue: 'binance', leadMs: 20_000 });
  watched.run(25_000);
  expect(watched.handovers).toBe(1);
  expect(watched.notLive.size).toBe(0);
  expect(watched.engine.view.health().gapsTotal).toBe(0);
  watched.engine.close();
});

test.each([
  ['binance', 15],
  ['binance', 120],
  ['bybit', 15],
  ['bybit', 120],
  ['okx', 15],
  ['okx', 120],
] as const)(
  '[N11] %s: an old socket that dies %i ms into the handover takes nothing along unmarked',
  (venue, afterMs) => {
    const watched = new Watched(venue, {
      adapt: (each) => ({ ...each, limits: { ...each.limits, maxConnectionAgeMs: 10_000 } }),
    });
    const { engine } = watched;
    let asked: number | null = null;
    engine.run(8_000, () => {
      const nowMs = engine.links.clock.monotonicMs();
      if (asked === null && engine.effectsOf('connect').length === 2) asked = nowMs;
      if (asked === null || asked < 0 || nowMs - asked < afterMs) return;
      engine.links.cutOldest();
      asked = -1;
    });
    expect(asked).toBe(-1);
    const repaired = engine.view.gaps().map(({ to, repairedBy, missing }) => {
      return to !== null && (repairedBy !== null || missing === 0);
    });
    expect(repaired).toEqual(repaired.map(() => true));
    expect(watched.outcome()).toMatchObject({ trades: [null, null], books: [null, null] });
    expect(engine.effectsOf('connect').length).toBeLessThanOrEqual(3);
    expect(engine.view.health().connections.map(({ status }) => status)).toEqual(['live']);
    engine.close();
  },
);

test('[N11] [S2-01] 24 h at sixty times their speed: each socket is left before the venue cuts it, every trade once', () => {
  const dayMs = (24 * 3_600_000) / 60;
  const engine = new EngineOnLinks({
    venues: ['binance'],
    messagesPerSec: 20,
    lifetimeMs: dayMs,
    adapt: (venue) => ({ ...venue, limits: { ...venue.limits, maxConnectionAgeMs: dayMs } }),
  });
  const tradesOf = hearTrades(engine);
  engine.want(['BTC-USDT']);
  engine.run(2.2 * dayMs, () => undefined, 100);
  expect(engine.log.filter((line) => line.includes('handed over')).length).toBe(2);
  const ids = tradesOf('binance', 'BTC-USDT').map(({ id }) => id);
  const theirs = engine.simulator.oracle.trades('binance', 'BTC-USDT').map(({ id }) => id);
  const first = theirs.indexOf(ids[0] ?? '');
  expect(ids.length).toBeGreaterThan(500);
  expect(ids).toEqual(theirs.slice(first, first + ids.length));
  const { gapsTotal, reconnectsTotal, errors } = engine.view.health();
  expect({ gapsTotal, reconnectsTotal, errors }).toEqual({
    gapsTotal: 0,
    reconnectsTotal: 0,
    errors: [],
  });
  engine.close();
});
