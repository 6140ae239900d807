import type { EpochMs } from '../../../shared/market.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as a page shows it: never a tag, a script or a character that turns the writing around. */
export function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, ' ')
    .replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** What is not known is a dash, never a zero. */
export function count(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

export function milliseconds(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return `${value.toFixed(digits).replace('-', '−')} ms`;
}

export function percent(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return '–';
  // Never rounded up to all of it.
  const shown = share < 1 ? Math.min(share, 0.9999) : 1;
  return `${(shown * 100).toFixed(2)} %`;
}

export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return ms === 0 ? '0 s' : `${(ms / 1000).toFixed(1)} s`;
  return parts
    .slice(first, first + 2)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

/** `2026-11-21 14:32:07`, UTC. */
export function moment(time: EpochMs): string {
  return new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}

export function timeOfDay(time: EpochMs): string {
  return new Date(time).toISOString().slice(11, 19);
}

/** A price with the digits that its size needs. */
export function price(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, Math.min(12, 5 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toFixed(digits);
}
