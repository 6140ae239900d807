import type { EpochMs } from '../../../shared/market.ts';
import type { TimeRange } from '../../../shared/replay.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Nothing is gained by looking closer: a bucket of a session is seconds long. */
const shortestSpanMs = 10 * second;

const tickSteps = [
  ...[second, 2 * second, 5 * second, 10 * second, 15 * second, 30 * second],
  ...[minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute],
  ...[hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, 24 * hour],
];

export function spanMs({ from, to }: TimeRange): number {
  return Math.max(1, to - from);
}

export function clampTime(time: EpochMs, { from, to }: TimeRange): EpochMs {
  return Math.min(Math.max(time, from), Math.max(from, to));
}

export function timeToX(time: EpochMs, range: TimeRange, width: number): number {
  return ((time - range.from) / spanMs(range)) * width;
}

export function xToTime(x: number, range: TimeRange, width: number): EpochMs {
  return Math.round(range.from + (x / Math.max(1, width)) * spanMs(range));
}

/** A range of that length inside of the whole, as near to `from` as there is room. */
export function rangeAt(from: EpochMs, lengthMs: number, whole: TimeRange): TimeRange {
  const length = Math.min(lengthMs, spanMs(whole));
  const start = clampTime(from, { from: whole.from, to: whole.to - length });
  return { from: start, to: start + length };
}

/** Closer with a factor below 1, wider above; what stands at `around` stays where it is. */
export function zoomRange(
  range: TimeRange,
  factor: number,
  around: EpochMs,
  whole: TimeRange,
): TimeRange {
  const length = Math.max(shortestSpanMs, spanMs(range) * factor);
  if (length >= spanMs(whole)) return whole;
  const share = (around - range.from) / spanMs(range);
  return rangeAt(around - share * length, length, whole);
}

export function isWhole(range: TimeRange, whole: TimeRange): boolean {
  return range.from <= whole.from && range.to >= whole.to;
}

export interface TimeTicks {
  readonly times: readonly EpochMs[];
  readonly stepMs: number;
}

/** Round times of a clock that is `zoneOffsetMs` ahead of UTC, at least `leastPx` apart. */
export function timeTicks(
  range: TimeRange,
  width: number,
  leastPx: number,
  zoneOffsetMs: number,
): TimeTicks {
  const wanted = (spanMs(range) / Math.max(1, width)) * leastPx;
  const stepMs = tickSteps.find((step) => step >= wanted) ?? Math.ceil(wanted / hour) * hour;
  const first = Math.ceil((range.from + zoneOffsetMs) / stepMs) * stepMs - zoneOffsetMs;
  const times: EpochMs[] = [];
  for (let time = first; time <= range.to; time += stepMs) times.push(time);
  return { times, stepMs };
}
