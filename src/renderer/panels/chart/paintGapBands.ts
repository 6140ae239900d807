import { textWidth } from '../../canvas/fonts.ts';
import { drawMark } from '../../canvas/marks.ts';
import { formatDuration } from '../../format/duration.ts';
import { fillHatch, mixColors } from '../../theme/canvas.ts';
import type { GapBand } from './gapBands.ts';
import { bandWords } from './gapBands.ts';
import type { ChartScene } from './scene.ts';
import { lanesHeight } from './scene.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

type TimeToX = (time: number) => number | null;

interface BandBox {
  readonly band: GapBand;
  readonly left: number;
  readonly right: number;
}

function visibleBands(scene: ChartScene, size: Size, timeToX: TimeToX): readonly BandBox[] {
  const boxes: BandBox[] = [];
  for (const band of scene.bands) {
    const from = timeToX(band.from);
    const to = timeToX(band.to ?? scene.now);
    if (from === null || to === null) continue;
    const left = Math.round(from);
    const right = Math.max(left + Math.round(2 * scene.colors.scale), Math.round(to));
    if (right < 0 || left > size.width) continue;
    boxes.push({ band, left, right });
  }
  return boxes;
}

function tone(scene: ChartScene, band: GapBand, share: number): string {
  const color = scene.colors.color[band.repaired ? 'ink-3' : 'stale'];
  return mixColors(color, scene.colors.color.panel, share);
}

/** Hatched bands over the whole height, under the candles beside them. */
export function paintGapBands(
  context: CanvasRenderingContext2D,
  scene: ChartScene,
  size: Size,
  timeToX: TimeToX,
): void {
  const { scale } = scene.colors;
  const height = size.height - lanesHeight(scene.lanes.length, scale);
  for (const { band, left, right } of visibleBands(scene, size, timeToX)) {
    const box = { x: left, y: 0, width: right - left, height };
    context.fillStyle = scene.colors.color.panel;
    context.fillRect(box.x, box.y, box.width, box.height);
    fillHatch(context, box, { color: tone(scene, band, 0.42), pitch: 6, width: 1.2 });
    context.fillStyle = tone(scene, band, 0.62);
    context.fillRect(left, 0, 1, height);
    context.fillRect(right - 1, 0, 1, height);
  }
}

function tagWords(scene: ChartScene, band: GapBand): { title: string; state: string } {
  const length = formatDuration((band.to ?? scene.now) - band.from);
  const state = band.repaired ? 'repaired' : band.to === null ? 'still open' : 'not repaired';
  return { title: `Gap ${length}`, state };
}

/** The newest hole in view says how long it is, whether it was repaired, and why. */
export function paintGapTag(
  context: CanvasRenderingContext2D,
  scene: ChartScene,
  size: Size,
  timeToX: TimeToX,
): void {
  const { colors, fonts } = scene;
  const { scale } = colors;
  const boxes = visibleBands(scene, size, timeToX);
  const least = 4 * scale;
  const shown = boxes.findLast(
    ({ band, left, right }) => band.to === null || (!band.repaired && right - left >= least),
  );
  if (shown === undefined) return;
  const words = tagWords(scene, shown.band);
  const upper =
    textWidth(context, words.title, fonts.strong) + textWidth(context, words.state, fonts.data);
  const cause = bandWords(shown.band);
  const lower = textWidth(context, cause, fonts.data);
  const width = Math.max(186 * scale, upper + 40 * scale, lower + 22 * scale);
  const height = 46 * scale;
  const room = size.width - shown.right;
  const onRight = room >= width + 14 * scale;
  const left = Math.round(onRight ? shown.right + 11 * scale : shown.left - 11 * scale - width);
  if (left < 0) return;
  // The corner above the lanes belongs to the attribution of the chart library.
  const lowest = size.height - lanesHeight(scene.lanes.length, scale) - height - 54 * scale;
  const top = Math.round(Math.min(size.height * 0.64, lowest));
  const middle = top + height / 2;
  context.fillStyle = tone(scene, shown.band, 0.5);
  if (onRight) context.fillRect(shown.right, middle, left - shown.right, 2);
  else context.fillRect(left + width, middle, shown.left - left - width, 2);
  context.beginPath();
  context.roundRect(left + 0.5, top + 0.5, width - 1, height - 1, 5 * scale);
  context.fillStyle = colors.color.raised;
  context.fill();
  context.strokeStyle = colors.color.line;
  context.lineWidth = 1;
  context.stroke();
  const baseline = Math.round(top + 19 * scale);
  const mark = shown.band.repaired ? 'repaired' : 'gap';
  drawMark(context, mark, { x: left + 10 * scale, y: baseline - 9 * scale }, colors);
  context.textBaseline = 'alphabetic';
  context.textAlign = 'left';
  context.font = fonts.strong;
  context.fillStyle = colors.color['ink-1'];
  context.fillText(words.title, left + 27 * scale, baseline);
  const stateX = left + 33 * scale + textWidth(context, words.title, fonts.strong);
  context.font = fonts.data;
  context.fillStyle = colors.color[shown.band.repaired ? 'ink-3' : 'stale'];
  context.fillText(words.state, stateX, baseline);
  context.fillStyle = colors.color['ink-2'];
  context.fillText(cause, left + 10 * scale, Math.round(top + 37 * scale));
}
