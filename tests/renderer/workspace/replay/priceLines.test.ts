import { expect, test } from 'vitest';
import { computePriceLines } from '../../../../src/renderer/workspace/replay/priceLines.ts';

/** One bucket a second, from 0 on. */
function linesOf(prices: readonly (number | null)[], broken: readonly number[] = []) {
  const buckets = prices.map((price, index) => ({ time: index * 1000, messages: 1, price }));
  const lines = computePriceLines(buckets, 1000, ({ time }) => broken.includes(time / 1000));
  return lines.map((line) => line.map(({ time, price }) => [time / 1000, price]));
}

test('between two looks at a price the line slopes; a price that stood for long stays flat until then', () => {
  expect(linesOf([10, 10, 10, 13, 13])).toEqual([
    [
      [1, 10],
      [4, 13],
      [5, 13],
    ],
  ]);
  expect(linesOf([...Array<number>(20).fill(10), 13])).toEqual([
    [
      [1, 10],
      [16, 10],
      [21, 13],
    ],
  ]);
});

test('no line leads across a missing price or a time without data', () => {
  const parts = [
    [
      [1, 10],
      [2, 10],
    ],
    [
      [4, 13],
      [5, 14],
    ],
  ];
  expect(linesOf([10, 10, null, 13, 14])).toEqual(parts);
  expect(linesOf([10, 10, 12, 13, 14], [2])).toEqual(parts);
});
