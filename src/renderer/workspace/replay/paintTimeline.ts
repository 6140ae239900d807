import type { MarkKind } from '../../../shared/marks.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { TimeRange, Timeline, TimelineBucket } from '../../../shared/replay.ts';
import type { CanvasFonts } from '../../canvas/fonts.ts';
import { fitWords, textWidth } from '../../canvas/fonts.ts';
import type { CanvasSurface } from '../../canvas/useCanvasView.ts';
import { fillHatch, mixColors } from '../../theme/canvas.ts';
import type { Palette } from '../../theme/palette.ts';
import { computePriceLines } from './priceLines.ts';
import { paintLoop, paintOverview, paintPlayhead, paintTimes } from './paintPlayhead.ts';
import type { Plot, TimelineScene } from './timelinePlot.ts';
import { plotHeight } from './timelinePlot.ts';
import { spanMs, timeToX } from './timelineScale.ts';

/** Of the hatch where one venue of several has no data. */
const venueGapHeight = 7;

/** Runs `paint` twice, for what was played and for what is to come. */
function paintHalves(plot: Plot, paint: (isPlayed: boolean) => void): void {
  const { context, width, height } = plot.surface;
  const split = Math.min(Math.max(0, plot.playedX), width);
  for (const [isPlayed, from, to] of [
    [true, 0, split],
    [false, split, width],
  ] as const) {
    if (to <= from) continue;
    context.save();
    context.beginPath();
    context.rect(from, 0, to - from, height);
    context.clip();
    paint(isPlayed);
    context.restore();
  }
}

function paintGround({ surface, top, bottom }: Plot, isPlayed: boolean): void {
  const { context, width, colors } = surface;
  const { replay, inset } = colors.color;
  context.fillStyle = isPlayed ? mixColors(replay, inset, 0.14) : inset;
  context.fillRect(0, top, width, bottom - top);
}

function bucketMs({ startTime, endTime, buckets }: Timeline): number {
  return (endTime - startTime) / Math.max(1, buckets.length);
}

function visibleBuckets(timeline: Timeline, { from, to }: TimeRange): readonly TimelineBucket[] {
  const length = bucketMs(timeline);
  // One beyond each edge, so that the line leaves the picture and does not end in it.
  return timeline.buckets.filter(({ time }) => time + 2 * length >= from && time - length <= to);
}

function paintDensity(plot: Plot, timeline: Timeline, isPlayed: boolean): void {
  const { surface, bottom, top, x } = plot;
  const { context, colors } = surface;
  const length = bucketMs(timeline);
  const most = Math.max(1, ...timeline.buckets.map(({ messages }) => messages ?? 0));
  const room = (bottom - top) * 0.5;
  context.fillStyle = mixColors(colors.color.replay, colors.color.inset, isPlayed ? 0.34 : 0.16);
  for (const { time, messages } of visibleBuckets(timeline, plot.scene.range)) {
    if (messages === null || messages === 0) continue;
    const height = Math.max(1, Math.sqrt(messages / most) * room);
    // Whole pixels: between bars that share one no seam shows.
    const left = Math.floor(x(time));
    context.fillRect(
      left,
      bottom - height,
      Math.max(1, Math.ceil(x(time + length)) - left),
      height,
    );
  }
}

/** Whether all venues were silent somewhere in that time: no line goes across it. */
function isHole({ gaps }: Timeline, range: TimeRange): boolean {
  return gaps.some((gap) => gap.venue === null && gap.from < range.to && gap.to > range.from);
}

function paintLine(plot: Plot, timeline: Timeline, isPlayed: boolean): void {
  const { surface, top, bottom, x } = plot;
  const { context, colors } = surface;
  const { scale } = colors;
  const shown = visibleBuckets(timeline, plot.scene.range);
  const prices = shown.flatMap(({ price }) => (price === null ? [] : [price]));
  if (prices.length === 0) return;
  const low = Math.min(...prices);
  const span = Math.max(...prices) - low;
  const room = bottom - top - 10 * scale;
  const y = (price: number) =>
    bottom - 5 * scale - (span === 0 ? 0.5 : (price - low) / span) * room;
  const length = bucketMs(timeline);
  context.strokeStyle = isPlayed
    ? colors.color.replay
    : mixColors(colors.color['ink-3'], colors.color.inset, 0.75);
  context.lineWidth = 1.3 * scale;
  context.lineJoin = 'round';
  context.beginPath();
  const isBroken = ({ time }: TimelineBucket) =>
    isHole(timeline, { from: time, to: time + length });
  for (const line of computePriceLines(shown, length, isBroken)) {
    line.forEach(({ time, price }, index) => {
      if (index === 0) context.moveTo(x(time), y(price));
      else context.lineTo(x(time), y(price));
    });
  }
  context.stroke();
}

/**
 * Time in which nothing was recorded at all, of whichever venue. Before the first count and after the last one it is not
 * known yet, which is no hole.
 */
