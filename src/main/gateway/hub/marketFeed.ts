import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { WireStatus } from '../../../shared/gateway/wire.ts';
import type { EpochMs, MarketId } from '../../../shared/market.ts';
import type { FeedHealth, GapRecord } from '../../../shared/feedHealth.ts';
import type {
  BookView,
  CandlePage,
  CandleUpdate,
  DataSource,
  HostStatus,
  PriceValue,
  TickerValue,
  TradeValue,
} from '../../../shared/values.ts';
import type { CandleInterval } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';

/** What one channel carries inside of the gateway, before it is written for a client. */
export type ChannelValue =
  | { readonly kind: 'price'; readonly price: PriceValue }
  | { readonly kind: 'ticker'; readonly market: MarketId; readonly tickers: readonly TickerValue[] }
  | { readonly kind: 'orderbook'; readonly book: BookView }
  | { readonly kind: 'trades'; readonly market: MarketId; readonly trade: TradeValue }
  /** `status`: of the trades that it rests on. */
  | { readonly kind: 'candles'; readonly update: CandleUpdate; readonly status: WireStatus }
  | { readonly kind: 'gaps'; readonly gap: GapRecord }
  | { readonly kind: 'health'; readonly health: FeedHealth; readonly status: HostStatus };

/**
 * Place of an event in a log that all gateways of one Redis share: the event log makes its cursor `<log>.<n>` of it instead
 * of counting by itself, so that it holds at each of them. `n` rises; it skips only where `onLost` tells of it. Another
 * `log` makes cursors of the earlier one void (`epoch`). Such a feed gives the retained events first, of all channels, also
 * of those that nobody here wants: what a gateway did not see itself can be resumed from it.
 */
export interface LogPosition {
  readonly log: string;
  readonly n: number;
}

/** One value under its channel's sequence. Plain data: it goes through Redis as it is. */
export interface Publication {
  readonly channel: ChannelId;
  /** `event`: +1 each. `state`: rises, the newest counts. They count apart. */
  readonly type: 'event' | 'state';
  /** The run of the publisher, e.g. `k3f9a-1`. */
  readonly epoch: string;
  readonly seq: number;
  readonly source: DataSource;
  /** The engine's clock when it was published. */
  readonly time: EpochMs;
  readonly value: ChannelValue;
  /** An event from before the channel was first heard: for snapshots, no news to those who listen. */
  readonly isPast?: true;
  /** A state told again while the way to the data is gone: it is the value from before until there is another. */
  readonly isDoubted?: true;
  /** Of events over Redis only. */
  readonly position?: LogPosition;
}

export interface CandleRequest {
  readonly market: MarketId;
  readonly venue: VenueId | null;
  readonly interval: CandleInterval;
  readonly before: EpochMs | null;
  readonly limit: number;
}

/** `lost`: events of these channels (null: of all) may be missing between what was heard and what comes. */
export interface FeedLoss {
  readonly channels: readonly ChannelId[] | null;
  readonly reason: 'upstream' | 'epoch';
  readonly missing: number | null;
  /** It lies before anybody who is there now wanted the channels: only who comes back with a cursor misses it. */
  readonly isOld?: boolean;
  /** Another log begins behind this place: who was told of the loss stands there, and not in the log before. */
  readonly position?: LogPosition;
}

export interface FeedListener {
  /** In the order of things. */
  onPublished(publications: readonly Publication[]): void;
  onLost(loss: FeedLoss): void;
  /** The way to the data went or came back: while it is gone, nothing that is held may be shown as live. */
  onLink(isUp: boolean, message: string): void;
  /** Another source: everything held is void. */
  onSource(source: DataSource): void;
}

/** Where a gateway has its data from: the engine in this process, or other processes over Redis. */
export interface MarketFeed {
  /** One listener: the hub. */
  listen(listener: FeedListener): void;
  /**
   * All that is wanted now; what is not in it any more may end. The present state of a channel that was not in the set
   * before is always published anew.
   */
  want(channels: ReadonlySet<ChannelId>): void;
  /** Every market that can be subscribed to; empty until known. */
  markets(): readonly MarketId[];
  candles(request: CandleRequest): Promise<CandlePage>;
  /** Null until known. */
  status(): HostStatus | null;
  close(): Promise<void>;
}
