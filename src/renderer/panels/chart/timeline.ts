import type { EpochMs } from '../../../shared/market.ts';
import type { CandleValue } from '../../../shared/values.ts';

/** One place on the time axis. Null: no candle there, an empty bar of full width. */
export interface TimelineSlot {
  readonly time: EpochMs;
  readonly candle: CandleValue | null;
}

/** A hole longer than this many bars is drawn this wide; its tag still says its true length. */
export const longestHole = 5_000;

/** Empty slots between two candles, both left out. */
export function fillHole(
  after: EpochMs,
  before: EpochMs,
  intervalMs: number,
): readonly TimelineSlot[] {
  const count = Math.min(longestHole, Math.round((before - after) / intervalMs) - 1);
  const slots: TimelineSlot[] = [];
  for (let index = 1; index <= count; index += 1) {
    slots.push({ time: after + index * intervalMs, candle: null });
  }
  return slots;
}

/** Candles in order of time with every missing bar in its place, so that a hole keeps its width. */
export function createSlots(
  candles: readonly CandleValue[],
  intervalMs: number,
): readonly TimelineSlot[] {
  const sorted = [...candles].sort((one, other) => one.openTime - other.openTime);
  const slots: TimelineSlot[] = [];
  for (const candle of sorted) {
    const last = slots.at(-1);
    if (last !== undefined && last.time === candle.openTime) {
      slots[slots.length - 1] = { time: candle.openTime, candle };
      continue;
    }
    if (last !== undefined) slots.push(...fillHole(last.time, candle.openTime, intervalMs));
    slots.push({ time: candle.openTime, candle });
  }
  return slots;
}

/**
 * Where a moment lies among the slots: its slot's index, and how far it is into it. A bar stands in the middle of its slot,
 * so the slot of index i spans i - 0.5 to i + 0.5 in the chart's logical coordinates; this returns those.
 */
export function logicalOf(
  slots: readonly TimelineSlot[],
  time: EpochMs,
  intervalMs: number,
): number | null {
  const first = slots[0];
  if (first === undefined) return null;
  if (time < first.time) return (time - first.time) / intervalMs - 0.5;
  let low = 0;
  let high = slots.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((slots[middle]?.time ?? Infinity) <= time) low = middle;
    else high = middle - 1;
  }
  const within = (time - (slots[low]?.time ?? time)) / intervalMs;
  const isLast = low === slots.length - 1;
  return low + (isLast ? within : Math.min(1, within)) - 0.5;
}
