import { expect, test } from 'vitest';
import type { Venue } from '../../../../src/main/engine/venues/venue.ts';
import type { GapRecord } from '../../../../src/shared/feedHealth.ts';
import type { TradeValue } from '../../../../src/shared/values.ts';
import type { VenueId } from '../../../../src/shared/venues.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

const ofTrades = ({ channel }: GapRecord) => channel === 'trade';

function startWith(venue: VenueId, adapt: (venue: Venue) => Venue = (each) => each) {
  const engine = new EngineOnLinks({ venues: [venue], messagesPerSec: 60, adapt });
  const trades: TradeValue[] = [];
  engine.view.listen({
    onTrade: (_market, trade) => trades.push(trade),
    onClosedCandle: () => undefined,
    onGap: () => undefined,
    onIncident: () => undefined,
    onDirty: () => undefined,
  });
  engine.want(['BTC-USDT']);
  engine.run(5_000);
  return { engine, trades };
}

test.each(['binance', 'bybit', 'okx'] as const)(
  '%s: a repaired gap tells how many trades were filled in',
  (venue) => {
    const { engine, trades } = startWith(venue);
    engine.control({ type: 'refuse', venue, what: 'handshake', durationMs: 1_500 });
    engine.control({ type: 'reset', venue });
    engine.run(20_000);
    const filled = trades.filter(({ late }) => late).length;
    expect(filled).toBeGreaterThan(0);
    const gaps = engine.view.gaps().filter(ofTrades);
    expect(gaps.map(({ repairedBy, missing }) => [repairedBy, missing])).toEqual([
      ['rest', filled],
    ]);
    engine.close();
  },
);

test('a gap that is lost again while open has no end until data flows again', () => {
  const { engine, trades } = startWith('binance');
  const path = '/api/v3/historicalTrades';
  engine.control({ type: 'refuse', venue: 'binance', what: 'request', path, durationMs: 10_000 });
  const lose = (durationMs: number) => {
    engine.control({ type: 'refuse', venue: 'binance', what: 'handshake', durationMs });
    engine.control({ type: 'reset', venue: 'binance' });
  };
  lose(1_000);
  engine.run(5_000);
  const [first] = engine.view.gaps().filter(ofTrades);
  expect([first?.to === null, first?.repairedBy]).toEqual([false, null]);
  lose(4_000);
  engine.run(3_000);
  const second = engine.view.gaps().filter(ofTrades).at(-1);
  expect([second?.to, second?.repairedBy]).toEqual([null, null]);
  engine.run(40_000);
  const ids = trades.map(({ id }) => Number(id)).sort((a, b) => a - b);
  expect(ids.length).toBe((ids.at(-1) ?? 0) - (ids[0] ?? 0) + 1);
  const gaps = engine.view.gaps().filter(ofTrades);
  const filled = trades.filter(({ late }) => late).length;
  expect(gaps.map(({ repairedBy }) => repairedBy)).toEqual(gaps.map(() => 'rest'));
  expect(gaps.reduce((sum, { missing }) => sum + (missing ?? 0), 0)).toBe(filled);
  engine.close();
});

test('a repaired trade that cannot be kept exactly leaves the gap open to sight, and the engine alive', () => {
  const tooFine = (venue: Venue): Venue => ({
    ...venue,
    rest: {
      ...venue.rest,
      readTrades: (body) =>
        venue.rest.readTrades(body).map((trade) => ({ ...trade, size: `0.${'0'.repeat(20)}1` })),
    },
  });
  const { engine } = startWith('bybit', tooFine);
  engine.control({ type: 'refuse', venue: 'bybit', what: 'handshake', durationMs: 1_500 });
  engine.control({ type: 'reset', venue: 'bybit' });
  engine.run(40_000);
  const gaps = engine.view.gaps().filter(ofTrades);
  expect(gaps.length).toBeGreaterThan(0);
  expect(gaps.filter(({ repairedBy }) => repairedBy !== null)).toEqual([]);
  const trade = engine.view.health().streams.find(({ channel }) => channel === 'trade');
  expect(trade?.decodeErrors).toBeGreaterThan(0);
  expect(engine.view.priceOf('BTC-USDT').status).not.toBe('stale');
  engine.close();
});
