import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { renderHook } from '@testing-library/react';
import { act, useSyncExternalStore } from 'react';
import { expect, test } from 'vitest';
import { RecentTrades, recentTradesLimit } from '../../src/client/recentTrades.ts';
import type { TradeValue } from '../../src/shared/values.ts';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

function trade(ordinal: number): TradeValue {
  return {
    ...{ type: 'trade', ordinal, instrument: 'okx:BTC-USDT', id: String(ordinal), side: 'buy' },
    ...{ priceUnits: 84_000_00 + (ordinal % 100), priceDecimals: 2 },
    ...{ sizeUnits: 1 + (ordinal % 7), sizeDecimals: 4, venueTime: ordinal, receivedTime: ordinal },
    ...{ late: false, outlier: false },
  };
}

function collectedHeapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}

test('a hook holds the newest 100 of a million trades, and the heap stays flat [S0-25]', async () => {
  const trades = new RecentTrades();
  const { result } = renderHook(() => useSyncExternalStore(trades.subscribe, trades.list));
  expect(result.current).toEqual([]);
  const pushAll = (count: number) => {
    for (let ordinal = 0; ordinal < count; ordinal += 1) trades.push(trade(ordinal));
  };
  // The first round also fills what the runtime itself keeps.
  await act(async () => pushAll(100_000));
  const before = collectedHeapBytes();
  await act(async () => pushAll(1_000_000));
  const grownMiB = (collectedHeapBytes() - before) / 1_048_576;
  expect(result.current.map(({ ordinal }) => ordinal)).toEqual(
    Array.from({ length: recentTradesLimit }, (_, index) => 1_000_000 - recentTradesLimit + index),
  );
  expect(grownMiB).toBeLessThan(10);
});

test('the list is the same array until a trade comes, and listeners are told once for many', () => {
  const scheduled: (() => void)[] = [];
  const trades = new RecentTrades((tell) => scheduled.push(tell));
  let told = 0;
  const leave = trades.subscribe(() => (told += 1));
  trades.push(trade(1));
  const first = trades.list();
  expect(trades.list()).toBe(first);
  trades.push(trade(2));
  expect([scheduled.length, told]).toEqual([1, 0]);
  scheduled.pop()?.();
  expect([told, first.length, trades.list().length]).toEqual([1, 1, 2]);
  leave();
  trades.push(trade(3));
  scheduled.pop()?.();
  expect([told, trades.list().length]).toEqual([1, 3]);
});
