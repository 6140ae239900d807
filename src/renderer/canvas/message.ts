import type { CanvasFonts } from './fonts.ts';
import { textWidth } from './fonts.ts';
import type { MarkName } from './marks.ts';
import { drawMark } from './marks.ts';
import type { CanvasSurface } from './useCanvasView.ts';

export interface CenteredMessage {
  readonly mark: MarkName | null;
  readonly title: string;
  readonly lines: readonly string[];
}

/** Words in place of data: what happened, and what happens next. */
export function paintCenteredMessage(
  surface: CanvasSurface,
  fonts: CanvasFonts,
  area: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  message: CenteredMessage,
): void {
  const { context, colors } = surface;
  const { scale } = colors;
  const center = Math.round(area.x + area.width / 2);
  const block = (20 + message.lines.length * 18) * scale;
  let baseline = Math.round(area.y + (area.height - block) / 2 + 14 * scale);
  const markWidth = message.mark === null ? 0 : 16 * scale;
  const width = textWidth(context, message.title, fonts.strong) + markWidth;
  const left = Math.round(center - width / 2);
  if (message.mark !== null) {
    drawMark(context, message.mark, { x: left, y: baseline - 9.5 * scale }, colors);
  }
  context.font = fonts.strong;
  context.fillStyle = colors.color['ink-1'];
  context.textAlign = 'left';
  context.fillText(message.title, left + markWidth, baseline);
  context.textAlign = 'center';
  context.font = fonts.secondary;
  context.fillStyle = colors.color['ink-3'];
  for (const line of message.lines) {
    baseline += Math.round(18 * scale);
    context.fillText(line, center, baseline, area.width - 20 * scale);
  }
  context.textAlign = 'left';
}
