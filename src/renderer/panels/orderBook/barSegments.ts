/** One venue's piece of a level's bar, in whole page pixels from the left edge of the bars. */
export interface BarSegment {
  /** Index into the view's parts, which stand in the fixed venue order. */
  readonly part: number;
  readonly x: number;
  readonly width: number;
  /** A venue that just went stale: hatched, in no sum. */
  readonly ghost: boolean;
}

/**
 * Pieces in venue order, ghosts last, 1 px between, linear to the visible maximum. Edges are rounded from running sums, so
 * that a level's length does not depend on how many venues share it; a piece that exists is at least 1 px wide.
 */
export function computeBarSegments(
  sizes: readonly number[],
  ghosts: readonly number[],
  maximum: number,
  width: number,
): readonly BarSegment[] {
  if (maximum <= 0 || width <= 0) return [];
  const segments: BarSegment[] = [];
  let sum = 0;
  let next = 0;
  const append = (part: number, size: number, ghost: boolean) => {
    if (!(size > 0)) return;
    sum += size;
    const end = Math.min(width, Math.round((sum / maximum) * width));
    const x = Math.min(next, width - 1);
    const segmentWidth = Math.max(1, end - x);
    segments.push({ part, x, width: Math.min(segmentWidth, width - x), ghost });
    next = x + segmentWidth + 1;
  };
  sizes.forEach((size, part) => append(part, size, false));
  ghosts.forEach((size, part) => append(part, size, true));
  return segments;
}
