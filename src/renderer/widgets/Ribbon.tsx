import { useEffect, useRef } from 'react';
import type { EpochMs } from '../../shared/market.ts';
import { formatDuration } from '../format/duration.ts';
import { prepareCanvas } from '../theme/canvas.ts';
import { usePalette } from '../theme/palette.ts';
import type { RibbonSpan } from './drawRibbon.ts';
import { drawRibbon } from './drawRibbon.ts';

export interface RibbonProps {
  readonly spans: readonly RibbonSpan[];
  /** End of the hour that is drawn; step it slowly, a pixel is several seconds. */
  readonly now: EpochMs;
  /** Whose hour it is. */
  readonly label: string;
}

/** The text alternative: every stretch that was not live, newest first, at most five. */
export function ribbonWords(label: string, spans: readonly RibbonSpan[], now: EpochMs): string {
  const troubles = spans.filter((span) => span.state !== 'unknown').toReversed();
  if (troubles.length === 0) return `${label}, 60 minutes: no interruption seen`;
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
  return `${label}, 60 minutes: ${listed}${more}`;
}

export function Ribbon({ spans, now, label }: RibbonProps) {
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
      drawRibbon(context, spans, now, { width, height }, palette, palette.sourceLive);
    };
    draw();
    if (typeof ResizeObserver === 'undefined') return undefined;
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => observer.disconnect();
  }, [spans, now, palette]);
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={ribbonWords(label, spans, now)}
      title={ribbonWords(label, spans, now)}
      style={{ width: '100%', height: '1.2rem', display: 'block' }}
    />
  );
}
