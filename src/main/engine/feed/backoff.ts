const baseMs = 250;
const capMs = 30_000;

/** Upper bound of the random delay before attempt n (counted from 0); the shell draws within it. */
export function maxDelayMs(attempt: number): number {
  return Math.min(capMs, baseMs * 2 ** Math.min(attempt, 10));
}
