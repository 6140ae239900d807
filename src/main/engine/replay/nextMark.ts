import type { EpochMs } from '../../../shared/market.ts';
import type { Mark } from '../../../shared/marks.ts';
import type { TimeRange } from '../../../shared/replay.ts';

/** Time of the nearest mark inside of a range, in one direction; null: there is none. */
export function nextMark(
  marks: readonly Mark[],
  now: EpochMs,
  direction: 1 | -1,
  { from, to }: TimeRange,
): EpochMs | null {
  const times = marks
    .map(({ time }) => time)
    .filter((time) => time >= from && time <= to)
    .filter((time) => (direction > 0 ? time > now : time < now));
  if (times.length === 0) return null;
  return times.reduce((a, b) => (direction > 0 ? Math.min(a, b) : Math.max(a, b)));
}
