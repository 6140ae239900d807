import type { BookStatus, GapCause, StreamChannel, StreamStatus } from '../feedHealth.ts';
import type { CandleInterval, EpochMs, MarketId, Side } from '../market.ts';
import type { ContributorExclusion, DataSource, PriceStatus } from '../values.ts';
import type { VenueId } from '../venues.ts';
import type { ChannelId } from './channelIds.ts';
import type { GatewayError } from './errors.ts';

/**
 * What goes to a program, in JSON or MessagePack, over WebSocket, Socket.IO, SSE, long polling and as a snapshot. Prices and
 * sizes are numbers whose JSON text is the exact decimal. Times are epoch ms. Everything carries its validity.
 */

/** How far a value can be believed; the worst of what it rests on. `none`: there is no value yet, its fields are null. */
export type WireStatus =
  'live' | 'quiet' | 'degraded' | 'single' | 'disputed' | 'resyncing' | 'stale' | 'none';

interface WireRecord {
  readonly channel: ChannelId;
  /** The market, also where the client wrote it differently. */
  readonly symbol: MarketId;
  /** Names the run of the publisher: sequences of another epoch do not continue. */
  readonly epoch: string;
  /**
   * Of the channel. Events: +1 each, a hole is a loss. State: rises with every change, conflated ones are skipped. Events
   * and state of one channel count apart.
   */
  readonly seq: number;
  readonly source: DataSource;
  /** When this was written, by the clock of the gateway's engine. */
  readonly time: EpochMs;
}

export interface Validity {
  readonly status: WireStatus;
  /** When the newest data in it was received; null without a value. */
  readonly receivedTime: EpochMs | null;
  /** `time - receivedTime`. */
  readonly ageMs: number | null;
  /** For a person, where the status is not live: why. */
  readonly note?: string;
}

export interface WireContributor {
  readonly venue: VenueId;
  readonly price: number | null;
  readonly bid: number | null;
  readonly ask: number | null;
  /** 0 to 1; 0 where it does not count, `exclusion` says why. */
  readonly weight: number;
  readonly exclusion: ContributorExclusion | null;
  readonly status: StreamStatus;
  readonly ageMs: number | null;
}

export interface PriceUpdate extends WireRecord, Validity {
  readonly type: 'price_update';
  readonly price: {
    readonly price: number | null;
    /** Absolute, over 24 h. */
    readonly change: number | null;
    readonly changePercent: number | null;
    /** 24 h, in the base. */
    readonly volume: number | null;
    /** 24 h, in the quote. */
    readonly quoteVolume: number | null;
    readonly high: number | null;
    readonly low: number | null;
    /** When the newest data that it rests on was received. */
    readonly timestamp: EpochMs | null;
  };
  readonly priceStatus: PriceStatus;
  /** All weigh the same because a venue's turnover is unknown. */
  readonly equalWeights: boolean;
  readonly venueSpreadBps: number | null;
  readonly contributors: readonly WireContributor[];
}

export interface WireTicker extends Validity {
  readonly venue: VenueId;
  readonly last: number | null;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly volume: number | null;
  readonly quoteVolume: number | null;
}

/** The market's own 24 h figures (sums and extremes over `venues`), and each venue's. */
export interface TickerUpdate extends WireRecord, Validity {
  readonly type: 'ticker_update';
  readonly ticker: {
    readonly last: number | null;
    readonly open: number | null;
    readonly high: number | null;
    readonly low: number | null;
    readonly volume: number | null;
    readonly quoteVolume: number | null;
    readonly timestamp: EpochMs | null;
  };
  readonly venues: readonly WireTicker[];
}

export interface WireLevel {
  readonly price: number;
  readonly size: number;
  /** When the size at this price last changed. */
  readonly timestamp: EpochMs;
  /** Of a consolidated book: each venue's share, in the order of `parts`. */
  readonly sizes?: readonly number[];
}

export interface WireBookPart {
  readonly venue: VenueId;
  readonly status: BookStatus;
  readonly streamStatus: StreamStatus;
  /** The venue's own update id. */
  readonly sequence: number;
  /** Whether its levels are in the book. */
  readonly counted: boolean;
  readonly ageMs: number | null;
  readonly note: string | null;
}

export interface OrderbookUpdate extends WireRecord, Validity {
  readonly type: 'orderbook_update';
  readonly venue: VenueId | null;
  /** Best first; always the whole view, never a difference. */
  readonly bids: readonly WireLevel[];
  readonly asks: readonly WireLevel[];
  readonly parts: readonly WireBookPart[];
  /** Best bid minus best ask where it is not negative: crossed, or locked at 0; else null. */
  readonly crossed: number | null;
}

/** One trade of a venue. `side` is the aggressor's. */
export interface TradeUpdate extends WireRecord {
  readonly type: 'trade_update';
  readonly trade: {
    readonly id: string;
    readonly venue: VenueId;
    readonly price: number;
    readonly size: number;
    readonly side: Side;
    /** The venue's. */
    readonly timestamp: EpochMs;
    readonly receivedTime: EpochMs;
    /** It fills a gap and happened before trades that came earlier. */
    readonly late: boolean;
    readonly outlier: boolean;
  };
}

