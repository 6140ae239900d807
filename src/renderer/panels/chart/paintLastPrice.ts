import type { CanvasFonts } from '../../canvas/fonts.ts';
import { textWidth } from '../../canvas/fonts.ts';
import { mixColors } from '../../theme/canvas.ts';
import type { LastPriceTag } from './lastPrice.ts';
import type { ChartScene } from './scene.ts';
import { axisLabelHalf, lanesHeight } from './scene.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

function isPlain(scene: ChartScene): boolean {
  return scene.last?.look === 'live';
}

/** Dotted across the pane at the last price; it carries a direction only while the price is live. */
export function paintLastLine(
  context: CanvasRenderingContext2D,
  scene: ChartScene,
  size: Size,
  y: number,
): void {
  const { colors } = scene;
  if (y > size.height - lanesHeight(scene.lanes.length, colors.scale)) return;
  context.strokeStyle = colors.color[isPlain(scene) ? scene.direction : 'ink-3'];
  context.lineWidth = 1;
  context.setLineDash([1, 2]);
  context.beginPath();
  context.moveTo(0, Math.round(y) + 0.5);
  context.lineTo(size.width, Math.round(y) + 0.5);
  context.stroke();
  context.setLineDash([]);
}

function paintSourceWordText(context: CanvasRenderingContext2D, size: Size, color: string): void {
  const fontSize = Math.min(size.width / 8.5, 64);
  context.font = `700 ${fontSize}px "Inter Variable", system-ui, sans-serif`;
  context.fillStyle = color;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText('SIMULATED', size.width / 2, size.height * 0.4);
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
}

/** The word lies under candles of a simulated market: no picture of them passes for a real one. */
export function paintSourceWord(
  context: CanvasRenderingContext2D,
  scene: ChartScene,
  size: Size,
): void {
  if (!scene.isSimulated) return;
  const { color } = scene.colors;
  paintSourceWordText(context, size, mixColors(color.sim, color.panel, 0.1));
}

function paintTagLines(
  context: CanvasRenderingContext2D,
  scene: ChartScene,
  fonts: CanvasFonts,
  at: { readonly right: number; readonly top: number },
  colors: { readonly price: string; readonly note: string; readonly strong: string },
): void {
  const { scale } = scene.colors;
  const { last } = scene;
  if (last === null) return;
  context.textAlign = 'right';
  context.textBaseline = 'alphabetic';
  context.font = fonts.strong;
  context.fillStyle = colors.price;
  context.fillText(last.text, at.right, Math.round(at.top + 13.5 * scale));
  const notes = last.look === 'live' ? [scene.countdown ?? '–'] : last.notes;
  context.font = fonts.secondary;
  notes.forEach((note, index) => {
    const isLast = last.look !== 'live' && index === notes.length - 1;
    context.fillStyle = isLast ? colors.strong : colors.note;
    context.fillText(note, at.right + scale, Math.round(at.top + (26.5 + index * 13.5) * scale));
  });
  context.textAlign = 'left';
}

interface TagBox {
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** 64 x 32 with the countdown; larger where the reason asks for it, and above the lanes. */
function tagBox(
  context: CanvasRenderingContext2D,
  scene: ChartScene,
  size: Size,
  y: number,
  last: LastPriceTag,
): TagBox {
  const { colors, fonts } = scene;
  const { scale } = colors;
  const plain = isPlain(scene);
  const lines = plain ? 1 : Math.max(1, last.notes.length);
  const height = (plain ? 32 : 19 + lines * 13.5) * scale;
  const notes = plain ? [] : last.notes.map((note) => textWidth(context, note, fonts.secondary));
  const wanted = Math.max(
    64 * scale,
    textWidth(context, last.text, fonts.strong) + 14 * scale,
    Math.max(0, ...notes) + 10 * scale,
  );
  const lowest = size.height - lanesHeight(scene.lanes.length, scale) - height;
  const centered = y - (plain ? height / 2 : 16 * scale);
  const top = Math.round(Math.min(Math.max(0, centered), Math.max(0, lowest)));
  return { top, width: Math.min(size.width - 1, wanted), height };
}

/** Whether the label at `y` lies under the tag, if only in part. */
export function isUnderTag(y: number, tag: Pick<TagBox, 'top' | 'height'>, scale: number): boolean {
  const half = axisLabelHalf * scale;
  return y + half > tag.top && y - half < tag.top + tag.height;
}

/** What the tag would leave of the axis' labels is taken away: the upper half of 84,200 reads as another number. */
function clearLabels(
  context: CanvasRenderingContext2D,
  scene: ChartScene,
  size: Size,
  tag: TagBox,
  labels: readonly number[],
): void {
  const { color, scale } = scene.colors;
  const half = axisLabelHalf * scale;
  context.fillStyle = color.panel;
  for (const y of labels) {
    if (isUnderTag(y, tag, scale)) context.fillRect(0, y - half, size.width, 2 * half);
  }
}

/** The tag on the price axis; outlined and with its reason while the price is not whole. `labels`: heights of the axis' own. */
export function paintLastTag(
  context: CanvasRenderingContext2D,
  scene: ChartScene,
  size: Size,
  y: number,
  labels: readonly number[],
): void {
  const { colors, fonts, last } = scene;
  if (last === null) return;
  const { scale } = colors;
  const plain = isPlain(scene);
  const box = tagBox(context, scene, size, y, last);
  const { top, width, height } = box;
  clearLabels(context, scene, size, box, labels);
  context.beginPath();
  if (plain) {
    context.roundRect(0, top, width, height, 3 * scale);
    context.fillStyle = colors.color[scene.direction];
    context.fill();
  } else {
    context.roundRect(0.5, top + 0.5, width - 1, height - 1, 3 * scale);
    context.fillStyle = colors.color.raised;
    context.fill();
    context.strokeStyle = mixColors(colors.color.stale, colors.color.panel, 0.62);
    context.lineWidth = 1.5;
    context.stroke();
  }
  const price = plain
    ? colors.color.panel
    : colors.color[last.look === 'partial' ? 'ink-1' : 'ink-2'];
  const note = plain ? colors.color.panel : colors.color['ink-3'];
  const at = { right: width - 6 * scale, top };
  paintTagLines(context, scene, fonts, at, { price, note, strong: colors.color.stale });
}
