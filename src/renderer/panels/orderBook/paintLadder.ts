import type { BookView } from '../../../shared/values.ts';
import type { CanvasSurface } from '../../canvas/useCanvasView.ts';
import type { CanvasFonts } from '../../canvas/fonts.ts';
import { centeredBaseline, numberWidth } from '../../canvas/fonts.ts';
import { drawCellDot } from '../../canvas/marks.ts';
import { fillHatch, mixColors } from '../../theme/canvas.ts';
import type { Palette } from '../../theme/palette.ts';
import type { BarSegment } from './barSegments.ts';
import { computeBarSegments } from './barSegments.ts';
import type { LadderLayout } from './ladderLayout.ts';
import { levelTop } from './ladderLayout.ts';
import type { LadderLevel, LadderModel } from './ladderModel.ts';
import type { RowMemory } from './rowMemory.ts';

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

function washWidth(layout: LadderLayout, level: LadderLevel): number {
  return Math.round(level.cumulativeShare * layout.width * washShare);
}

/** The ground of one row: panel, and the wash of the size from the best price to here. */
function paintGround(
  painting: LadderPainting,
  side: Side,
  level: LadderLevel | undefined,
  top: number,
): void {
  const { layout, surface } = painting;
  const { context, colors } = surface;
  context.fillStyle = colors.color.panel;
  context.fillRect(0, top, layout.width, layout.rowHeight);
  if (level === undefined) return;
  const width = washWidth(layout, level);
  const tone = colors.color[side === 'bid' ? 'up' : 'down'];
  context.fillStyle = mix(tone, colors.color.panel, colors.tint.wash);
  context.fillRect(layout.width - width, top, width, layout.rowHeight);
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

function segmentsOf(painting: LadderPainting, level: LadderLevel): readonly BarSegment[] {
  const { layout, model } = painting;
  return computeBarSegments(level.sizes, level.ghosts, model.maximum, layout.barsWidth);
}

function paintBars(painting: LadderPainting, level: LadderLevel, top: number): void {
  const { layout, surface, view } = painting;
  const { context, colors } = surface;
  const height = 8 * layout.scale;
  const y = Math.round(top + (layout.rowHeight - height) / 2);
  for (const segment of segmentsOf(painting, level)) {
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
  const width = numberWidth(context, level.price, fonts.name);
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
    paintDots(
      painting,
      layout.priceRight,
      numberWidth(context, level.price, fonts.name),
      underline,
    );
    paintDots(painting, layout.sizeRight, numberWidth(context, level.size, fonts.name), underline);
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
  context.fillStyle = colors.color.panel;
  context.fillRect(0, top, layout.width, height);
  context.font = fonts.data;
  context.fillStyle = colors.color['ink-3'];
  context.textAlign = 'center';
  const text = side === 'ask' ? 'No asks in the book' : 'No bids in the book';
  context.fillText(text, layout.width / 2, centeredBaseline(top, height, 12 * layout.scale));
  context.textAlign = 'left';
}

/** Everything that a row's look depends on, beside what all rows share. */
function signatureOf(painting: LadderPainting, level: LadderLevel | undefined): string {
  if (level === undefined) return '';
  const bars = segmentsOf(painting, level)
    .map(({ part, x, width, ghost }) => {
      const fade = ghost ? 'ghost' : (level.fades[part] ?? 1);
      return `${part} ${x} ${width} ${fade}`;
    })
    .join();
  const { price, size, age } = level;
  const best = level.bestOf?.join() ?? '';
  return `${price}|${size}|${washWidth(painting.layout, level)}|${best}|${age ?? ''}|${bars}`;
}

function paintLiveSide(painting: LadderPainting, side: Side, memory: RowMemory): void {
  const { layout, model } = painting;
  const levels = side === 'ask' ? model.asks : model.bids;
  if (levels.length === 0) {
    if (memory.changed(side, 'empty')) paintEmptySide(painting, side);
    return;
  }
  if (memory.changed(side, 'levels')) memory.forgetRows(side);
  for (let index = 0; index < layout.rowsPerSide; index += 1) {
    const level = levels[index];
    if (!memory.changed(`${side}${index}`, signatureOf(painting, level))) continue;
    paintGround(painting, side, level, levelTop(layout, side, index));
    if (level !== undefined) paintLevel(painting, side, level, index);
  }
}

/** Live levels: only rows that would look different are painted again. */
export function paintLiveSides(painting: LadderPainting, memory: RowMemory): void {
  paintLiveSide(painting, 'ask', memory);
  paintLiveSide(painting, 'bid', memory);
  paintSelected(painting);
}

/** The last known levels, on a hatch that says that data is missing here; the digits stay legible. */
export function paintHeldSides(painting: LadderPainting): void {
  const { model } = painting;
  paintVeil(painting.surface, painting.layout);
  model.asks.forEach((level, index) => paintLevel(painting, 'ask', level, index));
  model.bids.forEach((level, index) => paintLevel(painting, 'bid', level, index));
}

function paintVeil(surface: CanvasSurface, layout: LadderLayout): void {
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
