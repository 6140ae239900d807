import type { BookOutcome, SavedBookState } from '../book/bookState.ts';
import { BookState } from '../book/bookState.ts';
import { DecodeError } from '../errors.ts';
import { errorOfLostBook } from '../feed/feedErrors.ts';
import type { Stream } from '../feed/stream.ts';
import type { VenueFeed } from '../feed/venueFeed.ts';
import type { BboEvent, BookDecimals, BookEvent } from '../venues/venue.ts';
import type { MarketContext } from './marketContext.ts';

const streamSnapshotMs = 5_000;
const resubscribeSpacingMs = 2_000;
const retryBaseMs = 250;
const retryCapMs = 10_000;
/** Resubscriptions without a live book after which the socket itself is doubted. */
const maxResubscriptions = 3;

export interface BookKeeperSaved {
  readonly state: SavedBookState;
  readonly gapId: number | null;
  readonly failures: number;
  readonly resubscriptions: number;
  readonly retryAtMs: number;
  readonly everLive: boolean;
}

/** Gets one book live and keeps it so: starts what its state needs, within the pace that a venue bears. */
export class BookKeeper {
  readonly state: BookState;
  private readonly feed: VenueFeed;
  private readonly stream: Stream;
  private readonly venueSymbol: string;
  private readonly context: MarketContext;
  private gapId: number | null = null;
  private failures = 0;
  private resubscriptions = 0;
  private retryAtMs = 0;
  private everLive = false;

  constructor(
    feed: VenueFeed,
    stream: Stream,
    venueSymbol: string,
    decimals: BookDecimals,
    context: MarketContext,
  ) {
    this.feed = feed;
    this.stream = stream;
    this.venueSymbol = venueSymbol;
    this.context = context;
    this.state = new BookState({ sequencing: feed.venue.sequencing, decimals });
  }

  /** For a stream that was just opened: what it says counts once the book is live. */
  begin(): void {
    this.stream.hold('subscribing', this.context.feed);
  }

  onSubscribing(): void {
    this.state.reset();
    this.failures = 0;
    this.resubscriptions = 0;
    this.retryAtMs = 0;
    this.hold();
    this.setDeadline('streamSnapshot', this.context.feed.nowMs + streamSnapshotMs);
  }

  /** The socket is gone, or messages were missed without a sign of it. */
  onLost(cause: 'disconnect' | 'stale'): void {
    if (this.state.status === 'live') this.openGap(cause, null, null);
    this.state.reset();
    this.hold();
    this.clearDeadlines();
    if (cause === 'stale') {
      this.setDeadline('streamSnapshot', this.context.feed.nowMs + streamSnapshotMs);
    }
  }

  /** True when the book that may be shown has changed. */
  onEvent(event: BookEvent): boolean {
    return this.finish(this.state.applyEvent(event, this.context.feed.inputTime));
  }

  /** The venue's own best prices; true when they took the book out of its live state. */
  onTop(event: BboEvent): boolean {
    const outcome = this.state.applyTop(event);
    this.stream.mismatches = this.state.mismatches;
    return outcome.type === 'gap' && this.finish(outcome);
  }

  /** Body of the REST snapshot, null when the request failed. */
  onSnapshot(body: string | null, epoch: number): boolean {
    if (body === null) return this.failAttempt(epoch);
    try {
      const { book } = this.state;
      const decimals = { price: book.priceDecimals, size: book.sizeDecimals };
      const snapshot = this.feed.venue.rest.readBookSnapshot(body, decimals);
      return this.finish(this.state.applySnapshot(snapshot, epoch, this.context.feed.inputTime));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.stream.decodeErrors += 1;
      return this.failAttempt(epoch);
    }
  }

  /** The instrument's tick or lot size is another one. */
  rebuild(decimals: BookDecimals): void {
    const outcome = this.state.rebuild(decimals);
    if (outcome.type === 'restarted') this.finish(outcome);
  }

  onRetryDue(): void {
    this.pursueNeed();
  }

  /** The venue's own snapshot, or the join, did not come in time. */
  onStreamSnapshotDue(): void {
    if (this.state.status === 'live') return;
    this.state.bootstrapOverdue();
    this.setDeadline('streamSnapshot', this.context.feed.nowMs + streamSnapshotMs);
    this.pursueNeed();
  }

  close(): void {
    this.clearDeadlines();
    this.state.reset();
    if (this.gapId !== null) this.context.gaps.change(this.gapId, { to: this.context.feed.time });
    this.gapId = null;
  }

  save(): BookKeeperSaved {
    const { gapId, failures, resubscriptions, retryAtMs, everLive } = this;
    return { state: this.state.save(), gapId, failures, resubscriptions, retryAtMs, everLive };
  }

  restore(saved: BookKeeperSaved): void {
    this.state.restore(saved.state);
    this.gapId = saved.gapId;
    this.failures = saved.failures;
    this.resubscriptions = saved.resubscriptions;
    this.retryAtMs = saved.retryAtMs;
    this.everLive = saved.everLive;
  }

