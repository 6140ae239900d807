import type { StreamChannel, StreamStatus } from '../../../shared/feedHealth.ts';
import { streamStatusOrder } from '../../../shared/feedHealth.ts';
import type { CandleInterval, EpochMs, Instrument, InstrumentId } from '../../../shared/market.ts';
import { candleIntervalMs } from '../../../shared/market.ts';
import type { TradeValue } from '../../../shared/values.ts';
import type { ClosedCandle, SavedCandleBuilder } from '../candles/candleBuilder.ts';
import { CandleBuilder } from '../candles/candleBuilder.ts';
import type { PricePart } from '../consolidated/computePrice.ts';
import { formatUnits, significantDecimals } from '../decimal.ts';
import type { WantedCandles } from '../engineCommand.ts';
import type { Stream } from '../feed/stream.ts';
import type { VenueFeed } from '../feed/venueFeed.ts';
import type {
  BboEvent,
  BookDecimals,
  CandleEvent,
  MarketDataEvent,
  TickerEvent,
  VenueCandle,
} from '../venues/venue.ts';
import type { BookKeeperSaved } from './bookKeeper.ts';
import { BookKeeper } from './bookKeeper.ts';
import type { MarketContext } from './marketContext.ts';
import { isOutlierPrint } from './outlierPrint.ts';
import type { QuoteSaved } from './quote.ts';
import { Quote } from './quote.ts';
import type { TickerSaved } from './ticker.ts';
import { Ticker } from './ticker.ts';
import type { TradeKeeperSaved } from './tradeKeeper.ts';
import { TradeKeeper } from './tradeKeeper.ts';

const keptCandles = 500;

/** What an instrument tells its market. */
export interface InstrumentOwner {
  /** Consolidated price of its market; null while none is fresh. */
  marketPrice(): number | null;
  /** Whether what a connection carries is seconds old. */
  isLate(connection: string): boolean;
  /** Something that the consolidated price rests on has changed. */
  onPriceChange(state: InstrumentState): void;
  onTrade(state: InstrumentState, trade: TradeValue, late: boolean): void;
  /** One of its candles closed, or a closed one was corrected. */
  onClosedCandle(state: InstrumentState, interval: CandleInterval, openTime: EpochMs): void;
}

export interface InstrumentSaved {
  readonly quote: QuoteSaved;
  readonly ticker: TickerSaved;
  readonly candles: SavedCandleBuilder;
  readonly lastTrade: TradeValue | null;
  readonly trades: TradeKeeperSaved | null;
  readonly book: BookKeeperSaved | null;
}

/** Everything known of one instrument at one venue, fed by its streams and the REST answers about it. */
export class InstrumentState {
  instrument: Instrument;
  readonly feed: VenueFeed;
  readonly quote = new Quote();
  readonly ticker = new Ticker();
  readonly candles = new CandleBuilder({ intervals: [], keep: keptCandles });
  readonly streams = new Map<StreamChannel, Stream>();
  readonly candleStreams = new Map<CandleInterval, Stream>();
  trades: TradeKeeper | null = null;
  book: BookKeeper | null = null;
  /** The newest by the venue's time; a repaired trade of before does not take its place. */
  lastTrade: TradeValue | null = null;
  private readonly context: MarketContext;
  private readonly owner: InstrumentOwner;

  constructor(
    instrument: Instrument,
    feed: VenueFeed,
    context: MarketContext,
    owner: InstrumentOwner,
  ) {
    this.instrument = instrument;
    this.feed = feed;
    this.context = context;
    this.owner = owner;
  }

  get id(): InstrumentId {
    return this.instrument.id;
  }

  get decimals(): BookDecimals {
    return decimalsOf(this.instrument);
  }

  /** Takes charge of a stream that was opened for it. */
  adopt(stream: Stream): void {
    const { channel, interval } = stream.definition.key;
    const { venueSymbol } = this.instrument;
    if (channel === 'candle') {
      if (interval !== null && !this.candleStreams.has(interval)) {
        this.candleStreams.set(interval, stream);
        this.candles.addInterval(interval);
      }
      return;
    }
    if (this.streams.has(channel)) return;
    this.streams.set(channel, stream);
    if (channel === 'trade') {
      this.trades = new TradeKeeper(this.feed, stream, venueSymbol, this.context, {
        isOutlier: (price) => this.isOutlier(price),
        onTrade: (trade, late) => this.onTrade(trade, late),
      });
    }
    if (channel === 'book') {
      this.book = new BookKeeper(this.feed, stream, venueSymbol, this.decimals, this.context);
      this.book.state.allowCrossed(this.instrument.tradingStatus === 'preopen');
    }
  }

