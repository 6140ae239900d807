import { useEffect, useRef } from 'react';
import { prepareCanvas } from '../theme/canvas.ts';
import { usePalette } from '../theme/palette.ts';

export interface SparklineProps {
  /** Oldest first; null: missing, and the line stops there. */
  readonly values: readonly (number | null)[];
  readonly direction: 'up' | 'down' | 'none';
  /** Design pixels. */
  readonly width?: number;
  readonly height?: number;
  /** Spoken alternative. */
  readonly label: string;
}

function tracePath(
  context: CanvasRenderingContext2D,
  values: readonly (number | null)[],
  width: number,
  height: number,
): void {
  const known = values.filter((value) => value !== null);
  const lowest = Math.min(...known);
  const span = Math.max(...known) - lowest;
  const inset = 1.5;
  let drawing = false;
  context.beginPath();
  for (const [index, value] of values.entries()) {
    if (value === null) {
      drawing = false;
      continue;
    }
    const x = inset + (index / Math.max(1, values.length - 1)) * (width - 2 * inset);
    const share = span === 0 ? 0.5 : (value - lowest) / span;
    const y = height - inset - share * (height - 2 * inset);
    if (drawing) context.lineTo(x, y);
    else context.moveTo(x, y);
    drawing = true;
  }
}

/** The day as one line. It stops where data is missing. */
export function Sparkline({ values, direction, width = 44, height = 16, label }: SparklineProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const palette = usePalette();
  useEffect(() => {
    if (canvas.current === null) return;
    const pageWidth = width * palette.scale;
    const pageHeight = height * palette.scale;
    const context = prepareCanvas(canvas.current, pageWidth, pageHeight);
    if (context === null) return;
    context.clearRect(0, 0, pageWidth, pageHeight);
    if (values.length < 2) return;
    tracePath(context, values, pageWidth, pageHeight);
    context.strokeStyle = palette.color[direction === 'none' ? 'ink-3' : direction];
    context.lineWidth = 1.2 * palette.scale;
    context.lineJoin = 'round';
    context.stroke();
  }, [values, direction, width, height, palette]);
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={label}
      style={{ width: `${width / 10}rem`, height: `${height / 10}rem`, display: 'block' }}
    />
  );
}
