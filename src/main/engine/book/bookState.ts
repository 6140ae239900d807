import type { BookStatus } from '../../../shared/feedHealth.ts';
import type { InputTime } from '../inputs.ts';
import type { BookDecimals, BookEvent, BookSequencing, BookSnapshot } from '../venues/venue.ts';
import { noCounts } from './bookOutcome.ts';
import type {
  BookCounters,
  BookGap,
  BookGapCause,
  BookNeed,
  BookOutcome,
  BookStateOptions,
  SavedBookState,
} from './bookOutcome.ts';
import { ChecksumStrings } from './checksumStrings.ts';
import type { HeldDelta, HeldLevels } from './deltaBuffer.ts';
import { DeltaBuffer, holdDelta, restoreDelta, saveDelta } from './deltaBuffer.ts';
import type { KnownRange, KnownUnits } from './knownRange.ts';
import { rangeOfSnapshot, rangeInUnits, restoreRange, saveRange } from './knownRange.ts';
import { OrderBook } from './orderBook.ts';
import { RangeWatch } from './rangeWatch.ts';
import type { JoinResult } from './snapshotJoin.ts';
import { joinSnapshot } from './snapshotJoin.ts';

export type {
  BookCounters,
  BookGapCause,
  BookNeed,
  BookOutcome,
  BookStateOptions,
  SavedBookState,
} from './bookOutcome.ts';

export type { KnownUnits } from './knownRange.ts';

const defaultHeldLevels = 400_000;

/** A live book that only receives old messages is frozen, whatever its ids say: then it is a gap. */
const maxIgnoredInRow = 50;

const ignored: BookOutcome = { type: 'ignored' };
const buffered: BookOutcome = { type: 'buffered' };
const applied: BookOutcome = { type: 'applied' };

interface PendingSnapshot extends HeldDelta {
  readonly range: KnownRange;
}

/**
 * One venue's book of one instrument: `empty -> buffering -> live -> gap -> resyncing -> live`. Synchronous and without
 * effects: the core calls it with inputs, reads `status` and `need`, and owns every deadline and retry.
 *
 * In the core:
 * - book topic subscribed on a new socket: `reset()`; each message: `applyEvent`
 * - `need !== 'none'` and budget allows: `const epoch = beginAttempt()`, then fetch or resubscribe
 * - REST answer: `applySnapshot(snapshot, epoch, time)`; failure: `attemptFailed(epoch)`, which sets `need` again
 * - no live book 5 s after (re)subscribing: `bootstrapOverdue()`
 *
 * A `DecodeError` (numbers without a common scale) leaves the book as it was; the next message then shows the gap.
 */
export class BookState {
  readonly book: OrderBook;
  readonly #sequencing: BookSequencing;
  readonly #firstDecimals: BookDecimals;
  readonly #held: DeltaBuffer;
  readonly #strings = new ChecksumStrings();
  #status: BookStatus = 'empty';
  #need: BookNeed = 'none';
  #epoch = 0;
  /** What the attempt of this epoch is doing. */
  #inFlight: BookNeed = 'none';
  #sequence = -1;
  /** The next delta is the first after a REST snapshot. */
  #joining = false;
  #receivedTime: number | null = null;
  readonly #known: RangeWatch;
  /** A live book keeps its deltas until the snapshot that was asked for has joined. */
  #holding = false;
  /** A snapshot for a live book that is newer than our stream: joined as soon as the stream has reached it. */
  #pending: PendingSnapshot | null = null;
  #mayBeCrossed = false;
  #ignoredInRow = 0;
  readonly #counters = noCounts();

  constructor(options: BookStateOptions) {
    this.book = new OrderBook(options.decimals);
    this.#known = new RangeWatch(this.book);
    this.#sequencing = options.sequencing;
    this.#firstDecimals = options.decimals;
    this.#held = new DeltaBuffer(options.maxHeldLevels ?? defaultHeldLevels);
  }

  get status(): BookStatus {
    return this.#status;
  }

  get need(): BookNeed {
    return this.#need;
  }

  /** Rises with each attempt and each reset; answers of older ones are ignored. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Update id of the book; meaningful while live. -1 where the venue has none. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Where decoding starts: a book that is not live forgets decimals that one odd message made it take. */
  get decimals(): BookDecimals {
    return this.#status === 'live'
      ? { price: this.book.priceDecimals, size: this.book.sizeDecimals }
      : this.#firstDecimals;
  }

  /** Received time of the last message that is in the book; null before the first. */
  get receivedTime(): number | null {
    return this.#receivedTime;
  }

