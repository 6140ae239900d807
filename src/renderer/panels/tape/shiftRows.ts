import type { PlacedEntry, TapeEntry } from './tapeRows.ts';

/** The record behind a row: the same record looks the same. */
function recordOf(entry: TapeEntry): object {
  switch (entry.type) {
    case 'trade':
      return entry.trade;
    case 'gap':
      return entry.gap;
    case 'dropped':
      return entry.dropped;
  }
}

export interface RowShift {
  /** Rows at the top that are new; they have to be painted. */
  readonly fresh: number;
  /** How far the others moved down, in page pixels. */
  readonly pixels: number;
}

/**
 * How the rows on the canvas became those that are wanted, when all that happened is that new ones came in above. Null when
 * anything else changed, or so much that painting anew is cheaper.
 */
export function findRowShift(
  painted: readonly PlacedEntry[],
  wanted: readonly PlacedEntry[],
): RowShift | null {
  const [first] = painted;
  if (first === undefined) return null;
  const fresh = wanted.findIndex(({ entry }) => recordOf(entry) === recordOf(first.entry));
  if (fresh < 0 || fresh > wanted.length / 2) return null;
  const pixels = (wanted[fresh]?.top ?? 0) - first.top;
  for (let index = fresh; index < wanted.length; index += 1) {
    const now = wanted[index];
    const before = painted[index - fresh];
    // Below what was painted there is nothing to move.
    if (now === undefined || before === undefined) return null;
    if (recordOf(now.entry) !== recordOf(before.entry)) return null;
    if (now.top !== before.top + pixels) return null;
  }
  return { fresh, pixels };
}

/** Moves the pixels below `top` down; false where they would not fall on whole device pixels. */
export function shiftPixels(
  context: CanvasRenderingContext2D,
  area: { readonly width: number; readonly top: number; readonly height: number },
  pixels: number,
): boolean {
  const { canvas } = context;
  const ratio = canvas.width / area.width;
  const whole = (value: number) => Number.isInteger(value * ratio);
  if (pixels === 0) return true;
  if (!whole(area.top) || !whole(pixels) || !whole(area.height)) return false;
  const height = area.height - pixels;
  context.drawImage(
    canvas,
    0,
    area.top * ratio,
    canvas.width,
    height * ratio,
    0,
    area.top + pixels,
    area.width,
    height,
  );
  return true;
}
