import { expect, test } from 'vitest';
import type { VenueId } from '../../../../src/shared/venues.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

interface Repair {
  readonly engine: EngineOnLinks;
  /** True trades between our first and last that are not ours. */
  readonly missing: () => readonly string[];
}

function startRepair(venue: VenueId): Repair {
  const engine = new EngineOnLinks({ venues: [venue], messagesPerSec: 30 });
  const ids = new Set<string>();
  engine.view.listen({
    onTrade: (_market, trade) => ids.add(trade.id),
    onClosedCandle: () => undefined,
    onGap: () => undefined,
    onIncident: () => undefined,
    onDirty: () => undefined,
  });
  engine.want(['BTC-USDT']);
  engine.run(5_000);
  const missing = (): readonly string[] => {
    const theirs = engine.simulator.oracle.trades(venue, 'BTC-USDT').map(({ id }) => id);
    const first = theirs.findIndex((id) => ids.has(id));
    const last = theirs.findLastIndex((id) => ids.has(id));
    return theirs.slice(first, last + 1).filter((id) => !ids.has(id));
  };
  return { engine, missing };
}

test.each<VenueId>(['binance', 'bybit'])(
  'trades missed while the clock of %s was set back are not taken for known ones',
  (venue) => {
    const { engine, missing } = startRepair(venue);
    engine.control({ type: 'clockSkew', venue, offsetMs: 2_500, durationMs: 5_000 });
    engine.run(5_000);
    engine.control({ type: 'refuse', venue, durationMs: 1_000 });
    engine.control({ type: 'reset', venue });
    engine.run(15_000);
    expect([missing(), engine.view.health().gapsTotal > 0]).toEqual([[], true]);
    engine.close();
  },
);

test('an answer from before the topic flowed again does not end a gap', () => {
  const venue = 'bybit';
  const { engine, missing } = startRepair(venue);
  engine.control({ type: 'refuse', venue, what: 'request', durationMs: 1_500 });
  engine.control({ type: 'reset', venue });
  engine.run(1_000);
  engine.control({ type: 'refuse', venue, what: 'handshake', durationMs: 4_000 });
  engine.control({ type: 'reset', venue });
  engine.run(20_000);
  expect(missing()).toEqual([]);
  const gaps = engine.view.gaps().filter(({ channel }) => channel === 'trade');
  expect(gaps.map(({ repairedBy }) => repairedBy)).toEqual(['rest']);
  engine.close();
});

test('a hole in the ids begins with the last trade before it', () => {
  const { engine, missing } = startRepair('binance');
  const before = engine.view.recentTrades('BTC-USDT', 1)[0]?.receivedTime;
  engine.control({ type: 'dropFrame', venue: 'binance', kind: 'trade', count: 3 });
  engine.run(10_000);
  const [gap] = engine.view.gaps().filter(({ channel }) => channel === 'trade');
  expect([gap?.from, gap?.repairedBy, missing()]).toEqual([before, 'rest', []]);
  expect((gap?.to ?? 0) - (gap?.from ?? 0)).toBeGreaterThan(0);
  engine.close();
});

/** Repairs of the gaps in the trades, and how many trades each brought. */
function repairsOf(engine: EngineOnLinks): readonly unknown[] {
  const gaps = engine.view.gaps().filter(({ channel }) => channel === 'trade');
  return gaps.map(({ cause, repairedBy, missing }) => [cause, repairedBy, missing]);
}

test('an answer that was asked for before a further hole does not end the gap: it is asked again', () => {
  const { engine } = startRepair('okx');
  engine.control({ type: 'rate', messagesPerSec: 300 });
  engine.control({ type: 'slowAnswer', venue: 'okx', path: '/trades', delayMs: 10_000, count: 1 });
  engine.control({ type: 'dropFrame', venue: 'okx', kind: 'trade', count: 1 });
  engine.run(4_000);
  expect(repairsOf(engine)).toEqual([['sequence', null, 1]]);
  engine.control({ type: 'dropFrame', venue: 'okx', kind: 'trade', count: 1 });
  engine.run(4_000);
  expect(repairsOf(engine)).toEqual([['sequence', null, 2]]);
  engine.run(20_000);
  expect(repairsOf(engine)).toEqual([['sequence', 'rest', 2]]);
  engine.close();
});

test('an answer about a gap that is over says nothing of the next one', () => {
  const { engine } = startRepair('okx');
  engine.control({ type: 'rate', messagesPerSec: 1 });
  engine.control({
    type: 'slowAnswer',
    venue: 'okx',
    path: '/trades',
    delayMs: 15_000,
    durationMs: 20_000,
  });
  engine.control({ type: 'reset', venue: 'okx' });
  engine.run(5_000);
  engine.control({ type: 'rate', messagesPerSec: 300 });
  engine.run(5_000);
  expect(repairsOf(engine)).toEqual([['disconnect', null, 0]]);
  engine.control({ type: 'dropFrame', venue: 'okx', kind: 'trade', count: 1 });
  engine.run(30_000);
  expect(repairsOf(engine)).toEqual([
    ['disconnect', null, 0],
    ['sequence', 'rest', 1],
  ]);
  engine.close();
});
