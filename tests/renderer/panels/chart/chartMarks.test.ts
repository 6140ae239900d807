import { expect, test } from 'vitest';
import { placeMarks } from '../../../../src/renderer/panels/chart/chartMarks.ts';
import { createSlots } from '../../../../src/renderer/panels/chart/timeline.ts';
import type { Mark } from '../../../../src/shared/marks.ts';
import { candle, minute, start } from './chartBuilders.ts';

function mark(changes: Partial<Mark>): Mark {
  return {
    ...{ id: 'm1', kind: 'user', time: start, toTime: null, venue: null, market: null },
    ...{ text: 'look' },
    ...changes,
  };
}

const slots = createSlots(
  [candle(0), candle(1, { low: 97 }), candle(2), candle(5, { low: 90, outlier: true })],
  minute,
);
const now = start + 6 * minute;

test('a mark stands under its bar, clear of the bars beside it', () => {
  const place = (changes: Partial<Mark>) =>
    placeMarks([mark(changes)], 'BTC-USDT', slots, minute, now);
  expect(place({ time: start + 2 * minute + 30_000 })).toEqual([
    { time: start + 2 * minute, low: 97, isOwn: true, words: 'look' },
  ]);
  // In a hole, and in a bar whose low is that of no market.
  expect(place({ time: start + 4 * minute })).toMatchObject([
    { time: start + 4 * minute, low: null },
  ]);
  expect(place({ time: start + 5 * minute })).toMatchObject([{ low: null }]);
  // After the newest bar, while nothing has traded yet.
  expect(place({ time: start + 6 * minute })).toMatchObject([{ time: start + 6 * minute }]);
});

test('other markets, gaps, what is older than the bars and what is still to come have no place', () => {
  const marks = [
    mark({ market: 'ETH-USDT' }),
    mark({ kind: 'gap' }),
    mark({ kind: 'disconnect' }),
    mark({ time: start - 1 }),
    mark({ time: now + 1 }),
    mark({ kind: 'largeMove', market: 'BTC-USDT', text: 'BTC-USDT +0.84% in 38 s' }),
  ];
  expect(placeMarks(marks, 'BTC-USDT', slots, minute, now).map(({ words }) => words)).toEqual([
    'BTC-USDT +0.84% in 38 s',
  ]);
  expect(placeMarks(marks, 'BTC-USDT', [], minute, now)).toEqual([]);
});

test('several marks of one bar are one, which says how many and whether one is a person’s', () => {
  const marks = [
    mark({ kind: 'signal', text: 'long '.repeat(20) }),
    mark({ id: 'm2', time: start + 1_000, text: '' }),
    mark({ id: 'm3', time: start + 59_999 }),
  ];
  const [placed] = placeMarks(marks, 'BTC-USDT', slots, minute, now);
  expect(placed?.isOwn).toBe(true);
  expect(placed?.words).toMatch(/^long .{1,44}… and 2 more$/);
  const [empty] = placeMarks([mark({ text: '' })], 'BTC-USDT', slots, minute, now);
  expect(empty?.words).toMatch(/^Mark at \d\d:\d\d:\d\d$/);
});
