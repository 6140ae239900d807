import { expect, test } from 'vitest';
import type { VenueId } from '../../../../src/shared/venues.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

const market = 'BTC-USDT';

function start(venue: VenueId): { engine: EngineOnLinks; ids: Set<string> } {
  const engine = new EngineOnLinks({ venues: [venue], messagesPerSec: 60 });
  const ids = new Set<string>();
  engine.view.listen({
    onTrade: (_market, trade) => ids.add(trade.id),
    onClosedCandle: () => undefined,
    onGap: () => undefined,
    onIncident: () => undefined,
    onDirty: () => undefined,
  });
  engine.want([market]);
  engine.run(5_000);
  return { engine, ids };
}

function missing(engine: EngineOnLinks, venue: VenueId, ids: ReadonlySet<string>): number {
  const theirs = engine.simulator.oracle.trades(venue, market).map(({ id }) => id);
  const first = theirs.findIndex((id) => ids.has(id));
  const last = theirs.findLastIndex((id) => ids.has(id));
  return theirs.slice(first, last + 1).filter((id) => !ids.has(id)).length;
}

test.each<VenueId>(['binance', 'bybit'])(
  'trades of %s that cannot be read are a gap, and come back from the venue [D10]',
  (venue) => {
    const { engine, ids } = start(venue);
    engine.control({ type: 'timeUnit', venue, unit: 'zero', kind: 'trade', durationMs: 2_000 });
    engine.run(15_000);
    const gaps = engine.view.gaps().filter(({ channel }) => channel === 'trade');
    expect(gaps.map(({ cause, repairedBy }) => [cause, repairedBy])).toEqual([['decode', 'rest']]);
    expect(engine.view.health().decodeErrorsTotal).toBeGreaterThan(0);
    expect(missing(engine, venue, ids)).toBe(0);
    engine.close();
  },
);

test('without an answer the unreadable trades stay a gap', () => {
  const { engine, ids } = start('bybit');
  engine.control({ type: 'refuse', venue: 'bybit', what: 'request', durationMs: 120_000 });
  engine.control({ type: 'corruptFrame', venue: 'bybit', form: 'negative', kind: 'trade' });
  engine.run(60_000);
  const gaps = engine.view.gaps().filter(({ channel }) => channel === 'trade');
  expect(gaps.map(({ cause, repairedBy }) => [cause, repairedBy])).toEqual([['decode', null]]);
  expect(missing(engine, 'bybit', ids)).toBeGreaterThan(0);
  engine.close();
});