  private finish(outcome: BookOutcome): boolean {
    switch (outcome.type) {
      case 'applied':
      case 'refreshed':
        if (this.state.need !== 'none') this.pursueNeed();
        return true;
      case 'live':
        this.onLive();
        return true;
      case 'gap':
        this.stream.gaps += 1;
        if (outcome.cause === 'crossed') this.stream.crossed += 1;
        this.stream.mismatches = this.state.mismatches;
        this.connection().meter.counters.gaps += 1;
        this.openGap('sequence', outcome.last, outcome.received);
        this.noteLost(`${outcome.cause}: had ${outcome.last}, got ${outcome.received}`, false);
        this.hold();
        this.setDeadline('streamSnapshot', this.context.feed.nowMs + streamSnapshotMs);
        this.pursueNeed();
        return true;
      case 'restarted':
        this.noteLost('the venue began its order books anew', true);
        this.hold();
        this.setDeadline('streamSnapshot', this.context.feed.nowMs + streamSnapshotMs);
        this.pursueNeed();
        return true;
      case 'early':
        this.backOff();
        this.pursueNeed();
        return false;
      case 'buffered':
      case 'ignored':
        if (this.state.need !== 'none') this.pursueNeed();
        return false;
      default:
        return outcome satisfies never;
    }
  }

  private onLive(): void {
    this.everLive = true;
    this.failures = 0;
    this.resubscriptions = 0;
    this.retryAtMs = 0;
    this.clearDeadlines();
    this.hold();
    if (this.gapId !== null) {
      this.context.gaps.change(this.gapId, { to: this.context.feed.time, repairedBy: 'snapshot' });
      this.gapId = null;
    }
    if (this.state.need !== 'none') this.pursueNeed();
  }

  private pursueNeed(): void {
    const { need } = this.state;
    const { nowMs } = this.context.feed;
    if (need === 'none') return;
    if (nowMs < this.retryAtMs) {
      this.setDeadline('snapshot', this.retryAtMs);
      return;
    }
    if (this.gapId !== null) {
      this.stream.resyncs += 1;
      this.connection().meter.counters.resyncs += 1;
    }
    if (need === 'restSnapshot') this.fetchSnapshot();
    else this.resubscribe();
  }

  private fetchSnapshot(): void {
    const { instrument } = this.stream.definition.key;
    const request = this.feed.venue.rest.bookSnapshot(this.venueSymbol);
    const epoch = this.state.beginAttempt();
    const added =
      request !== null &&
      this.feed.rest.add({ type: 'bookSnapshot', instrument, epoch }, request, this.context.feed);
    if (!added) this.failAttempt(epoch);
  }

  private resubscribe(): void {
    this.resubscriptions += 1;
    this.state.beginAttempt();
    const { feed } = this.context;
    this.retryAtMs = feed.nowMs + resubscribeSpacingMs;
    this.setDeadline('streamSnapshot', feed.nowMs + streamSnapshotMs);
    const { topic, venue } = this.stream.definition;
    if (this.resubscriptions <= maxResubscriptions) {
      this.connection().resubscribe(topic, feed);
      return;
    }
    const error = errorOfLostBook(venue, topic, this.resubscriptions);
    this.connection().replace('book does not come back', error, feed);
  }

  private failAttempt(epoch: number): boolean {
    this.state.attemptFailed(epoch);
    this.backOff();
    this.pursueNeed();
    return false;
  }

  private backOff(): void {
    const delayMs = Math.min(retryCapMs, retryBaseMs * 2 ** Math.min(this.failures, 10));
    this.failures += 1;
    this.retryAtMs = this.context.feed.nowMs + delayMs;
  }

  private openGap(
    cause: 'sequence' | 'disconnect' | 'stale',
    last: number | null,
    received: number | null,
  ): void {
    if (this.gapId !== null) return;
    const { venue, key } = this.stream.definition;
    this.gapId = this.context.gaps.open({
      venue,
      instrument: key.instrument,
      channel: 'book',
      cause,
      from: this.state.receivedTime ?? this.context.feed.time,
      firstId: last === null || last < 0 ? null : String(last),
      lastId: received === null || received < 0 ? null : String(received),
      missing: null,
    });
  }

  private noteLost(cause: string, isRestart: boolean): void {
    if (this.everLive) this.context.incidents.onBookLost(this.stream, cause, isRestart);
  }

  private hold(): void {
    const held = this.state.status === 'live' ? null : this.everLive ? 'resyncing' : 'subscribing';
    this.stream.hold(held, this.context.feed);
  }

  private connection(): NonNullable<ReturnType<VenueFeed['connectionNamed']>> {
    const connection = this.feed.connectionNamed(this.stream.definition.connection);
    if (connection === null) throw new Error(`no connection for ${this.stream.definition.id}`);
    return connection;
  }

  private setDeadline(kind: 'snapshot' | 'streamSnapshot', due: number): void {
    const { venue, key } = this.stream.definition;
    this.context.feed.deadlines.set(kind, venue, key.instrument, due);
  }

  private clearDeadlines(): void {
    const { venue, key } = this.stream.definition;
    this.context.feed.deadlines.clear('snapshot', venue, key.instrument);
    this.context.feed.deadlines.clear('streamSnapshot', venue, key.instrument);
  }
}
