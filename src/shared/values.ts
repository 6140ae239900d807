import type { CandleInterval, EpochMs, InstrumentId, MarketId, Side } from './market.ts';
import type { BookStatus, StreamStatus } from './feedHealth.ts';
import type { RecordingStatus } from './recordings.ts';
import type { ReplayState } from './replay.ts';
import type { VenueId } from './venues.ts';

/** Where every value, table, file and message comes from. One engine has one source. */
export type DataSource = 'live' | 'simulated' | `replay:${string}`;

/** A trade on one venue. `side` is the aggressor's; size in base, unless the instrument counts contracts. */
export interface TradeValue {
  readonly type: 'trade';
  /** Rises by one per trade and session; a hole in it means rows were dropped, never conflated. */
  readonly ordinal: number;
  readonly instrument: InstrumentId;
  readonly id: string;
  readonly side: Side;
  readonly priceUnits: number;
  readonly priceDecimals: number;
  readonly sizeUnits: number;
  readonly sizeDecimals: number;
  readonly venueTime: EpochMs;
  readonly receivedTime: EpochMs;
  /** It fills a gap: it happened before trades that came earlier, and says nothing about the pace of now. */
  readonly late: boolean;
  /** Printed more than 10 % away from its venue's own best prices and from the consolidated price: kept, never hidden. */
  readonly outlier: boolean;
}

/** Rows of the tape that had to be dropped because the window fell behind: shown as a counted row. */
export interface TradesDropped {
  readonly type: 'tradesDropped';
  readonly market: MarketId;
  readonly count: number;
}

/** Best bid and ask of one instrument, from the venue's own top stream. Sizes and prices are exact. */
export interface QuoteValue {
  readonly instrument: InstrumentId;
  readonly bidUnits: number | null;
  readonly bidSizeUnits: number;
  readonly askUnits: number | null;
  readonly askSizeUnits: number;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  readonly receivedTime: EpochMs;
  readonly status: StreamStatus;
}

export interface TickerValue {
  readonly instrument: InstrumentId;
  readonly last: number | null;
  readonly open24h: number | null;
  readonly high24h: number | null;
  readonly low24h: number | null;
  /** Base and quote turnover of 24 h. */
  readonly volume24hBase: number | null;
  readonly volume24hQuote: number | null;
  readonly receivedTime: EpochMs;
  readonly status: StreamStatus;
}

/**
 * `live`: three or more venues agree. `degraded`: fewer venues than the market is listed on, or weights unknown.
 * `single`: one fresh venue. `disputed`: two fresh venues further than 2 % apart. `stale`: the last value, no fresh venue.
 * `none`: never had a value.
 */
export type PriceStatus = 'live' | 'degraded' | 'single' | 'disputed' | 'stale' | 'none';

export type ContributorExclusion =
  | 'no-top' // no live best bid and ask
  | 'no-trade' // no trade seen yet
  | 'stale'
  | 'resyncing'
  | 'disconnected'
  | 'outlier' // further than 2 % from the unweighted median
  | 'closed' // halted or delisted
  | 'muted' // the user excluded it
  | 'late'; // its events arrive seconds after their own time

export interface PriceContributor {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  /** Last trade clamped into the venue's own best bid and ask; null when it never had one. */
  readonly price: number | null;
  readonly priceDecimals: number;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly lastTrade: number | null;
  /** Share of the consolidated value, 0 to 1; 0 when excluded. */
  readonly weight: number;
  readonly exclusion: ContributorExclusion | null;
  readonly status: StreamStatus;
  /** When the newest data that this price rests on was received. */
  readonly receivedTime: EpochMs | null;
  readonly volume24hQuote: number | null;
}

/** Consolidated price of one exact market. Every published number carries what it rests on. */
export interface PriceValue {
  readonly market: MarketId;
  readonly price: number | null;
  /** Coarsest tick among the contributors that count. */
  readonly priceDecimals: number;
  readonly status: PriceStatus;
  readonly receivedTime: EpochMs | null;
  readonly contributors: readonly PriceContributor[];
  /** True when 24 h turnover was unknown for a fresh venue, so that all weigh the same. */
  readonly equalWeights: boolean;
  /** Highest minus lowest venue price over the middle, in basis points; null under two fresh venues. */
  readonly venueSpreadBps: number | null;
  readonly change24hAbs: number | null;
  readonly change24hPct: number | null;
  readonly high24h: number | null;
  readonly low24h: number | null;
  readonly volume24hBase: number | null;
  readonly volume24hQuote: number | null;
  /** Venues whose 24 h figures are in change and volume. */
  readonly statsVenues: readonly VenueId[];
}

/** One price row of a ladder after grouping. Arrays run over `BookView.parts`, same order. */
export interface BookRow {
  readonly priceUnits: number;
  readonly sizeUnits: readonly number[];
  /** When each part's size at this row last changed; 0 where it has none. */
  readonly changedTime: readonly EpochMs[];
}

