import type { StoreApi } from 'zustand/vanilla';
import type {
  Command,
  CommandAnswers,
  CommandResult,
  HostEvent,
  TopicRequest,
} from '../../shared/bridge.ts';
import type { ExportReport } from '../../shared/exports.ts';
import type { FeedHealth, GapRecord } from '../../shared/feedHealth.ts';
import type { Incident } from '../../shared/incidents.ts';
import type { LatencyReport, LatencySpan } from '../../shared/latency.ts';
import type { EpochMs, MarketId } from '../../shared/market.ts';
import type { MarkList } from '../../shared/marks.ts';
import type { RecordingList } from '../../shared/recordings.ts';
import type { SessionMetrics } from '../../shared/sessionMetrics.ts';
import type { Settings } from '../../shared/settings.ts';
import type {
  BookView,
  CandleValue,
  DataSource,
  HostStatus,
  LinkState,
  PriceValue,
  QuoteValue,
  TickerValue,
  TradesDropped,
  TradeValue,
} from '../../shared/values.ts';
import type { LinkFault, LinkRetry } from '../bridge/bridge.ts';
import type { ClearedErrors } from './clearedErrors.ts';

export type BookRequest = Extract<TopicRequest, { topic: 'book' }>;
export type CandleRequest = Extract<TopicRequest, { topic: 'candle' }>;

/** A row of the tape: a trade, or the count of those that had to be dropped before the next row. */
export type TapeRow = TradeValue | TradesDropped;

/** The newest rows of one market's tape, at most `tapeCapacity`. */
export interface TradeTape {
  readonly length: number;
  /** 0 is the oldest row held; undefined outside. */
  at(index: number): TapeRow | undefined;
  /** Rows ever appended since the last reset, to see what is new: `appended - seen` rows at the end. */
  readonly appended: number;
  /** Rises when the tape starts over (new subscription, window shown again, other source). */
  readonly epoch: number;
}

/** What arrived for one chart series since it was subscribed; history is loaded with `command`. */
export interface CandleSeries {
  /** The newest candle, open or just closed. */
  readonly latest: CandleValue | null;
  /** Closed candles, oldest first, one per open time, at most 2,000. */
  readonly closed: readonly CandleValue[];
  /** Rises when the series starts over: what closed in between is missing, so load the history again. */
  readonly epoch: number;
}

/**
 * `connecting`: first contact. `open`: data flows. `silent`: connected, but nothing for 1.2 s from a host that speaks
 * twice a second. `closed`: no connection, trying again. `refused`: the host wants another key. `mismatch`: page and host are of
 * different versions, also after a reload. Only under `open` may a value look live.
 */
export type LinkHealthStatus = 'connecting' | 'open' | 'silent' | 'closed' | 'refused' | 'mismatch';

export interface LinkHealth {
  readonly status: LinkHealthStatus;
  /** Since when it is open, or is not. Page clock, epoch ms. */
  readonly since: EpochMs;
  /** Text for a person when not open. */
  readonly reason: string | null;
  readonly fault: LinkFault | null;
  /** Null where the page does nothing by itself. */
  readonly retry: LinkRetry | null;
}

export type HostHello = Extract<HostEvent, { type: 'hello' }>;
export type HostNotice = Extract<HostEvent, { type: 'notice' }>;

/** Rarely changing state of the window, held in zustand. */
export interface WindowState {
  readonly link: LinkHealth;
  /** Null until the first contact. */
  readonly hello: HostHello | null;
  readonly source: DataSource | null;
  /** Rises with each engine that took over, also of the same source: a replay that jumped. What was seen before is not its past. */
  readonly generation: number;
  readonly settings: Settings;
  /** Notices sent to this window, newest last, one per id. */
  readonly notices: readonly HostNotice[];
  /** Errors of this source that a person has cleared in this window; the engine keeps them. */
  readonly clearedErrors: ClearedErrors | null;
}

/**
 * Everything that a panel may read or ask for. Values are immutable and replaced on change; they are held only while some
 * panel is subscribed to their topic. Read them from a draw callback, a topic listener or a hook, never from a timer.
 */
export interface MarketStore {
  price(market: MarketId): PriceValue | null;
  /** One per venue, in venue order. */
  quotes(market: MarketId): readonly QuoteValue[];
  tickers(market: MarketId): readonly TickerValue[];
  book(request: BookRequest): BookView | null;
  trades(market: MarketId): TradeTape;
  candle(request: CandleRequest): CandleSeries;
  /** Open and closed gaps, oldest first, one per id. */
  gaps(): readonly GapRecord[];
  /** By id, oldest first. */
  incidents(): readonly Incident[];
  /** Whether the present values of a topic have arrived: until then an empty list means nothing. */
  isTold(request: TopicRequest): boolean;
  latency(span: LatencySpan): LatencyReport | null;
  health(): FeedHealth | null;
  status(): HostStatus | null;
  links(): readonly LinkState[];
  recordings(): RecordingList | null;
  exports(): ExportReport | null;
  marks(): MarkList | null;
  metrics(): SessionMetrics | null;

  /**
   * The host's clock, estimated; advances also while nothing arrives. Ages are `hostNow() - receivedTime`. In a replay it is
   * the recording's clock: it stands while the replay does.
   */
  hostNow(): EpochMs;
  linkHealth(): LinkHealth;
  readonly windowState: StoreApi<WindowState>;

  /**
   * Keeps the topic subscribed until the returned function is called. `listener` runs once in each animation frame that
   * brought a change, after all of the frame's batches were applied and before any draw callback.
   */
  subscribeTopic(request: TopicRequest, listener: () => void): () => void;
  /**
   * The same for several topics, with at most one call per tick of that length, the last never lost: for React, which
   * renders no faster. All readers share the ticks, so that two panels never show two values of one thing.
   */
  subscribeAtMost(
    intervalMs: number,
    requests: readonly TopicRequest[],
    listener: () => void,
  ): () => void;
  /** Listens without subscribing; `key` is `topicKey(request)`. */
  subscribeKey(key: string, listener: () => void): () => void;
  /** Told after each frame that brought data: milliseconds from its arrival in the page until it was painted. */
  onPainted(listener: (paintedMs: number) => void): () => void;
  /** Called in every animation frame while the window is visible; draw only if something changed. */
  onFrame(draw: (frameTime: number) => void): () => void;
  /** Never rejects: a lost connection is an answer with `ok: false`. */
  command<C extends Command>(command: C): Promise<CommandResult<CommandAnswers[C['type']]>>;
  /** Connects to the host anew, at once. */
  reconnect(): void;
  close(): void;
}
