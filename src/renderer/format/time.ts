import type { EpochMs } from '../../shared/market.ts';
import type { NumberStyle } from './numberStyle.ts';
import { noValue } from './digits.ts';
import { numberStyle } from './numberStyle.ts';

type Zone = NumberStyle['timeZone'];

interface Fields {
  readonly date: string;
  readonly clock: string;
  readonly millis: string;
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

function fields(time: EpochMs, zone: Zone): Fields {
  const at = new Date(Math.floor(time));
  const utc = zone === 'utc';
  const year = utc ? at.getUTCFullYear() : at.getFullYear();
  const month = (utc ? at.getUTCMonth() : at.getMonth()) + 1;
  const dayOfMonth = utc ? at.getUTCDate() : at.getDate();
  const hours = utc ? at.getUTCHours() : at.getHours();
  const minutes = utc ? at.getUTCMinutes() : at.getMinutes();
  const seconds = utc ? at.getUTCSeconds() : at.getSeconds();
  const millis = utc ? at.getUTCMilliseconds() : at.getMilliseconds();
  return {
    date: `${year}-${pad(month)}-${pad(dayOfMonth)}`,
    clock: `${pad(hours)}:${pad(minutes)}:${pad(seconds)}`,
    millis: pad(millis, 3),
  };
}

/** `14:32:07`. */
export function formatTime(time: EpochMs | null, zone: Zone = numberStyle().timeZone): string {
  if (time === null || !Number.isFinite(time)) return noValue;
  return fields(time, zone).clock;
}

/** `14:32:07.412`. */
export function formatTimeMillis(
  time: EpochMs | null,
  zone: Zone = numberStyle().timeZone,
): string {
  if (time === null || !Number.isFinite(time)) return noValue;
  const { clock, millis } = fields(time, zone);
  return `${clock}.${millis}`;
}

/** `2026-11-18 14:32:07`. */
export function formatDateTime(time: EpochMs | null, zone: Zone = numberStyle().timeZone): string {
  if (time === null || !Number.isFinite(time)) return noValue;
  const { date, clock } = fields(time, zone);
  return `${date} ${clock}`;
}

/** `2026-11-18`. */
export function formatDate(time: EpochMs | null, zone: Zone = numberStyle().timeZone): string {
  if (time === null || !Number.isFinite(time)) return noValue;
  return fields(time, zone).date;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `18 Nov 2026`, in running words. */
export function formatDateWords(time: EpochMs | null, zone: Zone = numberStyle().timeZone): string {
  if (time === null || !Number.isFinite(time)) return noValue;
  const [year, month, dayOfMonth] = fields(time, zone).date.split('-').map(Number);
  return `${dayOfMonth} ${months[(month ?? 1) - 1]} ${year}`;
}

/** Header of a time column. */
export function zoneLabel(zone: Zone = numberStyle().timeZone): string {
  return zone === 'utc' ? 'UTC' : 'Local';
}
