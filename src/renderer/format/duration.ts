import { noValue } from './digits.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `21 µs`, `92 ms`, `8.4 s`, `24 s`, `1 min 52 s`, `3 h 04 min`, `2 d 05 h`. Negative ages read as nothing passed. */
export function formatDuration(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return noValue;
  const value = Math.max(0, ms);
  if (value > 0 && value < 0.9995) return `${Math.max(1, Math.round(value * 1000))} µs`;
  if (value < 999.5) return `${Math.round(value)} ms`;
  // Ages are cut, not rounded: nothing is called older than it is.
  if (value < 10 * second) return `${(Math.floor(value / 100) / 10).toFixed(1)} s`;
  if (value < minute) return `${Math.floor(value / second)} s`;
  if (value < hour) {
    return `${Math.floor(value / minute)} min ${Math.floor((value % minute) / second)} s`;
  }
  if (value < day) {
    return `${Math.floor(value / hour)} h ${two(Math.floor((value % hour) / minute))} min`;
  }
  return `${Math.floor(value / day)} d ${two(Math.floor((value % day) / hour))} h`;
}

/** One unit only, for uptimes and "ago": `46 min`, `3 h`, `8 s`. */
export function formatSpan(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return noValue;
  const value = Math.max(0, ms);
  if (value < minute) return `${Math.floor(value / second)} s`;
  if (value < hour) return `${Math.floor(value / minute)} min`;
  if (value < day) return `${Math.floor(value / hour)} h`;
  return `${Math.floor(value / day)} d`;
}

/** Time until something happens: tenths below ten seconds, never negative, rounded up so that it ends at the event. */
export function formatCountdown(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return noValue;
  const value = Math.max(0, ms);
  if (value >= minute) return formatDuration(value);
  if (value >= 10 * second) return `${Math.ceil(value / second)} s`;
  return `${(Math.ceil(value / 100) / 10).toFixed(1)} s`;
}

/** How long something runs, in a place that must hold still: `02:14:37`, `126:05:09`. */
export function formatElapsed(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return noValue;
  const value = Math.max(0, ms);
  const minutes = two(Math.floor((value % hour) / minute));
  return `${two(Math.floor(value / hour))}:${minutes}:${two(Math.floor((value % minute) / second))}`;
}

/** `0 d 02 h 14 min 03 s`. */
export function formatUptime(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms) || ms < 0) return noValue;
  const days = Math.floor(ms / day);
  const hours = two(Math.floor((ms % day) / hour));
  const minutes = two(Math.floor((ms % hour) / minute));
  return `${days} d ${hours} h ${minutes} min ${two(Math.floor((ms % minute) / second))} s`;
}
