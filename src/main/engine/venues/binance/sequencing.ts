import type { BookSequence, BookSequencing, SequenceVerdict } from '../venue.ts';

/**
 * Unlimited diffs seeded by a REST snapshot. Spot: the first diff after a snapshot must hold its id or the one after it
 * (`U <= id + 1 <= u`), each next one continues it (`U <= id + 1`). USD-M, told by `pu`: the first must reach back to the
 * snapshot (`U <= id <= u` or `pu = id`), each next one names its predecessor (`pu = id`); `U` is not `u + 1` there.
 */
export const sequencing: BookSequencing = {
  bootstrap: 'rest',
  scope: 'stream',
  depth: null,
  check: (lastSequence, delta, joining) =>
    delta.previous === null
      ? checkSpot(lastSequence, delta, joining)
      : checkFutures(lastSequence, delta, delta.previous, joining),
};

function checkSpot(last: number, delta: BookSequence, joining: boolean): SequenceVerdict {
  if (delta.last <= last) return 'ignore';
  if ((delta.first ?? delta.last) <= last + 1) return 'apply';
  return joining ? 'early' : 'gap';
}

function checkFutures(
  last: number,
  delta: BookSequence,
  previous: number,
  joining: boolean,
): SequenceVerdict {
  if (previous === last) return 'apply';
  if (joining) {
    if (delta.last < last) return 'ignore';
    return (delta.first ?? delta.last) <= last ? 'apply' : 'early';
  }
  return delta.last <= last ? 'ignore' : 'gap';
}
