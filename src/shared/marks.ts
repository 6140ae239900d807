import type { EpochMs, MarketId } from './market.ts';
import type { VenueId } from './venues.ts';

/** A place in a session worth going back to. All but `user` are made by the engine itself. */
export const markKinds = ['user', 'gap', 'resync', 'disconnect', 'largeMove', 'signal'] as const;
export type MarkKind = (typeof markKinds)[number];

export const maxMarkText = 200;
/** Of one session; beyond it no automatic one is added, and the list says so. */
export const maxMarks = 10_000;

export interface Mark {
  /** Unique within its session. */
  readonly id: string;
  readonly kind: MarkKind;
  /** On the host's clock, as `receivedTime` of what it marks. */
  readonly time: EpochMs;
  /** Null: a moment, or still going on. */
  readonly toTime: EpochMs | null;
  /** Null: none in particular. */
  readonly venue: VenueId | null;
  readonly market: MarketId | null;
  /** Cause in one line, or the note of the person who made it. */
  readonly text: string;
}

/** All marks of the session that a window looks at: the one that is recorded now, or the one that it replays. */
export interface MarkList {
  /** Null: nothing is recorded. */
  readonly session: string | null;
  /** Oldest first. */
  readonly marks: readonly Mark[];
  /** Automatic ones that were not kept because there were too many. */
  readonly dropped: number;
}
