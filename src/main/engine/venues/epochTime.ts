import type { EpochMs } from '../../../shared/market.ts';

const year2009 = 1_230_768_000_000;
const year2100 = 4_102_444_800_000;
const dayMs = 86_400_000;

/** Seconds, milliseconds, microseconds, nanoseconds: no two of them can be mistaken between 2009 and 2100. */
const unitsPerMs = [0.001, 1, 1_000, 1_000_000];

/** Date and time with a zone: `2026-03-29T02:30:00.123456+02:00`. Without one it could be any of forty moments. */
const zonedPattern =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?\s?(Z|UTC|[+-]\d{2}:?\d{2})$/;
const digits = /^\d{1,19}$/;

/**
 * Epoch ms, with a fraction where the source has one, of what a venue, an API or a table calls a time: a count since 1970 whose
 * size tells its unit, or a text with a zone. Null where it cannot be meant: such a time says nothing.
 */
export function epochTimeOf(value: number | string): EpochMs | null {
  if (typeof value === 'number') return ofCount(value);
  return digits.test(value) ? ofCount(Number(value)) : ofText(value);
}

function ofCount(count: number): EpochMs | null {
  for (const perMs of unitsPerMs) {
    const time = count / perMs;
    if (time >= year2009 && time <= year2100) return time;
  }
  return null;
}

function ofText(text: string): EpochMs | null {
  const parts = zonedPattern.exec(text);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map(Number);
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= daysOfMonth(year, month);
  if (!isDay || hour > 23 || minute > 59 || second > 59) return null;
  const fractionMs = Number(parts[7] ?? 0) * 1_000;
  const ofDay = ((hour * 60 + minute) * 60 + second) * 1_000 + fractionMs;
  const time = daysSinceEpoch(year, month, day) * dayMs + ofDay - zoneMs(parts[8] ?? 'Z');
  return time >= year2009 && time <= year2100 ? time : null;
}

function zoneMs(zone: string): number {
  if (zone === 'Z' || zone === 'UTC') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** Of the Gregorian calendar, with years that begin in March, so that the leap day is their last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const marchMonth = (month + 9) % 12;
  const leapDays =
    Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leapDays + Math.floor((153 * marchMonth + 2) / 5) + day - 1 - 719_468;
}
