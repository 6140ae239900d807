import { expect, test } from 'vitest';
import { venueIds } from '../../src/shared/venues.ts';
import type { CandleUpdate, TradeValue } from '../../src/shared/values.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';
import { IncidentsHeard } from '../support/incidentsHeard.ts';

const market = 'BTC-USDT';
const hourMs = 3_600_000;
const minuteMs = 60_000;

interface Running {
  readonly engine: EngineOnLinks;
  readonly heard: IncidentsHeard;
  readonly trades: TradeValue[];
  /** Closed consolidated bars, the newest word of each. */
  readonly closed: Map<number, CandleUpdate['candle']>;
}

function running(venues: readonly (typeof venueIds)[number][] = venueIds): Running {
  const engine = new EngineOnLinks({ messagesPerSec: 300, venues });
  const heard = new IncidentsHeard(engine);
  const trades: TradeValue[] = [];
  const closed = new Map<number, CandleUpdate['candle']>();
  engine.view.listen({
    onTrade: (_market, trade) => trades.push(trade),
    onClosedCandle: ({ venue, candle }) => {
      if (venue === null) closed.set(candle.openTime, candle);
    },
    onGap: () => undefined,
    onIncident: () => undefined,
    onDirty: () => undefined,
  });
  engine.want([market], [market], [{ market, venue: null, interval: '1m' }]);
  engine.run(20_000);
  return { engine, heard, trades, closed };
}

/** What the venues traded in a minute. */
function volumeMade(engine: EngineOnLinks, openTime: number): number {
  const made = venueIds.flatMap((venue) => engine.simulator.oracle.trades(venue, market));
  const within = made.filter(({ time }) => time >= openTime && time < openTime + minuteMs);
  return within.reduce((sum, { size }) => sum + Number(size), 0);
}

test.each([
  ['okx', hourMs],
  ['binance', hourMs],
  ['bybit', -hourMs],
] as const)(
  '[T02] %s: a clock that jumps by %i ms leaves the consolidated bars where they belong, marked, and comes back',
  (venue, offsetMs) => {
    const { engine, heard, trades, closed } = running();
    const now = (): number => engine.simulator.now();
    engine.control({ type: 'clockSkew', venue, offsetMs, durationMs: 90_000 });
    const openTimes = new Set<number>();
    let worstMs = 0;
    const look = (): void => {
      for (const each of [null, venue]) {
        const bar = engine.view.openCandle(market, each, '1m')?.candle;
        if (bar === undefined) continue;
        openTimes.add(bar.openTime);
        worstMs = Math.max(worstMs, bar.openTime - now(), now() - bar.openTime - minuteMs);
      }
    };
    engine.run(30_000, look, 50);
    expect(worstMs).toBeLessThan(2_500);
    const during = heard.all.filter((each) => each.kind === 'clock' && each.venue === venue);
    expect(during).toMatchObject([{ outcome: 'running' }]);
    expect(during[0]?.cause).toMatch(/3,?600/);
    engine.run(200_000, look, 50);
    expect(worstMs).toBeLessThan(2_500);
    const after = heard.all.filter(({ kind }) => kind === 'clock');
    expect(after).toMatchObject([{ venue, outcome: 'recovered' }]);
    expect(after[0]?.durationMs).toBeGreaterThan(88_000);
    for (const { venueTime, receivedTime } of trades) {
      expect(Math.abs(venueTime - receivedTime)).toBeLessThan(2_500);
    }
    const whole = [...closed.values()].filter(({ openTime }) => openTime > now() - 200_000);
    expect(whole.length).toBeGreaterThanOrEqual(2);
    for (const bar of whole) {
      expect(Math.abs(bar.volume / volumeMade(engine, bar.openTime) - 1)).toBeLessThan(0.02);
    }
    engine.close();
  },
);

test('[T02] late frames among fresh ones are lateness: no clock is called wrong', () => {
  const { engine, heard } = running();
  for (let lagMs = 0; lagMs < 10_000; lagMs += 500) {
    engine.control({ type: 'delay', venue: 'bybit', delayMs: 500, durationMs: 600_000 });
    engine.run(1_000, undefined, 20);
  }
  engine.control({ type: 'restore', venue: 'bybit' });
  engine.run(40_000, undefined, 10);
  expect(heard.all.filter(({ kind }) => kind === 'clock')).toEqual([]);
  expect(heard.all.some(({ kind }) => kind === 'late')).toBe(true);
  engine.close();
});
