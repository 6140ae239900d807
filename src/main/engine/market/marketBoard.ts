import type { Instrument, InstrumentId, MarketId } from '../../../shared/market.ts';
import { instrumentId, parseInstrumentId } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { Deadline } from '../deadlines.ts';
import type { EngineCommand, WantedCandles } from '../engineCommand.ts';
import { DecodeError } from '../errors.ts';
import { errorOfBody } from '../feed/feedErrors.ts';
import type { RestTask } from '../feed/restQueue.ts';
import type { Stream } from '../feed/stream.ts';
import type { VenueFeed, VenueFeedListener } from '../feed/venueFeed.ts';
import { streamId } from '../feed/venueFeed.ts';
import type { InstrumentRegistry } from '../instruments.ts';
import type { BookDecimals, MarketDataEvent, StreamKey } from '../venues/venue.ts';
import type { InstrumentSaved } from './instrumentState.ts';
import { InstrumentState, decimalsOf } from './instrumentState.ts';
import type { LatenessSaved } from './lateness.ts';
import { Lateness } from './lateness.ts';
import type { MarketContext } from './marketContext.ts';
import type { MarketSaved, PriceSettings } from './marketState.ts';
import { MarketState } from './marketState.ts';
import { judgeProbe, probeRequest } from './probes.ts';

type Want = Omit<Extract<EngineCommand, { type: 'want' }>, 'type'>;

export interface MarketBoardSaved {
  readonly want: Want;
  readonly settings: PriceSettings;
  readonly instruments: readonly (readonly [InstrumentId, InstrumentSaved])[];
  readonly markets: readonly MarketSaved[];
  readonly lateness: LatenessSaved;
  readonly askedMs: readonly (readonly [VenueId, number])[];
}

/** Lists are long: how often one is fetched anew because of a stream that is refused, or that is silent. */
const refusedPauseMs = 60_000;
const silentPauseMs = 600_000;

const noDecimals: BookDecimals = { price: 0, size: 0 };

/** All markets that anybody wants, with their instruments: opens and releases streams, and takes what they bring. */
export class MarketBoard implements VenueFeedListener {
  readonly markets = new Map<MarketId, MarketState>();
  readonly instruments = new Map<InstrumentId, InstrumentState>();
  settings: PriceSettings = { priceSource: 'lastTrade', mutedVenues: [] };
  private readonly feeds: ReadonlyMap<VenueId, VenueFeed>;
  private readonly registry: InstrumentRegistry;
  private readonly context: MarketContext;
  private readonly onInstrumentsStale: (feed: VenueFeed) => void;
  private readonly lateness = new Lateness();
  /** When a venue was last asked for its list because a stream had gone silent. */
  private readonly askedMs = new Map<VenueId, number>();
  private want: Want = { markets: [], books: [], candles: [] };

  constructor(
    feeds: ReadonlyMap<VenueId, VenueFeed>,
    registry: InstrumentRegistry,
    context: MarketContext,
    onInstrumentsStale: (feed: VenueFeed) => void,
  ) {
    this.feeds = feeds;
    this.registry = registry;
    this.context = context;
    this.onInstrumentsStale = onInstrumentsStale;
  }

  setWant(want: Want): void {
    this.want = want;
    this.applyWant();
  }

  configure(settings: PriceSettings): void {
    this.settings = settings;
    for (const market of this.markets.values()) market.onPriceChange();
  }

  /** A venue's list is new or has changed. */
  onInstruments(venue: VenueId): void {
    for (const instrument of this.registry.ofVenue(venue)) {
      this.instruments.get(instrument.id)?.setInstrument(instrument);
    }
    this.applyWant();
  }

  /** The venue's clock was found to be off, or is right again. */
  onClock(feed: VenueFeed): void {
    for (const state of this.instruments.values()) if (state.feed === feed) state.onClock();
  }

  onTick(): void {
    for (const market of this.markets.values()) market.onTick();
    for (const state of this.instruments.values()) state.onTick();
  }

  onDeadline({ kind, subject }: Deadline): void {
    const state = this.stateNamed(subject);
    if (state === null) return;
    if (kind === 'trades') state.trades?.onRetryDue();
    const { book } = state;
    if (book === null) return;
    if (kind === 'snapshot') book.onRetryDue();
    if (kind === 'streamSnapshot') book.onStreamSnapshotDue();
  }

