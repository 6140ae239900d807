import type { TradeValue } from '../../../shared/values.ts';
import { venueRecord } from '../../../shared/venues.ts';
import type { CanvasFonts } from '../../canvas/fonts.ts';
import { centeredBaseline, fitWords, numberWidth, textWidth } from '../../canvas/fonts.ts';
import { drawMark, drawStaleUnderline, drawVenueTag } from '../../canvas/marks.ts';
import type { CanvasSurface } from '../../canvas/useCanvasView.ts';
import { noValue } from '../../format/digits.ts';
import { formatSize } from '../../format/price.ts';
import { formatRate } from '../../format/quantity.ts';
import { formatTime, formatTimeMillis, zoneLabel } from '../../format/time.ts';
import { fillHatch, mixColors } from '../../theme/canvas.ts';
import type { GapWords } from './gapRows.ts';
import { fitDecimals } from './largeSize.ts';
import { tradeSize, tradeVenue } from './tapeFilter.ts';
import type { PriceDecimals } from './PriceDecimals.ts';
import type { TapeLayout } from './tapeLayout.ts';
import { sizeBarWidth } from './tapeLayout.ts';
import type { RateFigures } from './tapeRate.ts';
import { rateBars } from './tapeRate.ts';

/** What painting a tape reads; nothing of it changes while painting. */
export interface TapePainting {
  readonly surface: CanvasSurface;
  readonly fonts: CanvasFonts;
  readonly layout: TapeLayout;
  /** Base size from which a row is large; null while nothing is known. */
  readonly large: number | null;
  readonly prices: PriceDecimals;
  readonly sizeDecimals: number;
  /** The page lost its host: rows are the last ones, without direction color. */
  readonly greyed: boolean;
}

export function writeSize(trade: TradeValue, sizeDecimals: number): string {
  const size = tradeSize(trade);
  const decimals = fitDecimals(size, sizeDecimals);
  // Dust is said to be less than the column can tell: a count of zeros is no size that a person compares.
  if (size > 0 && Number(size.toFixed(decimals)) === 0) return writeDust(decimals);
  return formatSize(size, decimals);
}

/** What stands for every size that would be written as zero. */
export function writeDust(decimals: number): string {
  return `<${(10 ** -decimals).toFixed(decimals)}`;
}

export function paintRate(painting: TapePainting, rate: RateFigures): void {
  const { surface, layout, fonts } = painting;
  const { context, colors } = surface;
  const { scale } = layout;
  const baseline = centeredBaseline(0, layout.rateHeight, 12 * scale);
  const figure = formatRate(rate.perSec);
  context.font = fonts.figureLarge;
  context.fillStyle = colors.color['ink-1'];
  context.fillText(figure, layout.timeX, baseline);
  const figureEnd = layout.timeX + textWidth(context, figure, fonts.figureLarge);
  context.font = fonts.secondary;
  context.fillStyle = colors.color['ink-3'];
  context.fillText('trades/s', figureEnd + 4 * scale, baseline);

  const left = Math.max(83 * scale, figureEnd + 58 * scale);
  const highest = Math.max(1, ...rate.counts);
  const floor = Math.round(layout.rateHeight / 2 + 7 * scale);
  rate.counts.forEach((count, index) => {
    const height =
      count === 0 ? scale : Math.max(2 * scale, Math.round((count / highest) * 13 * scale));
    context.fillStyle = mixColors(
      colors.color['ink-3'],
      colors.color.panel,
      0.45 + (index / rateBars) * 0.4,
    );
    context.fillRect(left + index * 3 * scale, floor - height, 2 * scale, height);
  });

  if (layout.width >= 220 * scale) {
    const percent = rate.buyShare === null ? null : Math.round(rate.buyShare * 100);
    context.textAlign = 'right';
    context.fillStyle = colors.color['ink-2'];
    context.fillText('buy', layout.sizeRight, baseline);
    const plain = percent === null || percent === 50 || painting.greyed;
    const role = plain ? 'ink-2' : percent > 50 ? 'up' : 'down';
    context.font = fonts.figure;
    context.fillStyle = colors.color[role];
    context.fillText(
      percent === null ? noValue : `${percent}%`,
      layout.sizeRight - textWidth(context, 'buy', fonts.secondary) - 4 * scale,
      baseline,
    );
    context.textAlign = 'left';
  }
  context.fillStyle = colors.color['line-subtle'];
  context.fillRect(0, layout.rateHeight - 1, layout.width, 1);
}