function holesOf(timeline: Timeline): readonly TimeRange[] {
  const length = bucketMs(timeline);
  const isCounted = ({ messages }: TimelineBucket) => messages !== null;
  const first = timeline.buckets.findIndex(isCounted);
  const last = timeline.buckets.findLastIndex(isCounted);
  const silent = timeline.buckets
    .slice(Math.max(0, first), last + 1)
    .filter((bucket) => !isCounted(bucket))
    .map(({ time }) => ({ from: time, to: time + length }));
  return [...silent, ...timeline.gaps.filter(({ venue }) => venue === null)];
}

function paintGaps(plot: Plot, timeline: Timeline): void {
  const { scene, surface, top, bottom, x } = plot;
  const { context, colors } = surface;
  const { scale } = colors;
  const isShown = ({ from, to }: TimeRange) => to >= scene.range.from && from <= scene.range.to;
  const hatch = { color: colors.color.stale, pitch: 4 * scale, width: 1.2 * scale };
  const boxOf = ({ from, to }: TimeRange, boxTop: number) => {
    const left = Math.floor(x(from));
    const width = Math.max(4 * scale, Math.ceil(x(to)) - left);
    return { x: left, y: boxTop, width, height: bottom - boxTop };
  };
  for (const gap of timeline.gaps) {
    if (gap.venue === null || !isShown(gap)) continue;
    fillHatch(context, boxOf(gap, bottom - venueGapHeight * scale), hatch);
  }
  for (const hole of holesOf(timeline)) {
    if (!isShown(hole)) continue;
    const box = boxOf(hole, top);
    context.fillStyle = colors.color.inset;
    context.fillRect(box.x, box.y, box.width, box.height);
    fillHatch(context, box, hatch);
  }
}

function markColor(kind: MarkKind, { color }: Palette): string {
  switch (kind) {
    case 'user':
    case 'signal':
    case 'largeMove':
      return color['ink-1'];
    case 'gap':
      return color.stale;
    case 'resync':
      return color.resync;
    case 'disconnect':
      return color.fault;
    default:
      kind satisfies never;
      return color['ink-1'];
  }
}

/** A bookmark at the top for a person's own, a triangle at the bottom for the engine's; one per place and kind. */
function paintMarks(plot: Plot): void {
  const { scene, surface, top, bottom, x } = plot;
  const { context, colors, width } = surface;
  const { scale } = colors;
  const taken = new Set<string>();
  for (const { kind, time } of scene.marks) {
    const at = x(time);
    if (at < -4 * scale || at > width + 4 * scale) continue;
    const place = `${kind} ${Math.round(at / (3 * scale))}`;
    if (taken.has(place)) continue;
    taken.add(place);
    context.fillStyle = markColor(kind, colors);
    context.beginPath();
    if (kind === 'user') {
      const [left, right, foot] = [at - 3.5 * scale, at + 3.5 * scale, top + 9 * scale];
      context.moveTo(left, top);
      context.lineTo(right, top);
      context.lineTo(right, foot);
      context.lineTo(at, foot - 3 * scale);
      context.lineTo(left, foot);
    } else {
      context.moveTo(at - 3.5 * scale, bottom - 6 * scale);
      context.lineTo(at + 3.5 * scale, bottom - 6 * scale);
      context.lineTo(at, bottom);
    }
    context.closePath();
    context.fill();
  }
}

function paintProblem({ scene, surface, fonts, top, bottom }: Plot, problem: string): void {
  const { context, colors, width } = surface;
  context.font = fonts.secondary;
  context.fillStyle = colors.color['ink-3'];
  context.textAlign = 'left';
  const room = width - 16 * colors.scale;
  const isLeft = scene.position - scene.range.from > spanMs(scene.range) / 2;
  const words = fitWords(context, problem, fonts.secondary, room);
  const wide = textWidth(context, words, fonts.secondary);
  const x = isLeft ? 8 * colors.scale : width - 8 * colors.scale - wide;
  context.fillText(words, x, Math.round((top + bottom) / 2 + 4 * colors.scale));
}

/** Price line, density, gaps, marks, loop and playhead of a recording, with its hours underneath. */
export function paintTimeline(
  surface: CanvasSurface,
  fonts: CanvasFonts,
  scene: TimelineScene,
): void {
  const { context, width, height, colors } = surface;
  const top = scene.isZoomed ? 6 * colors.scale : 0;
  const x = (time: EpochMs) => timeToX(time, scene.range, width);
  const bottom = plotHeight * colors.scale;
  const plot = { scene, surface, fonts, top, bottom, playedX: x(scene.position), x };
  context.clearRect(0, 0, width, height);
  context.save();
  context.beginPath();
  context.roundRect(0, top, width, bottom - top, 3 * colors.scale);
  context.clip();
  const { timeline } = scene;
  paintHalves(plot, (isPlayed) => {
    paintGround(plot, isPlayed);
    if (timeline === null) return;
    paintDensity(plot, timeline, isPlayed);
    paintLine(plot, timeline, isPlayed);
  });
  if (timeline !== null) paintGaps(plot, timeline);
  paintMarks(plot);
  if (timeline === null && scene.problem !== null) paintProblem(plot, scene.problem);
  paintLoop(plot);
  context.restore();
  if (scene.isZoomed) paintOverview(plot);
  paintTimes(plot, paintPlayhead(plot));
}
