import { textWidth } from '../../canvas/fonts.ts';
import { drawMark } from '../../canvas/marks.ts';
import { formatPrice } from '../../format/price.ts';
import type { ChartScene } from './scene.ts';
import { lanesHeight, legendHeight, volumeHeight } from './scene.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Axes {
  readonly timeToX: (time: number) => number | null;
  readonly priceToY: (price: number) => number | null;
}

/** A bar with an outlier print is marked where its wick leaves the picture, with the price that it goes to. */
export function paintOutliers(
  context: CanvasRenderingContext2D,
  scene: ChartScene,
  size: Size,
  { timeToX, priceToY }: Axes,
): void {
  const { colors, fonts, slots, intervalMs } = scene;
  const { scale } = colors;
  const top = legendHeight * scale;
  const bottom = size.height - lanesHeight(scene.lanes.length, scale) - volumeHeight * scale;
  let taken = Infinity;
  // From the newest on: of two labels that would touch, the newer one is written.
  for (const { time, candle } of slots.toReversed()) {
    if (candle?.outlier !== true) continue;
    const x = timeToX(time + intervalMs / 2);
    const high = priceToY(candle.high);
    const low = priceToY(candle.low);
    if (x === null || high === null || low === null || x > size.width) continue;
    if (x < 0) return;
    const isBelow = high >= top && low > bottom;
    const y = isBelow ? bottom - 12 * scale : Math.max(top, high - 13 * scale);
    drawMark(context, 'outlier', { x: x - 5 * scale, y }, colors);
    // In view the axis tells it: then the print was left out of this bar's extremes.
    if (!isBelow && high >= top) continue;
    const label = formatPrice(isBelow ? candle.low : candle.high, scene.decimals);
    const width = textWidth(context, label, fonts.secondary);
    const left = x - 8 * scale - width;
    if (left < 0 || x > taken) continue;
    taken = left - 8 * scale;
    context.font = fonts.secondary;
    context.fillStyle = colors.color.stale;
    context.fillText(label, left, y + 9 * scale);
  }
}