export function paintTapeHeader(painting: TapePainting, unit: string): void {
  const { surface, layout, fonts } = painting;
  const { context, colors } = surface;
  const baseline = centeredBaseline(layout.rateHeight, layout.headerHeight, 11 * layout.scale);
  context.font = fonts.secondary;
  context.fillStyle = colors.color['ink-3'];
  if (layout.time !== 'none') context.fillText(zoneLabel(), layout.timeX, baseline);
  context.textAlign = 'right';
  context.fillText('Price', layout.priceRight, baseline);
  context.fillText(unit, layout.sizeRight, baseline);
  context.textAlign = 'left';
}

function paintArrow(painting: TapePainting, up: boolean, color: string, top: number): void {
  const { layout, surface } = painting;
  const { context } = surface;
  const { scale } = layout;
  const center = layout.arrowX + 7 * scale;
  const middle = top + layout.rowHeight / 2;
  const half = 2.5 * scale;
  context.fillStyle = color;
  context.beginPath();
  context.moveTo(center - 3 * scale, middle + (up ? half : -half));
  context.lineTo(center + 3 * scale, middle + (up ? half : -half));
  context.lineTo(center, middle + (up ? -half : half));
  context.fill();
}

function paintSizeBar(painting: TapePainting, trade: TradeValue, top: number): boolean {
  const { surface, layout, large } = painting;
  const { context, colors } = surface;
  const size = tradeSize(trade);
  const isLarge = large !== null && size >= large;
  const tone = painting.greyed
    ? colors.color['ink-3']
    : colors.color[trade.side === 'buy' ? 'up' : 'down'];
  const tint = colors.tint.largeRow;
  const ground = isLarge ? mixColors(tone, colors.color.panel, tint) : colors.color.panel;
  if (isLarge) {
    context.fillStyle = ground;
    context.fillRect(0, top, layout.width, layout.rowHeight);
  }
  const width = sizeBarWidth(size, large, layout.width);
  if (width > 0) {
    context.fillStyle = mixColors(tone, ground, tint);
    context.beginPath();
    context.roundRect(
      layout.width - width,
      top + 1,
      width + 4,
      layout.rowHeight - 2,
      3 * layout.scale,
    );
    context.fill();
  }
  return isLarge;
}

export function paintTrade(painting: TapePainting, trade: TradeValue, top: number): void {
  const { surface, fonts, layout } = painting;
  const { context, colors } = surface;
  const { scale } = layout;
  const baseline = centeredBaseline(top, layout.rowHeight, 12 * scale);
  // A repaired row tells what happened, not what happens, and an outlier nothing of the market: no direction, no tint.
  const isLarge = !trade.late && !trade.outlier && paintSizeBar(painting, trade, top);
  const up = trade.side === 'buy';
  const ink = trade.late ? 'ink-3' : painting.greyed || trade.outlier ? 'ink-2' : null;
  const direction = colors.color[ink ?? (up ? 'up' : 'down')];
  const mark = trade.outlier ? 'outlier' : trade.late ? 'repaired' : null;
  if (mark !== null) {
    // In the padding, and clear of the time.
    const middle = Math.round(top + layout.rowHeight / 2 - 4 * scale);
    drawMark(context, mark, { x: 0, y: middle }, colors, 8);
  }

  context.font = fonts.time;
  context.fillStyle = colors.color['ink-3'];
  if (layout.time !== 'none') {
    const write = layout.time === 'millis' ? formatTimeMillis : formatTime;
    context.fillText(write(trade.venueTime), layout.timeX, baseline);
  }

  const venue = tradeVenue(trade);
  if (venue !== null) {
    const at = { x: layout.tagX, y: Math.round(top + (layout.rowHeight - 14 * scale) / 2) };
    const counted = !painting.greyed;
    const { code } = venueRecord(venue);
    const bar = colors.venueBar[venue];
    const text = colors.venueText[venue];
    drawVenueTag(context, at, { code, bar, text, font: fonts.tag, counted }, colors);
  }
  paintArrow(painting, up, direction, top);

  const price = painting.prices.write(trade);
  context.font = fonts.name;
  context.fillStyle = direction;
  paintPrice(painting, price, painting.prices.of(trade), baseline);
  if (trade.outlier) {
    const left = Math.max(layout.priceLeft, priceLeft(painting, price, painting.prices.of(trade)));
    const y = baseline + 3 * scale;
    drawStaleUnderline(context, left, layout.priceRight, y, colors.color.stale);
  }
  context.textAlign = 'right';
  context.font = isLarge ? fonts.strong : fonts.name;
  context.fillStyle = colors.color[ink ?? 'ink-1'];
  const sizeRoom = layout.sizeRight - layout.sizeLeft;
  context.fillText(writeSize(trade, painting.sizeDecimals), layout.sizeRight, baseline, sizeRoom);
  context.textAlign = 'left';
}

