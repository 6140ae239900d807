import type { CanvasSurface } from '../../canvas/useCanvasView.ts';
import type { CanvasFonts } from '../../canvas/fonts.ts';
import { textWidth } from '../../canvas/fonts.ts';
import { drawCoverageCell, drawStaleUnderline } from '../../canvas/marks.ts';
import type { ColorRole } from '../../theme/palette.ts';
import type { LadderLayout } from './ladderLayout.ts';
import type { MidPrice, MidSpread } from './midRow.ts';

export interface MidPainting {
  readonly surface: CanvasSurface;
  readonly fonts: CanvasFonts;
  readonly layout: LadderLayout;
  readonly price: MidPrice;
  readonly direction: 'up' | 'down' | 'none';
  /** Null while no book is valid. */
  readonly spread: MidSpread | null;
}

function priceRole(painting: MidPainting): ColorRole {
  const { look } = painting.price;
  if (look === 'live') return painting.direction === 'none' ? 'ink-1' : painting.direction;
  if (look === 'partial') return 'ink-1';
  return look === 'stale' || look === 'disputed' ? 'ink-2' : 'ink-3';
}

function paintArrow(painting: MidPainting, x: number, baseline: number): void {
  const { context, colors } = painting.surface;
  const { scale } = painting.layout;
  const up = painting.direction === 'up';
  const base = up ? baseline : baseline - 8 * scale;
  const tip = up ? baseline - 8 * scale : baseline;
  context.fillStyle = colors.color[up ? 'up' : 'down'];
  context.beginPath();
  context.moveTo(x, base);
  context.lineTo(x + 9 * scale, base);
  context.lineTo(x + 4.5 * scale, tip);
  context.fill();
}

/** Two arrows that pass one another: the mark of a crossed book. */
function paintCrossed(painting: MidPainting, right: number, baseline: number): void {
  const { context, colors } = painting.surface;
  const { scale } = painting.layout;
  context.save();
  context.translate(right - 11 * scale, baseline - 9.5 * scale);
  context.scale(scale * 0.46, scale * 0.46);
  context.strokeStyle = colors.color['ink-2'];
  context.lineWidth = 2.4;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.stroke(
    new Path2D(
      'M2 6a3 3 0 1 0 6 0a3 3 0 1 0-6 0M16 18a3 3 0 1 0 6 0a3 3 0 1 0-6 0M12 6h5a2 2 0 0 1 2 2v7M15 9l-3-3 3-3M12 18H7a2 2 0 0 1-2-2V9M9 15l3 3-3 3',
    ),
  );
  context.restore();
}

function paintSpread(painting: MidPainting): void {
  const { spread, layout, surface, fonts } = painting;
  if (spread === null) return;
  const { context, colors } = surface;
  const { scale } = layout;
  const baseline = Math.round(layout.midTop + 20 * scale);
  let right = layout.width - 10 * scale;
  context.textAlign = 'right';
  for (const piece of [...spread.upper].reverse()) {
    const font = piece.tone === 'strong' ? fonts.secondaryStrong : fonts.secondary;
    const width = textWidth(context, piece.text, font);
    context.font = font;
    context.fillStyle = colors.color[piece.tone === 'strong' ? 'ink-1' : 'ink-3'];
    context.fillText(piece.text, right, baseline);
    right -= width;
  }
  if (spread.crossed) paintCrossed(painting, right - 6 * scale, baseline);
  if (spread.lower !== null) {
    context.font = fonts.secondary;
    context.fillStyle = colors.color['ink-3'];
    context.fillText(
      spread.lower,
      layout.width - 10 * scale,
      Math.round(layout.midTop + 36 * scale),
    );
  }
  context.textAlign = 'left';
}

/** Middle of the label's line, for what stands beside it. */
export function labelMiddle(layout: LadderLayout): number {
  return Math.round(layout.midTop + 38 * layout.scale);
}

/** Paints the row and returns where its label ends, which is where the explain button stands. */
export function paintMidRow(painting: MidPainting): number {
  const { surface, fonts, layout, price } = painting;
  const { context, colors } = surface;
  const { scale, midTop } = layout;
  context.fillStyle = colors.color.inset;
  context.fillRect(0, midTop, layout.width, layout.midHeight);
  context.fillStyle = colors.color.line;
  context.fillRect(0, midTop, layout.width, 1);
  context.fillRect(0, midTop + layout.midHeight - 1, layout.width, 1);

  const cellTop = Math.round(midTop + (layout.midHeight - 18 * scale) / 2);
  price.cells.forEach((cell, index) => {
    const x = layout.topX + index * 7 * scale;
    const box = { x, y: cellTop, width: 5 * scale, height: 18 * scale };
    drawCoverageCell(context, box, cell.state, colors);
  });

  const x = layout.topX + (price.cells.length * 7 + 8) * scale;
  const baseline = Math.round(midTop + 24 * scale);
  const width = textWidth(context, price.text, fonts.price);
  context.font = fonts.price;
  context.letterSpacing = `${-0.24 * scale}px`;
  context.fillStyle = colors.color[priceRole(painting)];
  context.fillText(price.text, x, baseline);
  context.letterSpacing = '0px';
  const end = x + width - price.text.length * 0.24 * scale;
  if (painting.direction !== 'none') paintArrow(painting, end + 6 * scale, baseline);
  if (price.look === 'stale') {
    drawStaleUnderline(context, x, end, baseline + 4, colors.color.stale);
    if (price.age !== null) {
      context.font = fonts.secondary;
      context.fillStyle = colors.color.stale;
      context.fillText(price.age, end + 6 * scale, baseline);
    }
  }

  context.font = fonts.secondary;
  context.fillStyle = colors.color[price.labelTone === 'warning' ? 'stale' : 'ink-3'];
  const labelBaseline = Math.round(midTop + 42 * scale);
  context.fillText(price.label, x, labelBaseline);
  paintSpread(painting);
  return x + textWidth(context, price.label, fonts.secondary);
}
