/** Page pixels of a tape. Columns from the left: time, venue tag, arrow, price, size. */
export interface TapeLayout {
  readonly width: number;
  readonly scale: number;
  readonly rateHeight: number;
  readonly headerHeight: number;
  readonly rowsTop: number;
  readonly rowHeight: number;
  readonly gapHeight: number;
  readonly timeX: number;
  readonly time: 'millis' | 'seconds' | 'none';
  readonly tagX: number;
  readonly arrowX: number;
  /** No price and no size reaches over the left end of its column. */
  readonly priceLeft: number;
  readonly priceRight: number;
  readonly sizeLeft: number;
  readonly sizeRight: number;
}

export interface TapeSpace {
  readonly width: number;
  readonly scale: number;
  readonly comfortable: boolean;
  readonly priceTextWidth: number;
  readonly sizeTextWidth: number;
}

const padding = 10;
const timeWidth = 75;
/** Milliseconds still stand clear of the tag. */
const leastTimeWidth = 73;
const shortTimeWidth = 52;
/** From this width on the milliseconds always stand; a price too wide for the rest is set narrower. */
const millisPanelWidth = 240;
const leastPriceWidth = 56;
const tagWidth = 22;
const arrowWidth = 14;

function computeSizeWidth(
  { width, scale, sizeTextWidth }: TapeSpace,
  keepsMillis: boolean,
): number {
  const wanted = Math.max(52 * scale, Math.ceil(sizeTextWidth) + 6 * scale);
  if (!keepsMillis) return wanted;
  const others = 2 * padding + leastTimeWidth + tagWidth + arrowWidth + leastPriceWidth;
  return Math.min(wanted, width - others * scale);
}

export function computeTapeLayout(space: TapeSpace): TapeLayout {
  const { scale } = space;
  const sizeRight = space.width - padding * scale;
  const keepsMillis = space.width >= millisPanelWidth * scale;
  const sizeWidth = computeSizeWidth(space, keepsMillis);
  const priceWidth = Math.ceil(space.priceTextWidth) + 2 * scale;
  const timeX = padding * scale;
  const others = (tagWidth + arrowWidth) * scale + priceWidth + sizeWidth;
  const room = sizeRight - timeX - others;
  // A price is never cut: in a narrow panel the time loses its milliseconds first, then its place.
  const time: TapeLayout['time'] =
    keepsMillis || room >= leastTimeWidth * scale
      ? 'millis'
      : room >= shortTimeWidth * scale
        ? 'seconds'
        : 'none';
  const wanted = { millis: timeWidth, seconds: shortTimeWidth, none: 0 }[time] * scale;
  const least = keepsMillis ? leastTimeWidth * scale : 0;
  const tagX = timeX + Math.min(wanted, Math.max(least, room));
  return {
    width: space.width,
    scale,
    rateHeight: Math.round(36 * scale),
    headerHeight: Math.round(20 * scale),
    rowsTop: Math.round(36 * scale) + Math.round(20 * scale),
    rowHeight: Math.round((space.comfortable ? 22 : 18) * scale),
    gapHeight: Math.round(38 * scale),
    timeX,
    time,
    tagX,
    arrowX: tagX + tagWidth * scale,
    priceLeft: tagX + (tagWidth + 11) * scale,
    priceRight: sizeRight - sizeWidth,
    sizeLeft: sizeRight - sizeWidth + 4 * scale,
    sizeRight,
  };
}

/** Length of the bar behind a size: linear up to a large trade, and never over more than the right half. */
export function sizeBarWidth(size: number, large: number | null, width: number): number {
  if (large === null || large <= 0 || !(size > 0)) return 0;
  return Math.round(Math.min(0.46, (size / large) * 0.5) * width);
}
