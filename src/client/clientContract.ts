import type { ChannelId } from '../shared/gateway/channelIds.ts';
import type { GatewayError } from '../shared/gateway/errors.ts';
import type { ChannelFilters } from '../shared/gateway/requests.ts';
import type {
  CandleUpdateRecord,
  GapUpdate,
  HealthUpdate,
  OrderbookUpdate,
  PriceUpdate,
  ResyncMessage,
  StatusMessage,
  TickerUpdate,
  TradeUpdate,
  WireStatus,
  WireUpdate,
} from '../shared/gateway/wire.ts';
import type { DataSource } from '../shared/values.ts';
import type { ClientPorts } from './clientPorts.ts';
import type { ClientError, ClientGap, ClientMetrics, DebugEntry } from './clientReports.ts';
import type { ConnectionState } from './connectionState.ts';

export type { ClientPorts, FetchLike, SocketConstructor, SocketLike } from './clientPorts.ts';
export type {
  ClientError,
  ClientErrorType,
  ClientGap,
  ClientMetrics,
  DebugCategory,
  DebugEntry,
} from './clientReports.ts';

/** Best first; the client goes down the chain when one fails and back up when it is well again. */
export type ClientTransport = 'websocket' | 'sse' | 'poll';

export interface ReconnectPolicy {
  /** Before the first new attempt. */
  readonly initialMs: number;
  /** Each further delay is this many times the one before. */
  readonly factor: number;
  /** No delay is longer. */
  readonly maxMs: number;
  /** Share of a delay that is drawn at random and taken off it: 0 none, 1 all of it. */
  readonly jitter: number;
  /** Attempts per transport that follow the delays; what comes after is `afterLastAttempt`. */
  readonly maxAttempts: number;
  /** A connection that lasted this long makes the next loss the first again. */
  readonly resetAfterMs: number;
}
export type ReconnectPreset = 'doc0' | 'doc1' | 'doc3';

export interface TruetapeClientOptions {
  /** `http(s)` or `ws(s)` address of a gateway. Default: the page's own origin, else `http://127.0.0.1:7411`. */
  readonly url?: string;
  /** An access token or session key that does not change. A page with the gateway's cookie needs none. */
  readonly token?: string;
  /** Asked before the first attempt, before expiry and after `TOKEN_EXPIRED`. Wins over `token`. */
  readonly tokenProvider?: () => Promise<string> | string;
  /** How long before the token's `exp` the provider is asked again. Default 60,000. */
  readonly refreshThresholdMs?: number;
  /** Failures of the provider in a row after which `authState` is `error`. Default 3. */
  readonly maxTokenRetries?: number;
  /** Default: all three, in this order. */
  readonly transports?: readonly ClientTransport[];
  /** Default: 1 s doubling to 5 s, a fifth of it random, 5 attempts. */
  readonly reconnect?: ReconnectPolicy | ReconnectPreset;
  /** Default `keep-trying`, at the longest delay and over all transports in turn; with a preset `close`. */
  readonly afterLastAttempt?: 'keep-trying' | 'close';
  /** What a close by the server with code 1000 means. Default `reconnect`. */
  readonly onCleanClose?: 'reconnect' | 'stay-closed';
  /** Default 30,000. */
  readonly heartbeatIntervalMs?: number;
  /** A ping that is not answered for so long ends the connection. Default 10,000. */
  readonly heartbeatTimeoutMs?: number;
  /** An attempt that has not connected by then has failed. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Without any message for so long the transport is given up for the next one. Default 9,000: data again within 10 s. */
  readonly noDataMs?: number;
  /** How often a better transport is tried while on a lesser one; doubles after each that did not last. Default 30,000. */
  readonly probeIntervalMs?: number;
  /** On WebSockets only; the others are text. Default `json`. */
  readonly encoding?: 'json' | 'msgpack';
  /** State updates a second of subscriptions that name none. Default: the gateway's (10). */
  readonly rate?: number;
  /** User intents that wait for a connection. Default 100, 30,000. */
  readonly queue?: { readonly maxMessages?: number; readonly ttlMs?: number };
  /** Present values by REST before the stream has delivered. Default true. */
  readonly snapshots?: boolean;
  /** Of REST, SSE and polling. Default `same-origin`. */
  readonly credentials?: 'omit' | 'same-origin' | 'include';
  /** Keeps a log of the last 500 lines (`debugLog()`), and hands each to the function. Default false. */
  readonly debug?: boolean | ((entry: DebugEntry) => void);
  readonly ports?: ClientPorts;
}

