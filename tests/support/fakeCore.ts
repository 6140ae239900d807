import type { CoreListener, CoreView } from '../../src/main/engine/coreView.ts';
import type { SessionTally } from '../../src/main/engine/health/sessionTally.ts';
import type { BookRequest, DirtyKind } from '../../src/main/engine/coreView.ts';
import type { FeedHealth, GapRecord, StreamStatus } from '../../src/shared/feedHealth.ts';
import type { Incident } from '../../src/shared/incidents.ts';
import type { CandleInterval, MarketId } from '../../src/shared/market.ts';
import { candleIntervalMs, defaultMarkets, instrumentId } from '../../src/shared/market.ts';
import type {
  BookRow,
  BookView,
  CandleUpdate,
  PriceContributor,
  PriceValue,
  QuoteValue,
  TickerValue,
  TradeValue,
} from '../../src/shared/values.ts';
import type { VenueId } from '../../src/shared/venues.ts';
import { venueIds } from '../../src/shared/venues.ts';
import { Random } from '../shared/randomValues.ts';

const priceDecimals = 2;
const sizeDecimals = 4;
const startPrices = [64_000, 3_100, 150, 580, 0.55 * 100, 14, 45, 28, 15, 7];
const keptTrades = 2000;

/** A core without an engine behind it: values are plausible and change when a test or a demo says so. */
export class FakeCore implements CoreView {
  readonly #now: () => number;
  readonly #random: Random;
  readonly #listeners = new Set<CoreListener>();
  readonly #mids = new Map<MarketId, number>();
  readonly #trades = new Map<MarketId, TradeValue[]>();
  readonly #candles = new Map<string, CandleUpdate>();
  readonly #statuses = new Map<VenueId, StreamStatus>();
  readonly #bookSequences = new Map<string, number>();
  #gaps: GapRecord[] = [];
  #incidents: Incident[] = [];
  /** What a test changes in the plausible health. */
  healthChange: (health: FeedHealth) => FeedHealth = (health) => health;
  #ordinal = 0;
  sequence = 0;
  /** How often a ladder was cut: only windows that may send should ask for one. */
  bookViews = 0;

  constructor(now: () => number, seed = 1) {
    this.#now = now;
    this.#random = new Random(seed);
    defaultMarkets.forEach((market, index) => {
      this.#mids.set(market, Math.round((startPrices[index] ?? 1) * 100));
    });
  }

