import type { EpochMs } from '../../../shared/market.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What is not known is a dash, never a zero. */
export const unknown = '–';

/** Text as a page shows it: never a tag, a script or a character that turns the writing around. */
export function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replace(
      /[\p{Cc}\p{Noncharacter_Code_Point}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu,
      ' ',
    )
    .replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

export function count(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return unknown;
  return grouped(String(Math.round(value)));
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',').replace('-', '−');
}

/** A rate: one decimal below ten, so that a slow stream does not read as silent. */
export function rate(perSec: number): string {
  return perSec >= 9.95 || perSec === 0 ? count(perSec) : perSec.toFixed(1);
}

/** A bare figure, for a column or an axis that says ms. */
export function milliseconds(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return unknown;
  const size = Math.abs(value);
  if (size >= 999.5) return count(value);
  return value.toFixed(size >= 0.995 || size === 0 ? 1 : 2).replace('-', '−');
}

/** Never rounded up to all of it. */
export function percent(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return unknown;
  return share >= 1 ? '100%' : `${(Math.floor(share * 10_000) / 100).toFixed(2)}%`;
}

const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

export function size(bytes: number): string {
  if (!Number.isFinite(bytes)) return unknown;
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < byteUnits.length - 1; unit += 1) value /= 1000;
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${byteUnits[unit] ?? ''}`;
}

/** `84 ms`, `8.4 s`, `1 min 52 s`, `3 h 04 min`, `2 d 05 h`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return unknown;
  const value = Math.max(0, ms);
  if (value < 999.5) return `${Math.round(value)} ms`;
  if (value < 10_000) return `${(Math.floor(value / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(value / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const hours = Math.floor(seconds / 3_600);
  if (hours < 24) return `${hours} h ${two(Math.floor(seconds / 60) % 60)} min`;
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`;
}

/** `0 d 02 h 14 min 03 s`. */
export function uptime(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return unknown;
  const seconds = Math.floor(ms / 1000);
  const days = Math.floor(seconds / 86_400);
  const hours = two(Math.floor(seconds / 3_600) % 24);
  return `${days} d ${hours} h ${two(Math.floor(seconds / 60) % 60)} min ${two(seconds % 60)} s`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `2026-11-21 14:32:07`, UTC. */
export function moment(time: EpochMs): string {
  return isoOf(time)?.slice(0, 19).replace('T', ' ') ?? unknown;
}

export function timeOfDay(time: EpochMs): string {
  return isoOf(time)?.slice(11, 19) ?? unknown;
}

/** Null for what no calendar has. */
function isoOf(time: EpochMs): string | null {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** A price with the digits that its size needs. */
export function price(value: number): string {
  if (!Number.isFinite(value)) return unknown;
  if (value === 0) return '0';
  const digits = Math.max(0, Math.min(12, 5 - Math.floor(Math.log10(Math.abs(value)))));
  const [whole = '', fraction] = value.toFixed(digits).split('.');
  return fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`;
}