/** What `createTruetapeClient` filled in; also readable as `client.options`. */
export interface ResolvedOptions {
  readonly url: string;
  readonly transports: readonly ClientTransport[];
  readonly reconnect: ReconnectPolicy;
  readonly afterLastAttempt: 'keep-trying' | 'close';
  readonly onCleanClose: 'reconnect' | 'stay-closed';
  readonly refreshThresholdMs: number;
  readonly maxTokenRetries: number;
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly noDataMs: number;
  readonly probeIntervalMs: number;
  readonly encoding: 'json' | 'msgpack';
  readonly rate: number | null;
  readonly queue: { readonly maxMessages: number; readonly ttlMs: number };
  readonly snapshots: boolean;
  readonly credentials: 'omit' | 'same-origin' | 'include';
}

export interface SubscriptionOptions {
  /**
   * Of this consumer: `'250ms'`, `'1s'`, `'1m'` or milliseconds. State: the newest at most that often. Events: all of them,
   * gathered. Default: as they come.
   */
  readonly interval?: string | number;
  /** State updates a second on the wire; the highest of a channel's consumers counts. Default: from `interval`. */
  readonly rate?: number;
  /** Of trades; each consumer gets only its own choice. */
  readonly filters?: ChannelFilters;
  /** Levels of a book side; the highest of a channel's consumers counts. */
  readonly depth?: number;
}

/** One consumer of one channel. Several share one subscription at the gateway. */
export interface Subscription {
  /** As asked for, with `/` written `-`; the gateway may resolve it to another id (`channel()`). */
  readonly requested: string;
  /** The canonical id, known once the gateway has confirmed it. */
  channel(): ChannelId;
  /** Safe to call twice. The last consumer of a channel unsubscribes from it. */
  close(): void;
}

export type SubscriptionStatus = 'waiting' | 'subscribed' | 'rejected';

export interface SubscriptionView {
  readonly requested: string;
  readonly channel: ChannelId;
  readonly status: SubscriptionStatus;
  readonly consumers: number;
  /** Why it was rejected. */
  readonly error: GatewayError | null;
}

export type AuthState = 'none' | 'valid' | 'refreshing' | 'error';

/** How far a channel can be believed at this moment, by the connection and by the gateway's word. */
export interface ChannelValidity {
  /** `none`: nothing is known. `stale`: it was, and the connection is gone. */
  readonly status: WireStatus;
  readonly note: string | null;
  /** Of the newest record, counted on after it came; null without one. */
  readonly ageMs: number | null;
  /** Whether every event since the first one came; false after a gap. */
  readonly isWhole: boolean;
}

/** Names of events, and what their listeners get. */
export interface ClientEvents {
  connected: { readonly transport: ClientTransport; readonly isResumed: boolean };
  disconnected: {
    readonly reason: string;
    readonly code: number | null;
    readonly wasClean: boolean;
  };
  /** Every legal step, in order. */
  stateChange: { readonly from: ConnectionState; readonly to: ConnectionState };
  transport: {
    readonly from: ClientTransport | null;
    readonly to: ClientTransport;
    readonly reason: string;
  };
  authState: AuthState;
  /** A whole message, after the caches have it, before the events of its records. Also values that became stale. */
  updates: readonly WireUpdate[];
  priceUpdate: PriceUpdate;
  orderbookUpdate: OrderbookUpdate;
  tradeUpdate: TradeUpdate;
  tickerUpdate: TickerUpdate;
  candleUpdate: CandleUpdateRecord;
  gapUpdate: GapUpdate;
  healthUpdate: HealthUpdate;
  error: ClientError;
  gap: ClientGap;
  resync: ResyncMessage;
  status: StatusMessage;
  subscription: SubscriptionView;
  reconnect: { readonly attempts: number };
  reconnect_attempt: { readonly attempt: number; readonly transport: ClientTransport };
  reconnect_error: { readonly attempt: number; readonly message: string };
  reconnect_failed: { readonly attempts: number };
}
export type ClientEventName = keyof ClientEvents;

