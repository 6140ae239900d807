import { expect, test } from 'vitest';
import type { Venue as VenueClient, VenueEvent } from '../../src/main/engine/venues/venue.ts';
import type { StreamHealth } from '../../src/shared/feedHealth.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';
import { bookDifference } from '../support/oracleChecks.ts';
import { hearTrades } from '../support/tradesHeard.ts';

const venues = ['binance', 'bybit', 'okx'] as const;
type Venue = (typeof venues)[number];

function running(
  venue: Venue,
  adapt: (each: VenueClient) => VenueClient = (each) => each,
): {
  engine: EngineOnLinks;
  tradesOf: ReturnType<typeof hearTrades>;
} {
  const engine = new EngineOnLinks({ venues: [venue], messagesPerSec: 400, adapt });
  const tradesOf = hearTrades(engine);
  engine.want(['BTC-USDT'], ['BTC-USDT'], [{ market: 'BTC-USDT', venue, interval: '1s' }]);
  engine.run(8_000);
  return { engine, tradesOf };
}

function ahead(event: VenueEvent, byMs: number): VenueEvent {
  if (event.type !== 'trade') return event;
  const venueTime = event.venueTime === null ? null : event.venueTime + byMs;
  return { ...event, venueTime, tradeTime: event.tradeTime + byMs };
}

function tradeHealth(engine: EngineOnLinks): StreamHealth | undefined {
  return engine.view.health().streams.find(({ channel }) => channel === 'trade');
}

test.each(venues)('[T02] %s: times in microseconds or seconds mean the same moments', (venue) => {
  const { engine, tradesOf } = running(venue);
  for (const unit of ['us', 's'] as const) {
    engine.control({ type: 'timeUnit', venue, unit, durationMs: 4_000 });
    engine.run(5_000);
  }
  const trades = tradesOf(venue, 'BTC-USDT');
  const theirs = new Map(
    engine.simulator.oracle.trades(venue, 'BTC-USDT').map(({ id, time }) => [id, time]),
  );
  const apart = trades.map(({ id, venueTime }) => Math.abs(venueTime - (theirs.get(id) ?? 0)));
  // A second is as fine as a time in seconds gets.
  expect(Math.max(...apart)).toBeLessThanOrEqual(1_000);
  const { decodeErrorsTotal, gapsTotal } = engine.view.health();
  expect({ decodeErrorsTotal, gapsTotal }).toEqual({ decodeErrorsTotal: 0, gapsTotal: 0 });
  expect(tradeHealth(engine)?.oddTimes).toBe(0);
  expect(bookDifference(engine.view, engine.simulator, venue, 'BTC-USDT')).toBeNull();
  engine.close();
});

test.each(venues)(
  '[T02] %s: messages of the future are counted and noted, their lag is unknown and their order that of arrival',
  (venue) => {
    let aheadMs = 0;
    // The stream alone is ahead: the venue's clock, asked by REST, is right.
    const { engine, tradesOf } = running(venue, (each) => ({
      ...each,
      decode: (text, context, sink) =>
        each.decode(text, context, (event) => sink(ahead(event, aheadMs))),
    }));
    const before = tradeHealth(engine);
    aheadMs = 3_600_000;
    const bars = new Set<number>();
    engine.run(3_000, () => {
      const open = engine.view.openCandle('BTC-USDT', venue, '1s');
      if (open !== null) bars.add(open.candle.openTime);
    });
    const during = tradeHealth(engine);
    expect(during?.oddTimes ?? 0).toBeGreaterThan(before?.oddTimes ?? 0);
    expect(during?.note).toMatch(/time/i);
    expect(Math.abs(during?.lagP99Ms ?? 0)).toBeLessThan(1_000);
    expect(Math.max(...bars)).toBeLessThanOrEqual(engine.simulator.now() + 1_000);
    const ids = tradesOf(venue, 'BTC-USDT').map(({ id }) => id);
    const theirs = engine.simulator.oracle.trades(venue, 'BTC-USDT').map(({ id }) => id);
    expect(ids).toEqual(theirs.filter((id) => ids.includes(id)));
    const newest = tradesOf(venue, 'BTC-USDT').at(-1);
    const price = (newest?.priceUnits ?? 0) / 10 ** (newest?.priceDecimals ?? 0);
    const shown = engine.view.priceOf('BTC-USDT').price ?? 0;
    expect(Math.abs(shown / price - 1)).toBeLessThan(0.005);
    engine.close();
  },
);

test.each(venues)(
  '[T02] %s: a clock that is set back is followed: no stall, the newest trade is the one that came last',
  (venue) => {
    const { engine, tradesOf } = running(venue);
    const sockets = engine.effectsOf('connect').length;
    engine.control({ type: 'clockSkew', venue, offsetMs: -300_000, durationMs: 60_000 });
    const statuses = new Set<string>();
    let worstLagMs = 0;
    engine.run(
      20_000,
      () => {
        for (const { status, lagP99Ms, channel } of engine.view.health().streams) {
          if (channel !== 'candle') statuses.add(status);
          if (channel === 'trade') worstLagMs = Math.max(worstLagMs, Math.abs(lagP99Ms ?? 0));
        }
      },
      10,
    );
    expect([...statuses].filter((status) => status !== 'quiet')).toEqual(['live']);
    expect(tradeHealth(engine)?.oddTimes).toBeGreaterThan(0);
    expect(worstLagMs).toBeLessThan(1_000);
    expect(engine.effectsOf('connect').length).toBe(sockets);
    const { connections, gapsTotal } = engine.view.health();
    expect(gapsTotal).toBe(0);
    expect(Math.abs((connections[0]?.clockOffsetMs ?? 0) + 300_000)).toBeLessThan(100);
    const last = tradesOf(venue, 'BTC-USDT').at(-1);
    expect(engine.view.recentTrades('BTC-USDT', 1).map(({ id }) => id)).toEqual([last?.id]);
    engine.close();
  },
);