  /** `body` null: the request failed. False when the purpose is not about a market. */
  onRest(feed: VenueFeed, { purpose }: RestTask, body: string | null): boolean {
    if (purpose.type === 'instruments' || purpose.type === 'serverTime') return false;
    if (purpose.type === 'probe') {
      this.onProbe(feed, purpose.stream, body);
      return true;
    }
    const state = this.instruments.get(purpose.instrument);
    if (state === undefined) return true;
    if (purpose.type === 'bookSnapshot') this.onSnapshot(state, body, purpose.epoch);
    if (purpose.type === 'trades') state.trades?.onRefill(body, purpose);
    if (body === null) return true;
    try {
      const { rest } = feed.venue;
      if (purpose.type === 'ticker') {
        const { venueSymbol } = state.instrument;
        state.applyTicker(rest.readTicker(body, venueSymbol, state.id), 'rest');
      }
      if (purpose.type === 'candles') {
        state.applyRestCandles(purpose.interval, rest.readCandles(body, purpose.interval));
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.context.feed.report(errorOfBody(feed.venue.id, error, purpose.type));
    }
    return true;
  }

  onEvent(stream: Stream, event: MarketDataEvent): void {
    const state = this.instruments.get(stream.definition.key.instrument);
    if (state === undefined) return;
    this.judgeLateness(state.feed, stream, event);
    state.onEvent(stream, event);
  }

  onStreamChange(stream: Stream): void {
    const state = this.instruments.get(stream.definition.key.instrument);
    if (state === undefined) return;
    state.onStreamChange(stream);
    this.doubtListing(state.feed, stream);
  }

  onLost(stream: Stream, cause: 'disconnect' | 'stale' | 'decode'): void {
    if (cause === 'disconnect') this.lateness.forget(stream.definition.connection);
    this.instruments.get(stream.definition.key.instrument)?.onLost(stream, cause);
  }

  onSubscribing(stream: Stream): void {
    this.instruments.get(stream.definition.key.instrument)?.onSubscribing(stream);
  }

  onSubscribed(stream: Stream): void {
    this.instruments.get(stream.definition.key.instrument)?.onSubscribed(stream);
  }

  onClosed(stream: Stream): void {
    const state = this.instruments.get(stream.definition.key.instrument);
    if (state === undefined) return;
    state.onClosed(stream);
    const { market } = state.instrument;
    if (state.streams.size > 0 || this.want.markets.includes(market)) return;
    this.instruments.delete(state.id);
    this.linkMarket(market);
  }

  onConnection(feed: VenueFeed): void {
    this.context.incidents.onConnection(feed);
    for (const state of this.instruments.values()) {
      if (state.feed === feed) this.markets.get(state.instrument.market)?.onPriceChange();
    }
  }

  onInstrumentNotice(feed: VenueFeed): void {
    this.onInstrumentsStale(feed);
  }

  onApiChange(feed: VenueFeed, cause: string): void {
    this.context.incidents.onApiChange(feed.venue.id, cause);
  }

  decimalsOf(instrument: InstrumentId): BookDecimals {
    const listed = this.registry.get(instrument);
    return listed === null ? noDecimals : decimalsOf(listed);
  }

  probe(feed: VenueFeed, stream: Stream): boolean {
    const state = this.instruments.get(stream.definition.key.instrument);
    const request = state === undefined ? null : probeRequest(state, stream);
    if (request === null || feed.rest.isFrozen(this.context.feed.nowMs)) return false;
    const purpose = { type: 'probe', stream: stream.definition.id } as const;
    return feed.rest.add(purpose, request, this.context.feed);
  }

  save(): MarketBoardSaved {
    return {
      want: this.want,
      settings: this.settings,
      instruments: [...this.instruments].map(([id, state]) => [id, state.save()]),
      markets: [...this.markets.values()].map((market) => market.save()),
      lateness: this.lateness.save(),
      askedMs: [...this.askedMs],
    };
  }

  /** After registry and feeds were restored. */
  restore(saved: MarketBoardSaved): void {
    this.want = saved.want;
    this.settings = saved.settings;
    this.lateness.restore(saved.lateness);
    this.askedMs.clear();
    for (const [venue, askedMs] of saved.askedMs) this.askedMs.set(venue, askedMs);
    this.instruments.clear();
    this.markets.clear();
    for (const [id, each] of saved.instruments) {
      const instrument = this.registry.get(id);
      const feed = instrument === null ? undefined : this.feeds.get(instrument.venue);
      if (instrument === null || feed === undefined) continue;
      const state = this.createInstrument(instrument, feed);
      for (const stream of feed.streams.list()) {
        if (stream.definition.key.instrument === id) state.adopt(stream);
      }
      state.restore(each);
    }
    for (const each of saved.markets) {
      this.linkMarket(each.market);
      this.markets.get(each.market)?.restore(each);
    }
    this.linkIntervals();
  }

  /** A connection fell seconds behind, or caught up: its venue leaves or joins the consolidated views in this call. */
  private judgeLateness(feed: VenueFeed, stream: Stream, event: MarketDataEvent): void {
    const { nowMs } = this.context.feed;
    const { clock } = feed;
    const venueNow = clock.venueTime(nowMs) === null ? null : clock.reachedTime(nowMs);
    if (venueNow === null || !this.lateness.hear(stream, event, venueNow, nowMs)) return;
    const { connection } = stream.definition;
    for (const state of this.instruments.values()) {
      for (const each of state.streams.values()) {
        if (each.definition.connection === connection) state.onStreamChange(each);
      }
    }
  }

  /** A refused or silent stream may be that of an instrument that is halted or gone: only the venue's list tells. */
  private doubtListing(feed: VenueFeed, { status, definition }: Stream): void {
    const pauseMs = status === 'failed' ? refusedPauseMs : silentPauseMs;
    const isSilent = status === 'quiet' && definition.key.channel === 'bbo';
    if (status !== 'failed' && !isSilent) return;
    const { nowMs } = this.context.feed;
    const askedMs = this.askedMs.get(feed.venue.id) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - askedMs < pauseMs) return;
    this.askedMs.set(feed.venue.id, nowMs);
    this.onInstrumentsStale(feed);
  }

