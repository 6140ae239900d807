import type {
  CandleInterval,
  EpochMs,
  Instrument,
  InstrumentId,
  MarketId,
  MarketKind,
  Side,
} from '../../../shared/market.ts';
import type { StreamChannel } from '../../../shared/feedHealth.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { DecodeError } from '../errors.ts';
import type { FrameFields, ShapedPart } from './messageShape.ts';

/**
 * The contract of a venue folder. It knows addresses, messages and rules; it holds no socket, timer, retry or clock.
 * Everything here is pure but for `decode`, which writes into the sink it is given.
 */
export interface Venue {
  readonly id: VenueId;
  /** Public addresses; tests, the simulator and users replace both bases. */
  readonly endpoints: VenueEndpoints;
  /** Sockets that the venue needs, by what runs on them; most have one, OKX has a second for candles. */
  readonly routes: readonly VenueRoute[];
  readonly limits: VenueLimits;
  readonly heartbeat: HeartbeatPolicy;
  /** What the venue offers and how often it emits. */
  readonly capabilities: readonly StreamCapability[];
  /** The book's sequencing rule. */
  readonly sequencing: BookSequencing;

  /**
   * What a symbol says by itself, for symbols that the metadata does not (yet) hold. Throws `DecodeError` for what
   * cannot be a symbol of this venue. `marketKind` is that of the connection; OKX reads it from the symbol.
   */
  describeSymbol(venueSymbol: string, marketKind: MarketKind): SymbolDescription;
  /** The venue's spelling of a market as its naming rule has it; null when the rule cannot tell. */
  venueSymbolOf(market: MarketId): string | null;

  /** Null when the venue has no such stream (e.g. an interval that it lacks). */
  topicOf(stream: StreamKey, venueSymbol: string): VenueTopic | null;
  /** One frame per returned element; never more than `limits.topicsPerFrame` topics each. `requestId` is echoed by acks. */
  subscribeFrames(topics: readonly string[], nextRequestId: () => string): readonly ControlFrame[];
  unsubscribeFrames(
    topics: readonly string[],
    nextRequestId: () => string,
  ): readonly ControlFrame[];

  /**
   * `parse` and `normalize` in one call: unknown text to validated message to events. Throws `DecodeError` for what
   * is not a message of this venue, before anything was written to the sink.
   */
  decode(text: string, context: DecodeContext, sink: VenueEventSink): void;

  /** What a frame tells of the market kind of its connection; null: nothing. Absent: a symbol says it itself. */
  marketKindIn?(text: string): MarketKind | null;

  /** The objects of a frame whose fields are known; empty for frames of no market data. */
  shapesIn(frame: FrameFields): readonly ShapedPart[];

  readonly rest: VenueRest;
}

export interface SymbolDescription {
  readonly instrument: InstrumentId;
  readonly marketKind: MarketKind;
  readonly sizeUnit: 'base' | 'contracts';
}

export interface VenueEndpoints {
  /** Scheme, host and port, no path: `wss://data-stream.binance.vision`. */
  readonly ws: string;
  readonly rest: string;
}

export interface VenueRoute {
  /** `public`, `business`. */
  readonly id: string;
  readonly path: string;
}

/** `count` in any rolling window of `windowMs`. */
export interface RollingLimit {
  readonly count: number;
  readonly windowMs: number;
}

export interface VenueLimits {
  readonly connects: RollingLimit;
  /** Client frames per connection, text, ping and pong alike; null where none is published. */
  readonly framesPerConnection: RollingLimit | null;
  /** Subscription operations per connection; null where none. */
  readonly subscriptionOpsPerConnection: RollingLimit | null;
  readonly restWeight: RollingLimit;
  readonly topicsPerFrame: number;
  readonly topicsPerConnection: number;
  /** How long all requests rest when the venue punishes without a Retry-After. */
  readonly punishmentMs: number;
  /** Sockets are replaced before this age; null where the venue publishes none. */
  readonly maxConnectionAgeMs: number | null;
}