/** Messages of a program to the gateway beside subscriptions, which the registry sends. */
export interface UserIntent {
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface TruetapeClient {
  readonly options: ResolvedOptions;
  readonly state: ConnectionState;
  readonly isConnected: boolean;
  /** Null while there is no connection. */
  readonly transport: ClientTransport | null;
  readonly authState: AuthState;
  /** What the data is; null until the gateway has said so. */
  readonly source: DataSource | null;

  /** Resolves when connected, by whichever transport; rejects when it is given up, refused or disconnected. */
  connect(): Promise<void>;
  /** Closes with 1000. Subscriptions and values (now stale) stay; no timer and no socket does. Safe to call twice. */
  disconnect(): void;
  /** Asks the provider for a new token and connects anew, from the first transport on. */
  reconnect(): Promise<void>;
  /** A renewed token for the present connection; subscriptions and sequences stay. */
  authenticate(token: string): void;

  /**
   * `price.BTC/USD`, `orderbook.BTC-USDT@okx`, `trades.BTC-USDT`, `ticker.BTC`, `candles.BTC-USDT.1m`, `gaps`, `health`. The
   * listener gets what this consumer asked for; the events and getters serve those without one. Throws on no channel.
   */
  subscribe(
    channel: string,
    options?: SubscriptionOptions,
    listener?: (update: WireUpdate) => void,
  ): Subscription;
  subscriptions(): readonly SubscriptionView[];

  /** True: sent. False: queued, until a connection or its 30 s are there. `ping` is never queued. */
  send(intent: UserIntent): boolean;

  /** Returns its `off`. */
  on<Name extends ClientEventName>(
    name: Name,
    listener: (event: ClientEvents[Name]) => void,
  ): () => void;
  off<Name extends ClientEventName>(
    name: Name,
    listener: (event: ClientEvents[Name]) => void,
  ): void;

  /**
   * The newest values; the same object until it changes. Their `status` turns `stale` with the connection. A symbol is as
   * it was subscribed, or the market's id.
   */
  getPrice(symbol: string): PriceUpdate | null;
  getOrderbook(symbol: string, venue?: string): OrderbookUpdate | null;
  /** The last 100, oldest first. */
  getTrades(symbol: string): readonly TradeUpdate[];
  getTicker(symbol: string): TickerUpdate | null;
  /** The open one, or the last that was closed. */
  getCandle(symbol: string, interval: string, venue?: string): CandleUpdateRecord | null;
  getHealth(): HealthUpdate | null;
  getValidity(channel: string): ChannelValidity;

  readonly metrics: ClientMetrics;
  /** The last 200, oldest first; the same array until it changes. */
  readonly errors: readonly ClientError[];
  clearErrors(): void;
  /** Empty unless `debug`. */
  debugLog(): readonly DebugEntry[];
}

/** Options of `createEnvelopeSocket`: a plain WebSocket of any server that speaks envelopes. */
export interface WebSocketConfig {
  readonly url: string;
  readonly protocols?: readonly string[];
  /** Default 5. */
  readonly reconnectAttempts?: number;
  /** Before the first attempt; doubles. Default 1,000. */
  readonly reconnectInterval?: number;
  /** Default 30,000. */
  readonly heartbeatInterval?: number;
  /** Default 100. */
  readonly messageQueueSize?: number;
  readonly ports?: ClientPorts;
}

export interface Envelope {
  readonly type: string;
  readonly payload: unknown;
  /** Filled in where it is left out. */
  readonly id: string;
  /** Epoch ms; filled in where it is left out. */
  readonly timestamp: number;
}
export type EnvelopeDraft = Pick<Envelope, 'type' | 'payload'> & Partial<Envelope>;

export interface EnvelopeSocket {
  readonly config: Required<Omit<WebSocketConfig, 'ports'>>;
  readonly state: ConnectionState;
  readonly queuedMessages: number;
  /** Dropped from a full queue. */
  readonly droppedMessages: number;
  readonly lastMessage: Envelope | null;
  connect(): Promise<void>;
  disconnect(): void;
  /** True: sent. False: queued. */
  sendMessage(message: EnvelopeDraft): boolean;
  /** `*` hears all types. Returns its unsubscribe. */
  subscribe(type: string, listener: (message: Envelope) => void): () => void;
  onState(listener: (state: ConnectionState) => void): () => void;
  onError(listener: (error: ClientError) => void): () => void;
}

/** Options of `createSseClient`. */
export interface SseOptions {
  readonly url: string;
  /** Also `authorization`; a token never goes into the address. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly withCredentials?: boolean;
  /** Default 5. */
  readonly reconnectAttempts?: number;
  /** Before the first attempt; doubles. Default 1,000. */
  readonly reconnectInterval?: number;
  /** Where a former stream ended. */
  readonly lastEventId?: string;
  /**
   * Without a byte for so long the stream is opened anew: one that stands still looks alive. For servers with a heartbeat;
   * the gateway's comes every 30 s, so 75,000. Default: never.
   */
  readonly silenceMs?: number;
  readonly ports?: ClientPorts;
}

export interface SseMessage {
  /** `message` where the server named none. */
  readonly event: string;
  /** Parsed JSON, or the text as it is. */
  readonly data: unknown;
  readonly id: string | null;
}

export interface SseClient {
  readonly state: ConnectionState;
  readonly lastEventId: string | null;
  readonly lastEvent: SseMessage | null;
  /** Resolves with the first response; rejects when it is given up or closed. */
  connect(): Promise<void>;
  disconnect(): void;
  /** `*` hears all events. Returns its unsubscribe. */
  subscribe(event: string, listener: (message: SseMessage) => void): () => void;
  onState(listener: (state: ConnectionState) => void): () => void;
  onError(listener: (error: ClientError) => void): () => void;
}

/** Of `marketService.connect`: names of Socket.IO's client; the connection is the gateway's own protocol. */
export interface MarketServiceOptions {
  readonly auth?: {
    readonly token?: string;
    readonly tokenProvider?: () => Promise<string> | string;
  };
  /** Default true. */
  readonly reconnection?: boolean;
  /** Default 1,000. */
  readonly reconnectionDelay?: number;
  /** Default 5,000. */
  readonly reconnectionDelayMax?: number;
  /** Default 5. */
  readonly reconnectionAttempts?: number;
  /** Default `['websocket', 'polling']`. */
  readonly transports?: readonly ('websocket' | 'polling')[];
  readonly ports?: ClientPorts;
}

/** One ticker of `market_update`. */
export interface MarketFigures {
  readonly symbol: string;
  readonly price: number | null;
  /** Percent. */
  readonly change_24h: number | null;
  /** Notional in `quote`, whatever its name says. */
  readonly volume_24h: number | null;
  /** ISO, of the newest data in it; null without any. */
  readonly timestamp: string | null;
  readonly market: string;
  readonly quote: string;
  readonly status: WireStatus;
  readonly age_ms: number | null;
  readonly source: DataSource;
}

/** One that an engine computed. */
export interface TradingSignal {
  readonly symbol: string;
  readonly signal: 'STRONG_BUY' | 'BUY' | 'HOLD' | 'SELL' | 'STRONG_SELL';
  /** 0.5 to 1. */
  readonly strength: number;
  readonly reason: string;
  readonly timestamp: string;
  readonly status: 'computed';
}

export interface SignalsNotComputed {
  readonly symbol: null;
  readonly signal: null;
  readonly strength: null;
  readonly reason: null;
  readonly timestamp: string;
  readonly status: 'not-computed';
  readonly message: string;
}

export interface MarketServiceEvents {
  connect: { readonly transport: ClientTransport };
  disconnect: { readonly reason: string };
  market_update: Readonly<Record<string, MarketFigures>>;
  /** Nothing is invented: values are null until they are computed. */
  sentiment_update: {
    readonly overall_sentiment: null;
    readonly market_fear_greed: null;
    readonly market_mood: null;
    readonly confidence: null;
    readonly trending_topics: readonly never[];
    readonly timestamp: string;
    readonly status: 'not-computed';
    readonly message: string;
  };
  trading_signal: TradingSignal | SignalsNotComputed;
  connection_status: {
    readonly status: string;
    readonly message: string;
    readonly timestamp: string;
    readonly user_id?: string;
  };
  subscription_confirmed: {
    readonly symbols: readonly string[];
    readonly rejected: readonly { readonly symbol: string; readonly reason: string }[];
    readonly timestamp: string;
  };
  auth_error: { readonly error: string; readonly timestamp: string };
  reconnect: { readonly attempts: number };
  reconnect_attempt: number;
  reconnect_error: { readonly message: string };
  reconnect_failed: { readonly attempts: number };
  error: ClientError;
}
export type MarketEventName = keyof MarketServiceEvents;

export interface MarketService {
  connect(url?: string, options?: MarketServiceOptions): Promise<void>;
  disconnect(): void;
  /** Tickers such as `BTC`; `subscribe()` again adds to them. Kept over reconnects. */
  subscribe(symbols: readonly string[]): void;
  /** Returns its unsubscribe. */
  on<Name extends MarketEventName>(
    name: Name,
    listener: (event: MarketServiceEvents[Name]) => void,
  ): () => void;
  off<Name extends MarketEventName>(
    name: Name,
    listener: (event: MarketServiceEvents[Name]) => void,
  ): void;
  isConnected(): boolean;
  /** `connected`, `disconnected` or `error`. */
  readonly status: 'connected' | 'disconnected' | 'error';
  /** The connection beneath; null before the first `connect`. */
  readonly client: TruetapeClient | null;
}
