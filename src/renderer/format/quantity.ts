import { groupDigits, minusSign, noValue } from './digits.ts';

const compactSteps = [
  { from: 1e12, unit: ' T' },
  { from: 1e9, unit: ' B' },
  { from: 1e6, unit: ' M' },
  { from: 1e3, unit: ' K' },
] as const;

function threeFigures(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

/** Turnover in three figures: `1.94 B`, `842 M`, `12.6 K`. */
export function formatCompact(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return noValue;
  const sign = value < 0 ? minusSign : '';
  const size = Math.abs(value);
  // 999,950 rounds to four figures of K, so it already belongs to the next unit.
  const step = compactSteps.find((candidate) => size >= candidate.from * 0.9995);
  if (step === undefined) return sign + threeFigures(size);
  return sign + threeFigures(size / step.from) + step.unit;
}

/** A count or a rounded amount with groups: `1,842`. */
export function formatCount(count: number | null): string {
  if (count === null || !Number.isFinite(count)) return noValue;
  const rounded = Math.round(count);
  return groupDigits(String(rounded === 0 ? 0 : rounded));
}

/** A rate: whole from 10 per second on, one decimal below, so that a slow stream does not read as silent. */
export function formatRate(perSec: number | null): string {
  if (perSec === null || !Number.isFinite(perSec)) return noValue;
  if (perSec === 0 || perSec >= 9.95) return formatCount(perSec);
  return perSec < 0.05 ? '<0.1' : String(Number(perSec.toFixed(1)));
}

const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

export function formatBytes(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return noValue;
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value.toFixed(0) : threeFigures(value)} ${byteUnits[unit] ?? 'B'}`;
}

/** Milliseconds as a bare figure for a column whose header says "ms": `21.4`, `0.38`. */
export function formatMs(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return noValue;
  const size = Math.abs(value);
  const sign = value < 0 ? minusSign : '';
  if (size >= 999.5) return sign + groupDigits(size.toFixed(0));
  return sign + (size >= 0.995 || size === 0 ? size.toFixed(1) : size.toFixed(2));
}

/** A clock offset, signed: `+2.4 ms`. */
export function formatSignedMs(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return noValue;
  const rounded = value.toFixed(1);
  if (Number(rounded) === 0) return '0.0 ms';
  return value > 0 ? `+${groupDigits(rounded)} ms` : `${groupDigits(rounded)} ms`;
}

/** A ratio with one decimal: `0.2` gaps per million messages. */
export function formatRatio(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return noValue;
  return groupDigits(value.toFixed(1));
}
