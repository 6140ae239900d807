import type { BookStatus } from '../../../shared/feedHealth.ts';
import type { InputTime } from '../inputs.ts';
import type {
  BboEvent,
  BookDecimals,
  BookEvent,
  BookSequencing,
  BookSnapshot,
} from '../venues/venue.ts';
import { BookAttempts } from './bookAttempts.ts';
import { BookJudge } from './bookJudge.ts';
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
import type { HeldLevels } from './deltaBuffer.ts';
import { DeltaBuffer } from './deltaBuffer.ts';
import type { KnownUnits } from './knownRange.ts';
import { rangeInUnits, rangeOfSnapshot } from './knownRange.ts';
import { LiveRefresh } from './liveRefresh.ts';
import { OrderBook } from './orderBook.ts';
import { RangeWatch } from './rangeWatch.ts';
import type { JoinResult } from './snapshotJoin.ts';
import { joinSnapshot } from './snapshotJoin.ts';
import { TopCheck } from './topCheck.ts';

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
  #firstDecimals: BookDecimals;
  readonly #held: DeltaBuffer;
  readonly #attempts = new BookAttempts();
  readonly #judge: BookJudge;
  readonly #known: RangeWatch;
  readonly #live = new LiveRefresh();
  readonly #top = new TopCheck();
  #status: BookStatus = 'empty';
  #sequence = -1;
  /** The next delta is the first after a REST snapshot. */
  #joining = false;
  #receivedTime: number | null = null;
  #ignoredInRow = 0;
  readonly #counters = noCounts();

  constructor(options: BookStateOptions) {
    this.book = new OrderBook(options.decimals);
    this.#known = new RangeWatch(this.book);
    this.#sequencing = options.sequencing;
    this.#judge = new BookJudge(options.sequencing);
    this.#firstDecimals = options.decimals;
    this.#held = new DeltaBuffer(options.maxHeldLevels ?? defaultHeldLevels);
  }

  get status(): BookStatus {
    return this.#status;
  }

  get need(): BookNeed {
    return this.#attempts.need;
  }

  /** Rises with each attempt and each reset; answers of older ones are ignored. */
  get epoch(): number {
    return this.#attempts.epoch;
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

  /** How often it differed from the venue's own best prices. */
  get mismatches(): number {
    return this.#counters.mismatches;
  }

  /** Null unless live. Only levels inside may be shown, summed, consolidated or compared. */
  get knownRange(): KnownUnits | null {
    return this.#status === 'live' ? this.#known.units : null;
  }

  /** Number of levels from the best that lie inside the known range; 0 unless live. */
  knownBids(): number {
    return this.#status === 'live' ? this.#known.bids : 0;
  }

  knownAsks(): number {
    return this.#status === 'live' ? this.#known.asks : 0;
  }

  /** The venue says that the instrument is in a pre-open: its book may be crossed. */
  allowCrossed(allowed: boolean): void {
    this.#judge.allowCrossed(allowed);
  }

  /** Socket lost or topic dropped: nothing of before is true any more. */
  reset(): void {
    this.#leaveLive('empty', 'none');
    this.#forgetHeld();
  }

  /** The instrument's metadata changed: what is live starts again from a new snapshot, without an alarm. */
  rebuild(decimals: BookDecimals): BookOutcome {
    this.#firstDecimals = decimals;
    if (this.#status !== 'live') return ignored;
    this.#leaveLive('resyncing', this.#resyncNeed);
    this.#forgetHeld();
    return { type: 'restarted' };
  }

  applyEvent(event: BookEvent, time: InputTime): BookOutcome {
    if (event.kind === 'snapshot' || this.#sequencing.bootstrap === 'everyMessage') {
      return this.#applyStreamSnapshot(event, time);
    }
    return this.#status === 'live' ? this.#applyLive(event, time) : this.#hold(event, time);
  }

  /** The venue's own best prices, of another stream: a live book that differs from them at equal ids is not live. */
  applyTop(event: BboEvent): BookOutcome {
    if (this.#status !== 'live') return ignored;
    if (!this.#top.hear(event, this.book, this.#sequence)) return ignored;
    return this.#mismatch() ?? ignored;
  }

  /** The core starts what `need` asks for. Returns the epoch that its answer must carry. */
  beginAttempt(): number {
    const started = this.#attempts.begin();
    if (started === 'none') return this.#attempts.epoch;
    if (this.#status === 'gap') {
      this.#status = 'resyncing';
      this.#counters.resyncs += 1;
    }
    if (this.#status === 'live') this.#live.begin();
    if (started === 'resubscribe') {
      this.#forgetHeld();
      if (this.#status === 'empty') this.#status = 'buffering';
    }
    return this.#attempts.epoch;
  }

  applySnapshot(snapshot: BookSnapshot, epoch: number, time: InputTime): BookOutcome {
    if (!this.#attempts.takeSnapshot(epoch)) return ignored;
    if (this.#status !== 'live') return this.#join(snapshot, time);
    this.#live.offer(snapshot, time.receivedTime);
    return this.#refresh() ?? buffered;
  }

  /** The request could not be answered, or the resubscription was refused: `need` is set again. */
  attemptFailed(epoch: number): void {
    const failed = this.#attempts.takeFailure(epoch);
    if (failed === 'none') return;
    if (this.#status === 'live') {
      this.#watchRange();
      if (this.need === 'none') this.#stopHolding();
      return;
    }
    this.#attempts.ask(failed);
  }

  /** The venue's own snapshot did not come in time: sets `need` to the other way, or to try again. */
  bootstrapOverdue(): void {
    if (this.#status === 'live' || this.need !== 'none') return;
    if (this.#sequencing.bootstrap === 'stream') this.#attempts.ask('resubscribe');
    if (this.#sequencing.bootstrap === 'either') this.#attempts.ask('restSnapshot');
  }

  save(): SavedBookState {
    return {
      book: this.book.save(),
      held: this.#held.save(),
      firstDecimals: this.#firstDecimals,
      status: this.#status,
      ...this.#attempts.save(),
      ...this.#judge.save(),
      ...this.#live.save(),
      sequence: this.#sequence,
      joining: this.#joining,
      receivedTime: this.#receivedTime,
      known: this.#known.save(),
      top: this.#top.save(),
      ignoredInRow: this.#ignoredInRow,
      counters: this.counters,
    };
  }

  restore(saved: SavedBookState): void {
    this.book.restore(saved.book);
    this.#held.restore(saved.held);
    this.#firstDecimals = saved.firstDecimals;
    this.#status = saved.status;
    this.#attempts.restore(saved);
    this.#judge.restore(saved);
    this.#live.restore(saved);
    this.#sequence = saved.sequence;
    this.#joining = saved.joining;
    this.#receivedTime = saved.receivedTime;
    this.#known.restore(saved.known);
    this.#top.restore(saved.top);
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
    this.#judge.hear(event);
    this.#sequence = event.sequence.last;
    this.#joining = false;
    this.#ignoredInRow = 0;
    this.#receivedTime = time.receivedTime;
    this.#counters.applied += 1;
    const gap = this.#gapAfter(event, time);
    if (gap !== null) return gap;
    if (!this.#live.isHolding) {
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
    this.#judge.hear(event);
    this.#counters.applied += 1;
    return this.#gapAfter(event, time) ?? (wasLive ? applied : { type: 'live' });
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
    if (asks && this.#attempts.isIdle) this.#attempts.ask('restSnapshot');
    return buffered;
  }

  #join(snapshot: BookSnapshot, time: InputTime): BookOutcome {
    const scratch = new OrderBook(this.#firstDecimals);
    const result = this.#replay(scratch, snapshot, snapshot.lastSequence, time.receivedTime);
    if (result.type === 'early') {
      this.#attempts.ask('restSnapshot');
      return { type: 'early' };
    }
    if (result.type === 'gap') {
      this.#held.dropOldest(result.index);
      this.#counters.gaps += 1;
      this.#status = 'gap';
      this.#attempts.ask('restSnapshot');
      return { type: 'gap', cause: 'sequence', last: result.last, received: result.received };
    }
    this.#judge.forget();
    this.#goLive(scratch, result.sequence, result.receivedTime);
    this.#joining = result.applied === 0;
    this.#counters.applied += result.applied;
    if (this.#sequencing.depth === null) this.#known.widen(rangeOfSnapshot(snapshot));
    else this.#known.knowEverything();
    if (this.#judge.isWronglyCrossed(this.book)) return this.#crossed();
    return { type: 'live' };
  }

  /**
   * Joins a snapshot into a live book: what lies inside the snapshot's range is taken from it and the deltas since, the
   * rest stays as told. Null while our stream has not yet reached the snapshot.
   */
  #refresh(): BookOutcome | null {
    const pending = this.#live.takeReached(this.#sequence);
    if (pending === null) return null;
    const scratch = new OrderBook(this.#firstDecimals);
    const { receivedTime, sequence } = pending;
    const result = this.#replay(scratch, pending, sequence.last, receivedTime);
    if (result.type !== 'joined' || result.sequence !== this.#sequence) {
      this.#attempts.ask('restSnapshot');
      return { type: 'early' };
    }
    const ends = rangeInUnits(pending.range, this.book.priceDecimals);
    scratch.takeOutside(this.book, ends.low, ends.high);
    this.book.adopt(scratch, true);
    this.#known.widen(pending.range);
    this.#stopHolding();
    this.#attempts.ask('none');
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
      this.#attempts.ask('restSnapshot');
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
  #gapAfter(event: BookEvent, time: InputTime): BookOutcome | null {
    if (this.#judge.isWronglyCrossed(this.book)) {
      const outcome = this.#crossed();
      this.#holdFirst(event, time);
      return outcome;
    }
    if (this.#judge.hasWrongChecksum(this.book, event)) {
      this.#counters.checksumFailures += 1;
      return this.#leaveWithGap('checksum', this.#sequence);
    }
    const gap = this.#top.reach(this.#sequence, this.book) ? this.#mismatch() : null;
    if (gap !== null) this.#holdFirst(event, time);
    return gap;
  }

  /** The book differed: null while it may have been by chance. */
  #mismatch(): BookOutcome | null {
    this.#counters.mismatches += 1;
    return this.#top.isDoubtful ? this.#leaveWithGap('mismatch', this.#sequence) : null;
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
    this.#leaveLive('gap', this.#resyncNeed);
    this.#forgetHeld();
    return { type: 'gap', cause, last, received };
  }

  get #resyncNeed(): BookNeed {
    return this.#sequencing.bootstrap === 'rest' ? 'restSnapshot' : 'resubscribe';
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
    this.#attempts.supersede('none');
    this.#sequence = sequence;
    this.#receivedTime = receivedTime;
    this.#ignoredInRow = 0;
    this.#live.clear();
    this.#top.forget();
    this.#known.knowNothing();
    this.#forgetHeld();
  }

  /** The levels stay for whoever shows them as outdated; nothing counts them any more. */
  #leaveLive(status: BookStatus, need: BookNeed): void {
    this.#status = status;
    this.#attempts.supersede(need);
    this.#sequence = -1;
    this.#joining = false;
    this.#ignoredInRow = 0;
    this.#known.knowNothing();
    this.#live.clear();
    this.#top.forget();
    this.#judge.forget();
  }

  #forgetHeld(): void {
    this.#counters.overflowed += this.#held.dropped;
    this.#held.clear();
  }

  #stopHolding(): void {
    this.#live.stopHolding();
    this.#forgetHeld();
  }

  /** Asks for a wider snapshot when the best price nears the end of what is known. */
  #watchRange(): void {
    if (this.#known.isShort) this.#attempts.ask('restSnapshot');
  }
}