export interface CandleUpdateRecord extends WireRecord {
  readonly type: 'candle_update';
  readonly venue: VenueId | null;
  readonly interval: CandleInterval;
  readonly candle: {
    readonly openTime: EpochMs;
    readonly open: number;
    readonly high: number;
    readonly low: number;
    readonly close: number;
    readonly volume: number;
    readonly quoteVolume: number;
    readonly trades: number;
    readonly closed: boolean;
    readonly origin: 'venue' | 'trades' | 'consolidated';
    readonly outlier: boolean;
  };
  readonly status: WireStatus;
}

/** Data that is missing, or was and has been repaired: of a venue. */
export interface GapUpdate extends WireRecord {
  readonly type: 'gap_update';
  readonly gap: {
    readonly id: number;
    readonly venue: VenueId;
    readonly stream: StreamChannel;
    readonly cause: GapCause;
    readonly from: EpochMs;
    readonly to: EpochMs | null;
    readonly firstId: string | null;
    readonly lastId: string | null;
    readonly missing: number | null;
    readonly repairedBy: 'rest' | 'snapshot' | null;
  };
}

export interface WireVenueHealth {
  readonly venue: VenueId;
  readonly status: 'live' | 'degraded' | 'down';
  readonly messagesPerSec: number;
  readonly gaps: number;
  readonly resyncs: number;
  readonly reconnects: number;
  readonly lagP50Ms: number | null;
  readonly lagP99Ms: number | null;
  readonly lastReceivedTime: EpochMs | null;
  readonly note: string | null;
}

export interface HealthUpdate extends WireRecord {
  readonly type: 'health_update';
  readonly status: 'live' | 'degraded' | 'down' | 'starting';
  readonly venuesLive: number;
  readonly venuesTotal: number;
  readonly symbolsLive: number;
  readonly symbolsTotal: number;
  readonly messagesPerSec: number;
  readonly gapsTotal: number;
  readonly gapsRepaired: number;
  readonly resyncsTotal: number;
  readonly reconnectsTotal: number;
  readonly decodeErrorsTotal: number;
  readonly venues: readonly WireVenueHealth[];
}

export type WireUpdate =
  | PriceUpdate
  | TickerUpdate
  | OrderbookUpdate
  | TradeUpdate
  | CandleUpdateRecord
  | GapUpdate
  | HealthUpdate;
export type WireUpdateType = WireUpdate['type'];

/** Why events between two cursors do not come: said once, and followed by the present state of all channels. */
export type ResyncReason =
  | 'retention' // the cursor is older than what is kept
  | 'epoch' // the publisher is another one: its sequences begin anew
  | 'upstream' // the gateway itself lost something on its way here
  | 'slow'; // the client did not read

export interface ResyncMessage {
  readonly type: 'resync';
  readonly reason: ResyncReason;
  /** Null: all that the client has. */
  readonly channels: readonly ChannelId[] | null;
  /** Cursor that the client had; where events go on. */
  readonly from: string | null;
  readonly to: string;
  /** How many events are missing, where that is known. */
  readonly missing: number | null;
  readonly time: EpochMs;
  /** For a person. */
  readonly message: string;
}

/** Changes of the client's channels. At most `rate` times a second for state; events go out at once, or with it. */
export interface UpdatesMessage {
  readonly type: 'updates';
  readonly time: EpochMs;
  /** Comes back in `resume`, `Last-Event-ID` or `?cursor=`. Opaque. */
  readonly cursor: string;
  readonly updates: readonly WireUpdate[];
}

export interface WelcomeMessage {
  readonly type: 'welcome';
  readonly protocol: 1;
  readonly version: string;
  readonly client: string;
  readonly source: DataSource;
  readonly time: EpochMs;
  readonly cursor: string;
  readonly heartbeatMs: number;
  readonly retentionMs: number;
  readonly user: string | null;
  /** When the access ends unless it is renewed; null: never. */
  readonly expiresTime: EpochMs | null;
}

export interface RejectedChannel extends GatewayError {
  readonly channel: string;
}

export interface SubscribedMessage {
  readonly type: 'subscribed';
  /** The client's own number of the request. */
  readonly id: string | null;
  /** Canonical ids, in the order in which they were asked for. */
  readonly accepted: readonly ChannelId[];
  readonly rejected: readonly RejectedChannel[];
  /** What the client has now. */
  readonly channels: number;
  readonly time: EpochMs;
}

export interface UnsubscribedMessage {
  readonly type: 'unsubscribed';
  readonly id: string | null;
  readonly removed: readonly ChannelId[];
  readonly channels: number;
  readonly time: EpochMs;
}

/** State of the way to the data: of this client's session, or of the feed behind the gateway. */
export interface StatusMessage {
  readonly type: 'status';
  readonly status:
    'connected' | 'resumed' | 'feed-lost' | 'feed-back' | 'source-changed' | 'expiring' | 'closing';
  readonly source: DataSource;
  readonly time: EpochMs;
  readonly message: string;
  readonly user: string | null;
}

export interface PongMessage {
  readonly type: 'pong';
  readonly id: string | null;
  readonly time: EpochMs;
}

export interface ErrorMessage {
  readonly type: 'error';
  readonly id: string | null;
  readonly error: GatewayError;
  readonly time: EpochMs;
}

/** All that a gateway says on a connection of its own protocol. */
export type ServerMessage =
  | WelcomeMessage
  | SubscribedMessage
  | UnsubscribedMessage
  | UpdatesMessage
  | ResyncMessage
  | StatusMessage
  | PongMessage
  | ErrorMessage;
