import type { FeedHealth, GapRecord } from '../../shared/feedHealth.ts';
import type { Incident } from '../../shared/incidents.ts';
import type {
  CandleInterval,
  EpochMs,
  Instrument,
  InstrumentId,
  MarketId,
} from '../../shared/market.ts';
import type {
  BookView,
  CandleUpdate,
  CoverageSpan,
  PriceValue,
  QuoteValue,
  TickerValue,
  TradeValue,
} from '../../shared/values.ts';
import type { VenueId } from '../../shared/venues.ts';
import type { SessionTally } from './health/sessionTally.ts';

/** State that changes in place, latest wins; the reader fetches the value when it has room for it. */
export type DirtyKind = 'price' | 'quote' | 'ticker' | 'book' | 'candle';

/**
 * Told during `core.handle`, in the order of things. A listener only takes notes: it must neither call back into
 * `handle` nor throw. Events are values of their own and may be kept.
 */
export interface CoreListener {
  /** Once per trade of a market; `trade.ordinal` counts the engine's trades, a session numbers its own. */
  onTrade(market: MarketId, trade: TradeValue): void;
  onClosedCandle(update: CandleUpdate): void;
  /** A gap record was opened, or one of the same id was closed or repaired. */
  onGap(gap: GapRecord): void;
  /** An incident began, or one of the same id changed. */
  onIncident(incident: Incident): void;
  /** `venue` null: only the consolidated value changed. A change of one venue also changes the market's consolidation. */
  onDirty(kind: DirtyKind, market: MarketId, venue: VenueId | null): void;
}

export interface VenueClock {
  readonly time: EpochMs;
  /** 0 while it is believed. */
  readonly strayMs: number;
}

export interface BookRequest {
  readonly market: MarketId;
  /** Null: consolidated. */
  readonly venue: VenueId | null;
  /** Row height as a decimal string; `0` is the finest tick. */
  readonly group: string;
  readonly rows: number;
  readonly muted: readonly VenueId[];
}

/** All that delivery and commands read of a running core. Reading changes nothing. */
export interface CoreView {
  /** Inputs handled so far: the engine sequence of a batch. */
  readonly sequence: number;
  /** `receivedTime` of the last input. */
  readonly time: EpochMs;
  /** Returns its unsubscribe. */
  listen(listener: CoreListener): () => void;
  priceOf(market: MarketId): PriceValue;
  /** One per venue that lists the market, in the order of `venues`. */
  quotesOf(market: MarketId): readonly QuoteValue[];
  /** The venue's own time of its best bid and ask; null where it sends none. */
  quoteTimeOf(market: MarketId, venue: VenueId): EpochMs | null;
  tickersOf(market: MarketId): readonly TickerValue[];
  bookView(request: BookRequest): BookView;
  /** Null until anything is known of the series. */
  openCandle(
    market: MarketId,
    venue: VenueId | null,
    interval: CandleInterval,
  ): CandleUpdate | null;
  /** Oldest first, over all venues. */
  recentTrades(market: MarketId, limit: number): readonly TradeValue[];
  /** Newest last, bounded. */
  gaps(): readonly GapRecord[];
  /** Newest last, bounded. */
  incidents(): readonly Incident[];
  health(): FeedHealth;
  /** Figures of the whole session. */
  tally(): SessionTally;
  /** Whose data covers the time from `from` on, per venue that lists the market. */
  coverageOf(market: MarketId, from: EpochMs): readonly CoverageSpan[];
  instrumentsOf(market: MarketId): readonly Instrument[];
  /** A venue's clock, set right, and how far it is off; null for a venue that there is not. */
  clockOf(venue: VenueId): VenueClock | null;
  instrument(id: InstrumentId): Instrument | null;
  /** Every subscribable market that any venue lists. */
  markets(): readonly MarketId[];
}