  setInstrument(instrument: Instrument): void {
    const before = this.instrument;
    this.instrument = instrument;
    const isOtherGrid =
      before.tickSize !== instrument.tickSize || before.lotSize !== instrument.lotSize;
    if (isOtherGrid) this.rebuildBook();
    this.book?.state.allowCrossed(instrument.tradingStatus === 'preopen');
    this.owner.onPriceChange(this);
  }

  onEvent(stream: Stream, event: MarketDataEvent): void {
    const { hub, feed } = this.context;
    const { market, venue } = this.instrument;
    switch (event.type) {
      case 'trade':
        this.trades?.onEvent(event);
        return;
      case 'bbo':
        if (!this.quote.apply(event, feed.time)) return;
        hub.onDirty('quote', market, venue);
        this.checkBook(event);
        this.owner.onPriceChange(this);
        return;
      case 'book': {
        const before = stream.status;
        if (this.book?.onEvent(event) === true) hub.onDirty('book', market, venue);
        if (stream.status !== before) this.onStreamChange(stream);
        return;
      }
      case 'ticker':
        this.applyTicker(event, 'stream');
        return;
      case 'candle':
        this.applyCandle(event);
        return;
      case 'other':
        return;
      default:
        event satisfies never;
    }
  }

  onStreamChange(stream: Stream): void {
    const { hub, incidents } = this.context;
    incidents.onStreamChange(stream);
    const { market, venue } = this.instrument;
    const { channel } = stream.definition.key;
    if (channel === 'book') hub.onDirty('book', market, venue);
    if (channel === 'bbo') hub.onDirty('quote', market, venue);
    if (channel === 'ticker') hub.onDirty('ticker', market, venue);
    this.owner.onPriceChange(this);
  }

  onLost(stream: Stream, cause: 'disconnect' | 'stale' | 'decode'): void {
    const { channel } = stream.definition.key;
    if (cause === 'decode') {
      if (channel === 'trade') this.trades?.onRefused();
      return;
    }
    if (channel === 'trade') this.trades?.onLost(cause);
    if (channel === 'bbo') this.quote.onLost();
    if (channel === 'ticker') this.ticker.onLost();
    if (channel === 'book') {
      this.book?.onLost(cause);
      this.onStreamChange(stream);
    }
  }

  /** The stream was opened by this engine, not restored. */
  onOpened(stream: Stream): void {
    if (stream.definition.key.channel === 'book') this.book?.begin();
    if (stream.definition.key.channel === 'ticker') this.fetchTicker();
  }

  onSubscribing(stream: Stream): void {
    if (stream.definition.key.channel === 'book') this.book?.onSubscribing();
  }

  onSubscribed(stream: Stream): void {
    const { channel, interval } = stream.definition.key;
    if (channel === 'trade') this.trades?.onSubscribed();
    if (channel === 'candle' && interval !== null) this.refillCandles(interval);
  }

  onClosed(stream: Stream): void {
    const { channel, interval } = stream.definition.key;
    if (channel === 'candle') {
      if (interval === null) return;
      this.candleStreams.delete(interval);
      this.candles.removeInterval(interval);
      return;
    }
    this.streams.delete(channel);
    if (channel === 'book') {
      this.book?.close();
      this.book = null;
    }
    if (channel === 'trade') {
      this.trades?.close();
      this.trades = null;
    }
    this.owner.onPriceChange(this);
  }

  applyTicker(event: TickerEvent, origin: 'stream' | 'rest'): void {
    if (!this.ticker.apply(event, origin, this.context.feed.time)) return;
    this.context.hub.onDirty('ticker', this.instrument.market, this.instrument.venue);
    this.owner.onPriceChange(this);
  }

  applyCandle(event: CandleEvent): void {
    const { market, venue } = this.instrument;
    this.publishClosed(this.candles.applyVenue(event));
    this.context.hub.onDirty('candle', market, venue);
  }

  /** Closes the candles that have ended, for markets without trades. */
  onTick(): void {
    if (this.candles.intervals.length === 0) return;
    const closed = this.candles.closeUntil(this.feed.venueTime);
    if (closed.length === 0) return;
    const { market, venue } = this.instrument;
    this.publishClosed(closed);
    this.context.hub.onDirty('candle', market, venue);
  }

