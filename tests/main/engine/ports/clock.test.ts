import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../../../src/main/engine/ports/clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('a timer longer than Node can count waits as long as Node can, and does not run at once', () => {
  vi.useFakeTimers();
  let runs = 0;
  systemClock.setTimer(30 * 86_400_000, () => {
    runs += 1;
  });
  vi.advanceTimersByTime(24 * 86_400_000);
  expect(runs).toBe(0);
  vi.advanceTimersByTime(86_400_000);
  expect(runs).toBe(1);
});