/**
 * `server-ping`: protocol pings of the venue are answered by the socket library. `client-text`: we send `frame()`
 * every `intervalMs`; the venue answers within `timeoutMs`, recognized by a `pong` event.
 */
export type HeartbeatPolicy =
  | { readonly type: 'server-ping'; readonly expectEveryMs: number }
  | {
      readonly type: 'client-text';
      readonly intervalMs: number;
      readonly timeoutMs: number;
      frame(nextRequestId: () => string): string;
    };

export interface StreamCapability {
  readonly channel: StreamChannel;
  readonly interval: CandleInterval | null;
  /** The venue emits at least this often even when nothing happens; null: only on change. */
  readonly scheduleMs: number | null;
}

/** One stream as we name it. `interval` only for candles. */
export interface StreamKey {
  readonly instrument: InstrumentId;
  readonly channel: StreamChannel;
  readonly interval: CandleInterval | null;
}

export interface VenueTopic {
  /** The venue's own spelling: `btcusdt@trade`, `publicTrade.BTCUSDT`, `trades:BTC-USDT`. Acks and data are matched by it. */
  readonly topic: string;
  readonly route: string;
}

export interface ControlFrame {
  readonly text: string;
  readonly requestId: string;
  readonly topics: readonly string[];
}

export interface DecodeContext {
  readonly marketKind: MarketKind;
  /** The instrument of a venue symbol: from metadata, else derived from the symbol itself. */
  instrumentOf(venueSymbol: string): InstrumentId;
  /** Decimals known so far; only a starting point, since a message may need more. */
  decimalsOf(instrument: InstrumentId): BookDecimals;
}

export interface BookDecimals {
  readonly price: number;
  readonly size: number;
}

/**
 * One side of a book message: parallel arrays in units of the message's decimals, in the order of the message. Only the
 * first `count` elements are meant: the arrays are reused. Valid during the call only.
 */
export interface LevelList {
  readonly count: number;
  readonly prices: ArrayLike<number>;
  readonly sizes: ArrayLike<number>;
}

/** Fields common to all market data: where it came from and when the venue says it happened. */
interface MarketEvent {
  readonly instrument: InstrumentId;
  readonly venueSymbol: string;
  /** Name under which the stream was subscribed; equals `VenueTopic.topic`. */
  readonly topic: string;
  /** The venue's channel without the symbol, with `:snapshot|:delta|:update` where the frame says so. */
  readonly channel: string;
  /** Venue's event time; null where the message has none. */
  readonly venueTime: EpochMs | null;
}

export interface TradeEvent extends MarketEvent {
  readonly type: 'trade';
  readonly id: string;
  /** First and last id that this print covers, where ids are consecutive numbers; else null. */
  readonly firstSequence: number | null;
  readonly lastSequence: number | null;
  readonly side: Side;
  readonly priceUnits: number;
  readonly priceDecimals: number;
  readonly sizeUnits: number;
  readonly sizeDecimals: number;
  /** Matching time, for candles. */
  readonly tradeTime: EpochMs;
  /** An aggregate of several trades (`aggTrade`): never mixed into a tape of single trades. */
  readonly aggregate: boolean;
}

export interface BboEvent extends MarketEvent {
  readonly type: 'bbo';
  /** Zero sizes where a side is empty. */
  readonly bidUnits: number;
  readonly bidSizeUnits: number;
  readonly askUnits: number;
  readonly askSizeUnits: number;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  /** Update id in the space of the venue's book where comparable, else null. */
  readonly sequence: number | null;
}

export interface BookEvent extends MarketEvent {
  readonly type: 'book';
  readonly kind: 'snapshot' | 'delta';
  readonly bids: LevelList;
  readonly asks: LevelList;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  readonly sequence: BookSequence;
  /** Null where the message has none or says that there is none (zero). */
  readonly checksum: number | null;
  /** Exact strings of the levels, only where a checksum must be verified. */
  readonly rawLevels: RawLevels | null;
}