  /** The venue's clock was found to be off, or is right again: then its own bars are asked for. */
  onClock(): void {
    const { clock } = this.feed;
    const { feed, hub } = this.context;
    this.candles.distrust(this.feed.venueTime);
    hub.onDirty('candle', this.instrument.market, this.instrument.venue);
    if (clock.strayMs !== 0) return;
    const from = this.feed.venueTime - (feed.nowMs - clock.straySinceMs);
    for (const interval of this.candleStreams.keys()) {
      this.refillCandles(interval, from - candleIntervalMs[interval]);
    }
  }

  /** Starts bars of an interval, from trades where the venue has no stream of it. */
  wantInterval(interval: CandleInterval): void {
    this.candles.addInterval(interval);
  }

  /** Ends bars that nobody wants and that no stream feeds; those with a stream end with it. */
  dropIntervals(wanted: readonly WantedCandles[]): void {
    const { market, venue } = this.instrument;
    for (const interval of this.candles.intervals) {
      if (this.candleStreams.has(interval)) continue;
      const isWanted = wanted.some(
        (each) =>
          each.market === market &&
          (each.venue === venue || each.venue === null) &&
          each.interval === interval,
      );
      if (!isWanted) this.candles.removeInterval(interval);
    }
  }

  /** Bars of the venue's history that have ended, as its stream would have sent them; none from before ours began. */
  applyRestCandles(interval: CandleInterval, history: readonly VenueCandle[]): void {
    const { id, venueSymbol } = this.instrument;
    const stream = this.candleStreams.get(interval);
    const first = this.candles.candles(interval).at(0);
    if (stream === undefined || first === undefined || this.feed.clock.strayMs !== 0) return;
    const endedBy = this.feed.venueTime - candleIntervalMs[interval];
    for (const candle of history) {
      if (candle.openTime < first.openTime || candle.openTime > endedBy) continue;
      this.applyCandle({
        type: 'candle',
        instrument: id,
        venueSymbol,
        topic: stream.definition.topic,
        channel: 'candle',
        venueTime: null,
        interval,
        venueInterval: interval,
        candle: { ...candle, closed: true },
      });
    }
  }

  /** Worst status of the streams that carry its price; a book that lost its sequence speaks against them too. */
  get priceStatus(): StreamStatus {
    const bookStatus = this.book?.state.status;
    if (bookStatus === 'gap' || bookStatus === 'resyncing') return 'resyncing';
    return worstOf([this.streamStatus('bbo'), this.streamStatus('trade')]);
  }

  streamStatus(channel: StreamChannel): StreamStatus {
    return this.streams.get(channel)?.status ?? 'subscribing';
  }

  get isClosed(): boolean {
    return this.instrument.tradingStatus === 'closed';
  }

  isLate(channel: StreamChannel): boolean {
    const stream = this.streams.get(channel);
    return stream !== undefined && this.owner.isLate(stream.definition.connection);
  }

  get isConnected(): boolean {
    const stream = this.streams.get('bbo') ?? this.streams.get('trade');
    if (stream === undefined) return this.feed.isConnected;
    const connection = this.feed.connectionNamed(stream.definition.connection);
    return connection !== null && connection.openSockets().length > 0;
  }

  /** Figures of a stream that has stopped weigh nothing; before it has spoken, those of REST do. */
  private get isTickerDoubtful(): boolean {
    const status = this.streamStatus('ticker');
    return status === 'stale' || status === 'failed';
  }

  pricePart(muted: boolean): PricePart {
    const last = this.lastTrade;
    const lastTrade = last === null ? this.ticker.last : last.priceUnits / 10 ** last.priceDecimals;
    const quoteTime = this.quote.receivedTime;
    const tradeTime = last?.receivedTime ?? null;
    return {
      venue: this.instrument.venue,
      instrument: this.id,
      status: this.priceStatus,
      connected: this.isConnected,
      closed: this.isClosed,
      late: this.isLate('bbo') || this.isLate('trade'),
      muted,
      bid: this.quote.bid,
      ask: this.quote.ask,
      lastTrade,
      priceDecimals: this.decimals.price,
      receivedTime: newer(quoteTime, tradeTime),
      statistics: this.isTickerDoubtful ? null : this.ticker.statistics,
    };
  }

