import { venueRecord } from '../../../shared/venues.ts';
import { assertNever } from '../../../shared/assert.ts';
import { fillHatch, mixColors } from '../../theme/canvas.ts';
import type { CoverageLane, LaneSpan } from './coverageLanes.ts';
import type { ChartScene } from './scene.ts';
import { lanesHeight, laneTop } from './scene.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

type TimeToX = (time: number) => number | null;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function outline(context: CanvasRenderingContext2D, box: Box, color: string): void {
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.strokeRect(box.x + 0.5, box.y + 0.5, Math.max(1, box.width - 1), box.height - 1);
}

function paintSpan(
  context: CanvasRenderingContext2D,
  scene: ChartScene,
  state: LaneSpan['state'],
  box: Box,
): void {
  const { color } = scene.colors;
  context.fillStyle = color.panel;
  context.fillRect(box.x - 1, box.y, box.width + 2, box.height);
  switch (state) {
    case 'live':
      return;
    case 'gap':
    case 'stale':
      fillHatch(context, box, { color: color.stale, pitch: 4, width: 1.4 });
      return;
    case 'repaired':
      fillHatch(context, box, { color: color['ink-3'], pitch: 4, width: 1.4 });
      return;
    case 'resyncing': {
      const half = Math.round(box.height / 2);
      context.fillStyle = color.resync;
      context.fillRect(box.x, box.y + half, box.width, box.height - half);
      outline(context, box, color.resync);
      return;
    }
    case 'disconnected':
      outline(context, box, color.fault);
      return;
    case 'absent':
      outline(context, box, color['line-strong']);
      return;
    default:
      assertNever(state);
  }
}

function paintLane(
  context: CanvasRenderingContext2D,
  scene: ChartScene,
  lane: CoverageLane,
  area: { readonly left: number; readonly right: number; readonly y: number },
  timeToX: TimeToX,
): void {
  const { colors } = scene;
  const height = 6 * colors.scale;
  const base = colors.venueBar[lane.venue];
  context.fillStyle = mixColors(base, colors.color.panel, colors.tint.lane);
  context.fillRect(area.left, area.y, Math.max(0, area.right - area.left), height);
  // Before the engine ran, coverage is what the venue said afterwards: fainter, not claimed as seen.
  const started = scene.startedTime === null ? null : timeToX(scene.startedTime);
  if (started !== null && started > area.left) {
    context.fillStyle = mixColors(base, colors.color.panel, colors.tint.lane * 0.7);
    context.fillRect(area.left, area.y, Math.min(started, area.right) - area.left, height);
  }
  for (const span of lane.spans) {
    const from = timeToX(span.from);
    const to = span.to === null ? area.right : timeToX(span.to);
    if (from === null || to === null) continue;
    const x = Math.max(area.left, Math.floor(from));
    const end = Math.min(area.right, Math.ceil(to));
    // At least 4 px wide: a short gap must not vanish at a coarse interval.
    const width = Math.max(4 * colors.scale, end - x);
    const left = Math.min(x, area.right - width);
    if (end < area.left || left > area.right) continue;
    paintSpan(context, scene, span.state, { x: left, y: area.y, width, height });
  }
}

/** One lane per venue under the candles, aligned with time: whose data the candles rest on. */
export function paintLanes(
  context: CanvasRenderingContext2D,
  scene: ChartScene,
  size: Size,
  timeToX: TimeToX,
): void {
  const { colors, lanes, slots } = scene;
  const { scale } = colors;
  const height = lanesHeight(lanes.length, scale);
  const first = slots[0];
  if (height === 0) return;
  const top = size.height - height;
  context.fillStyle = colors.color.panel;
  context.fillRect(0, top, size.width, height);
  context.fillStyle = colors.color.line;
  context.fillRect(0, top, size.width, 1);
  const newest = slots.at(-1);
  if (first === undefined || newest === undefined) return;
  const firstX = timeToX(first.time);
  const lastX = timeToX(newest.time + scene.intervalMs);
  if (firstX === null || lastX === null) return;
  const left = Math.max(5 * scale, Math.round(firstX));
  const right = Math.min(size.width, Math.round(lastX));
  lanes.forEach((lane, index) => {
    paintLane(context, scene, lane, { left, right, y: top + laneTop(index, scale) }, timeToX);
  });
}

/** The lanes' names, on the price axis. */
export function paintLaneCodes(
  context: CanvasRenderingContext2D,
  scene: ChartScene,
  size: Size,
): void {
  const { colors, lanes, fonts } = scene;
  const { scale } = colors;
  const height = lanesHeight(lanes.length, scale);
  if (height === 0) return;
  const top = size.height - height;
  context.fillStyle = colors.color.panel;
  context.fillRect(0, top, size.width, height);
  context.font = fonts.lane;
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  lanes.forEach((lane, index) => {
    context.fillStyle = colors.venueText[lane.venue];
    const baseline = Math.round(top + laneTop(index, scale) + 6.5 * scale);
    context.fillText(venueRecord(lane.venue).code, 6 * scale, baseline);
  });
}
