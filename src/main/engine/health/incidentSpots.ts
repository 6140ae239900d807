import type { FeedError } from '../../../shared/feedHealth.ts';
import type { IncidentKind } from '../../../shared/incidents.ts';
import type { InstrumentId, MarketId } from '../../../shared/market.ts';
import type { ContributorExclusion, PriceContributor, PriceValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { FeedContext } from '../feed/feedContext.ts';
import type { Stream } from '../feed/stream.ts';
import type { VenueFeed } from '../feed/venueFeed.ts';
import { describe } from './incidentFlow.ts';
import type { IncidentLedger } from './incidentLedger.ts';
import type { IncidentRecord } from './incidentRecord.ts';

const foldMs = 10_000;
/** Instruments of one venue that are struck this close together are struck by one thing. */
const togetherMs = 5_000;

type ExclusionKind = 'outlier' | 'late' | 'closed';
const exclusionKinds: readonly ExclusionKind[] = ['outlier', 'late', 'closed'];

/** Reasons of the price rule that are incidents of their own; the others follow from one that is known. */
const kindOfExclusion: Readonly<Partial<Record<ContributorExclusion, ExclusionKind>>> = {
  outlier: 'outlier',
  late: 'late',
  closed: 'closed',
};
/** Left out of the price without anything having happened to the venue. */
const noTrouble: ReadonlySet<string> = new Set(['muted', 'no-trade']);

export interface IncidentSpotsSaved {
  /** Instruments that a price has rested on, and those among them that it does without now. */
  readonly counted: readonly InstrumentId[];
  readonly out: readonly InstrumentId[];
  readonly struck: readonly (readonly [string, string])[];
}

/** Incidents of single books, streams, instruments and of a venue's REST, and who is out of a price meanwhile. */
export class IncidentSpots {
  private readonly counted = new Set<InstrumentId>();
  private readonly out = new Map<InstrumentId, VenueId>();
  /** Key of the incident by kind and instrument. */
  private readonly struck = new Map<string, string>();
  /** Prices that were looked at; what is equal needs no second look. */
  private readonly seen = new Map<MarketId, PriceValue>();
  private readonly ledger: IncidentLedger;
  private readonly context: FeedContext;
  private readonly feeds: ReadonlyMap<VenueId, VenueFeed>;

  constructor(
    ledger: IncidentLedger,
    context: FeedContext,
    feeds: ReadonlyMap<VenueId, VenueFeed>,
  ) {
    this.ledger = ledger;
    this.context = context;
    this.feeds = feeds;
  }

  /** A book lost its sequence, or a venue started its books anew. */
  onBookLost(stream: Stream, cause: string, isRestart: boolean): void {
    const { venue, key, connection, id } = stream.definition;
    const record = this.begin('resync', isRestart ? `restart ${connection}` : `book ${id}`, {
      ...{ venue, connection, cause, instrument: key.instrument, channel: key.channel },
    });
    if (record.start.instrument !== key.instrument) record.widen({ instrument: null });
    record.addStream(id);
  }

  bookRecordOf({ definition }: Stream): IncidentRecord | null {
    return (
      this.ledger.running(`book ${definition.id}`) ??
      this.ledger.running(`restart ${definition.connection}`)
    );
  }

  onRejected(stream: Stream): void {
    const { venue, key, connection, id, topic } = stream.definition;
    const cause = `${topic}: ${stream.note ?? 'refused'}`;
    const record = this.begin('rejected', `rejected ${connection}`, {
      ...{ venue, connection, cause, instrument: key.instrument, channel: key.channel },
    });
    if (record.start.instrument !== key.instrument) record.widen({ instrument: null });
    if (record.start.channel !== key.channel) record.widen({ channel: null });
    record.addStream(id);
    record.tried();
  }

  onGap(stream: Stream, cause: string): IncidentRecord {
    const { venue, key, connection, id } = stream.definition;
    return this.begin('gap', `gap ${id}`, {
      ...{ venue, connection, cause, instrument: key.instrument, channel: key.channel },
    });
  }

  /** `isKnown`: a socket of the venue is down, and says the same. */
  onError(feed: VenueFeed, error: FeedError, isListed: boolean, isKnown: boolean): void {
    const cause = describe(error.code, error.detail);
    const venue = feed.venue.id;
    const where = { venue, connection: null, cause, instrument: null, channel: null };
    if (error.type === 'rate-limit' && feed.rest.isFrozen(this.context.nowMs)) {
      if (isKnown) return;
      const isBan = error.code === '418' || error.code === '403';
      this.begin(isBan ? 'banned' : 'rateLimited', `rest ${venue}`, where).tried();
      return;
    }
    // Without its list nothing of a venue is connected: what fails is the request for it.
    if (!isListed && feed.connections.length === 0) {
      this.begin('unreachable', `list ${venue}`, where).tried();
    }
  }

  /** Something that has happened and is over: a step of a clock, a block of our own. */
  note(
    kind: IncidentKind,
    key: string,
    venue: VenueId | null,
    cause: string,
    lastedMs: number,
  ): IncidentRecord {
    const { time, nowMs } = this.context;
    const record = this.ledger.begin({
      ...{ key, kind, venue, cause, foldMs },
      ...{ instrument: null, channel: null, connection: null },
      from: time - lastedMs,
      fromMs: nowMs - lastedMs,
    });
    return record;
  }

  /** A venue whose messages contradict its own clock, until it has told its time again. */
  readClocks(): void {
    for (const [venue, { clock }] of this.feeds) {
      const running = this.ledger.running(`clock ${venue}`);
      const isOff = clock.isOff(this.context.nowMs);
      if (!isOff && running !== null) {
        this.ledger.end(running, this.context.time, this.context.nowMs);
      }
      if (!isOff) continue;
      const where = { venue, instrument: null, channel: null, connection: null };
      const cause = causeOfClock(clock.strayMs);
      const record = running ?? this.begin('clock', `clock ${venue}`, { ...where, cause });
      if (clock.strayMs !== 0) record.explain(cause);
    }
  }

  onPrice(price: PriceValue): void {
    if (this.seen.get(price.market) === price) return;
    this.seen.set(price.market, price);
    for (const contributor of price.contributors) this.onContributor(contributor);
  }

  /** Prices that nobody computes any more say nothing. */
  forgetMarkets(isKnown: (market: MarketId) => boolean): void {
    for (const [market, price] of this.seen) {
      if (isKnown(market)) continue;
      this.seen.delete(market);
      for (const { instrument } of price.contributors) this.forgetInstrument(instrument);
    }
  }

  /** Adds the time since the last tick to the incidents that keep their venue out of a price. */
  addOutTime(elapsedMs: number): void {
    if (this.out.size === 0) return;
    for (const record of this.ledger.runningRecords()) {
      if (this.isOut(record)) record.addOut(elapsedMs);
    }
  }

  settle(isListed: (venue: VenueId) => boolean): void {
    const { time, nowMs } = this.context;
    for (const record of this.ledger.runningRecords()) {
      const [word = ''] = record.start.key.split(' ');
      const isOver = this.isOver(word, record, isListed);
      if (isOver) this.ledger.end(record, time, nowMs);
    }
  }

  save(): IncidentSpotsSaved {
    return { counted: [...this.counted], out: [...this.out.keys()], struck: [...this.struck] };
  }

  restore(saved: IncidentSpotsSaved): void {
    this.counted.clear();
    this.out.clear();
    this.seen.clear();
    this.struck.clear();
    for (const [name, key] of saved.struck) this.struck.set(name, key);
    for (const id of saved.counted) this.counted.add(id);
    for (const id of saved.out) {
      const feed = [...this.feeds.keys()].find((venue) => id.startsWith(`${venue}:`));
      if (feed !== undefined) this.out.set(id, feed);
    }
  }

  private onContributor({ venue, instrument, exclusion }: PriceContributor): void {
    const kind = exclusion === null ? undefined : kindOfExclusion[exclusion];
    // Who is late or off and then not heard at all has not come back.
    const isBack = exclusion === null || noTrouble.has(exclusion);
    for (const other of exclusionKinds) {
      if (isBack || (other === 'closed' && kind !== 'closed')) this.release(other, instrument);
    }
    if (exclusion === null) {
      this.counted.add(instrument);
      this.out.delete(instrument);
      return;
    }
    if (!this.counted.has(instrument)) return;
    if (noTrouble.has(exclusion)) this.out.delete(instrument);
    else this.out.set(instrument, venue);
    if (kind !== undefined) this.strike(kind, venue, instrument);
  }

  private strike(kind: ExclusionKind, venue: VenueId, instrument: InstrumentId): void {
    const name = `${kind} ${instrument}`;
    if (this.struck.has(name)) return;
    const record =
      this.besideOf(kind, venue) ??
      this.begin(kind, name, {
        ...{ venue, instrument, channel: null, connection: null },
        cause: causeOfExclusion[kind],
      });
    if (record.start.instrument !== instrument) record.widen({ instrument: null });
    this.struck.set(name, record.start.key);
  }

  private release(kind: ExclusionKind, instrument: InstrumentId): void {
    const name = `${kind} ${instrument}`;
    const key = this.struck.get(name);
    if (key === undefined) return;
    this.struck.delete(name);
    if ([...this.struck.values()].includes(key)) return;
    const record = this.ledger.running(key);
    if (record !== null) this.ledger.end(record, this.context.time, this.context.nowMs);
  }

  /** A venue that is late is so as a whole; what else strikes several of its instruments does it at once. */
  private besideOf(kind: ExclusionKind, venue: VenueId): IncidentRecord | null {
    const { nowMs } = this.context;
    for (const record of this.ledger.runningRecords()) {
      if (record.kind !== kind || record.start.venue !== venue) continue;
      if (kind === 'late' || nowMs - record.start.fromMs <= togetherMs) return record;
    }
    return null;
  }

  private forgetInstrument(instrument: InstrumentId): void {
    this.counted.delete(instrument);
    this.out.delete(instrument);
    for (const kind of exclusionKinds) this.release(kind, instrument);
  }

  private isOut({ start }: IncidentRecord): boolean {
    if (start.instrument !== null) return this.out.has(start.instrument);
    if (start.venue === null) return true;
    for (const venue of this.out.values()) if (venue === start.venue) return true;
    return false;
  }

  private isOver(
    word: string,
    record: IncidentRecord,
    isListed: (venue: VenueId) => boolean,
  ): boolean {
    const { venue } = record.start;
    const feed = venue === null ? undefined : this.feeds.get(venue);
    switch (word) {
      case 'book':
      case 'restart':
        return this.streamsOf(record).every(({ isFresh }) => isFresh);
      case 'rejected':
        return this.streamsOf(record).every(({ status }) => status !== 'failed');
      case 'rest':
        return feed === undefined || !feed.rest.isFrozen(this.context.nowMs);
      case 'list':
        return venue === null || isListed(venue);
      default:
        return false;
    }
  }

  private streamsOf(record: IncidentRecord): readonly Stream[] {
    const feed = record.start.venue === null ? undefined : this.feeds.get(record.start.venue);
    return [...record.streams].flatMap((id) => feed?.streams.get(id) ?? []);
  }

  private begin(
    kind: IncidentKind,
    key: string,
    where: Pick<
      IncidentRecord['start'],
      'venue' | 'instrument' | 'channel' | 'connection' | 'cause'
    >,
  ): IncidentRecord {
    const { time, nowMs } = this.context;
    return this.ledger.begin({ key, kind, ...where, from: time, fromMs: nowMs, foldMs });
  }
}

function causeOfClock(strayMs: number): string {
  if (strayMs === 0) return 'its times went back or lay in the future: order is by arrival and id';
  const seconds = (Math.abs(strayMs) / 1000).toFixed(0);
  return `its clock is ${seconds} s ${strayMs > 0 ? 'ahead' : 'behind'}: its times are set right by that`;
}

const causeOfExclusion: Readonly<Record<ExclusionKind, string>> = {
  outlier: 'more than 2 % from the middle of the venues',
  late: 'its events arrive long after their own time',
  closed: 'trading was halted or the market was delisted',
};
