import { expect, test } from 'vitest';
import { VenueBudget } from '../../../../src/main/engine/shell/venueBudget.ts';
import { createVenue } from '../../../../src/main/engine/venues/registry.ts';

const { limits } = createVenue('okx');

test('a connection that tries at once gives up the place that it had planned, and none of another', () => {
  const budget = new VenueBudget(limits);
  expect(budget.planConnect('okx-business#1', 25_000, 0)).toBe(25_000);
  // Another connection is lost while the first one waits: its first try does not wait behind it.
  expect(budget.planConnect('okx#1', 100, 0)).toBe(100);
  expect(budget.planConnect('okx-business#1', 200, 0)).toBe(350);
  expect(budget.planConnect('okx#2', 24_900, 0)).toBe(24_900);
  expect(budget.planConnect('okx#2', 24_800, 0)).toBe(24_800);
});

test('plans never put more connects into a window than the venue bears, whatever their order', () => {
  const budget = new VenueBudget(limits);
  const wanted = [900, 0, 400, 100, 2_000, 850, 50, 1_999, 300, 10];
  const times = wanted
    .map((at, index) => budget.planConnect(`c${index}`, at, 0))
    .sort((a, b) => a - b);
  times.forEach((time, index) => {
    const later = times[index + limits.connects.count];
    if (later !== undefined) expect(later - time).toBeGreaterThanOrEqual(limits.connects.windowMs);
    const next = times[index + 1];
    if (next !== undefined) expect(next - time).toBeGreaterThanOrEqual(250);
  });
});

test('connects that come without a plan, or late, still wait for the window; a freeze holds them as well', () => {
  const budget = new VenueBudget(limits);
  const times = [0, 0, 0, 0, 1_100].map((now, index) => budget.takeConnect(`c${index}`, now));
  expect(times).toEqual([0, 0, 0, 1_000, 1_100]);
  budget.freeze(30_000, 'banned');
  expect(budget.takeConnect('c9', 2_500)).toBe(30_000);
  expect(budget.planConnect('c8', 2_600, 2_600)).toBe(30_250);
});