/** A price wider than its column is set narrower, whole, instead of lying over the arrow. */
function paintPrice(painting: TapePainting, price: string, decimals: number, baseline: number) {
  const { layout, surface } = painting;
  const left = priceLeft(painting, price, decimals);
  if (left >= layout.priceLeft) surface.context.fillText(price, left, baseline);
  else {
    const room = layout.priceRight - layout.priceLeft;
    surface.context.fillText(price, layout.priceLeft, baseline, room);
  }
}

/** Points of all prices stand in one line: a price with fewer decimals ends earlier. */
function priceLeft(painting: TapePainting, price: string, decimals: number): number {
  const { layout, fonts, surface } = painting;
  const missing = painting.prices.most - decimals;
  const digit = numberWidth(surface.context, '0', fonts.name);
  const point = decimals === 0 && missing > 0 ? numberWidth(surface.context, '.', fonts.name) : 0;
  return (
    layout.priceRight -
    numberWidth(surface.context, price, fonts.name) -
    Math.max(0, missing) * digit -
    point
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Two lines about rows that are not there. */
export function paintGap(painting: TapePainting, words: GapWords, top: number): void {
  const { surface, fonts, layout } = painting;
  const { context, colors } = surface;
  const { scale } = layout;
  const box = { x: 0, y: top, width: layout.width, height: layout.gapHeight };
  context.fillStyle = colors.color.panel;
  context.fillRect(box.x, box.y, box.width, box.height);
  if (words.look !== 'notice') {
    const tone = colors.color[words.look === 'missing' ? 'stale' : 'ink-3'];
    const color = mixColors(tone, colors.color.panel, 0.42);
    fillHatch(context, box, { color, pitch: 6, width: 1 });
  }
  const upper = Math.round(top + 16 * scale);
  drawMark(context, words.mark, { x: layout.timeX, y: upper - 9 * scale }, colors);
  const textX = layout.timeX + 18 * scale;
  const room = layout.sizeRight - textX;
  const write = (text: string, role: 'ink-1' | 'ink-2', font: string, at: Point): number => {
    const fitting = fitWords(context, text, font, layout.sizeRight - at.x);
    context.font = font;
    context.fillStyle = colors.color[role];
    context.fillText(fitting, at.x, at.y);
    return textWidth(context, fitting, font);
  };
  const strong = fonts.secondaryStrong;
  const width = write(words.strong, 'ink-1', strong, { x: textX, y: upper });
  const rest = { x: textX + width + 4 * scale, y: upper };
  if (rest.x < textX + room) write(words.upper, 'ink-2', fonts.secondary, rest);
  const lower = { x: textX, y: Math.round(top + 30 * scale) };
  write(words.lower, 'ink-2', fonts.secondary, lower);
}

export function paintTapeSkeleton(painting: TapePainting, height: number): void {
  const { surface, layout } = painting;
  const { context, colors } = surface;
  const { scale } = layout;
  context.fillStyle = colors.color.hover;
  const bar = (left: number, right: number, y: number) => {
    context.beginPath();
    context.roundRect(left, y, right - left, 8 * scale, 4 * scale);
    context.fill();
  };
  for (let top = layout.rowsTop; top + layout.rowHeight <= height; top += layout.rowHeight) {
    const y = Math.round(top + (layout.rowHeight - 8 * scale) / 2);
    bar(layout.timeX, layout.timeX + 60 * scale, y);
    bar(layout.priceRight - 54 * scale, layout.priceRight, y);
    bar(layout.sizeRight - 36 * scale, layout.sizeRight, y);
  }
}
