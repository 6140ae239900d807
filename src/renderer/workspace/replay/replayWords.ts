import type { EpochMs } from '../../../shared/market.ts';
import type { Mark, MarkKind } from '../../../shared/marks.ts';
import type { ReplayCheck, ReplayState } from '../../../shared/replay.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatTime } from '../../format/time.ts';

export function speedWords(speed: number | null): string {
  return speed === null ? 'Max' : `${speed}×`;
}

/** `9f2c 41d0`: enough of a hash to compare by eye. */
export function shortHash(hash: string): string {
  return `${hash.slice(0, 4)} ${hash.slice(4, 8)}`.trim();
}

export interface CheckWords {
  readonly state: 'equal' | 'different' | 'unknown';
  readonly text: string;
  /** Where there is no room for the text. */
  readonly short: string;
  readonly hash: string | null;
}

/** Frames of somebody else: no live run of ours has written down its state. */
export const notComparable: CheckWords = {
  ...{ state: 'unknown', text: 'No live run to compare with' },
  ...{ short: 'Not comparable', hash: null },
};

export function checkWords(
  check: ReplayCheck | null,
  source: ReplayState['recordedSource'],
): CheckWords {
  if (check === null)
    return { state: 'unknown', text: 'Not yet compared', short: 'Not compared', hash: null };
  const hash = shortHash(check.hash);
  // An imported file was never live here: its state is that of the run that brought it in.
  const run = source === 'imported' ? 'import' : 'live run';
  return check.isEqual
    ? { state: 'equal', text: `State equals the ${run}`, short: 'Equal', hash }
    : { state: 'different', text: `State differs from the ${run}`, short: 'Differs', hash };
}

/** What the replay does, for a person who cannot see it move. */
export function motionWords(replay: ReplayState): string {
  if (replay.isSeeking) return 'seeking';
  if (replay.isFinished) return 'at its end';
  if (!replay.isPlaying) return 'paused';
  return replay.speed === null ? 'playing as fast as possible' : `playing at ${replay.speed} times`;
}

/** `14:32:07, 5 h 32 min after the start of 9 h 30 min, paused`. */
export function positionWords(replay: ReplayState, position: EpochMs): string {
  const passed = formatDuration(position - replay.startTime);
  const length = formatDuration(replay.endTime - replay.startTime);
  return `${formatTime(position)}, ${passed} after the start of ${length}, ${motionWords(replay)}`;
}

const markNames: Readonly<Record<MarkKind, string>> = {
  user: 'Mark',
  gap: 'Gap',
  resync: 'Resync',
  disconnect: 'Disconnect',
  largeMove: 'Large move',
  signal: 'Signal',
};

export function markWords(mark: Mark): string {
  const name = markNames[mark.kind];
  const market = mark.market === null ? '' : ` ${mark.market}`;
  return mark.text === '' ? `${name}${market}` : `${name}${market}: ${mark.text}`;
}
