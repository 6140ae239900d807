import type { BookView } from '../../../shared/values.ts';
import type { CanvasSurface } from '../../canvas/useCanvasView.ts';
import type { CanvasFonts } from '../../canvas/fonts.ts';
import { centeredBaseline, textWidth } from '../../canvas/fonts.ts';
import { drawCellDot } from '../../canvas/marks.ts';
import { fillHatch, mixColors } from '../../theme/canvas.ts';
import type { Palette } from '../../theme/palette.ts';
import { computeBarSegments } from './barSegments.ts';
import type { LadderLayout } from './ladderLayout.ts';
import { levelTop } from './ladderLayout.ts';
import type { LadderLevel, LadderModel } from './ladderModel.ts';

type Side = 'bid' | 'ask';

/** Share of the panel that the wash of the farthest level may cover. */
const washShare = 0.62;

/** Everything that painting a ladder reads; nothing of it changes while painting. */
export interface LadderPainting {
  readonly surface: CanvasSurface;
  readonly fonts: CanvasFonts;
  readonly layout: LadderLayout;
  readonly view: BookView;
  readonly model: LadderModel;
  /** Not live: no direction color, dotted underline. */
  readonly greyed: boolean;
  /** Level under the keyboard cursor. */
  readonly selected: { readonly side: Side; readonly index: number } | null;
}

const mixed = new Map<string, string>();

/** Mixing is the same few colors over and over. */
function mix(color: string, surface: string, share: number): string {
  if (share >= 1) return color;
  const key = `${color}${surface}${share}`;
  const known = mixed.get(key);
  if (known !== undefined) return known;
  if (mixed.size > 500) mixed.clear();
  const result = mixColors(color, surface, share);
  mixed.set(key, result);
  return result;
}

export function paintHeader(
  surface: CanvasSurface,
  fonts: CanvasFonts,
  layout: LadderLayout,
  unit: string,
): void {
  const { context, colors } = surface;
  const baseline = centeredBaseline(0, layout.headerHeight, 11 * layout.scale);
  context.font = fonts.secondary;
  context.fillStyle = colors.color['ink-3'];
  context.textAlign = 'left';
  context.fillText('Top', layout.topX, baseline);
  if (layout.barsWidth > 60 * layout.scale) context.fillText('By venue', layout.barsX, baseline);
  context.textAlign = 'right';
  context.fillText('Price', layout.priceRight, baseline);
  context.fillText(unit, layout.sizeRight, baseline);
  if (layout.ageRight !== null) context.fillText('Age', layout.ageRight, baseline);
  context.textAlign = 'left';
}

function paintWash(painting: LadderPainting, side: Side, levels: readonly LadderLevel[]): void {
  const { context, colors } = painting.surface;
  const { layout } = painting;
  const tone = painting.greyed
    ? colors.color['ink-3']
    : colors.color[side === 'bid' ? 'up' : 'down'];
  context.fillStyle = mix(tone, colors.color.panel, colors.tint.wash);
  levels.forEach((level, index) => {
    const width = Math.round(level.cumulativeShare * layout.width * washShare);
    context.fillRect(layout.width - width, levelTop(layout, side, index), width, layout.rowHeight);
  });
}

function paintTop(painting: LadderPainting, level: LadderLevel, top: number): void {
  if (level.bestOf === null) return;
  const { layout, surface, view } = painting;
  const { context, colors } = surface;
  const { scale } = layout;
  view.parts.forEach((part, index) => {
    const box = {
      x: layout.topX + index * 7 * scale,
      y: Math.round(top + (layout.rowHeight - 10 * scale) / 2),
      width: 5 * scale,
      height: 10 * scale,
    };
    if (level.bestOf?.[index] === true) {
      context.fillStyle = painting.greyed ? colors.color['ink-2'] : colors.venueBar[part.venue];
      context.fillRect(box.x, box.y, box.width, box.height);
    } else {
      drawCellDot(context, box, colors);
    }
  });
}

function paintBars(painting: LadderPainting, level: LadderLevel, top: number): void {
  const { layout, surface, view, model } = painting;
  const { context, colors } = surface;
  const height = 8 * layout.scale;
  const y = Math.round(top + (layout.rowHeight - height) / 2);
  const segments = computeBarSegments(level.sizes, level.ghosts, model.maximum, layout.barsWidth);
  for (const segment of segments) {
    const venue = view.parts[segment.part]?.venue;
    if (venue === undefined) continue;
    const box = { x: layout.barsX + segment.x, y, width: segment.width, height };
    if (segment.ghost) {
      fillHatch(context, box, {
        color: mix(colors.color.stale, colors.color.panel, 0.62),
        pitch: 4,
        width: 1.2,
      });
      continue;
    }
    const color = painting.greyed ? colors.color['ink-2'] : colors.venueBar[venue];
    context.fillStyle = mix(color, colors.color.panel, level.fades[segment.part] ?? 1);
    context.fillRect(box.x, box.y, box.width, box.height);
  }
}

