import type { EpochMs } from '../../../shared/market.ts';
import { textWidth } from '../../canvas/fonts.ts';
import { numberStyle } from '../../format/numberStyle.ts';
import { formatTime } from '../../format/time.ts';
import type { Plot } from './timelinePlot.ts';
import { clampTime, timeTicks, timeToX } from './timelineScale.ts';

/** The range that is played again and again, or where one begins. */
export function paintLoop(plot: Plot): void {
  const { scene, surface, top, bottom, x } = plot;
  const { context, colors } = surface;
  const { loop, loopStart } = scene;
  context.strokeStyle = colors.color.accent;
  context.lineWidth = 1.5 * colors.scale;
  if (!scene.isLoopChosen) context.setLineDash([3, 2]);
  context.beginPath();
  if (loop !== null) {
    const left = Math.round(x(loop.from)) + 0.5;
    const right = Math.round(x(loop.to)) + 0.5;
    const foot = 4 * colors.scale;
    context.moveTo(left + foot, top + 1);
    context.lineTo(left, top + 1);
    context.lineTo(left, bottom - 1);
    context.lineTo(right, bottom - 1);
    context.lineTo(right, top + 1);
    context.lineTo(right - foot, top + 1);
  }
  if (loopStart !== null) {
    const left = Math.round(x(loopStart)) + 0.5;
    context.moveTo(left + 5 * colors.scale, top + 1);
    context.lineTo(left, top + 1);
    context.lineTo(left, bottom - 1);
    context.lineTo(left + 5 * colors.scale, bottom - 1);
  }
  context.stroke();
  context.setLineDash([]);
}

/** Answers the room that its time takes under the plot. */
export function paintPlayhead(plot: Plot): { readonly from: number; readonly to: number } {
  const { scene, surface, fonts, top, bottom, playedX } = plot;
  const { context, colors, width, height } = surface;
  const { scale } = colors;
  const at = Math.min(Math.max(playedX, 0), width);
  const text = `${scene.isSeeking ? 'seeking ' : ''}${formatTime(scene.position)}`;
  const textRoom = textWidth(context, text, fonts.secondaryStrong) + 8 * scale;
  const from = Math.min(Math.max(0, at - textRoom / 2), width - textRoom);
  const isIn = playedX >= -1 && playedX <= width + 1;
  if (isIn) {
    context.fillStyle = colors.color['ink-1'];
    context.strokeStyle = colors.color['ink-1'];
    context.lineWidth = 2 * scale;
    if (scene.isSeeking) context.setLineDash([3 * scale, 2 * scale]);
    context.beginPath();
    context.moveTo(at, top);
    context.lineTo(at, bottom);
    context.stroke();
    context.setLineDash([]);
    const middle = (top + bottom) / 2;
    context.beginPath();
    context.roundRect(at - 4 * scale, middle - 5.5 * scale, 8 * scale, 11 * scale, 3 * scale);
    // Hollow: the handle is there, the replay not yet.
    if (scene.isSeeking) context.fillStyle = colors.color.inset;
    context.fill();
    context.lineWidth = 1.5 * scale;
    context.stroke();
  }
  context.font = fonts.secondaryStrong;
  context.fillStyle = colors.color['ink-1'];
  context.textAlign = 'left';
  context.fillText(text, from + 4 * scale, height - 3 * scale);
  return { from: from - 6 * scale, to: from + textRoom + 6 * scale };
}

function zoneOffsetMs(time: EpochMs): number {
  return numberStyle().timeZone === 'utc' ? 0 : -new Date(time).getTimezoneOffset() * 60_000;
}

/** Hours under the timeline; what stands under the playhead gives way to its own time. */
export function paintTimes(
  plot: Plot,
  taken: { readonly from: number; readonly to: number },
): void {
  const { scene, surface, fonts, x } = plot;
  const { context, colors, width, height } = surface;
  const { scale } = colors;
  context.font = fonts.secondary;
  context.fillStyle = colors.color['ink-3'];
  context.textAlign = 'left';
  const { range } = scene;
  const { times, stepMs } = timeTicks(range, width, 84 * scale, zoneOffsetMs(range.from));
  const written = [taken];
  for (const time of [range.from, range.to, ...times]) {
    // An end between two minutes would be called the same as the minute before it.
    const hasSeconds = stepMs < 60_000 || Math.floor(time / 1000) % 60 !== 0;
    const text = hasSeconds ? formatTime(time) : formatTime(time).slice(0, 5);
    const room = textWidth(context, text, fonts.secondary);
    const from = Math.min(Math.max(0, x(time) - room / 2), width - room);
    const to = from + room;
    if (written.some((other) => from < other.to + 8 * scale && to > other.from - 8 * scale)) {
      continue;
    }
    written.push({ from, to });
    context.fillText(text, from, height - 3 * scale);
  }
}

/** The whole recording as a thin bar, with the part that is shown: only while that is a part. */
export function paintOverview({ scene, surface }: Plot): void {
  const { context, colors, width } = surface;
  const { scale, color } = colors;
  const height = 3 * scale;
  const whole = (time: EpochMs) => timeToX(clampTime(time, scene.whole), scene.whole, width);
  context.fillStyle = color.line;
  context.fillRect(0, 0, width, height);
  context.fillStyle = color['ink-3'];
  const left = whole(scene.range.from);
  context.fillRect(left, 0, Math.max(4 * scale, whole(scene.range.to) - left), height);
  context.fillStyle = color['ink-1'];
  context.fillRect(Math.min(whole(scene.position), width - 2 * scale), 0, 2 * scale, height + 2);
}
