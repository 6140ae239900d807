import { textWidth } from '../../canvas/fonts.ts';
import type { ChartScene } from './scene.ts';
import { lanesHeight, volumeHeight } from './scene.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Axes {
  readonly timeToX: (time: number) => number | null;
  readonly priceToY: (price: number) => number | null;
}

const halfWidth = 4;
const height = 5;
/** Between the bar and its mark. */
const distance = 5;

/** A small triangle under the bar, with its words while the pointer is over it: nothing covers a price. */
export function paintMarks(
  context: CanvasRenderingContext2D,
  scene: ChartScene,
  size: Size,
  { timeToX, priceToY }: Axes,
): void {
  const { colors, marks, intervalMs, hovered } = scene;
  const { scale } = colors;
  const lowest = size.height - lanesHeight(scene.lanes.length, scale) - volumeHeight * scale;
  for (const mark of marks) {
    const x = timeToX(mark.time + intervalMs / 2);
    if (x === null || x < 0 || x > size.width) continue;
    const low = mark.low === null ? null : priceToY(mark.low);
    const top = Math.min((low ?? lowest) + distance * scale, lowest - (height + 2) * scale);
    context.beginPath();
    context.moveTo(x, top);
    context.lineTo(x + halfWidth * scale, top + height * scale);
    context.lineTo(x - halfWidth * scale, top + height * scale);
    context.closePath();
    context.fillStyle = colors.color[mark.isOwn ? 'ink-1' : 'ink-3'];
    context.fill();
    if (hovered === mark.time) paintWords(context, scene, size, mark.words, x, top);
  }
}

function paintWords(
  context: CanvasRenderingContext2D,
  { colors, fonts }: ChartScene,
  size: Size,
  words: string,
  x: number,
  top: number,
): void {
  const { scale } = colors;
  const width = textWidth(context, words, fonts.secondary);
  const margin = 6 * scale;
  const left = Math.min(Math.max(margin, x - width / 2), size.width - width - margin);
  const y = top + (height + 3) * scale;
  context.fillStyle = colors.color.panel;
  context.fillRect(left - 4 * scale, y, width + 8 * scale, 16 * scale);
  context.font = fonts.secondary;
  context.fillStyle = colors.color['ink-1'];
  context.fillText(words, left, y + 12 * scale);
}