export interface RawLevels {
  readonly bids: readonly (readonly string[])[];
  readonly asks: readonly (readonly string[])[];
}

/** Ids of one book message, in the venue's meaning; unused ones are null. */
export interface BookSequence {
  readonly first: number | null;
  /** -1 where the message carries no id (OKX before 2022). */
  readonly last: number;
  readonly previous: number | null;
}

/** 24 h statistics. Strings exactly as sent; absent fields are null and mean "unchanged" in a delta. */
export interface TickerEvent extends MarketEvent {
  readonly type: 'ticker';
  readonly kind: 'snapshot' | 'delta';
  readonly last: string | null;
  readonly open24h: string | null;
  readonly high24h: string | null;
  readonly low24h: string | null;
  readonly volume24hBase: string | null;
  readonly volume24hQuote: string | null;
}

export interface CandleEvent extends MarketEvent {
  readonly type: 'candle';
  readonly interval: CandleInterval | null;
  /** The venue's own spelling, kept for intervals that we do not chart. */
  readonly venueInterval: string;
  readonly candle: VenueCandle;
}

export interface VenueCandle {
  readonly openTime: EpochMs;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly trades: number | null;
  readonly closed: boolean;
  /**
   * What this venue alone says of a bar, in its words and order; the engine counts with none of it. Binance: what takers
   * bought, in base and in quote. OKX: `volCcy` and, where it is there, `volCcyQuote`.
   */
  readonly ownFigures?: readonly string[];
}

/** A well-formed market message of a channel that nothing uses (mark price, funding, partial depth): only counted. */
export interface OtherEvent extends MarketEvent {
  readonly type: 'other';
}

/** Answer to a control frame. `topics` null: all of the request (`requestId`) or unknown. */
export interface AckEvent {
  readonly type: 'ack';
  readonly operation: 'subscribe' | 'unsubscribe' | 'other';
  readonly requestId: string | null;
  readonly topics: readonly string[] | null;
  readonly outcome: 'accepted' | 'already-subscribed' | 'rejected' | 'rate-limited';
  /** The topic that the venue names as the culprit of a rejected request. */
  readonly rejectedTopic: string | null;
  readonly code: string;
  readonly text: string;
}

export interface PongEvent {
  readonly type: 'pong';
  readonly requestId: string | null;
}

export interface NoticeEvent {
  readonly type: 'notice';
  /** `shutdown`: this socket ends soon, replace it. `instrument`: metadata changed. `unknown`: counted and logged. */
  readonly notice: 'shutdown' | 'instrument' | 'unknown';
  readonly text: string;
}

export type MarketDataEvent =
  TradeEvent | BboEvent | BookEvent | TickerEvent | CandleEvent | OtherEvent;
export type VenueEvent = MarketDataEvent | AckEvent | PongEvent | NoticeEvent;

/** Called once per event, in order, in the call of `decode`. The event is only valid during the call. */
export type VenueEventSink = (event: VenueEvent) => void;

/**
 * How a book starts and continues. `bootstrap`: where the first snapshot comes from (`everyMessage`: each message is
 * one). `scope`: ids count per stream or per connection.
 */
export interface BookSequencing {
  readonly bootstrap: 'rest' | 'stream' | 'either' | 'everyMessage';
  readonly scope: 'stream' | 'connection';
  /** Levels a side of a window that the venue keeps (the book is cut to it after each message); null: unlimited diffs. */
  readonly depth: number | null;
  /** Judges a delta against the id of the book. `joining`: it would be the first after a snapshot from REST. */
  check(lastSequence: number, delta: BookSequence, joining: boolean): SequenceVerdict;
  /** For venues with checksums: after the message was applied. */
  afterApply?(book: ChecksumView, event: BookEvent): 'ok' | 'mismatch';
}

/**
 * `ignore`: old, already in the book. `early`: the REST snapshot is older than the buffer, fetch another one.
 * `reset`: the venue restarted its sequence, wait for a new snapshot without raising a gap alarm.
 */
