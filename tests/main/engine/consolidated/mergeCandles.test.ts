import { expect, test } from 'vitest';
import {
  mergeCandleLists,
  mergeCandles,
} from '../../../../src/main/engine/consolidated/mergeCandles.ts';
import type { CandleValue } from '../../../../src/shared/values.ts';

function bar(openTime: number, close: number, quoteVolume: number): CandleValue {
  return {
    openTime,
    open: close - 1,
    high: close + 2,
    low: close - 3,
    close,
    volume: quoteVolume / 100,
    quoteVolume,
    trades: 2,
    closed: true,
    origin: 'venue',
  };
}

test('weighs open and close by turnover, takes the extremes, sums volumes', () => {
  expect(mergeCandles([bar(0, 100, 300), bar(0, 104, 100)])).toEqual({
    openTime: 0,
    open: 100,
    high: 106,
    low: 97,
    close: 101,
    volume: 4,
    quoteVolume: 400,
    trades: 4,
    closed: true,
    origin: 'consolidated',
  });
});

test('invents no bar where no venue has one', () => {
  expect(mergeCandles([])).toBeNull();
  const merged = mergeCandleLists([[bar(0, 100, 1), bar(120, 101, 1)], [bar(120, 103, 1)]]);
  expect(merged.map(({ openTime, close }) => [openTime, close])).toEqual([
    [0, 100],
    [120, 102],
  ]);
});
