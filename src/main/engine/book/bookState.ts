import type { BookStatus } from '../../../shared/feedHealth.ts';
import type { BookDecimals, BookEvent, BookSequencing, BookSnapshot } from '../venues/venue.ts';
import type { InputTime } from '../inputs.ts';
import { OrderBook } from './orderBook.ts';

/**
 * What the core has to get going as soon as its budgets allow. Stays set until `beginAttempt`, or until the venue makes it
 * needless. `restSnapshot`: fetch `venue.rest.bookSnapshot`. `resubscribe`: unsubscribe, await the ack, subscribe.
 */
export type BookNeed = 'none' | 'restSnapshot' | 'resubscribe';

export type BookGapCause = 'sequence' | 'checksum' | 'crossed';

/** What a call did. Every outcome may also have changed `status` and `need`. */
export type BookOutcome =
  /** Old, a repetition, or of an attempt that is over: nothing changed. */
  | { readonly type: 'ignored' }
  /** Held until a snapshot joins; the book is not live. */
  | { readonly type: 'buffered' }
  /** The live book changed. */
  | { readonly type: 'applied' }
  /** The book became live in this call. */
  | { readonly type: 'live' }
  /** A snapshot widened the known range of a book that stayed live. */
  | { readonly type: 'refreshed' }
  /** The REST snapshot is older than what is held: fetch another after a pause. Nothing held was dropped. */
  | { readonly type: 'early' }
  /** Not live (any more) in this very call. `received` equals `last` for causes other than `sequence`. */
  | {
      readonly type: 'gap';
      readonly cause: BookGapCause;
      readonly last: number;
      readonly received: number;
    }
  /** The venue started its ids anew: not live, waits for the venue's snapshot, no alarm. */
  | { readonly type: 'restarted' };

export interface BookCounters {
  /** Messages that changed a live book; held deltas count when they are joined. */
  readonly applied: number;
  readonly ignored: number;
  readonly gaps: number;
  readonly resyncs: number;
  readonly crossed: number;
  readonly checksumFailures: number;
  /** Held deltas that gave way because the buffer was full. */
  readonly overflowed: number;
}

/** Ends of the known range in price units of the book; low 0 and high infinity where nothing is unknown. */
export interface KnownUnits {
  readonly low: number;
  readonly high: number;
}

export interface BookStateOptions {
  readonly sequencing: BookSequencing;
  /** From tick and lot size; the book starts (again) with them. */
  readonly decimals: BookDecimals;
  /** Bound of all held deltas together. */
  readonly maxHeldLevels?: number;
}

/**
 * One venue's book of one instrument: `empty -> buffering -> live -> gap -> resyncing -> live`. Synchronous and without
 * effects: the core calls it with inputs, reads `status` and `need`, and owns every deadline and retry.
 *
 * In the core:
 * - book topic subscribed on a new socket: `reset()`; each message: `applyEvent`
 * - `need !== 'none'` and budget allows: `const epoch = beginAttempt()`, then fetch or resubscribe
 * - REST answer: `applySnapshot(snapshot, epoch, time)`; failure: `attemptFailed(epoch)`, which sets `need` again
 * - no live book 5 s after subscribing: `bootstrapOverdue()`
 */
export class BookState {
  readonly book: OrderBook;

  constructor(options: BookStateOptions) {
    this.book = new OrderBook(options.decimals);
  }

  get status(): BookStatus {
    return 'empty';
  }

  get need(): BookNeed {
    return 'none';
  }

  /** Rises with each attempt and each reset; answers of older ones are ignored. */
  get epoch(): number {
    return 0;
  }

  /** Update id of the book; meaningful while live. -1 where the venue has none. */
  get sequence(): number {
    return -1;
  }

  /** Received time of the last message that is in the book; null before the first. */
  get receivedTime(): number | null {
    return null;
  }

  /** Deltas that wait for a snapshot. */
  get heldDeltas(): number {
    return 0;
  }

  get counters(): BookCounters {
    throw new Error('to be filled');
  }

  /** Null unless live. Only levels inside may be shown, summed, consolidated or compared. */
  get knownRange(): KnownUnits | null {
    return null;
  }

  /** Number of levels from the best that lie inside the known range; 0 unless live. */
  knownBids(): number {
    return 0;
  }

  knownAsks(): number {
    return 0;
  }

  /** The venue says that the instrument is in a pre-open: its book may be crossed. */
  allowCrossed(_allowed: boolean): void {
    return;
  }

  /** Socket lost or topic dropped: nothing of before is true any more. */
  reset(): void {
    return;
  }

  applyEvent(_event: BookEvent, _time: InputTime): BookOutcome {
    throw new Error('to be filled');
  }

  /** The core starts what `need` asks for. Returns the epoch that its answer must carry. */
  beginAttempt(): number {
    return 0;
  }

  applySnapshot(_snapshot: BookSnapshot, _epoch: number, _time: InputTime): BookOutcome {
    throw new Error('to be filled');
  }

  /** The request could not be answered, or the resubscription was refused: `need` is set again. */
  attemptFailed(_epoch: number): void {
    return;
  }

  /** The venue's own snapshot did not come in time: sets `need` to the other way, or to try again. */
  bootstrapOverdue(): void {
    return;
  }

  save(): SavedBookState {
    throw new Error('to be filled');
  }

  restore(_saved: SavedBookState): void {
    return;
  }
}

/** Plain, structured-clonable state of a book, its buffer and its counters. */
export interface SavedBookState {
  readonly status: BookStatus;
}
