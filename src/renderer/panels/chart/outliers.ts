import type { CandleValue } from '../../../shared/values.ts';
import type { TimelineSlot } from './timeline.ts';

export interface PriceRange {
  readonly minValue: number;
  readonly maxValue: number;
}

/** Of the newest bars, as many as a screen has. */
const countedBars = 400;

/** How many of the newest bars an outlier print lies in. */
export function countOutliers(slots: readonly TimelineSlot[]): number {
  return slots.slice(-countedBars).filter(({ candle }) => candle?.outlier === true).length;
}

/** How far the body of an odd bar may lie from the other bars and still be one of the market. */
const near = 0.1;

function bodyOf({ open, close }: CandleValue): readonly [number, number] {
  return [Math.min(open, close), Math.max(open, close)];
}

/**
 * What the price axis has to span, where an outlier print lies in a visible bar: all the other bars, and of the odd ones the
 * body as far as it is near them. Null where no visible bar is odd, or no other one is there: then the bars say it themselves.
 */
export function computeRange(
  slots: readonly TimelineSlot[],
  from: number,
  to: number,
): PriceRange | null {
  const visible = slots
    .slice(Math.max(0, Math.floor(from)), Math.max(0, Math.ceil(to) + 1))
    .flatMap(({ candle }) => candle ?? []);
  const plain = visible.filter((candle) => candle.outlier !== true);
  if (plain.length === visible.length || plain.length === 0) return null;
  let minValue = Math.min(...plain.map(({ low }) => low));
  let maxValue = Math.max(...plain.map(({ high }) => high));
  const least = minValue * (1 - near);
  const most = maxValue * (1 + near);
  for (const candle of visible) {
    if (candle.outlier !== true) continue;
    const [low, high] = bodyOf(candle);
    if (low >= least) minValue = Math.min(minValue, low);
    if (high <= most) maxValue = Math.max(maxValue, high);
  }
  return { minValue, maxValue };
}