  get time(): number {
    return this.#now();
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  listen(listener: CoreListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** One random change, as a frame of some venue would bring. */
  step(markets: readonly MarketId[] = defaultMarkets): void {
    const market = this.#random.of(markets);
    const venue = this.#random.of(venueIds);
    const draw = this.#random.next();
    if (draw < 0.25) this.trade(market, venue);
    else if (draw < 0.7) this.dirty('book', market, venue);
    else if (draw < 0.95) this.moveQuote(market, venue);
    else this.dirty('ticker', market, venue);
  }

  trade(market: MarketId, venue: VenueId = 'binance'): TradeValue {
    this.sequence++;
    this.#ordinal++;
    const trade: TradeValue = {
      type: 'trade',
      ordinal: this.#ordinal,
      instrument: instrumentId(venue, market),
      id: String(1_000_000 + this.#ordinal),
      side: this.#random.chance(0.5) ? 'buy' : 'sell',
      priceUnits: this.#mid(market) + this.#random.below(3) - 1,
      priceDecimals,
      sizeUnits: 1 + Math.floor(100 / (0.001 + this.#random.next())),
      sizeDecimals,
      venueTime: this.#now() - 20,
      receivedTime: this.#now(),
      late: false,
      outlier: false,
    };
    const trades = this.#trades.get(market) ?? [];
    this.#trades.set(market, trades);
    trades.push(trade);
    if (trades.length > keptTrades * 2) trades.splice(0, keptTrades);
    for (const listener of this.#listeners) listener.onTrade(market, trade);
    this.dirty('price', market, venue);
    this.#tradeCandles(market, venue, trade);
    return trade;
  }

  moveQuote(market: MarketId, venue: VenueId = 'binance'): void {
    this.#mids.set(market, Math.max(100, this.#mid(market) + this.#random.below(5) - 2));
    this.dirty('quote', market, venue);
    this.dirty('price', market, venue);
  }

  dirty(kind: DirtyKind, market: MarketId, venue: VenueId | null): void {
    this.sequence++;
    if (kind === 'book' && venue !== null) {
      const instrument = instrumentId(venue, market);
      this.#bookSequences.set(instrument, (this.#bookSequences.get(instrument) ?? 0) + 1);
    }
    for (const listener of this.#listeners) listener.onDirty(kind, market, venue);
  }

  setVenueStatus(venue: VenueId, status: StreamStatus): void {
    this.#statuses.set(venue, status);
    for (const market of this.#mids.keys()) {
      for (const kind of ['price', 'quote', 'ticker', 'book'] as const) {
        this.dirty(kind, market, venue);
      }
    }
  }

  gap(gap: GapRecord): void {
    this.sequence++;
    this.#gaps = [...this.#gaps.filter((held) => held.id !== gap.id), gap];
    for (const listener of this.#listeners) listener.onGap(gap);
  }

  incident(incident: Incident): void {
    this.sequence++;
    this.#incidents = [...this.#incidents.filter((held) => held.id !== incident.id), incident];
    for (const listener of this.#listeners) listener.onIncident(incident);
  }

  closeCandle(market: MarketId, venue: VenueId | null, interval: CandleInterval): CandleUpdate {
    const open =
      this.openCandle(market, venue, interval) ?? this.#freshCandle(market, venue, interval);
    const closed = { ...open, candle: { ...open.candle, closed: true } };
    const nextOpen = open.candle.openTime + candleIntervalMs[interval];
    const next = { ...open, candle: { ...open.candle, openTime: nextOpen, trades: 0 } };
    this.#candles.set(candleKey(market, venue, interval), next);
    for (const listener of this.#listeners) listener.onClosedCandle(closed);
    this.dirty('candle', market, venue);
    return closed;
  }

  /** A venue's own closed candle, later than the first trade of the next one. */
  lateClose(update: CandleUpdate): void {
    for (const listener of this.#listeners) listener.onClosedCandle(update);
  }

  priceOf(market: MarketId): PriceValue {
    const contributors = venueIds.map((venue) => this.#contributor(market, venue));
    const fresh = contributors.filter((contributor) => contributor.exclusion === null);
    return {
      market,
      price: this.#mid(market) / 100,
      priceDecimals,
      status: fresh.length >= 3 ? 'live' : fresh.length === 2 ? 'degraded' : 'stale',
      receivedTime: this.#now(),
      contributors: contributors.map((contributor) => ({
        ...contributor,
        weight: contributor.exclusion === null ? 1 / fresh.length : 0,
      })),
      equalWeights: false,
      venueSpreadBps: 0.4,
      change24hAbs: 12.5,
      change24hPct: 0.02,
      high24h: this.#mid(market) / 98,
      low24h: this.#mid(market) / 102,
      volume24hBase: 12_345.6,
      volume24hQuote: 790_000_000,
      statsVenues: [...venueIds],
    };
  }

  quoteTimeOf(): number | null {
    return this.#now() - 20;
  }

  quotesOf(market: MarketId): readonly QuoteValue[] {
    return venueIds.map((venue, index) => ({
      instrument: instrumentId(venue, market),
      bidUnits: this.#mid(market) - 1 - index,
      bidSizeUnits: 12_000 + index,
      askUnits: this.#mid(market) + 1 + index,
      askSizeUnits: 9_000 + index,
      priceDecimals,
      sizeDecimals,
      receivedTime: this.#now(),
      status: this.#status(venue),
    }));
  }

  tickersOf(market: MarketId): readonly TickerValue[] {
    return venueIds.map((venue) => ({
      instrument: instrumentId(venue, market),
      last: this.#mid(market) / 100,
      open24h: this.#mid(market) / 101,
      high24h: this.#mid(market) / 98,
      low24h: this.#mid(market) / 102,
      volume24hBase: 4_000,
      volume24hQuote: 250_000_000,
      receivedTime: this.#now(),
      status: this.#status(venue),
    }));
  }

  bookView(request: BookRequest): BookView {
    this.bookViews++;
    const { market } = request;
    const parts = venueIds
      .filter((venue) => request.venue === null || request.venue === venue)
      .filter((venue) => !request.muted.includes(venue))
      .map((venue, index) => ({
        venue,
        instrument: instrumentId(venue, market),
        status: this.#status(venue) === 'live' ? ('live' as const) : ('resyncing' as const),
        streamStatus: this.#status(venue),
        sequence: this.#bookSequences.get(instrumentId(venue, market)) ?? 0,
        receivedTime: this.#now(),
        counted: this.#status(venue) === 'live',
        bestBidUnits: this.#mid(market) - 1 - index,
        bestAskUnits: this.#mid(market) + 1 + index,
        note: this.#status(venue) === 'live' ? null : 'resyncing, attempt 1',
      }));
    const rows = (direction: 1 | -1): BookRow[] =>
      Array.from({ length: request.rows }, (_, index) => ({
        priceUnits: Math.max(1, this.#mid(market) + direction * (index + 1)),
        sizeUnits: parts.map((part, at) => (part.counted ? 1000 + index * 37 + at * 11 : 0)),
        changedTime: parts.map((part) => (part.counted ? this.#now() - index * 40 : 0)),
      }));
    return {
      market,
      venue: request.venue,
      priceDecimals,
      sizeDecimals,
      groupUnits: 1,
      parts,
      bids: rows(-1),
      asks: rows(1),
      crossedUnits: null,
    };
  }

  openCandle(
    market: MarketId,
    venue: VenueId | null,
    interval: CandleInterval,
  ): CandleUpdate | null {
    return this.#candles.get(candleKey(market, venue, interval)) ?? null;
  }

  recentTrades(market: MarketId, limit: number): readonly TradeValue[] {
    return (this.#trades.get(market) ?? []).slice(-limit);
  }

  gaps(): readonly GapRecord[] {
    return this.#gaps;
  }

  incidents(): readonly Incident[] {
    return this.#incidents;
  }

  health(): FeedHealth {
    const connections = venueIds.map((venue) => ({
      connection: `${venue}#1`,
      venue,
      status: this.#status(venue) === 'live' ? ('live' as const) : ('reconnecting' as const),
      reason: this.#status(venue) === 'live' ? null : ('backoff' as const),
      since: this.#now() - 60_000,
      openedTime: this.#now() - 60_000,
      nextAttemptTime: null,
      attempt: 0,
      roundTripMs: 12,
      clockOffsetMs: 3,
      clockErrorMs: 0.5,
      circuit: 'closed' as const,
      messagesPerSec: 420,
      bytesPerSec: 90_000,
      messages: this.sequence,
      bytes: this.sequence * 200,
      sent: 12,
      decodeErrors: 0,
      gaps: 0,
      resyncs: 0,
      reconnects: 0,
      lastReceivedTime: this.#now(),
      lastError: null,
      budgets: [{ name: 'connects', used: 1, limit: 300, windowMs: 300_000 }],
    }));
    const streams = venueIds.flatMap((venue) =>
      defaultMarkets.flatMap((market) =>
        (['trade', 'book', 'bbo', 'ticker'] as const).map((channel) => ({
          connection: `${venue}#1`,
          venue,
          instrument: instrumentId(venue, market),
          channel,
          topic: `${market.toLowerCase()}@${channel}`,
          status: this.#status(venue),
          since: this.#now() - 60_000,
          messagesPerSec: 11.5,
          messages: this.sequence,
          lastReceivedTime: this.#now(),
          silenceLimitMs: 1500,
          lagP50Ms: 12.25,
          lagP99Ms: 48.5,
          gaps: 0,
          resyncs: 0,
          decodeErrors: 0,
          crossed: 0,
          mismatches: 0,
          oddTimes: 0,
          next: null,
          note: null,
        })),
      ),
    );
    return this.healthChange({
      time: this.#now(),
      connections,
      streams,
      errors: [],
      apiChanges: [],
      messagesPerSec: 1260,
      gapsTotal: this.#gaps.length,
      gapsRepaired: 0,
      resyncsTotal: 0,
      reconnectsTotal: 0,
      decodeErrorsTotal: 0,
      sizes: { bookLevels: 0, heldUpdates: 0, trades: 0, gaps: 0, incidents: 0, requests: 0 },
    });
  }

  tally(): SessionTally {
    const none = { count: 0, p50Ms: null, p99Ms: null, maxMs: null };
    return {
      ...{ time: this.#now(), roundTrip: none, lag: none },
      ...{ venues: [], connections: [], streams: [] },
    };
  }

  coverageOf(): readonly [] {
    return [];
  }

  clockOf(): null {
    return null;
  }

  instrumentsOf(): readonly [] {
    return [];
  }

  instrument(): null {
    return null;
  }

  markets(): readonly MarketId[] {
    return [...this.#mids.keys()];
  }

  #tradeCandles(market: MarketId, venue: VenueId, trade: TradeValue): void {
    for (const owner of [venue, null]) {
      for (const interval of ['1s', '1m', '5m'] as const) {
        const held = this.openCandle(market, owner, interval);
        const base = held ?? this.#freshCandle(market, owner, interval);
        const price = trade.priceUnits / 100;
        const { candle } = base;
        this.#candles.set(candleKey(market, owner, interval), {
          ...base,
          candle: {
            ...candle,
            high: Math.max(candle.high, price),
            low: Math.min(candle.low, price),
            close: price,
            volume: candle.volume + trade.sizeUnits / 10_000,
            trades: candle.trades + 1,
          },
        });
        const end = candle.openTime + candleIntervalMs[interval];
        if (this.#now() >= end) this.closeCandle(market, owner, interval);
      }
      this.dirty('candle', market, owner);
    }
  }

  #freshCandle(market: MarketId, venue: VenueId | null, interval: CandleInterval): CandleUpdate {
    const price = this.#mid(market) / 100;
    const stepMs = candleIntervalMs[interval];
    return {
      market,
      venue,
      interval,
      candle: {
        openTime: Math.floor(this.#now() / stepMs) * stepMs,
        open: price,
        high: price,
        low: price,
        close: price,
        volume: 0,
        quoteVolume: 0,
        trades: 0,
        closed: false,
        origin: venue === null ? 'consolidated' : 'venue',
      },
    };
  }

  #contributor(market: MarketId, venue: VenueId): PriceContributor {
    const status = this.#status(venue);
    const price = this.#mid(market) / 100;
    return {
      venue,
      instrument: instrumentId(venue, market),
      price,
      priceDecimals,
      bid: price - 0.01,
      ask: price + 0.01,
      lastTrade: price,
      weight: 0,
      exclusion: status === 'live' ? null : 'stale',
      status,
      receivedTime: this.#now(),
      volume24hQuote: 250_000_000,
    };
  }

  #mid(market: MarketId): number {
    return this.#mids.get(market) ?? 10_000;
  }

  #status(venue: VenueId): StreamStatus {
    return this.#statuses.get(venue) ?? 'live';
  }
}

function candleKey(market: MarketId, venue: VenueId | null, interval: CandleInterval): string {
  return `${market} ${venue ?? '*'} ${interval}`;
}