  save(): InstrumentSaved {
    return {
      quote: this.quote.save(),
      ticker: this.ticker.save(),
      candles: this.candles.save(),
      lastTrade: this.lastTrade,
      trades: this.trades?.save() ?? null,
      book: this.book?.save() ?? null,
    };
  }

  /** After its streams were adopted. */
  restore(saved: InstrumentSaved): void {
    this.quote.restore(saved.quote);
    this.ticker.restore(saved.ticker);
    this.candles.restore(saved.candles);
    this.lastTrade = saved.lastTrade;
    if (saved.trades !== null) this.trades?.restore(saved.trades);
    if (saved.book !== null) this.book?.restore(saved.book);
  }

  private onTrade(trade: TradeValue, late: boolean): void {
    const { hub } = this.context;
    const { market, venue } = this.instrument;
    hub.onTrade(market, trade);
    if (trade.outlier) {
      const price = formatUnits(trade.priceUnits, trade.priceDecimals);
      this.context.incidents.onOutlierPrint(venue, `${market} was printed at ${price}`);
    }
    // By arrival: the venue's clock may have been set back. What comes late has its place by its time.
    const isNewest = !trade.late || trade.venueTime >= (this.lastTrade?.venueTime ?? 0);
    if (isNewest) this.lastTrade = trade;
    if (this.candles.intervals.length > 0) {
      this.publishClosed(this.candles.addTrade(trade));
      hub.onDirty('candle', market, venue);
    }
    this.owner.onTrade(this, trade, late);
  }

  private isOutlier(price: number): boolean {
    const isFresh = this.streams.get('bbo')?.isFresh === true;
    return isOutlierPrint(price, {
      bid: isFresh ? this.quote.bid : null,
      ask: isFresh ? this.quote.ask : null,
      consolidated: this.owner.marketPrice(),
    });
  }

  /** Levels of the former tick or lot size are not those of now. */
  private rebuildBook(): void {
    const stream = this.streams.get('book');
    if (stream === undefined || this.book === null) return;
    this.book.rebuild(this.decimals);
    this.onStreamChange(stream);
  }

  private checkBook(event: BboEvent): void {
    const stream = this.streams.get('book');
    if (stream === undefined || this.book?.onTop(event) !== true) return;
    this.onStreamChange(stream);
  }

  private publishClosed(closed: readonly ClosedCandle[]): void {
    const { market, venue } = this.instrument;
    for (const { interval, candle } of closed) {
      this.context.hub.onClosedCandle({ market, venue, interval, candle });
      this.owner.onClosedCandle(this, interval, candle.openTime);
    }
  }

  /** A first picture before the stream speaks. */
  private fetchTicker(): void {
    const request = this.feed.venue.rest.ticker(this.instrument.venueSymbol);
    this.feed.rest.add({ type: 'ticker', instrument: this.id }, request, this.context.feed);
  }

  /** Bars that closed while nobody listened. */
  private refillCandles(interval: CandleInterval, sinceTime = Infinity): void {
    const { rest } = this.feed.venue;
    const last = this.candles.candles(interval).at(-1);
    if (last === undefined) return;
    const request = rest.candles({
      venueSymbol: this.instrument.venueSymbol,
      interval,
      from: Math.min(last.openTime, sinceTime),
      before: null,
      limit: Math.min(rest.maxCandles, keptCandles),
    });
    if (request === null) return;
    const purpose = { type: 'candles', instrument: this.id, interval } as const;
    this.feed.rest.add(purpose, request, this.context.feed);
  }
}

/** Asked for with every frame: the texts of a listing are read once. */
const decimalsByListing = new WeakMap<Instrument, BookDecimals>();

export function decimalsOf(instrument: Instrument): BookDecimals {
  const known = decimalsByListing.get(instrument);
  if (known !== undefined) return known;
  const decimals = {
    price: significantDecimals(instrument.tickSize),
    size: significantDecimals(instrument.lotSize),
  };
  decimalsByListing.set(instrument, decimals);
  return decimals;
}

export function worstOf(statuses: readonly StreamStatus[]): StreamStatus {
  let worst = 0;
  for (const status of statuses) worst = Math.max(worst, streamStatusOrder.indexOf(status));
  return streamStatusOrder[worst] ?? 'failed';
}

function newer(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.max(a, b);
}
