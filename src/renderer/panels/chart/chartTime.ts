import type { NumberStyle } from '../../format/numberStyle.ts';
import { numberStyle } from '../../format/numberStyle.ts';
import { formatDate, formatTime } from '../../format/time.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Kinds of labels on the time axis; the numbers are the chart library's. */
export type TickKind = 'year' | 'month' | 'day' | 'time' | 'seconds';
const tickKinds: readonly TickKind[] = ['year', 'month', 'day', 'time', 'seconds'];

export function tickKind(library: number): TickKind {
  return tickKinds[library] ?? 'time';
}

/** A label of the time axis. In local time the library's day starts are those of UTC, so such a tick shows its clock. */
export function formatTick(
  timeMs: number,
  kind: TickKind,
  intervalMs: number,
  zone: NumberStyle['timeZone'] = numberStyle().timeZone,
): string {
  const clock = formatTime(timeMs, zone);
  const date = formatDate(timeMs, zone);
  const startsDay = clock === '00:00:00';
  switch (kind) {
    case 'seconds':
      return clock;
    case 'time':
      return intervalMs < 60_000 ? clock : clock.slice(0, 5);
    case 'day':
      return startsDay ? String(Number(date.slice(8))) : clock.slice(0, 5);
    case 'month':
      return startsDay ? (months[Number(date.slice(5, 7)) - 1] ?? '') : clock.slice(0, 5);
    case 'year':
      return startsDay ? date.slice(0, 4) : clock.slice(0, 5);
  }
}

/** The crosshair's label: as much of the moment as the interval needs. */
export function formatCrosshairTime(
  timeMs: number,
  intervalMs: number,
  zone: NumberStyle['timeZone'] = numberStyle().timeZone,
): string {
  const date = formatDate(timeMs, zone);
  const clock = formatTime(timeMs, zone);
  if (intervalMs >= 86_400_000) return date;
  return intervalMs < 60_000 ? `${date} ${clock}` : `${date} ${clock.slice(0, 5)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Time until a candle closes: `00:53`, from an hour on `3:12:09`. Rounded up, so that it ends at the close. */
export function formatUntilClose(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = two(Math.floor((seconds % 3600) / 60));
  const rest = two(seconds % 60);
  return hours > 0 ? `${hours}:${minutes}:${rest}` : `${minutes}:${rest}`;
}

/** Null for a candle that should have closed already and of which nothing newer is known. */
export function untilClose(openTime: number, intervalMs: number, now: number): number | null {
  const left = openTime + intervalMs - now;
  return left > 0 && left <= intervalMs ? left : null;
}

/** The library formats with `Intl` and throws on a locale that the system made up, such as `en-US@posix`. */
export function chartLocale(wanted: string): string {
  try {
    return Intl.getCanonicalLocales(wanted)[0] ?? 'en-US';
  } catch (error) {
    if (error instanceof RangeError) return 'en-US';
    throw error;
  }
}
