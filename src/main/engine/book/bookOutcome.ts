import type { BookStatus } from '../../../shared/feedHealth.ts';
import type { BookDecimals, BookSequencing } from '../venues/venue.ts';
import type { SavedBookAttempts } from './bookAttempts.ts';
import type { SavedBookJudge } from './bookJudge.ts';
import type { SavedDelta } from './deltaBuffer.ts';
import type { SavedLiveRefresh } from './liveRefresh.ts';
import type { SavedOrderBook } from './orderBook.ts';
import type { SavedRangeWatch } from './rangeWatch.ts';
import type { SavedTopCheck } from './topCheck.ts';

export type { BookNeed } from './bookAttempts.ts';

/** `mismatch`: other than the venue's own best prices at the same id, twice in a row. */
export type BookGapCause = 'sequence' | 'checksum' | 'crossed' | 'mismatch';

/** What a call did. Every outcome may also have changed `status` and `need`. */
export type BookOutcome =
  /** Old, a repetition, or of an attempt that is over: nothing changed. */
  | { readonly type: 'ignored' }
  /** Held until a snapshot joins; a book that is not live stays so. */
  | { readonly type: 'buffered' }
  /** The live book changed. */
  | { readonly type: 'applied' }
  /** The book became live in this call. */
  | { readonly type: 'live' }
  /** A snapshot widened the known range of a book that stayed live. */
  | { readonly type: 'refreshed' }
  /** The REST snapshot is older than what is held: fetch another after a pause. Nothing held was dropped. */
  | { readonly type: 'early' }
  /** Not live (any more) in this very call. `received` is the id of the message that showed it. */
  | BookGap
  /** The venue started its ids anew: not live, waits for the venue's snapshot, no alarm. */
  | { readonly type: 'restarted' };

export interface BookGap {
  readonly type: 'gap';
  readonly cause: BookGapCause;
  readonly last: number;
  readonly received: number;
}

export interface BookCounters {
  /** Messages that changed a live book; held deltas count when they are joined. */
  readonly applied: number;
  readonly ignored: number;
  /** Sequence gaps only; crossed books and checksums count for themselves. */
  readonly gaps: number;
  readonly resyncs: number;
  readonly crossed: number;
  readonly checksumFailures: number;
  /** Comparisons with the venue's own best prices that differed. */
  readonly mismatches: number;
  /** Held deltas that gave way because the buffer was full. */
  readonly overflowed: number;
}

export type MutableCounters = { -readonly [Name in keyof BookCounters]: number };

export function noCounts(): MutableCounters {
  return {
    applied: 0,
    ignored: 0,
    gaps: 0,
    resyncs: 0,
    crossed: 0,
    checksumFailures: 0,
    mismatches: 0,
    overflowed: 0,
  };
}

export interface BookStateOptions {
  readonly sequencing: BookSequencing;
  /** From tick and lot size; the book starts (again) with them. */
  readonly decimals: BookDecimals;
  /** Bound of all held deltas together. */
  readonly maxHeldLevels?: number;
}

/** Plain state of a book, its buffer and its counters; JSON keeps it whole. */
export interface SavedBookState extends SavedBookAttempts, SavedBookJudge, SavedLiveRefresh {
  readonly book: SavedOrderBook;
  readonly held: readonly SavedDelta[];
  readonly firstDecimals: BookDecimals;
  readonly status: BookStatus;
  readonly sequence: number;
  readonly joining: boolean;
  readonly receivedTime: number | null;
  readonly known: SavedRangeWatch;
  readonly top: SavedTopCheck;
  readonly ignoredInRow: number;
  readonly counters: BookCounters;
}