export interface BookPart {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly status: BookStatus;
  readonly streamStatus: StreamStatus;
  /** Update id of the venue's book that the rows show (Binance u, Bybit u, OKX seqId). */
  readonly sequence: number;
  readonly receivedTime: EpochMs | null;
  /** Whether its levels are in the rows: only a live book counts. */
  readonly counted: boolean;
  readonly bestBidUnits: number | null;
  readonly bestAskUnits: number | null;
  /** Text for a person when not counted: cause, held deltas, attempt. */
  readonly note: string | null;
}

/** A ladder as a panel asked for it: one venue or the consolidated book, grouped and cut. */
export interface BookView {
  readonly market: MarketId;
  /** Null: consolidated. */
  readonly venue: VenueId | null;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  /** Row height in price units; bids are floored to it, asks ceiled. */
  readonly groupUnits: number;
  readonly parts: readonly BookPart[];
  readonly bids: readonly BookRow[];
  readonly asks: readonly BookRow[];
  /** Best bid minus best ask in price units where positive (crossed) or zero (locked), else null. */
  readonly crossedUnits: number | null;
}

/** Prices and volumes as doubles for drawing; exact sums stay in the engine and in exports. */
export interface CandleValue {
  readonly openTime: EpochMs;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly quoteVolume: number;
  readonly trades: number;
  readonly closed: boolean;
  /** `venue`: the venue's own candle. `trades`: built from trades we saw. `consolidated`: from consolidated prices. */
  readonly origin: 'venue' | 'trades' | 'consolidated';
  /** An outlier print lies in it: its high or low may be that of no market. Absent: none that we saw. */
  readonly outlier?: boolean;
}

/** The open candle, and each closed one, of a chart's series. */
export interface CandleUpdate {
  readonly market: MarketId;
  readonly venue: VenueId | null;
  readonly interval: CandleInterval;
  readonly candle: CandleValue;
}

/** Whose data covers a time span in a chart, per venue: the lanes under it. */
export interface CoverageSpan {
  readonly venue: VenueId;
  readonly from: EpochMs;
  readonly to: EpochMs | null;
  readonly state: 'live' | 'stale' | 'resyncing' | 'gap' | 'repaired' | 'disconnected';
}

export interface CandlePage {
  readonly market: MarketId;
  /** The venue that the candles come from; null: consolidated. */
  readonly venue: VenueId | null;
  readonly interval: CandleInterval;
  /** Oldest first; a missing bar is absent, never invented. */
  readonly candles: readonly CandleValue[];
  readonly gaps: readonly {
    readonly from: EpochMs;
    readonly to: EpochMs;
    readonly cause: string;
  }[];
  /** True when nothing older exists. */
  readonly complete: boolean;
  /** Text for a person when the page could not be had, else null. */
  readonly problem: string | null;
  /** Venues that list the market and gave nothing to these candles; left out where all gave theirs. */
  readonly without?: readonly VenueId[];
}

/** What the host is doing, for title and status bar; latest wins. */
export interface HostStatus {
  readonly source: DataSource;
  /** `live`: configured venues. `probing`: first start, waiting for any venue (until `decisionTime`). `fallback`: embedded market because none answered. */
  readonly sourceReason: 'live' | 'chosen' | 'probing' | 'fallback' | 'replay';
  readonly decisionTime: EpochMs | null;
  /** A probe found a venue while the simulated market is shown: "Switch to live" is offered. */
  readonly liveReachable: boolean;
  readonly version: string;
  readonly startedTime: EpochMs;
  /** Since when the present source is watched: of the time before nothing is known. */
  readonly watchedSince: EpochMs;
  /** Messages to venues that wait for room in their budgets, on the socket with the most. */
  readonly queuedMessages: number;
  readonly venuesLive: number;
  readonly venuesTotal: number;
  readonly symbolsLive: number;
  readonly symbolsTotal: number;
  readonly messagesPerSec: number;
  /** How late the engine's loop ran in the last minute, and when it last stood still for more than 250 ms. */
  readonly loop: {
    readonly p99Ms: number;
    readonly maxMs: number;
    readonly blockedTime: EpochMs | null;
    readonly blockedMs: number | null;
  } | null;
  readonly recording: RecordingStatus;
  /** Of the window that is told; null for a market. */
  readonly replay: ReplayState | null;
  /** What the host's own market does beside a replay; absent where the window shows that market, or where there is none. */
  readonly beside?: MarketBeside;
  /** Notices for a person: newer schema, settings set aside, venue changed its API. */
  readonly notices: readonly { readonly id: string; readonly text: string }[];
}

/** The market that runs on while a window shows a recording. */
export interface MarketBeside {
  readonly source: DataSource;
  readonly venuesLive: number;
  readonly venuesTotal: number;
}

/** Symbol and interval that linked panels of one colour follow, over all windows. */
export interface LinkState {
  readonly group: 1 | 2 | 3 | 4;
  readonly market: MarketId;
  readonly interval: CandleInterval;
}