  private onSnapshot(state: InstrumentState, body: string | null, epoch: number): void {
    const stream = state.streams.get('book');
    if (state.book === null || stream === undefined) return;
    const before = stream.status;
    const { market, venue } = state.instrument;
    if (state.book.onSnapshot(body, epoch)) this.context.hub.onDirty('book', market, venue);
    if (stream.status !== before) state.onStreamChange(stream);
  }

  private onProbe(feed: VenueFeed, name: string, body: string | null): void {
    const stream = feed.streams.get(name);
    const state = stream && this.instruments.get(stream.definition.key.instrument);
    if (stream === undefined || state === undefined) return;
    feed.onVerdict(name, body === null ? 'unanswered' : judgeProbe(state, stream, body));
  }

  private applyWant(): void {
    const wanted = new Set<string>();
    for (const market of this.want.markets) {
      const channels = this.want.books.includes(market)
        ? (['trade', 'bbo', 'ticker', 'book'] as const)
        : (['trade', 'bbo', 'ticker'] as const);
      for (const instrument of this.registry.ofMarket(market)) {
        const state = this.stateOf(instrument);
        if (state === null || instrument.tradingStatus === 'closed') continue;
        for (const channel of channels) {
          this.open(state, { instrument: instrument.id, channel, interval: null }, wanted);
        }
      }
      this.linkMarket(market);
    }
    this.openCandles(wanted);
    for (const feed of this.feeds.values()) {
      for (const id of feed.streams.ids()) if (!wanted.has(id)) feed.releaseStream(id);
      feed.pump();
    }
  }

  private openCandles(wanted: Set<string>): void {
    for (const state of this.instruments.values()) state.dropIntervals(this.want.candles);
    for (const { market, venue, interval } of this.want.candles) {
      for (const instrument of this.registry.ofMarket(market)) {
        if (venue !== null && venue !== instrument.venue) continue;
        const state = this.stateOf(instrument);
        if (state === null || instrument.tradingStatus === 'closed') continue;
        state.wantInterval(interval);
        this.open(state, { instrument: instrument.id, channel: 'candle', interval }, wanted);
      }
    }
    this.linkIntervals();
  }

  private linkIntervals(): void {
    for (const market of this.markets.values()) {
      market.candleIntervals = consolidatedIntervals(this.want.candles, market.market);
    }
  }

  private open(state: InstrumentState, key: StreamKey, wanted: Set<string>): void {
    const id = streamId(key);
    const isNew = !state.feed.streams.has(id);
    const stream = state.feed.openStream(key, state.instrument, (opened) => state.adopt(opened));
    if (stream === null) return;
    wanted.add(id);
    if (isNew) state.onOpened(stream);
  }

  private stateOf(instrument: Instrument): InstrumentState | null {
    const known = this.instruments.get(instrument.id);
    if (known !== undefined) return known;
    const feed = this.feeds.get(instrument.venue);
    return feed === undefined ? null : this.createInstrument(instrument, feed);
  }

  private createInstrument(instrument: Instrument, feed: VenueFeed): InstrumentState {
    const state = new InstrumentState(instrument, feed, this.context, {
      isLate: (connection) => this.lateness.isLate(connection),
      marketPrice: () => this.markets.get(instrument.market)?.freshPrice ?? null,
      onPriceChange: () => this.markets.get(instrument.market)?.onPriceChange(),
      onTrade: () => this.markets.get(instrument.market)?.onPriceChange(),
      onClosedCandle: (_state, interval, openTime) =>
        this.markets.get(instrument.market)?.onClosedCandle(interval, openTime),
    });
    this.instruments.set(instrument.id, state);
    return state;
  }

  /** Brings the market's list of instruments up to date; forgets a market without any that nobody wants. */
  private linkMarket(market: MarketId): void {
    const states: InstrumentState[] = [];
    for (const { id } of this.registry.ofMarket(market)) {
      const state = this.instruments.get(id);
      if (state !== undefined) states.push(state);
    }
    if (states.length === 0 && !this.want.markets.includes(market)) {
      this.markets.delete(market);
      return;
    }
    let state = this.markets.get(market);
    if (state === undefined) {
      state = new MarketState(market, this.context, () => this.settings);
      this.markets.set(market, state);
    }
    state.instruments = states;
    state.onPriceChange();
  }

  private stateNamed(subject: string): InstrumentState | null {
    const parts = parseInstrumentId(subject);
    if (parts === null) return null;
    return this.instruments.get(instrumentId(parts.venue, parts.market)) ?? null;
  }
}

function consolidatedIntervals(
  candles: readonly WantedCandles[],
  market: MarketId,
): ReadonlySet<WantedCandles['interval']> {
  const own = candles.filter((each) => each.venue === null && each.market === market);
  return new Set(own.map(({ interval }) => interval));
}
