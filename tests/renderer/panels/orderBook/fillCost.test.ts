import { expect, test } from 'vitest';
import {
  computeFillCost,
  parseTypedSize,
} from '../../../../src/renderer/panels/orderBook/fillCost.ts';
import { computeImbalance } from '../../../../src/renderer/panels/orderBook/imbalance.ts';
import { Random } from '../../../shared/randomValues.ts';

const book = { priceDecimals: 2, sizeDecimals: 3 };

function typed(text: string) {
  const size = parseTypedSize(text);
  if (size === null) throw new Error(`not a size: ${text}`);
  return size;
}

test('a typed size is exact, and nothing else is a size', () => {
  expect(typed('5')).toEqual({ units: 5n, decimals: 0 });
  expect(typed(' 0,25 ')).toEqual({ units: 25n, decimals: 2 });
  for (const text of ['', '0', '0.000', '-1', '1e3', '1.2.3', 'five', '1,000.5', '.5']) {
    expect(parseTypedSize(text)).toBeNull();
  }
});

test('a fill walks the levels and averages what it took', () => {
  const levels = [
    { priceUnits: 10_000, sizeUnits: 1_000 },
    { priceUnits: 10_100, sizeUnits: 3_000 },
  ];
  expect(computeFillCost(levels, typed('2'), book, 2)).toEqual({
    complete: true,
    filledUnits: 2_000n,
    averageUnits: 10_050n,
  });
  expect(computeFillCost(levels, typed('9'), book, 2)).toEqual({
    complete: false,
    filledUnits: 4_000n,
    averageUnits: 10_075n,
  });
  expect(computeFillCost([], typed('1'), book, 2)).toEqual({
    complete: false,
    filledUnits: 0n,
    averageUnits: null,
  });
});

test('a bound stays a bound when it is rounded', () => {
  const levels = [
    { priceUnits: 10_001, sizeUnits: 1_000 },
    { priceUnits: 10_002, sizeUnits: 2_000 },
  ];
  const average = (rounding: 'nearest' | 'up' | 'down', decimals: number) =>
    computeFillCost(levels, typed('3'), book, decimals, rounding).averageUnits;
  // 100.01666...
  expect([average('down', 1), average('nearest', 1), average('up', 1)]).toEqual([
    1000n,
    1000n,
    1001n,
  ]);
  expect([average('down', 4), average('nearest', 4), average('up', 4)]).toEqual([
    1_000_166n,
    1_000_167n,
    1_000_167n,
  ]);
});

test('halves go to the even digit', () => {
  const levels = (first: number) => [
    { priceUnits: first, sizeUnits: 500 },
    { priceUnits: first + 1, sizeUnits: 500 },
  ];
  expect(computeFillCost(levels(100), typed('1'), book, 2).averageUnits).toBe(100n);
  expect(computeFillCost(levels(101), typed('1'), book, 2).averageUnits).toBe(102n);
});

test('costs equal a second computation, far beyond what doubles hold', () => {
  const random = new Random(21);
  const large = () => random.below(2 ** 30) * 2 ** 22 + random.below(2 ** 22);
  for (let round = 0; round < 200; round++) {
    const levels = Array.from({ length: 1 + random.below(20) }, () => ({
      priceUnits: 1 + large(),
      sizeUnits: large(),
    }));
    const size = typed(`${1 + random.below(9_999_999)}.${random.below(99_999)}`);
    const cost = computeFillCost(levels, size, { priceDecimals: 8, sizeDecimals: 8 }, 8, 'down');
    // One unit at a time would never end; one level at a time in fractions of the finest unit does.
    let left = size.units * 10n ** BigInt(8 - size.decimals);
    let paid = 0n;
    let filled = 0n;
    for (const level of levels) {
      const take = left < BigInt(level.sizeUnits) ? left : BigInt(level.sizeUnits);
      paid += take * BigInt(level.priceUnits);
      filled += take;
      left -= take;
    }
    expect(cost).toEqual({
      complete: left === 0n,
      filledUnits: filled,
      averageUnits: filled === 0n ? null : paid / filled,
    });
  }
});

test('both shares add up to a hundred, and a side that holds something is not nothing', () => {
  expect(computeImbalance([58], [42])).toEqual({ bidPercent: 58, askPercent: 42, bidShare: 0.58 });
  expect(computeImbalance([1], [999_999])).toMatchObject({ bidPercent: 1, askPercent: 99 });
  expect(computeImbalance([999_999], [1])).toMatchObject({ bidPercent: 99, askPercent: 1 });
  expect(computeImbalance([7], [])).toMatchObject({ bidPercent: 100, askPercent: 0 });
  expect(computeImbalance([], [])).toBeNull();
  const huge = Number.MAX_SAFE_INTEGER;
  expect(computeImbalance([huge, huge, huge], [huge])).toMatchObject({ bidPercent: 75 });
});
