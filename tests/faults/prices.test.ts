import { expect, test } from 'vitest';
import type { PriceContributor, PriceValue } from '../../src/shared/values.ts';
import type { VenueId } from '../../src/shared/venues.ts';
import { venueIds } from '../../src/shared/venues.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';
import { hearTrades } from '../support/tradesHeard.ts';

const market = 'BTC-USDT';

function start(books: readonly string[] = [market]): EngineOnLinks {
  const engine = new EngineOnLinks({ messagesPerSec: 240 });
  engine.want([market], books);
  engine.run(6_000);
  expect(engine.view.priceOf(market).status).toBe('live');
  return engine;
}

function contributor(price: PriceValue, venue: VenueId): PriceContributor | undefined {
  return price.contributors.find((each) => each.venue === venue);
}

/** The link falls behind by half a second each second, so that frames never stop coming. */
function fallBehind(
  engine: EngineOnLinks,
  venue: VenueId,
  byMs: number,
  onStep?: () => void,
): void {
  for (let lagMs = 0; lagMs < byMs; lagMs += 500) {
    engine.control({
      type: 'delay',
      venue,
      delayMs: 500,
      durationMs: byMs * 2 - lagMs * 2 + 10_000,
    });
    engine.run(1_000, onStep, 20);
  }
}

test.each(venueIds)(
  '[D14] %s 30 s behind its own time leaves the price although its frames arrive, and comes back',
  (venue) => {
    const engine = start();
    const states: string[] = [];
    const note = (): void => {
      const own = contributor(engine.view.priceOf(market), venue);
      const state = own?.exclusion ?? 'counted';
      if (states.at(-1) !== state) states.push(state);
    };
    fallBehind(engine, venue, 30_000, note);
    const own = contributor(engine.view.priceOf(market), venue);
    expect([own?.exclusion, own?.weight, own?.status]).toEqual(['late', 0, 'live']);
    engine.run(30_000, note, 20);
    // At its end the link may let young frames overtake old ones, which costs a new book.
    expect(states.filter((state) => state !== 'resyncing')).toEqual(['counted', 'late', 'counted']);
    expect(engine.view.priceOf(market).status).toBe('live');
    const late = engine.view.incidents().filter(({ kind }) => kind === 'late');
    expect(late.map((incident) => [incident.venue, incident.to !== null])).toEqual([[venue, true]]);
    engine.close();
  },
);

test('[D14] nothing of a venue counts once it is three seconds behind', () => {
  const engine = start();
  let worstMs = 0;
  fallBehind(engine, 'okx', 6_000, () => {
    const own = contributor(engine.view.priceOf(market), 'okx');
    if (own?.exclusion !== null) return;
    const [newest] = engine.view
      .recentTrades(market, 500)
      .filter(({ instrument }) => instrument.startsWith('okx'))
      .slice(-1);
    worstMs = Math.max(worstMs, (newest?.receivedTime ?? 0) - (newest?.venueTime ?? 0));
  });
  expect(worstMs).toBeGreaterThan(2_000);
  expect(worstMs).toBeLessThan(4_500);
  const view = engine.view.bookView({ market, venue: null, group: '0', rows: 5, muted: [] });
  const part = view.parts.find((each) => each.venue === 'okx');
  expect([part?.counted, part?.note]).toEqual([false, 'Arrives seconds late.']);
  engine.close();
});

test('[D15] prints at ten times the price move no consolidated value, and are kept and marked', () => {
  const engine = start();
  const trades = hearTrades(engine);
  const before = engine.view.priceOf(market).price ?? 0;
  engine.control({ type: 'outlier', venue: 'okx', market, factor: 10, count: 5 });
  let worst = 0;
  engine.run(3_000, () => {
    const { price } = engine.view.priceOf(market);
    worst = Math.max(worst, Math.abs((price ?? Number.NaN) / before - 1));
  });
  expect(worst).toBeLessThan(0.01);
  const marked = venueIds.map((venue) =>
    trades(venue, market)
      .filter(({ outlier }) => outlier)
      .map(({ priceUnits, priceDecimals }) =>
        Math.round(priceUnits / 10 ** priceDecimals / before),
      ),
  );
  expect(marked).toEqual([[], [], [10, 10, 10, 10, 10]]);
  const kept = engine.view.recentTrades(market, 500).filter(({ outlier }) => outlier);
  expect(kept).toHaveLength(5);
  const told = engine.view.incidents().filter(({ kind }) => kind === 'outlier');
  expect(told.map(({ venue }) => venue)).toEqual(['okx']);
  engine.close();
});

