import { expect, test } from 'vitest';
import type { VenueId } from '../../src/shared/venues.ts';
import { venueIds } from '../../src/shared/venues.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';
import { hearTrades } from '../support/tradesHeard.ts';

const market = 'BTC-USDT';

function start(venue: VenueId, messagesPerSec = 60) {
  const engine = new EngineOnLinks({ venues: [venue], messagesPerSec });
  const trades = hearTrades(engine);
  engine.want([market], []);
  engine.run(5_000);
  /** What passed at the venue after our first trade and up to our last, less what we have; OKX merges trades of one price. */
  const missing = (): number => {
    const ours = trades(venue, market);
    const ids = ours.map(({ id }) => Number(id));
    const first = Math.min(...ids);
    const last = Math.max(...ids);
    const passed = engine.simulator.oracle.trades(venue, market).filter(({ id }) => {
      return Number(id) > first && Number(id) <= last;
    });
    const kept = ours.filter(({ id }) => Number(id) > first);
    const theirs = passed.reduce((sum, { size }) => sum + Number(size), 0);
    const own = kept.reduce((sum, each) => sum + each.sizeUnits / 10 ** each.sizeDecimals, 0);
    return Math.round((theirs - own) * 1e8) / 1e8;
  };
  const gaps = () => engine.view.gaps().filter(({ channel }) => channel === 'trade');
  return { engine, trades, missing, gaps };
}

test.each(['binance', 'okx'] as const)(
  '[D12] trade ids of %s that skip make a gap with its first and last id, filled by REST',
  (venue) => {
    const { engine, missing, gaps } = start(venue);
    engine.control({ type: 'dropFrame', venue, market, kind: 'trade', count: 3 });
    engine.run(12_000);
    const [gap] = gaps();
    expect([gap?.cause, gap?.repairedBy, missing()]).toEqual(['sequence', 'rest', 0]);
    expect(Number(gap?.lastId)).toBeGreaterThanOrEqual(Number(gap?.firstId));
    engine.close();
  },
);

test('[D12] a hole that REST cannot fill stays recorded with its ids and its number', () => {
  const { engine, gaps } = start('binance');
  const path = 'rades';
  engine.control({ type: 'refuse', venue: 'binance', what: 'request', path, durationMs: 900_000 });
  engine.control({ type: 'dropFrame', venue: 'binance', market, kind: 'trade', count: 2 });
  engine.run(120_000, undefined, 20);
  const [gap] = gaps();
  expect([gap?.repairedBy, gap?.missing]).toEqual([null, 2]);
  expect(Number(gap?.lastId) - Number(gap?.firstId)).toBe(1);
  engine.close();
});

test.each(venueIds)('[D12] trades of %s that are sent again are dropped', (venue) => {
  const { engine, trades, missing } = start(venue);
  engine.control({ type: 'duplicateFrame', venue, market, kind: 'trade', durationMs: 8_000 });
  engine.run(10_000);
  const ids = trades(venue, market).map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(10);
  expect([new Set(ids).size, missing()]).toEqual([ids.length, 0]);
  engine.close();
});

test('[D12] OKX trades of a long absence are fetched page by page beyond the newest 500', () => {
  const { engine, missing, gaps } = start('okx', 900);
  engine.control({ type: 'refuse', venue: 'okx', what: 'handshake', durationMs: 60_000 });
  engine.control({ type: 'reset', venue: 'okx' });
  engine.run(61_000, undefined, 10);
  engine.run(40_000, undefined, 10);
  const [gap] = gaps();
  expect([gap?.repairedBy, missing()]).toEqual(['rest', 0]);
  expect(gap?.missing).toBeGreaterThan(600);
  const asked = engine.effectsOf('fetch').map(({ request }) => request.path);
  expect(asked.filter((path) => path.includes('history-trades')).length).toBeGreaterThan(1);
  engine.close();
});
