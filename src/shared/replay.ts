import type { EpochMs } from './market.ts';
import type { SessionSource } from './recordings.ts';

/** What a person can choose; null beside them: as fast as possible. */
export const replaySpeeds = [0.1, 0.25, 0.5, 1, 2, 4, 10, 20, 50, 100, 250, 1000] as const;

export const stepUnits = ['frame', 'second', 'minute', 'mark'] as const;
export type StepUnit = (typeof stepUnits)[number];

/** A replay as its transport bar shows it. */
export interface ReplayState {
  /** Of the recorded session, or the name of a file. */
  readonly session: string;
  readonly name: string;
  readonly recordedSource: SessionSource;
  /** Position on the recording's own clock; between two states it follows from `speed`. */
  readonly time: EpochMs;
  readonly startTime: EpochMs;
  readonly endTime: EpochMs;
  readonly isPlaying: boolean;
  /** A jump is under way: what is shown is still of before. */
  readonly isSeeking: boolean;
  readonly isFinished: boolean;
  /** Recorded time per real time; null: as fast as it goes. */
  readonly speed: number | null;
  readonly loop: TimeRange | null;
  /** Inputs that the engine has handled by now, counted from the start of the recorded one. */
  readonly inputs: number;
  /** The newest place where the state was held against what the live run had written down. */
  readonly check: ReplayCheck | null;
  /** For a person: damage, or why it cannot go on. */
  readonly problem: string | null;
}

export interface TimeRange {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

export interface ReplayCheck {
  readonly time: EpochMs;
  readonly inputs: number;
  readonly hash: string;
  readonly isEqual: boolean;
}

/** A session at a glance: what a timeline is drawn from. */
export interface Timeline {
  readonly session: string;
  readonly startTime: EpochMs;
  readonly endTime: EpochMs;
  /** Of equal length each, oldest first. */
  readonly buckets: readonly TimelineBucket[];
  /** Time without data, of any venue. */
  readonly gaps: readonly (TimeRange & { readonly venue: string | null })[];
}

export interface TimelineBucket {
  readonly time: EpochMs;
  /** Messages of all venues; null where nothing was recorded. */
  readonly messages: number | null;
  /** Consolidated price of the market that was asked for at the end of the bucket; null where none was valid. */
  readonly price: number | null;
}