export type SequenceVerdict = 'apply' | 'ignore' | 'gap' | 'early' | 'reset';

/** Best levels with the venue's exact strings, for checksums. */
export interface ChecksumView {
  /** Rank 0 is the best; null beyond the last level. */
  bid(rank: number): readonly [price: string, size: string] | null;
  ask(rank: number): readonly [price: string, size: string] | null;
}

export interface RestRequest {
  /** Path with query, below `endpoints.rest`. */
  readonly path: string;
  readonly weight: number;
}

export interface RestAnswer {
  readonly status: number;
  /** Lower-case names; only those that the engine reads. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface BookSnapshot {
  readonly lastSequence: number;
  /** Fewer levels than asked for: nothing lies beyond the last one. */
  readonly bidsComplete: boolean;
  readonly asksComplete: boolean;
  readonly bids: LevelList;
  readonly asks: LevelList;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
}

export interface CandleHistoryRequest {
  readonly venueSymbol: string;
  readonly interval: CandleInterval;
  /** Candles that open at or after `from` and before `before`; at most `limit`, the newest of them. */
  readonly from: EpochMs | null;
  readonly before: EpochMs | null;
  readonly limit: number;
}

export interface RestTrade {
  readonly id: string;
  readonly firstSequence: number | null;
  readonly lastSequence: number | null;
  readonly side: Side;
  readonly price: string;
  readonly size: string;
  readonly tradeTime: EpochMs;
}

/** Best prices as the venue's REST has them; null where a side is empty, and a null time where it tells none. */
export interface TopOfBook {
  readonly bid: number | null;
  readonly ask: number | null;
  readonly venueTime: EpochMs | null;
}

/** Each call builds a request or reads its answer; reading throws `DecodeError` with the venue's own words. */
export interface VenueRest {
  instruments(): RestRequest;
  /** A listing that cannot be read is left out and told to `onSkipped`. */
  readInstruments(body: string, onSkipped?: (error: DecodeError) => void): readonly Instrument[];
  /** Null where the book starts from the stream alone. */
  bookSnapshot(venueSymbol: string): RestRequest | null;
  readBookSnapshot(body: string, decimals: BookDecimals): BookSnapshot;
  /** To compare with what a stream said last; its ids may be those of another stream. */
  topOfBook(venueSymbol: string): RestRequest;
  readTopOfBook(body: string, decimals: BookDecimals): TopOfBook;
  /** Null when the venue lacks the interval. */
  candles(request: CandleHistoryRequest): RestRequest | null;
  readonly maxCandles: number;
  /** Oldest first. Where the body does not say what is closed, the newest counts as open: the caller knows the time. */
  readCandles(body: string, interval: CandleInterval): readonly VenueCandle[];
  /** Newest trades, or those after an id where the venue can; null when there is no endpoint. */
  trades(venueSymbol: string, afterId: string | null): RestRequest | null;
  /** A page of trades from before an id, for venues whose newest ones may not reach back far enough; absent: none. */
  olderTrades?(venueSymbol: string, beforeId: string): RestRequest;
  readTrades(body: string): readonly RestTrade[];
  ticker(venueSymbol: string): RestRequest;
  readTicker(body: string, venueSymbol: string, instrument: InstrumentId): TickerEvent;
  /** A cheap request that proves the venue is there and tells its clock. */
  serverTime(): RestRequest;
  readServerTime(body: string): EpochMs;
  /** What the venue says that this address has used of its `restWeight`; null where the answer does not say. */
  usedWeight?(answer: RestAnswer): number | null;
  /** How an answer that is not a success is to be treated. */
  classify(answer: RestAnswer): RestVerdict;
}

export type RestVerdict =
  | { readonly type: 'ok' }
  | {
      readonly type: 'rate-limited';
      readonly retryAfterMs: number | null;
      readonly banned: boolean;
      readonly text: string;
    }
  | { readonly type: 'failed'; readonly code: string; readonly text: string };
