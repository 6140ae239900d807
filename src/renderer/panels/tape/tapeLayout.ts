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
  /** False in panels too narrow for milliseconds. */
  readonly millis: boolean;
  readonly tagX: number;
  readonly arrowX: number;
  readonly priceRight: number;
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
const shortTimeWidth = 52;
const tagWidth = 22;
const arrowWidth = 14;

export function computeTapeLayout(space: TapeSpace): TapeLayout {
  const { scale } = space;
  const sizeRight = space.width - padding * scale;
  const sizeWidth = Math.max(52 * scale, Math.ceil(space.sizeTextWidth) + 6 * scale);
  const priceWidth = Math.ceil(space.priceTextWidth) + 3 * scale;
  const timeX = padding * scale;
  const others = (tagWidth + arrowWidth) * scale + priceWidth + sizeWidth;
  const millis = sizeRight - timeX - others >= timeWidth * scale;
  const tagX = timeX + (millis ? timeWidth : shortTimeWidth) * scale;
  return {
    width: space.width,
    scale,
    rateHeight: 36 * scale,
    headerHeight: 20 * scale,
    rowsTop: 56 * scale,
    rowHeight: (space.comfortable ? 22 : 18) * scale,
    gapHeight: 38 * scale,
    timeX,
    millis,
    tagX,
    arrowX: tagX + tagWidth * scale,
    priceRight: sizeRight - sizeWidth,
    sizeRight,
  };
}

/** Length of the bar behind a size: linear up to a large trade, and never over more than the right half. */
export function sizeBarWidth(size: number, large: number | null, width: number): number {
  if (large === null || large <= 0 || !(size > 0)) return 0;
  return Math.round(Math.min(0.46, (size / large) * 0.5) * width);
}
