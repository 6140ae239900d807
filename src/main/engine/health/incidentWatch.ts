import type { FeedError, GapRecord } from '../../../shared/feedHealth.ts';
import type { InstrumentId } from '../../../shared/market.ts';
import type { PriceValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { FeedContext } from '../feed/feedContext.ts';
import type { Stream } from '../feed/stream.ts';
import { streamId } from '../feed/venueFeed.ts';
import type { VenueFeed } from '../feed/venueFeed.ts';
import type { IncidentFlowSaved } from './incidentFlow.ts';
import { IncidentFlow } from './incidentFlow.ts';
import type { IncidentLedgerSaved } from './incidentLedger.ts';
import { IncidentLedger } from './incidentLedger.ts';
import type { IncidentLog } from './incidentLog.ts';
import type { IncidentNotes } from './incidentNotes.ts';
import type { IncidentRecord } from './incidentRecord.ts';
import type { IncidentSpotsSaved } from './incidentSpots.ts';
import { IncidentSpots } from './incidentSpots.ts';

/** The shell ticks every 50 ms: a tick this late means that our own loop stood still. */
const blockedMs = 1_000;
/** Later than this it was no work of ours: the machine slept, or the program was stopped. */
const sleptMs = 5_000;
/** By this much the wall clock may be corrected between two ticks without a word. */
const stepMs = 1_000;

/** What the watch asks of the core around it. */
export interface IncidentSurroundings {
  readonly context: FeedContext;
  readonly feeds: ReadonlyMap<VenueId, VenueFeed>;
  /** Whether the venue has told what it lists. */
  isListed(venue: VenueId): boolean;
  /** A market that is halted or gone has nothing to say. */
  isClosed(instrument: InstrumentId): boolean;
  /** Whether somebody still tries to fill the gap. */
  isRepairing(gap: GapRecord): boolean;
  prices(): readonly PriceValue[];
  /** False: a recording, whose pauses and clock steps are not ours. */
  readonly isLive: boolean;
}

export interface IncidentWatchSaved {
  readonly ledger: IncidentLedgerSaved;
  readonly flow: IncidentFlowSaved;
  readonly spots: IncidentSpotsSaved;
}

/**
 * Makes incidents of what the parts of the core tell. Within one input it only takes notes; at its end they are read in a
 * fixed order (sockets, streams, books, gaps), so that what falls with a socket is found to be part of its incident.
 */
export class IncidentWatch implements IncidentNotes {
  private readonly around: IncidentSurroundings;
  private readonly ledger: IncidentLedger;
  private readonly flow: IncidentFlow;
  private readonly spots: IncidentSpots;
  private feedsToSee = new Set<VenueFeed>();
  private streamsToSee = new Set<Stream>();
  private booksToSee = new Map<Stream, { readonly cause: string; readonly isRestart: boolean }>();
  private gapsToSee = new Map<number, GapRecord>();
  private errorsToSee: FeedError[] = [];
  private hasNotes = false;

  constructor(log: IncidentLog, around: IncidentSurroundings) {
    const { context, feeds } = around;
    this.around = around;
    this.ledger = new IncidentLedger(log, (gap) => around.isRepairing(gap));
    this.flow = new IncidentFlow(this.ledger, context, feeds);
    this.spots = new IncidentSpots(this.ledger, context, feeds);
  }

  onConnection(feed: VenueFeed): void {
    this.feedsToSee.add(feed);
    this.hasNotes = true;
  }

  onStreamChange(stream: Stream): void {
    this.streamsToSee.add(stream);
    this.hasNotes = true;
  }

  onBookLost(stream: Stream, cause: string, isRestart: boolean): void {
    if (!this.booksToSee.has(stream)) this.booksToSee.set(stream, { cause, isRestart });
    this.hasNotes = true;
  }

  onGap(gap: GapRecord): void {
    this.gapsToSee.set(gap.id, gap);
    this.hasNotes = true;
  }

  onError(error: FeedError): void {
    this.errorsToSee.push(error);
    this.hasNotes = true;
  }

  /** Before the user's command reaches the venue. */
  excuse(feed: VenueFeed): void {
    this.flow.excuse(feed);
  }

  /** Before sockets are replaced because of it. */
  onWake(reason: string, sleptForMs: number): void {
    if (!this.around.isLive) return;
    this.flow.onWake('slept', reason, sleptForMs);
    this.hasNotes = true;
  }

  /** Time between this tick and the one before, on both clocks. */
  onTick(monotonicMs: number, wallMs: number): void {
    if (!this.around.isLive) return;
    const isSleep = monotonicMs > sleptMs;
    if (monotonicMs > blockedMs && !isSleep) {
      const text = `nothing was done for ${(monotonicMs / 1000).toFixed(1)} s`;
      this.end(this.spots.note('blocked', 'blocked', null, text, monotonicMs));
    }
    const stepped = wallMs - monotonicMs;
    if (Math.abs(stepped) > stepMs && !isSleep) this.onStep(stepped);
    this.spots.addOutTime(monotonicMs);
  }

  /** A clock that stands still while the machine sleeps shows a sleep as a jump of the other one. */
  private onStep(steppedMs: number): void {
    const seconds = (Math.abs(steppedMs) / 1000).toFixed(1);
    if (steppedMs > sleptMs) {
      const text = `this machine's clock went forward by ${seconds} s: it was set, or the machine slept`;
      this.flow.onWake('clock', text, steppedMs);
      return;
    }
    const direction = steppedMs > 0 ? 'forward' : 'back';
    const text = `this machine's clock was set ${direction} by ${seconds} s`;
    this.end(this.spots.note('clock', 'clock', null, text, 0));
  }

  /** A venue's messages are not what they were. */
  onApiChange(venue: VenueId, cause: string): void {
    this.end(this.spots.note('apiChange', `api ${venue}`, venue, cause, 0));
  }

  onOutlierPrint(venue: VenueId, cause: string): void {
    this.end(this.spots.note('outlier', `print ${venue}`, venue, cause, 0));
    this.hasNotes = true;
  }

  /** At the end of every input; `isTick`: time may have brought something to its end. */
  settle(isTick: boolean): void {
    if (!this.hasNotes && !isTick) return;
    if (isTick) {
      this.readPrices();
      this.spots.readClocks();
    }
    if (this.hasNotes) this.readNotes();
    else this.flow.judgeSuspects();
    this.flow.settle();
    if (this.ledger.isIdle) return;
    this.spots.settle((venue) => this.around.isListed(venue));
    this.endFilledGaps();
    this.ledger.settle(this.around.context.nowMs);
  }

  save(): IncidentWatchSaved {
    return { ledger: this.ledger.save(), flow: this.flow.save(), spots: this.spots.save() };
  }

  restore(saved: IncidentWatchSaved): void {
    this.ledger.restore(saved.ledger);
    this.flow.restore(saved.flow);
    this.spots.restore(saved.spots);
  }

  private readPrices(): void {
    const prices = this.around.prices();
    for (const price of prices) this.spots.onPrice(price);
    const known = new Set(prices.map(({ market }) => market));
    this.spots.forgetMarkets((market) => known.has(market));
  }

  private readNotes(): void {
    this.hasNotes = false;
    for (const feed of this.feedsToSee) this.flow.onConnection(feed);
    for (const stream of this.streamsToSee) this.readStream(stream);
    for (const [stream, { cause, isRestart }] of this.booksToSee) {
      if (this.flow.recordOf(stream) === null) this.spots.onBookLost(stream, cause, isRestart);
    }
    // Before anything ends: the message that ends a trouble is often the one that shows what it cost.
    this.flow.judgeSuspects();
    for (const gap of this.gapsToSee.values()) this.readGap(gap);
    for (const error of this.errorsToSee) this.readError(error);
    this.feedsToSee.clear();
    this.streamsToSee.clear();
    this.booksToSee.clear();
    this.gapsToSee.clear();
    this.errorsToSee = [];
  }

  private readStream(stream: Stream): void {
    const feed = this.around.feeds.get(stream.definition.venue);
    if (feed === undefined) return;
    const isMute = stream.status === 'failed' || stream.status === 'stale';
    if (isMute && this.around.isClosed(stream.definition.key.instrument)) return;
    this.flow.onStream(feed, stream);
    if (stream.status === 'failed') this.spots.onRejected(stream);
  }

  private readGap(gap: GapRecord): void {
    const known = this.ledger.ownerOf(gap);
    if (known !== null) {
      this.ledger.link(known, gap);
      return;
    }
    const feed = this.around.feeds.get(gap.venue);
    const id = streamId({ instrument: gap.instrument, channel: gap.channel, interval: null });
    const stream = feed?.streams.get(id);
    if (stream === undefined) return;
    const cause = this.flow.recordOf(stream) ?? this.ownRecordOf(gap, stream);
    if (cause !== null) this.ledger.link(cause, gap);
  }

  /** What a socket's loss or the user's pause leaves open is no incident of its own. */
  private ownRecordOf(gap: GapRecord, stream: Stream): IncidentRecord | null {
    if (gap.channel === 'book') return this.spots.bookRecordOf(stream);
    if (gap.cause === 'disconnect' || gap.cause === 'stale') return null;
    const range = gap.firstId === null ? '' : `: ids ${gap.firstId} to ${gap.lastId ?? '?'}`;
    return this.spots.onGap(stream, `${gap.cause}${range}`);
  }

  private readError(error: FeedError): void {
    const feed = this.around.feeds.get(error.venue);
    if (feed === undefined) return;
    const isKnown = this.ledger
      .runningRecords()
      .some(({ start, kind }) => start.venue === error.venue && isLimit(kind) && !isOfRest(start));
    this.spots.onError(feed, error, this.around.isListed(error.venue), isKnown);
  }

  private endFilledGaps(): void {
    for (const record of this.ledger.runningRecords()) {
      if (!record.start.key.startsWith('gap ')) continue;
      const isOpen = record
        .gapRecords()
        .some((gap) => gap.to === null || this.around.isRepairing(gap));
      if (!isOpen) this.end(record);
    }
  }

  private end(record: IncidentRecord): void {
    const { time, nowMs } = this.around.context;
    this.ledger.end(record, time, nowMs);
  }
}

function isLimit(kind: IncidentRecord['kind']): boolean {
  return kind === 'banned' || kind === 'rateLimited';
}

function isOfRest({ key }: IncidentRecord['start']): boolean {
  return key.startsWith('rest ');
}