function paintPrice(
  painting: LadderPainting,
  side: Side,
  level: LadderLevel,
  baseline: number,
): void {
  const { layout, surface, fonts, model } = painting;
  const { context, colors } = surface;
  const width = textWidth(context, level.price, fonts.name);
  const left = layout.priceRight - width;
  context.font = fonts.name;
  if (painting.greyed) {
    context.fillStyle = colors.color['ink-2'];
    context.fillText(level.price, left, baseline);
    return;
  }
  const shared = level.price.slice(0, model.sharedDigits);
  const own = level.price.slice(model.sharedDigits);
  context.fillStyle = colors.color[side === 'bid' ? 'up-dim' : 'down-dim'];
  if (shared !== '') context.fillText(shared, left, baseline);
  context.fillStyle = colors.color[side === 'bid' ? 'up' : 'down'];
  context.textAlign = 'right';
  context.fillText(own, layout.priceRight, baseline);
  context.textAlign = 'left';
}

function paintDots(painting: LadderPainting, right: number, width: number, y: number): void {
  const { context, colors } = painting.surface;
  context.strokeStyle = colors.color['ink-3'];
  context.lineWidth = 1.5;
  context.setLineDash([1.5, 2]);
  context.beginPath();
  context.moveTo(right - width, y);
  context.lineTo(right, y);
  context.stroke();
  context.setLineDash([]);
}

function paintLevel(painting: LadderPainting, side: Side, level: LadderLevel, index: number): void {
  const { layout, surface, fonts } = painting;
  const { context, colors } = surface;
  const top = levelTop(layout, side, index);
  const baseline = centeredBaseline(top, layout.rowHeight, 12 * layout.scale);
  paintTop(painting, level, top);
  paintPrice(painting, side, level, baseline);
  context.textAlign = 'right';
  context.font = fonts.name;
  context.fillStyle = painting.greyed ? colors.color['ink-2'] : colors.color['ink-1'];
  context.fillText(level.size, layout.sizeRight, baseline);
  if (painting.greyed) {
    const underline = baseline + 3.5 * layout.scale;
    paintDots(painting, layout.priceRight, textWidth(context, level.price, fonts.name), underline);
    paintDots(painting, layout.sizeRight, textWidth(context, level.size, fonts.name), underline);
  }
  if (level.age !== null && layout.ageRight !== null) {
    context.font = fonts.age;
    context.fillStyle = colors.color['ink-3'];
    context.textAlign = 'right';
    context.fillText(level.age, layout.ageRight, baseline);
  }
  context.textAlign = 'left';
  if (layout.barsWidth > 0) paintBars(painting, level, top);
}

function paintSelected(painting: LadderPainting): void {
  const { selected, layout, surface } = painting;
  if (selected === null) return;
  const top = levelTop(layout, selected.side, selected.index);
  surface.context.strokeStyle = surface.colors.color.accent;
  surface.context.lineWidth = 2;
  surface.context.strokeRect(1, top + 1, layout.width - 2, layout.rowHeight - 2);
}

function paintEmptySide(painting: LadderPainting, side: Side): void {
  const { layout, surface, fonts } = painting;
  const { context, colors } = surface;
  const height = layout.rowsPerSide * layout.rowHeight;
  const top = side === 'ask' ? layout.midTop - height : layout.bidsTop;
  context.font = fonts.data;
  context.fillStyle = colors.color['ink-3'];
  context.textAlign = 'center';
  const text = side === 'ask' ? 'No asks in the book' : 'No bids in the book';
  context.fillText(text, layout.width / 2, centeredBaseline(top, height, 12 * layout.scale));
  context.textAlign = 'left';
}

export function paintSides(painting: LadderPainting): void {
  const { model } = painting;
  if (!painting.greyed) {
    paintWash(painting, 'ask', model.asks);
    paintWash(painting, 'bid', model.bids);
  }
  model.asks.forEach((level, index) => paintLevel(painting, 'ask', level, index));
  model.bids.forEach((level, index) => paintLevel(painting, 'bid', level, index));
  if (model.asks.length === 0) paintEmptySide(painting, 'ask');
  if (model.bids.length === 0) paintEmptySide(painting, 'bid');
  paintSelected(painting);
}

/** Hatch under levels that are the last known ones: data is missing here, and the digits stay legible. */
export function paintVeil(surface: CanvasSurface, layout: LadderLayout): void {
  const { context, colors } = surface;
  const line = { color: veilColor(colors), pitch: 6, width: 1.2 };
  const height = layout.rowsPerSide * layout.rowHeight;
  fillHatch(context, { x: 0, y: layout.midTop - height, width: layout.width, height }, line);
  fillHatch(context, { x: 0, y: layout.bidsTop, width: layout.width, height }, line);
}

function veilColor(colors: Palette): string {
  return mix(colors.color.stale, colors.color.panel, 0.42);
}

/** Still bars in the geometry that levels will have. */
export function paintSkeleton(surface: CanvasSurface, layout: LadderLayout): void {
  const { context, colors } = surface;
  context.fillStyle = colors.color.hover;
  const height = 8 * layout.scale;
  const bar = (right: number, width: number, y: number) => {
    context.beginPath();
    context.roundRect(right - width, y, width, height, height / 2);
    context.fill();
  };
  for (const side of ['ask', 'bid'] as const) {
    for (let index = 0; index < layout.rowsPerSide; index += 1) {
      const top = levelTop(layout, side, index);
      const y = Math.round(top + (layout.rowHeight - height) / 2);
      bar(layout.priceRight, 42 * layout.scale, y);
      bar(layout.sizeRight, (30 + ((index * 7) % 12)) * layout.scale, y);
    }
  }
}
