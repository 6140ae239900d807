import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { ClientState } from '../../../shared/gateway/clientsReport.ts';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import type { SubscribeRequest } from '../../../shared/gateway/requests.ts';
import type {
  ResyncMessage,
  ServerMessage,
  StatusMessage,
  SubscribedMessage,
  UnsubscribedMessage,
  WireUpdate,
} from '../../../shared/gateway/wire.ts';
import type { CandlePage, DataSource, HostStatus } from '../../../shared/values.ts';
import type { EpochMs, MarketId } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { Principal } from '../accounts/access.ts';
import type { CandleRequest } from './marketFeed.ts';

/** A record as one shape of clients gets it; written once for all of them. */
export interface OutboundRecord {
  readonly update: WireUpdate;
  /** JSON text, made at the first call. */
  json(): string;
  /** MessagePack, made at the first call; never change it. */
  packed(): Uint8Array;
}

/** What goes to a client at once. */
export interface OutboundUpdates {
  readonly time: EpochMs;
  readonly cursor: string;
  readonly records: readonly OutboundRecord[];
}

/** The transport of one client. Nothing here throws; after `end` nothing more is sent. */
export interface ClientSink {
  /** Bytes given and not yet taken by the other side. */
  bufferedBytes(): number;
  sendUpdates(updates: OutboundUpdates): void;
  sendMessage(message: Exclude<ServerMessage, { readonly type: 'updates' }>): void;
  /** Ended by the gateway: slow, revoked, expired, stopping. */
  end(error: GatewayError): void;
}

export type TransportName = 'websocket' | 'socketio' | 'sse' | 'poll';

export interface ClientOptions {
  readonly transport: TransportName;
  readonly principal: Principal;
  /** For limits and logs. */
  readonly address: string;
  readonly sink: ClientSink;
}

export type ResumeResult =
  | { readonly type: 'resumed'; readonly events: number }
  /** Nothing could be replayed: the resync message has been sent, and the present state follows. */
  | { readonly type: 'resync'; readonly message: ResyncMessage };

/** One client of the gateway, whatever its transport. */
export interface ClientSession {
  readonly id: string;
  readonly principal: Principal;
  /** Where its events stand. */
  readonly cursor: string;
  readonly channels: ReadonlySet<ChannelId>;
  /**
   * Answers at once; the present state and then changes follow by the sink. Rejected channels have their reasons.
   * Subscribing again to a channel changes its rate, fields, filters and depth. `confirm` gets the answer before anything
   * that was missed of channels asked for behind a resume.
   */
  subscribe(
    request: SubscribeRequest,
    confirm?: (answer: SubscribedMessage) => void,
  ): SubscribedMessage;
  unsubscribe(channels: readonly string[], id: string | null): UnsubscribedMessage;
  /**
   * Sends the events since the cursor of the channels subscribed now, none twice and none left out, or one resync. Called
   * after the subscriptions in the same turn, so that nothing new goes out before what was missed.
   */
  resume(cursor: string): ResumeResult;
  /** A renewed token of the same user; subscriptions stay. Another user is refused with `FORBIDDEN`. */
  renew(principal: Principal): GatewayError | null;
  /** Takes from the bucket of messages; null: go on. */
  spend(kind: 'message' | 'subscribe'): GatewayError | null;
  /** The transport takes nothing (a poll between two requests): events stay in the log, state is conflated. */
  setReading(isReading: boolean): void;
  /** The transport has gone. Safe to call twice. */
  close(): void;
}

export interface ChannelSnapshot {
  /** Newest present values: one record for state channels; of `trades` and closed `candles` the last ones, oldest first. */
  readonly updates: readonly WireUpdate[];
  readonly cursor: string;
  readonly time: EpochMs;
}

/** How a snapshot waits where there is nothing to tell yet: until there is, or until nothing will come soon. */
export interface SnapshotWait {
  /** From when somebody first wanted the channel: one that others follow has had its time. */
  readonly mostMs: number;
  /** Whom the waiting counts against; absent: the gateway itself. */
  readonly client?: string;
  /** Of a price: it is asked because of this venue. */
  readonly venue?: VenueId | null;
  /** Nobody waits any more. */
  readonly signal?: AbortSignal;
}

export interface HubCounts {
  readonly clients: Readonly<Record<TransportName, number>>;
  readonly channels: number;
  readonly publications: number;
  readonly eventsHeld: number;
  readonly recordsSent: number;
  readonly bytesSent: number;
  readonly conflated: number;
  readonly resyncs: number;
  readonly resumed: number;
  readonly evicted: number;
  /** Milliseconds from publication to the sink, over the last minute. */
  readonly deliveryMs: {
    readonly p50: number | null;
    readonly p99: number | null;
    readonly max: number | null;
  };
  /** The same since the start: how many took at most so long, and all together. */
  readonly deliveryTotals: {
    readonly boundsMs: readonly number[];
    readonly counts: readonly number[];
    readonly count: number;
    readonly sumMs: number;
  };
  /** Seconds that ended clients were connected. */
  readonly durationsSec: { readonly count: number; readonly sum: number };
}

export type ResolvedSymbol =
  | { readonly ok: true; readonly market: MarketId }
  | { readonly ok: false; readonly error: GatewayError };

/** One client as a person who looks after the gateway sees it. */
export interface ClientView {
  readonly id: string;
  readonly transport: TransportName;
  readonly user: string | null;
  readonly address: string;
  readonly connectedMs: number;
  readonly channels: readonly ChannelId[];
  /** Of its fastest channel; null: it has none. */
  readonly ratePerSec: number | null;
  readonly recordsSent: number;
  readonly unreadBytes: number;
  readonly conflated: number;
  readonly state: ClientState;
}

/** Every client's data, from one feed: what is wanted upstream is the union of what clients want. */
export interface MarketHub {
  readonly source: DataSource;
  /** Refused with `OVERLOADED` beyond the limits of clients. */
  open(options: ClientOptions): ClientSession | GatewayError;
  /**
   * A market as a client wrote it. Strict: `BTC-USDT`, `BTC/USDT`, `BTCUSDT` and an upper-case base (`BTC`) are taken; another
   * case or an unknown name is `INVALID_SYMBOL` with candidates.
   */
  resolve(symbol: string): ResolvedSymbol;
  /**
   * What there is of the channel, after the wait (perhaps with status `none`). Throws a refusal where its client waits for as
   * many as it may, or all clients together want as much as the gateway carries.
   */
  snapshot(channel: ChannelId, wait: SnapshotWait): Promise<ChannelSnapshot>;
  candles(request: CandleRequest): Promise<CandlePage>;
  markets(): readonly MarketId[];
  /** Null until known. */
  status(): HostStatus | null;
  counts(): HubCounts;
  /** Who is connected now, in the order in which they came. */
  clients(): readonly ClientView[];
  /** Ends live clients of a user or of one login, within a second. */
  endSessions(
    match: { readonly user?: string; readonly family?: string },
    error: GatewayError,
  ): number;
  /** Tells everyone, e.g. that the gateway stops. */
  announce(status: StatusMessage['status'], message: string): void;
  /** Says goodbye and ends all clients. */
  close(): Promise<void>;
}