  /** Deltas that wait for a snapshot. */
  get heldDeltas(): number {
    return this.#held.count;
  }

  get counters(): BookCounters {
    return { ...this.#counters, overflowed: this.#counters.overflowed + this.#held.dropped };
  }

  /** Null unless live. Only levels inside may be shown, summed, consolidated or compared. */
  get knownRange(): KnownUnits | null {
    return this.#status === 'live' ? this.#known.units : null;
  }

  /** Number of levels from the best that lie inside the known range; 0 unless live. */
  knownBids(): number {
    const range = this.knownRange;
    if (range === null) return 0;
    return range.low === 0 ? this.book.bids.count : this.book.bids.countFrom(range.low);
  }

  knownAsks(): number {
    const range = this.knownRange;
    if (range === null) return 0;
    return range.high === Number.POSITIVE_INFINITY
      ? this.book.asks.count
      : this.book.asks.countFrom(range.high);
  }

  /** The venue says that the instrument is in a pre-open: its book may be crossed. */
  allowCrossed(allowed: boolean): void {
    this.#mayBeCrossed = allowed;
  }

  /** Socket lost or topic dropped: nothing of before is true any more. */
  reset(): void {
    this.#leaveLive('empty', 'none');
    this.#forgetHeld();
  }

  applyEvent(event: BookEvent, time: InputTime): BookOutcome {
    if (event.kind === 'snapshot' || this.#sequencing.bootstrap === 'everyMessage') {
      return this.#applyStreamSnapshot(event, time);
    }
    return this.#status === 'live' ? this.#applyLive(event, time) : this.#hold(event, time);
  }

  /** The core starts what `need` asks for. Returns the epoch that its answer must carry. */
  beginAttempt(): number {
    if (this.#need === 'none') return this.#epoch;
    this.#epoch += 1;
    this.#inFlight = this.#need;
    if (this.#status === 'gap') {
      this.#status = 'resyncing';
      this.#counters.resyncs += 1;
    }
    if (this.#status === 'live') this.#holding = true;
    if (this.#need === 'resubscribe') {
      this.#forgetHeld();
      if (this.#status === 'empty') this.#status = 'buffering';
    }
    this.#need = 'none';
    return this.#epoch;
  }

  applySnapshot(snapshot: BookSnapshot, epoch: number, time: InputTime): BookOutcome {
    if (epoch !== this.#epoch || this.#inFlight !== 'restSnapshot') return ignored;
    this.#inFlight = 'none';
    if (this.#status !== 'live') return this.#join(snapshot, time);
    this.#pending = {
      ...holdDelta(
        snapshot,
        { first: null, last: snapshot.lastSequence, previous: null },
        time.receivedTime,
      ),
      range: rangeOfSnapshot(snapshot),
    };
    return this.#refresh() ?? buffered;
  }

  /** The request could not be answered, or the resubscription was refused: `need` is set again. */
  attemptFailed(epoch: number): void {
    if (epoch !== this.#epoch || this.#inFlight === 'none') return;
    const failed = this.#inFlight;
    this.#inFlight = 'none';
    if (this.#status === 'live') {
      this.#watchRange();
      if (this.#need === 'none') this.#stopHolding();
      return;
    }
    this.#need = failed;
  }

  /** The venue's own snapshot did not come in time: sets `need` to the other way, or to try again. */
  bootstrapOverdue(): void {
    if (this.#status === 'live' || this.#need !== 'none') return;
    if (this.#sequencing.bootstrap === 'stream') this.#need = 'resubscribe';
    if (this.#sequencing.bootstrap === 'either') this.#need = 'restSnapshot';
  }

  save(): SavedBookState {
    return {
      book: this.book.save(),
      held: this.#held.save(),
      strings: this.#strings.save(),
      status: this.#status,
      need: this.#need,
      epoch: this.#epoch,
      inFlight: this.#inFlight,
      sequence: this.#sequence,
      joining: this.#joining,
      receivedTime: this.#receivedTime,
      pending:
        this.#pending === null
          ? null
          : { ...saveDelta(this.#pending), range: saveRange(this.#pending.range) },
      known: this.#known.save(),
      holding: this.#holding,
      mayBeCrossed: this.#mayBeCrossed,
      ignoredInRow: this.#ignoredInRow,
      counters: this.counters,
    };
  }

  restore(saved: SavedBookState): void {
    this.book.restore(saved.book);
    this.#held.restore(saved.held);
    this.#strings.restore(saved.strings);
    this.#status = saved.status;
    this.#need = saved.need;
    this.#epoch = saved.epoch;
    this.#inFlight = saved.inFlight;
    this.#sequence = saved.sequence;
    this.#joining = saved.joining;
    this.#receivedTime = saved.receivedTime;
    this.#pending =
      saved.pending === null
        ? null
        : { ...restoreDelta(saved.pending), range: restoreRange(saved.pending.range) };
    this.#known.restore(saved.known);
    this.#holding = saved.holding;
    this.#mayBeCrossed = saved.mayBeCrossed;
    this.#ignoredInRow = saved.ignoredInRow;
    Object.assign(this.#counters, saved.counters);
  }

  #applyLive(event: BookEvent, time: InputTime): BookOutcome {
    switch (this.#sequencing.check(this.#sequence, event.sequence, this.#joining)) {
      case 'ignore':
        return this.#ignore(event);
      case 'reset':
        return this.#restart();
      case 'gap':
      case 'early':
        return this.#gap('sequence', event, time);
      case 'apply':
        break;
    }
    this.book.apply(event, time.receivedTime);
    if (this.#sequencing.depth !== null) this.book.cut(this.#sequencing.depth);
    this.#strings.apply(event);
    this.#sequence = event.sequence.last;
    this.#joining = false;
    this.#ignoredInRow = 0;
    this.#receivedTime = time.receivedTime;
    this.#counters.applied += 1;
    const gap = this.#judge(event, time);
    if (gap !== null) return gap;
    if (!this.#holding) {
      this.#watchRange();
      return applied;
    }
    this.#held.push(event, time.receivedTime);
    return this.#refresh() ?? applied;
  }

  /** The venue's own snapshot replaces everything, whenever it comes. */
  #applyStreamSnapshot(event: BookEvent, time: InputTime): BookOutcome {
    const wasLive = this.#status === 'live';
    const scratch = new OrderBook(this.#firstDecimals);
    scratch.replace(event, time.receivedTime);
    if (this.#sequencing.depth !== null) scratch.cut(this.#sequencing.depth);
    this.#goLive(scratch, event.sequence.last, time.receivedTime);
    this.#known.knowEverything();
    this.#joining = false;
    this.#strings.apply(event);
    this.#counters.applied += 1;
    return this.#judge(event, time) ?? (wasLive ? applied : { type: 'live' });
  }

  /** A delta for a book that is not live. */
  #hold(event: BookEvent, time: InputTime): BookOutcome {
    const first = this.#status === 'empty';
    if (first) this.#status = 'buffering';
    if (this.#sequencing.bootstrap === 'stream') {
      this.#counters.ignored += 1;
      return ignored;
    }
    this.#held.push(event, time.receivedTime);
    const asks = first || this.#sequencing.bootstrap === 'rest';
    if (asks && this.#need === 'none' && this.#inFlight === 'none') this.#need = 'restSnapshot';
    return buffered;
  }

  #join(snapshot: BookSnapshot, time: InputTime): BookOutcome {
    const scratch = new OrderBook(this.#firstDecimals);
    const result = this.#replay(scratch, snapshot, snapshot.lastSequence, time.receivedTime);
    if (result.type === 'early') {
      this.#need = 'restSnapshot';
      return { type: 'early' };
    }
    if (result.type === 'gap') {
      this.#held.dropOldest(result.index);
      this.#counters.gaps += 1;
      this.#status = 'gap';
      this.#need = 'restSnapshot';
      return { type: 'gap', cause: 'sequence', last: result.last, received: result.received };
    }
    this.#strings.clear();
    this.#goLive(scratch, result.sequence, result.receivedTime);
    this.#joining = result.applied === 0;
    this.#counters.applied += result.applied;
    if (this.#sequencing.depth === null) this.#known.widen(rangeOfSnapshot(snapshot));
    else this.#known.knowEverything();
    if (this.book.isCrossed && !this.#mayBeCrossed) return this.#crossed();
    return { type: 'live' };
  }

  /**
   * Joins a snapshot into a live book: what lies inside the snapshot's range is taken from it and the deltas since, the
   * rest stays as told. Null while our stream has not yet reached the snapshot.
   */
  #refresh(): BookOutcome | null {
    const pending = this.#pending;
    if (pending === null || pending.sequence.last > this.#sequence) return null;
    this.#pending = null;
    const scratch = new OrderBook(this.#firstDecimals);
    const { receivedTime, sequence } = pending;
    const result = this.#replay(scratch, pending, sequence.last, receivedTime);
    if (result.type !== 'joined' || result.sequence !== this.#sequence) {
      this.#need = 'restSnapshot';
      return { type: 'early' };
    }
    const ends = rangeInUnits(pending.range, this.book.priceDecimals);
    scratch.takeOutside(this.book, ends.low, ends.high);
    this.book.adopt(scratch, true);
    this.#known.widen(pending.range);
    this.#stopHolding();
    this.#need = 'none';
    return { type: 'refreshed' };
  }

  /** Where a held delta has no scale in common with the snapshot, all that is held is given up, or no join would work. */
  #replay(
    scratch: OrderBook,
    snapshot: HeldLevels,
    lastSequence: number,
    receivedTime: number,
  ): JoinResult {
    try {
      const sequencing = this.#sequencing;
      return joinSnapshot(scratch, snapshot, lastSequence, receivedTime, this.#held, sequencing);
    } catch (error) {
      this.#stopHolding();
      this.#need = 'restSnapshot';
      throw error;
    }
  }

  #ignore(event: BookEvent): BookOutcome {
    this.#counters.ignored += 1;
    this.#ignoredInRow += 1;
    const limit = this.#joining ? maxIgnoredInRow * 12 : maxIgnoredInRow;
    if (this.#ignoredInRow <= limit) return ignored;
    return this.#leaveWithGap('sequence', event.sequence.last);
  }

  #restart(): BookOutcome {
    this.#leaveLive('resyncing', 'none');
    this.#forgetHeld();
    return { type: 'restarted' };
  }

  /** After a whole message: null when the book may stay live. */
  #judge(event: BookEvent, time: InputTime): BookOutcome | null {
    if (this.book.isCrossed && !this.#mayBeCrossed) {
      const outcome = this.#crossed();
      this.#holdFirst(event, time);
      return outcome;
    }
    if (event.checksum === null || this.#sequencing.afterApply === undefined) return null;
    const view = this.#strings.viewOf(this.book);
    if (this.#sequencing.afterApply(view, event) === 'ok') return null;
    this.#counters.checksumFailures += 1;
    return this.#leaveWithGap('checksum', this.#sequence);
  }

  #crossed(): BookOutcome {
    this.#counters.crossed += 1;
    return this.#leaveWithGap('crossed', this.#sequence);
  }

  #gap(cause: BookGapCause, event: BookEvent, time: InputTime): BookOutcome {
    this.#counters.gaps += 1;
    const outcome = this.#leaveWithGap(cause, event.sequence.last);
    this.#holdFirst(event, time);
    return outcome;
  }

  #leaveWithGap(cause: BookGapCause, received: number): BookGap {
    const last = this.#sequence;
    this.#leaveLive('gap', this.#sequencing.bootstrap === 'rest' ? 'restSnapshot' : 'resubscribe');
    this.#forgetHeld();
    return { type: 'gap', cause, last, received };
  }

  /** The message that showed the fault is the first that the next snapshot has to reach. */
  #holdFirst(event: BookEvent, time: InputTime): void {
    if (this.#sequencing.bootstrap === 'rest' && event.kind === 'delta') {
      this.#held.push(event, time.receivedTime);
    }
  }

  #goLive(scratch: OrderBook, sequence: number, receivedTime: number): void {
    this.book.adopt(scratch, this.#status === 'live');
    this.#status = 'live';
    this.#need = 'none';
    this.#epoch += 1;
    this.#inFlight = 'none';
    this.#sequence = sequence;
    this.#receivedTime = receivedTime;
    this.#ignoredInRow = 0;
    this.#pending = null;
    this.#holding = false;
    this.#known.knowNothing();
    this.#forgetHeld();
  }

  /** The levels stay for whoever shows them as outdated; nothing counts them any more. */
  #leaveLive(status: BookStatus, need: BookNeed): void {
    this.#status = status;
    this.#need = need;
    this.#epoch += 1;
    this.#inFlight = 'none';
    this.#sequence = -1;
    this.#joining = false;
    this.#ignoredInRow = 0;
    this.#known.knowNothing();
    this.#holding = false;
    this.#pending = null;
    this.#strings.clear();
  }

  #forgetHeld(): void {
    this.#counters.overflowed += this.#held.dropped;
    this.#held.clear();
  }

  #stopHolding(): void {
    this.#holding = false;
    this.#forgetHeld();
  }

  /** Asks for a wider snapshot when the best price nears the end of what is known. */
  #watchRange(): void {
    if (this.#known.isShort) this.#need = 'restSnapshot';
  }
}
