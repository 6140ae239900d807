import type { EpochMs, InstrumentId } from './market.ts';
import type { VenueId } from './venues.ts';

export type ConnectionStatus = 'connecting' | 'subscribing' | 'live' | 'reconnecting' | 'closed';
export type ConnectionReason = 'backoff' | 'rate-limited' | 'banned' | 'refused' | 'paused';
export type StreamStatus = 'subscribing' | 'live' | 'quiet' | 'stale' | 'resyncing' | 'failed';
export type BookStatus = 'empty' | 'buffering' | 'live' | 'gap' | 'resyncing';

/** One data kind of one instrument on the wire. `bbo` is the venue's own top of book stream. */
export const streamChannels = ['trade', 'book', 'bbo', 'ticker', 'candle'] as const;
export type StreamChannel = (typeof streamChannels)[number];

/** Why a value is not plain live, from best to worst; an instrument shows the worst of its streams. */
export const streamStatusOrder: readonly StreamStatus[] = [
  'live',
  'quiet',
  'subscribing',
  'resyncing',
  'stale',
  'failed',
];

export type GapCause = 'disconnect' | 'sequence' | 'stale' | 'overflow' | 'decode' | 'clock';

/** Data that is missing, or was and has been repaired. Charts, tape, exports, counters and alerts read the same record. */
export interface GapRecord {
  /** Unique within one engine, counted up. */
  readonly id: number;
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly channel: StreamChannel;
  readonly cause: GapCause;
  readonly from: EpochMs;
  /** Null while the gap is open. */
  readonly to: EpochMs | null;
  readonly firstId: string | null;
  readonly lastId: string | null;
  /** Known number of missing trades or messages, else null. */
  readonly missing: number | null;
  readonly repairedBy: 'rest' | 'snapshot' | null;
}

/** Closed and whole: filled, or proven by ids that nothing was lost. */
export function isRepaired(gap: GapRecord): boolean {
  return gap.to !== null && (gap.repairedBy !== null || gap.missing === 0);
}

export interface FeedError {
  readonly time: EpochMs;
  readonly type: 'connection' | 'server' | 'parse' | 'subscription' | 'rate-limit';
  readonly venue: VenueId;
  /** Close code, HTTP status or the venue's own code. */
  readonly code: string;
  /** For the log: may hold raw text of the venue. */
  readonly detail: string;
  /** For a person: what happened and what happens next. */
  readonly message: string;
}

export interface BudgetHealth {
  readonly name: string;
  readonly used: number;
  readonly limit: number;
  readonly windowMs: number;
}

/** Requests to a venue after five failures in a row: none for a minute, then one that decides. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** A field that a venue's messages gained or lost against what we know of them. */
export interface ApiChange {
  readonly venue: VenueId;
  /** The message in the venue's words, e.g. `depthUpdate`. */
  readonly message: string;
  readonly field: string;
  readonly change: 'unknown' | 'missing';
  readonly count: number;
  readonly firstTime: EpochMs;
  readonly lastTime: EpochMs;
}

const lastingCount = 3;
const lastingMs = 60_000;

/** Seen often enough and for long enough to be told: a single odd message is no change of an API. */
export function isLastingChange({ count, firstTime, lastTime }: ApiChange): boolean {
  return count >= lastingCount && lastTime - firstTime >= lastingMs;
}

/** What a connection or stream in trouble does next by itself. */
export interface NextStep {
  readonly action:
    'connect' | 'probe' | 'resubscribe' | 'replaceSocket' | 'retrySubscription' | 'snapshot';
  /** Null: as soon as an answer comes. */
  readonly time: EpochMs | null;
}

