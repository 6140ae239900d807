import { expect, test } from 'vitest';
import { addAbsent, selectLanes } from '../../../../src/renderer/panels/chart/coverageLanes.ts';
import { computeRange } from '../../../../src/renderer/panels/chart/outliers.ts';
import { createSlots } from '../../../../src/renderer/panels/chart/timeline.ts';
import { candle, minute, start } from './chartBuilders.ts';

test('[D15] an outlier print does not stretch the price axis, and the rest of its bar stays in view', () => {
  const slots = createSlots(
    [
      candle(0),
      candle(1, { high: 1020, close: 104, outlier: true }),
      candle(2, { high: 1020, open: 101, close: 1015, outlier: true }),
      candle(3),
    ],
    minute,
  );
  expect(computeRange(slots, 0, 3)).toEqual({ minValue: 99, maxValue: 104 });
  expect(computeRange(slots, 2.2, 8)).toEqual({ minValue: 99, maxValue: 102 });
  // Nothing odd in view, or nothing else: the bars say it themselves.
  expect(computeRange(slots, 3, 3)).toBeNull();
  expect(computeRange(slots.slice(1, 3), -5, 1)).toBeNull();
});

test('a venue without history of an interval has a hollow lane where it gave no bar', () => {
  const newer = addAbsent([], ['bybit'], start, start + minute);
  const both = addAbsent(newer, ['bybit'], start - minute, start);
  expect(both).toEqual([
    { venue: 'bybit', from: start - minute, to: start + minute, state: 'absent' },
  ]);
  const cells = (['binance', 'bybit'] as const).map((venue) => ({
    venue,
    state: 'live' as const,
    note: null,
  }));
  const facts = { market: 'BTC-USDT', gaps: [], cells, sinceByVenue: new Map() };
  const lanes = selectLanes({ ...facts, absent: both });
  expect(lanes.map(({ venue, spans }) => [venue, spans.map(({ state }) => state)])).toEqual([
    ['binance', []],
    ['bybit', ['absent']],
  ]);
});
