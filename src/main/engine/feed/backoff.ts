const baseMs = 250;
const capMs = 30_000;
/** Where whoever answered was not the venue, nothing is gained by asking often. */
const slowBaseMs = 60_000;
const slowCapMs = 300_000;

/** Bounds of the random delay before an attempt; the shell draws within them. */
export interface DelayBounds {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

export const atOnce: DelayBounds = { minDelayMs: 0, maxDelayMs: 0 };

/** For attempt n, counted from 0. */
export function delayBounds(attempt: number, isSlow: boolean): DelayBounds {
  const doublings = 2 ** Math.min(attempt, 10);
  if (!isSlow) return { minDelayMs: 0, maxDelayMs: Math.min(capMs, baseMs * doublings) };
  return { minDelayMs: capMs, maxDelayMs: Math.min(slowCapMs, slowBaseMs * doublings) };
}
