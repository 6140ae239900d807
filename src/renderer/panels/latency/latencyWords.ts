import type { LatencySpan } from '../../../shared/latency.ts';
import { minusSign, noValue } from '../../format/digits.ts';
import { formatMs } from '../../format/quantity.ts';
import type { StageRow } from './stageRows.ts';

export const spanNames: Readonly<Record<LatencySpan, string>> = {
  minute: '1 min',
  quarter: '15 min',
  session: 'Session',
};

/** Below a tenth of a millisecond in microseconds, with the unit: the column's header says ms. */
export function stageFigure(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return noValue;
  if (Math.abs(ms) >= 0.0995 || ms === 0) return formatMs(ms);
  return `${ms < 0 ? minusSign : ''}${Math.max(1, Math.round(Math.abs(ms) * 1_000))} µs`;
}

/** `+2.4 ± 0.6`, a bare pair under a header that says ms. */
export function offsetFigure(offsetMs: number | null, errorMs: number | null): string {
  if (offsetMs === null) return noValue;
  const offset = `${offsetMs >= 0.05 ? '+' : ''}${formatTenth(offsetMs)}`;
  return errorMs === null ? offset : `${offset} ± ${formatTenth(errorMs)}`;
}

function formatTenth(ms: number): string {
  const text = Math.abs(ms).toFixed(1);
  return ms < 0 && Number(text) !== 0 ? minusSign + text : text;
}

/** What the bar shows, in words. */
export function stageWords({ name, estimated, figures }: StageRow): string {
  if (figures.count === 0) return `${name}: nothing measured yet`;
  const { p50Ms, p99Ms, maxMs } = figures;
  const text = `${name}: median ${spoken(p50Ms)}, 99 of 100 within ${spoken(p99Ms)}, longest ${spoken(maxMs)}`;
  return estimated ? `${text}; rests on an estimated clock` : text;
}

function spoken(ms: number | null): string {
  const text = stageFigure(ms);
  return text.endsWith('µs') || text === noValue ? text : `${text} ms`;
}
