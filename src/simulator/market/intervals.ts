const secondMs = 1000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
/** The first Monday after the epoch: weeks open on Mondays. */
const firstMonday = 4 * dayMs;

const fixedIntervalMs: Readonly<Record<string, number>> = {
  '1s': secondMs,
  '1m': minuteMs,
  '3m': 3 * minuteMs,
  '5m': 5 * minuteMs,
  '15m': 15 * minuteMs,
  '30m': 30 * minuteMs,
  '1h': hourMs,
  '2h': 2 * hourMs,
  '4h': 4 * hourMs,
  '6h': 6 * hourMs,
  '8h': 8 * hourMs,
  '12h': 12 * hourMs,
  '1d': dayMs,
  '2d': 2 * dayMs,
  '3d': 3 * dayMs,
  '5d': 5 * dayMs,
};

export const intervals: readonly string[] = [...Object.keys(fixedIntervalMs), '1w', '1M'];

/** Open of the bar that holds `time`; `offsetMs` shifts the day (OKX: UTC+8 = 8 hours). */
export function bucketStart(interval: string, time: number, offsetMs: number): number {
  const local = time + offsetMs;
  const fixed = fixedIntervalMs[interval];
  if (fixed !== undefined) return Math.floor(local / fixed) * fixed - offsetMs;
  if (interval === '1w') {
    const week = 7 * dayMs;
    return Math.floor((local - firstMonday) / week) * week + firstMonday - offsetMs;
  }
  const date = new Date(local);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) - offsetMs;
}

/** Open of the next bar. */
export function bucketEnd(interval: string, start: number, offsetMs: number): number {
  const fixed = fixedIntervalMs[interval];
  if (fixed !== undefined) return start + fixed;
  if (interval === '1w') return start + 7 * dayMs;
  const date = new Date(start + offsetMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) - offsetMs;
}
