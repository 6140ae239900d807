import type { GapRecord } from '../../shared/feedHealth.ts';
import { isRepaired } from '../../shared/feedHealth.ts';
import type { EpochMs } from '../../shared/market.ts';
import { fillHatch } from '../theme/canvas.ts';
import { mixColors } from '../theme/canvas.ts';
import type { Palette } from '../theme/palette.ts';

export type RibbonState = 'stale' | 'resyncing' | 'gap' | 'repaired' | 'disconnected' | 'unknown';

/** A stretch of time that was not plainly live; everything between spans is live. */
export interface RibbonSpan {
  readonly from: EpochMs;
  /** Null: still going on. */
  readonly to: EpochMs | null;
  readonly state: RibbonState;
}

export const ribbonWindowMs = 60 * 60_000;

function gapState(gap: GapRecord): RibbonState {
  if (isRepaired(gap)) return gap.cause === 'sequence' ? 'resyncing' : 'repaired';
  if (gap.cause === 'stale') return 'stale';
  return 'gap';
}

/** Spans of gap records, for streams whose past is known by them. */
export function gapSpans(gaps: readonly GapRecord[], now: EpochMs): readonly RibbonSpan[] {
  return gaps
    .filter((gap) => (gap.to ?? now) > now - ribbonWindowMs)
    .map((gap) => ({ from: gap.from, to: gap.to, state: gapState(gap) }));
}

/** The stretch of time that a ribbon shows: it ends now. */
export interface RibbonTime {
  readonly now: EpochMs;
  readonly windowMs: number;
}

interface RibbonBox {
  readonly width: number;
  readonly height: number;
}

interface Place {
  readonly x: number;
  readonly width: number;
}

function placeSpan(
  span: RibbonSpan,
  { now, windowMs }: RibbonTime,
  box: RibbonBox,
  leastWidth: number,
): Place {
  const at = (time: EpochMs) => Math.min(1, Math.max(0, 1 - (now - time) / windowMs)) * box.width;
  const left = at(span.from);
  const width = Math.max(leastWidth, at(span.to ?? now) - left);
  return { x: Math.min(left, box.width - width), width };
}

function drawMark(
  context: CanvasRenderingContext2D,
  span: RibbonSpan,
  place: Place,
  box: RibbonBox,
  palette: Palette,
): void {
  const scale = palette.scale;
  const mark = 10 * scale;
  const top = (box.height - mark) / 2;
  const whole = { x: place.x, y: top, width: place.width, height: mark };
  const outline = (color: string) => {
    context.strokeStyle = color;
    context.lineWidth = scale;
    context.strokeRect(whole.x + 0.5, whole.y + 0.5, whole.width - 1, whole.height - 1);
  };
  const hatch = (color: string) =>
    fillHatch(context, whole, { color, pitch: 4 * scale, width: 1.4 * scale });
  context.fillStyle = palette.color.panel;
  context.fillRect(whole.x, whole.y, whole.width, whole.height);
  switch (span.state) {
    case 'gap':
      hatch(palette.color.stale);
      break;
    case 'repaired':
      hatch(palette.color['ink-3']);
      break;
    case 'stale':
      context.fillStyle = palette.color.stale;
      for (let x = whole.x + 1.5 * scale; x < whole.x + whole.width - scale; x += 3 * scale) {
        for (const row of [0.25, 0.5, 0.75]) {
          context.fillRect(x, whole.y + mark * row - scale / 2, scale, scale);
        }
      }
      outline(palette.color.stale);
      break;
    case 'resyncing':
      context.fillStyle = palette.color.resync;
      context.fillRect(whole.x, whole.y + mark / 2, whole.width, mark / 2);
      outline(palette.color.resync);
      break;
    case 'disconnected':
      outline(palette.color.fault);
      break;
    case 'unknown':
      break;
    default:
      span.state satisfies never;
  }
}

/** The base line at 6 px in the color of the source, then every span on top, at least 4 px wide. */
export function drawRibbon(
  context: CanvasRenderingContext2D,
  spans: readonly RibbonSpan[],
  time: RibbonTime,
  box: RibbonBox,
  palette: Palette,
  base: string,
): void {
  context.clearRect(0, 0, box.width, box.height);
  const height = 6 * palette.scale;
  const top = (box.height - height) / 2;
  context.fillStyle = mixColors(base, palette.color.panel, palette.tint.ribbon);
  context.fillRect(0, top, box.width, height);
  for (const span of spans) {
    if ((span.to ?? time.now) <= time.now - time.windowMs) continue;
    const place = placeSpan(span, time, box, 4 * palette.scale);
    if (span.state === 'unknown') {
      context.clearRect(place.x, 0, place.width, box.height);
      context.fillStyle = palette.color['line-subtle'];
      context.fillRect(place.x, box.height / 2 - 0.5, place.width, 1);
    } else {
      drawMark(context, span, place, box, palette);
    }
  }
}
