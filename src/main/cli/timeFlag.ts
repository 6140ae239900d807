import { usageFailure } from './commandFailure.ts';
import { printable } from './flags.ts';

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** A time of a session: in UTC, or so much after its start. Null where the flag is absent. */
export function parseTime(flag: string, text: string | null): (startTime: number) => number | null {
  if (text === null) return () => null;
  const offset = /^\+(\d{1,7})([smh])$/.exec(text);
  if (offset !== null) {
    const [, count, unit] = offset;
    const ms = Number(count) * (unit === 'h' ? unitMs.h : unit === 'm' ? unitMs.m : unitMs.s);
    return (startTime) => startTime + ms;
  }
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?Z$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(time)) return () => time;
  throw usageFailure(
    `${flag} is a time in UTC like 2026-11-21T14:40:00Z, or +90s, +5m, +1h from the start, not "${printable(text)}".`,
  );
}
