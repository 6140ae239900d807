import { assertNever } from '../../shared/assert.ts';
import type { Palette } from '../theme/palette.ts';
import { fillHatch, mixColors } from '../theme/canvas.ts';
import type { CoverageState } from '../widgets/validity.ts';

/** What a mark of ten by ten pixels says about a feed; the same words as on the screen. */
export type MarkName =
  'live' | 'stale' | 'resyncing' | 'gap' | 'repaired' | 'disconnected' | 'error' | 'outlier';

interface MarkShape {
  readonly path: string;
  readonly color: 'live' | 'stale' | 'resync' | 'fault' | 'ink-3';
}

const circle = (x: number, y: number, r: number) =>
  `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;

const shapes: Readonly<Record<MarkName, MarkShape>> = {
  live: { path: circle(5, 5, 3.2), color: 'live' },
  stale: { path: `${circle(5, 5, 4.2)}M5 2.8V5.2L6.6 6.2`, color: 'stale' },
  resyncing: { path: 'M8.9 3.4A4.2 4.2 0 1 0 9.1 6.1M9.3 .9V3.6H6.6', color: 'resync' },
  gap: { path: 'M1 1.2v7.6M9 1.2v7.6M3.4 6.6 6.6 3.4', color: 'stale' },
  repaired: { path: 'M1 1.2v7.6M9 1.2v7.6M3.2 5.2 4.6 6.6 7 3.8', color: 'ink-3' },
  disconnected: { path: `${circle(5, 5, 4.1)}M2.4 7.6 7.6 2.4`, color: 'fault' },
  error: { path: 'M5 .9 9.4 8.8H.6ZM5 3.8v2', color: 'fault' },
  // A print far from its market: a bar that leaves the frame, and doubt about it.
  outlier: { path: 'M5 .9 9.4 8.8H.6ZM5 3.8v2', color: 'stale' },
};

const paths = new Map<MarkName, Path2D>();

function pathOf(name: MarkName): Path2D {
  const known = paths.get(name);
  if (known !== undefined) return known;
  const path = new Path2D(shapes[name].path);
  paths.set(name, path);
  return path;
}

export function drawMark(
  context: CanvasRenderingContext2D,
  name: MarkName,
  at: { readonly x: number; readonly y: number },
  colors: Palette,
  size = 10,
): void {
  context.save();
  context.translate(at.x, at.y);
  context.scale((colors.scale * size) / 10, (colors.scale * size) / 10);
  const color = colors.color[shapes[name].color];
  if (name === 'live') {
    context.fillStyle = color;
    context.fill(pathOf(name));
  } else {
    context.strokeStyle = color;
    context.lineWidth = 1.4;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    context.stroke(pathOf(name));
    if (name === 'error' || name === 'outlier') {
      context.fillStyle = color;
      context.fillRect(4.4, 6.7, 1.2, 1.2);
    }
  }
  context.restore();
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function outline(context: CanvasRenderingContext2D, box: Box, color: string): void {
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
}

/** A 2 px dot in the middle of a cell: this venue has no part in it. */
export function drawCellDot(context: CanvasRenderingContext2D, box: Box, colors: Palette): void {
  const side = 2 * colors.scale;
  context.fillStyle = colors.color['ink-4'];
  context.fillRect(
    Math.round(box.x + (box.width - side) / 2),
    Math.round(box.y + (box.height - side) / 2),
    side,
    side,
  );
}

/** One cell of the coverage mark: the state of one venue beside a consolidated value. */
export function drawCoverageCell(
  context: CanvasRenderingContext2D,
  box: Box,
  state: CoverageState,
  colors: Palette,
): void {
  const { color } = colors;
  switch (state) {
    case 'live':
      context.fillStyle = color['ink-2'];
      context.fillRect(box.x, box.y, box.width, box.height);
      return;
    case 'connecting':
      outline(context, box, color.resync);
      return;
    case 'stale':
      fillHatch(context, box, { color: color.stale, pitch: 3, width: 1.2 });
      outline(context, box, color.stale);
      return;
    case 'resyncing': {
      const half = Math.round(box.height / 2);
      context.fillStyle = color.resync;
      context.fillRect(box.x, box.y + half, box.width, box.height - half);
      outline(context, box, color.resync);
      return;
    }
    case 'excluded':
      fillHatch(context, box, { color: color['ink-3'], pitch: 3, width: 1.2 });
      return;
    case 'disconnected':
      outline(context, box, color.fault);
      return;
    case 'muted':
      outline(context, box, color['line-strong']);
      return;
    case 'unlisted':
      drawCellDot(context, box, colors);
      return;
    default:
      assertNever(state);
  }
}

export interface TagLook {
  readonly code: string;
  readonly bar: string;
  readonly text: string;
  readonly font: string;
  /** False: an outline instead of its hue. */
  readonly counted: boolean;
}

/** A venue's two-letter tag of 20 x 14. */
export function drawVenueTag(
  context: CanvasRenderingContext2D,
  at: { readonly x: number; readonly y: number },
  tag: TagLook,
  colors: Palette,
): void {
  const { scale } = colors;
  const width = 20 * scale;
  const height = 14 * scale;
  context.beginPath();
  if (tag.counted) {
    context.roundRect(at.x, at.y, width, height, 3 * scale);
    context.fillStyle = mixColors(tag.bar, colors.color.panel, colors.tint.tag);
    context.fill();
  } else {
    context.roundRect(at.x + 0.5, at.y + 0.5, width - 1, height - 1, 3 * scale);
    context.strokeStyle = colors.color['line-strong'];
    context.lineWidth = 1;
    context.stroke();
  }
  context.font = tag.font;
  context.fillStyle = tag.counted ? tag.text : colors.color['ink-2'];
  context.textAlign = 'center';
  context.fillText(tag.code, at.x + width / 2, Math.round(at.y + height / 2 + 3.6 * scale));
  context.textAlign = 'left';
}

/** Dotted line under a value that is stale, 1.5 px as everywhere. */
export function drawStaleUnderline(
  context: CanvasRenderingContext2D,
  from: number,
  to: number,
  y: number,
  color: string,
): void {
  context.save();
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  context.setLineDash([1.5, 2]);
  context.beginPath();
  context.moveTo(from, y);
  context.lineTo(to, y);
  context.stroke();
  context.restore();
}
