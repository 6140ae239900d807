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

test('what is due after so many milliseconds is due when so many have passed, at every moment of the clock', () => {
  // Just before a power of two: the sum has one binary digit less than its parts.
  const moments = [4_096, 8_192, 65_536, 2 ** 32].flatMap((power) =>
    Array.from({ length: 2_000 }, (_, at) => power - 250 + (at * 250) / 2_001 + 1 / 3),
  );
  expect(moments.filter((ms) => ms + 250 - ms < 250).length).toBeGreaterThan(100);
  const now = vi.spyOn(performance, 'now');
  try {
    for (const ms of moments) {
      now.mockReturnValue(ms);
      const told = systemClock.monotonicMs();
      expect(told).toBeLessThanOrEqual(ms);
      expect(ms - told).toBeLessThan(0.001);
      for (const limit of [1, 250, 3_000, 30_000, 86_400_000]) {
        if (told + limit - told !== limit) expect.unreachable(`${told} + ${limit}`);
      }
    }
  } finally {
    now.mockRestore();
  }
});
