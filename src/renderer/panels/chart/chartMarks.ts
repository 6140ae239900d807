import type { Mark, MarkKind } from '../../../shared/marks.ts';
import type { EpochMs, MarketId } from '../../../shared/market.ts';
import { formatTime } from '../../format/time.ts';
import type { TimelineSlot } from './timeline.ts';

/** Marks under one bar. */
export interface ChartMark {
  /** Of the bar; of the mark itself where no bar is. */
  readonly time: EpochMs;
  /** Lowest price of the bar and of those beside it; null where no bar is. */
  readonly low: number | null;
  /** Among them is one of a person. */
  readonly isOwn: boolean;
  readonly words: string;
}

/** Gaps are bands and lanes already, and so is what they come from. */
const shownKinds: ReadonlySet<MarkKind> = new Set(['user', 'largeMove', 'signal']);
const longestWords = 48;

function isChartMark(mark: Mark, market: MarketId): boolean {
  return shownKinds.has(mark.kind) && (mark.market === null || mark.market === market);
}

function wordsOf(marks: readonly Mark[]): string {
  const [first] = marks;
  if (first === undefined) return '';
  const text = first.text === '' ? `Mark at ${formatTime(first.time)}` : first.text;
  const short = text.length > longestWords ? `${text.slice(0, longestWords - 1).trimEnd()}…` : text;
  return marks.length === 1 ? short : `${short} and ${marks.length - 1} more`;
}

/** Index of the last slot that begins at or before a time; -1 before the first. */
function slotAt(slots: readonly TimelineSlot[], time: EpochMs): number {
  let low = -1;
  let high = slots.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((slots[middle]?.time ?? Infinity) <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}

function lowAround(slots: readonly TimelineSlot[], index: number): number | null {
  const lows = slots
    .slice(Math.max(0, index - 1), index + 2)
    .flatMap(({ candle }) => (candle === null || candle.outlier === true ? [] : candle.low));
  return lows.length === 0 ? null : Math.min(...lows);
}

/**
 * The marks of a chart's market by bar, in order of time. What is older than its bars has no place, and what a replay has
 * not come to neither.
 */
export function placeMarks(
  marks: readonly Mark[],
  market: MarketId,
  slots: readonly TimelineSlot[],
  intervalMs: number,
  now: EpochMs,
): readonly ChartMark[] {
  const byBar = new Map<number, Mark[]>();
  for (const mark of marks) {
    if (mark.time > now || !isChartMark(mark, market)) continue;
    const index = slotAt(slots, mark.time);
    const slot = slots[index];
    if (slot === undefined) continue;
    const isInside = mark.time < slot.time + intervalMs;
    const time = isInside ? slot.time : slot.time + intervalMs;
    byBar.set(time, [...(byBar.get(time) ?? []), mark]);
  }
  return [...byBar]
    .sort(([one], [other]) => one - other)
    .map(([time, own]) => ({
      time,
      low: lowAround(slots, slotAt(slots, time)),
      isOwn: own.some(({ kind }) => kind === 'user'),
      words: wordsOf(own),
    }));
}
