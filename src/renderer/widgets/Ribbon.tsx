import { useEffect, useRef } from 'react';
import type { EpochMs } from '../../shared/market.ts';
import { formatDuration } from '../format/duration.ts';
import { prepareCanvas } from '../theme/canvas.ts';
import { usePalette } from '../theme/palette.ts';
import type { RibbonSpan } from './drawRibbon.ts';
import { drawRibbon, ribbonWindowMs } from './drawRibbon.ts';

export interface RibbonProps {
  readonly spans: readonly RibbonSpan[];
  /** End of the stretch that is drawn; step it slowly, a pixel is several seconds. */
  readonly now: EpochMs;
  /** Whose past it is. */
  readonly label: string;
  /** An hour unless told otherwise. */
  readonly windowMs?: number;
}

/** The text alternative: every stretch that was not live, newest first, at most five. */
export function ribbonWords(
  label: string,
  spans: readonly RibbonSpan[],
  now: EpochMs,
  windowMs = ribbonWindowMs,
): string {
  const troubles = spans
    .filter((span) => span.state !== 'unknown' && (span.to ?? now) > now - windowMs)
    .toReversed();
  const title = `${label}, ${windowMs / 60_000} minutes`;
  if (troubles.length === 0) return `${title}: no interruption seen`;
  const listed = troubles
    .slice(0, 5)
    .map((span) => {
      const length = formatDuration((span.to ?? now) - span.from);
      return span.to === null
        ? `${span.state} for ${length}`
        : `${span.state} ${length}, ${formatDuration(now - span.to)} ago`;
    })
    .join('; ');
  const more = troubles.length > 5 ? `; and ${troubles.length - 5} more` : '';
  return `${title}: ${listed}${more}`;
}

export function Ribbon({ spans, now, label, windowMs = ribbonWindowMs }: RibbonProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const palette = usePalette();
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const draw = () => {
      const width = element.clientWidth;
      const height = element.clientHeight;
      const context = prepareCanvas(element, width, height);
      if (context === null) return;
      const time = { now, windowMs };
      drawRibbon(context, spans, time, { width, height }, palette, palette.sourceLive);
    };
    draw();
    if (typeof ResizeObserver === 'undefined') return undefined;
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => observer.disconnect();
  }, [spans, now, windowMs, palette]);
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={ribbonWords(label, spans, now, windowMs)}
      title={ribbonWords(label, spans, now, windowMs)}
      style={{ width: '100%', height: '1.2rem', display: 'block' }}
    />
  );
}
