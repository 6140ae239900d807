import { expect, test } from 'vitest';
import { createDebounce } from '../../src/client/debounce.ts';
import type { BatchPriority } from '../../src/client/messageBatcher.ts';
import { MessageBatcher } from '../../src/client/messageBatcher.ts';
import { MessageThrottler } from '../../src/client/messageThrottler.ts';
import { VirtualClock } from '../support/virtualClock.ts';

interface Batched {
  readonly atMs: number;
  readonly messages: readonly number[];
}

function batcherOf(priority: BatchPriority): {
  readonly clock: VirtualClock;
  readonly batcher: MessageBatcher<number>;
  readonly batches: Batched[];
} {
  const clock = new VirtualClock();
  const batches: Batched[] = [];
  const batcher = new MessageBatcher<number>({
    ...{ priority, batchSize: 4, flushIntervalMs: 100, maxHeld: 100, clock },
    onBatch: (messages) => batches.push({ atMs: clock.monotonicMs(), messages }),
  });
  return { clock, batcher, batches };
}

function expectWhole(batches: readonly Batched[], count: number): void {
  expect(batches.flatMap(({ messages }) => messages)).toEqual(
    Array.from({ length: count }, (_, index) => index),
  );
}

test('batches go out by size, by time, or by what the pace asks for; destroy sends the rest [S3-23]', () => {
  const bySize = batcherOf('size');
  for (let count = 0; count < 9; count += 1) bySize.batcher.add(count);
  bySize.clock.advance(10_000);
  expect(bySize.batches.map(({ messages }) => messages.length)).toEqual([4, 4]);
  bySize.batcher.destroy();
  bySize.batcher.destroy();
  expectWhole(bySize.batches, 9);
  expect(bySize.batcher.add(9)).toBe(false);

  const byTime = batcherOf('time');
  for (let count = 0; count < 30; count += 1) {
    byTime.batcher.add(count);
    byTime.clock.advance(10);
  }
  expect(byTime.batches.map(({ atMs }) => atMs)).toEqual([100, 200, 300]);
  byTime.batcher.destroy();
  expectWhole(byTime.batches, 30);
  expect(byTime.clock.pending).toBe(0);

  const adaptive = batcherOf('adaptive');
  for (let count = 0; count < 1_000; count += 1) {
    adaptive.batcher.add(count);
    adaptive.clock.advance(1);
  }
  const fast = adaptive.batches.at(-1)?.messages.length ?? 0;
  adaptive.clock.advance(1_000);
  for (let count = 1_000; count < 1_010; count += 1) {
    adaptive.batcher.add(count);
    adaptive.clock.advance(500);
  }
  adaptive.batcher.destroy();
  expectWhole(adaptive.batches, 1_010);
  expect([fast, adaptive.batches.at(-1)]).toEqual([32, { atMs: 6_500, messages: [1_009] }]);
});

test('a slow stream is not held back by adaptive batches', () => {
  const { clock, batcher, batches } = batcherOf('adaptive');
  for (let count = 0; count < 5; count += 1) {
    batcher.add(count);
    clock.advance(1_000);
  }
  expect(batches.map(({ atMs }) => atMs)).toEqual([100, 1_000, 2_000, 3_000, 4_000]);
});

test('a batch by time never grows beyond what may be held', () => {
  const { batcher, batches } = batcherOf('time');
  for (let count = 0; count < 250; count += 1) batcher.add(count);
  expect(batches.map(({ messages }) => messages.length)).toEqual([100, 100]);
  expect(batcher.heldCount).toBe(50);
});

test('the first value goes out at once, one per interval, and always the last [S3-24]', () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const clock = new VirtualClock();
    const told: { atMs: number; value: number }[] = [];
    const throttler = new MessageThrottler<number>({
      ...{ intervalMs: 100, clock },
      onMessage: (value) => told.push({ atMs: clock.monotonicMs(), value }),
    });
    const count = 1 + ((seed * 7) % 40);
    for (let value = 0; value < count; value += 1) {
      throttler.push(value);
      clock.advance((seed * (value + 3) * 13) % 71);
    }
    clock.advance(200);
    expect([told[0], told.at(-1)?.value]).toEqual([{ atMs: 0, value: 0 }, count - 1]);
    expect(told.length + throttler.conflatedCount).toBe(count);
    told.slice(1).forEach(({ atMs }, index) => {
      expect(atMs - (told[index]?.atMs ?? 0)).toBeGreaterThanOrEqual(100);
    });
    expect(clock.pending).toBe(0);
  }
});

test('a throttler that is destroyed tells its last value and leaves no timer', () => {
  const clock = new VirtualClock();
  const told: number[] = [];
  const throttler = new MessageThrottler<number>({
    ...{ intervalMs: 100, clock, onMessage: (value: number) => told.push(value) },
  });
  throttler.push(1);
  throttler.push(2);
  throttler.destroy();
  expect([told, clock.pending, throttler.push(3)]).toEqual([[1, 2], 0, false]);
});

test('input that never pauses is still told twice a second, and nothing of it is lost [S4-19]', () => {
  const clock = new VirtualClock();
  const told: { atMs: number; keys: readonly number[] }[] = [];
  const debounced = createDebounce<readonly number[]>({
    clock,
    merge: (waiting, came) => [...waiting, ...came],
    onValue: (keys) => told.push({ atMs: clock.monotonicMs(), keys }),
  });
  for (let key = 0; key < 1_000; key += 1) {
    debounced.push([key]);
    clock.advance(10);
  }
  debounced.close();
  expect(told.length).toBeGreaterThanOrEqual(19);
  expect(told.length).toBeLessThanOrEqual(21);
  expect(told.flatMap(({ keys }) => keys)).toEqual(Array.from({ length: 1_000 }, (_, key) => key));
  debounced.push([1_000]);
  expect([told.at(-1)?.keys.at(-1), clock.pending]).toEqual([999, 0]);
});

test('with a longer limit, a pause is what tells', () => {
  const clock = new VirtualClock();
  const told: [number, number][] = [];
  const debounced = createDebounce<number>({
    ...{ clock, waitMs: 500, maxWaitMs: 2_000 },
    onValue: (value) => told.push([clock.monotonicMs(), value]),
  });
  for (const value of [1, 2, 3]) {
    debounced.push(value);
    clock.advance(300);
  }
  clock.advance(5_000);
  expect(told).toEqual([[1_100, 3]]);
});