export interface ConnectionHealth {
  /** `binance#1`, `okx-business#1`: stable over reconnects. */
  readonly connection: string;
  readonly venue: VenueId;
  readonly status: ConnectionStatus;
  readonly reason: ConnectionReason | null;
  /** When the present status began. */
  readonly since: EpochMs;
  readonly openedTime: EpochMs | null;
  readonly nextAttemptTime: EpochMs | null;
  /** Attempts since data last flowed for 60 s. */
  readonly attempt: number;
  readonly roundTripMs: number | null;
  /** Venue clock minus ours; may be negative. */
  readonly clockOffsetMs: number | null;
  /** How far the estimate may be off. */
  readonly clockErrorMs: number | null;
  /** Of the venue's REST. */
  readonly circuit: CircuitState;
  readonly messagesPerSec: number;
  readonly bytesPerSec: number;
  readonly messages: number;
  readonly bytes: number;
  readonly sent: number;
  readonly decodeErrors: number;
  readonly gaps: number;
  readonly resyncs: number;
  readonly reconnects: number;
  readonly lastReceivedTime: EpochMs | null;
  readonly lastError: FeedError | null;
  readonly budgets: readonly BudgetHealth[];
}

export interface StreamHealth {
  readonly connection: string;
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly channel: StreamChannel;
  /** The venue's own name of the topic. */
  readonly topic: string;
  readonly status: StreamStatus;
  readonly since: EpochMs;
  readonly messagesPerSec: number;
  readonly messages: number;
  readonly lastReceivedTime: EpochMs | null;
  /** After this long without a message the stream is probed and marked. */
  readonly silenceLimitMs: number;
  /** Receive time minus venue event time, corrected by the clock offset; null where the venue sends no time. */
  readonly lagP50Ms: number | null;
  readonly lagP99Ms: number | null;
  readonly gaps: number;
  readonly resyncs: number;
  readonly decodeErrors: number;
  /** Books: crossed after a whole message; other than the venue's own best bid and ask at the same id. */
  readonly crossed: number;
  readonly mismatches: number;
  /** Messages whose own time lies in the future or goes back by seconds: no lag follows from it. */
  readonly oddTimes: number;
  readonly next: NextStep | null;
  /** Human text where the status is not live or quiet. */
  readonly note: string | null;
}

/** How much an engine holds; all of it has a bound. */
export interface HeldSizes {
  readonly bookLevels: number;
  /** Updates of books that wait for a snapshot. */
  readonly heldUpdates: number;
  readonly trades: number;
  readonly gaps: number;
  readonly incidents: number;
  /** Asked of the venues and not answered, or waiting to be asked. */
  readonly requests: number;
}

/** State of a whole engine, sent at most ten times a second. */
export interface FeedHealth {
  readonly time: EpochMs;
  readonly connections: readonly ConnectionHealth[];
  readonly streams: readonly StreamHealth[];
  readonly errors: readonly FeedError[];
  readonly apiChanges: readonly ApiChange[];
  readonly messagesPerSec: number;
  readonly gapsTotal: number;
  readonly gapsRepaired: number;
  readonly resyncsTotal: number;
  readonly reconnectsTotal: number;
  readonly decodeErrorsTotal: number;
  readonly sizes: HeldSizes;
}

/** Asked for and not heard yet: it starts, and nothing of it was lost. */
export function isStarting({
  status,
  lastReceivedTime,
}: Pick<StreamHealth, 'status' | 'lastReceivedTime'>): boolean {
  return status === 'subscribing' && lastReceivedTime === null;
}

/** Without those that were closed because nothing is wanted of them any more: that is no loss. */
export function neededConnections(
  connections: readonly ConnectionHealth[],
  streams: readonly Pick<StreamHealth, 'connection'>[],
): readonly ConnectionHealth[] {
  const needed = connections.filter(
    ({ connection, status }) =>
      status !== 'closed' || streams.some((stream) => stream.connection === connection),
  );
  return needed.length === 0 ? connections : needed;
}

/**
 * The connections that a venue's prices come by. One that carries candles alone is not among them: while it is down, the
 * venue's trades and books are as good as ever. All of them where no stream tells them apart.
 */
export function priceConnections(
  connections: readonly ConnectionHealth[],
  streams: readonly Pick<StreamHealth, 'connection' | 'channel'>[],
): readonly ConnectionHealth[] {
  const carriesPrices = (name: string): boolean => {
    const carried = streams.filter(({ connection }) => connection === name);
    return carried.length === 0 || carried.some(({ channel }) => channel !== 'candle');
  };
  const ofPrices = connections.filter(({ connection }) => carriesPrices(connection));
  return ofPrices.length === 0 ? connections : ofPrices;
}
