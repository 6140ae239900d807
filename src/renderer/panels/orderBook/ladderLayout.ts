/** Page pixels of a ladder of one size. Columns from the left: whose best it is, price, size, bars per venue, age. */
export interface LadderLayout {
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  readonly rowHeight: number;
  readonly headerHeight: number;
  /** Levels that fit on each side of the mid row. */
  readonly rowsPerSide: number;
  readonly topX: number;
  readonly priceRight: number;
  readonly sizeRight: number;
  readonly barsX: number;
  /** 0 where the panel is too narrow for bars. */
  readonly barsWidth: number;
  /** Null where the panel is too narrow for ages. */
  readonly ageRight: number | null;
  /** Top of the ask row that is nearest to the mid row; the others stand above it. */
  readonly asksBottom: number;
  readonly midTop: number;
  readonly midHeight: number;
  readonly bidsTop: number;
}

export interface LadderSpace {
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  readonly comfortable: boolean;
  /** Widest price and size to be shown, in page pixels: columns grow, digits are never cut. */
  readonly priceTextWidth: number;
  readonly sizeTextWidth: number;
  /** Coverage cells in the first column. */
  readonly venueCount: number;
}

const padding = 10;
const ageWidth = 30;
const leastBars = 36;

export function computeLadderLayout(space: LadderSpace): LadderLayout {
  const { scale } = space;
  // Whole pixels: tints of neighboring rows would otherwise leave seams.
  const rowHeight = Math.round((space.comfortable ? 22 : 18) * scale);
  const headerHeight = Math.round(20 * scale);
  const midHeight = Math.round(50 * scale);
  const rowsPerSide = Math.max(
    1,
    Math.floor((space.height - headerHeight - midHeight) / 2 / rowHeight),
  );
  const used = headerHeight + midHeight + rowsPerSide * 2 * rowHeight;
  const spare = Math.max(0, Math.floor((space.height - used) / 2));
  const midTop = headerHeight + spare + rowsPerSide * rowHeight;

  const topX = padding * scale;
  const topWidth = Math.max(24, space.venueCount * 7 + 3) * scale;
  const priceWidth = Math.max(54 * scale, Math.ceil(space.priceTextWidth) + 8 * scale);
  const priceRight = topX + topWidth + priceWidth;
  const sizeWidth = Math.max(58 * scale, Math.ceil(space.sizeTextWidth) + 12 * scale);
  const sizeRight = priceRight + sizeWidth;
  const barsX = sizeRight + 10 * scale;
  const right = space.width - padding * scale;
  const withAge = right - (ageWidth + 6) * scale - barsX;
  const hasAge = withAge >= leastBars * scale;
  const barsWidth = hasAge ? withAge : Math.max(0, right - barsX);
  return {
    width: space.width,
    height: space.height,
    scale,
    rowHeight,
    headerHeight,
    rowsPerSide,
    topX,
    priceRight,
    sizeRight,
    barsX,
    barsWidth,
    ageRight: hasAge ? right : null,
    asksBottom: midTop - rowHeight,
    midTop,
    midHeight,
    bidsTop: midTop + midHeight,
  };
}

/** Top of the level that is `index` away from the mid row. */
export function levelTop(layout: LadderLayout, side: 'bid' | 'ask', index: number): number {
  return side === 'ask'
    ? layout.asksBottom - index * layout.rowHeight
    : layout.bidsTop + index * layout.rowHeight;
}

/** Which level lies under a point; null outside the levels. */
export function levelAt(
  layout: LadderLayout,
  y: number,
): { readonly side: 'bid' | 'ask'; readonly index: number } | null {
  if (y < layout.midTop) {
    const index = Math.ceil((layout.midTop - y) / layout.rowHeight) - 1;
    return index >= 0 && index < layout.rowsPerSide ? { side: 'ask', index } : null;
  }
  const index = Math.floor((y - layout.bidsTop) / layout.rowHeight);
  return index >= 0 && index < layout.rowsPerSide ? { side: 'bid', index } : null;
}