test.each([[['okx']], [['binance', 'okx']]] as const)(
  '[D15] an outlier print moves the price of %j no further than its own best bid and ask',
  (venues) => {
    const engine = new EngineOnLinks({ venues, messagesPerSec: 120 });
    engine.want([market]);
    engine.run(5_000);
    const before = engine.view.priceOf(market);
    engine.control({ type: 'outlier', venue: 'okx', market, factor: 10, count: 3 });
    const seen = new Set<string>();
    let worst = 0;
    engine.run(2_000, () => {
      const { price, status } = engine.view.priceOf(market);
      seen.add(status);
      worst = Math.max(worst, Math.abs((price ?? Number.NaN) / (before.price ?? 0) - 1));
    });
    expect([[...seen], worst < 0.01]).toEqual([[before.status], true]);
    engine.close();
  },
);

test('[D15] the bar of an outlier print says so, and the consolidated bar does not follow it', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 240 });
  engine.want(
    [market],
    [],
    [
      ...venueIds.map((venue) => ({ market, venue, interval: '1m' as const })),
      { market, venue: null, interval: '1m' },
    ],
  );
  engine.run(6_000);
  const { price } = engine.view.priceOf(market);
  engine.control({ type: 'outlier', venue: 'binance', market, factor: 10 });
  engine.run(3_000);
  const bars = [...venueIds, null].map(
    (venue) => engine.view.openCandle(market, venue, '1m')?.candle,
  );
  expect(bars.map((bar) => bar?.outlier === true)).toEqual([true, false, false, true]);
  expect(bars[0]?.high).toBeGreaterThan(5 * (price ?? 0));
  expect(bars[3]?.high).toBeLessThan(1.01 * (price ?? 0));
  engine.close();
});

test('[D15] a day high that one venue of three saw alone is not the high of the market', () => {
  const engine = start([]);
  const before = engine.view.priceOf(market).high24h ?? 0;
  engine.control({ type: 'outlier', venue: 'bybit', market, factor: 10, count: 2 });
  engine.run(5_000);
  expect(engine.view.tickersOf(market).map(({ high24h }) => (high24h ?? 0) > 5 * before)).toEqual([
    false,
    true,
    false,
  ]);
  expect(engine.view.priceOf(market).high24h).toBeLessThan(1.01 * before);
  engine.close();
});

function kill(engine: EngineOnLinks, venue: VenueId): void {
  engine.control({ type: 'refuse', venue, durationMs: 120_000 });
  engine.control({ type: 'reset', venue });
}

test('[S2-10] with two of three venues gone the price is that of the third, and says which are missing', () => {
  const engine = start();
  kill(engine, 'binance');
  kill(engine, 'okx');
  engine.run(3_000);
  const price = engine.view.priceOf(market);
  const left = contributor(price, 'bybit');
  expect([price.status, price.price, left?.weight]).toEqual(['single', left?.price, 1]);
  expect(price.contributors.map(({ exclusion }) => exclusion)).toEqual([
    'disconnected',
    null,
    'disconnected',
  ]);
  expect(price.statsVenues).toEqual(['bybit']);
  engine.close();
});

test('[S4-18] a price goes from complete to partial to the last known one, whose age grows', () => {
  const engine = start();
  const seen: string[] = [];
  const note = (): PriceValue => {
    const price = engine.view.priceOf(market);
    if (seen.at(-1) !== price.status) seen.push(price.status);
    return price;
  };
  note();
  for (const venue of venueIds) {
    kill(engine, venue);
    engine.run(2_000, note);
  }
  const cached = note();
  engine.run(10_000, note);
  const later = note();
  expect(seen).toEqual(['live', 'degraded', 'single', 'stale']);
  expect([later.price, later.receivedTime]).toEqual([cached.price, cached.receivedTime]);
  expect(engine.view.time - (later.receivedTime ?? 0)).toBeGreaterThan(10_000);
  engine.close();
});
