import type { ConnectionStatus, GapCause, StreamChannel, StreamStatus } from './feedHealth.ts';
import type { EpochMs, InstrumentId } from './market.ts';
import type { DataSource } from './values.ts';
import type { VenueId } from './venues.ts';

/** Of the schema below, in every export of it. */
export const sessionMetricsVersion = 1;

/** Null figures: no sample. Never zero for the unknown. */
export interface Percentiles {
  readonly count: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

export type GapCounts = Readonly<Record<GapCause, number>>;

/** What a whole session was worth, connection by connection: the panel, the report and the export show these figures. */
export interface SessionMetrics {
  readonly version: typeof sessionMetricsVersion;
  readonly source: DataSource;
  /** Of the engine: when it began to listen. */
  readonly startTime: EpochMs;
  readonly time: EpochMs;
  readonly connections: readonly ConnectionMetrics[];
  readonly streams: readonly StreamMetrics[];
}

/** Figures of the whole session, unless said otherwise. */
export interface ConnectionMetrics {
  readonly connection: string;
  readonly venue: VenueId;
  readonly status: ConnectionStatus;
  /** Since when the present socket is open; null: none is. */
  readonly openedTime: EpochMs | null;
  /** Time with an open socket; the share of the session is `uptimeMs / (time - startTime)`. */
  readonly uptimeMs: number;
  readonly messagesReceived: number;
  readonly messagesSent: number;
  readonly bytesReceived: number;
  /** Of the last seconds. */
  readonly messagesPerSec: number;
  readonly bytesPerSec: number;
  readonly subscriptions: number;
  /** Waiting for room in the venue's budget now; null in a replay, where nothing is sent. */
  readonly queuedMessages: number | null;
  readonly reconnects: number;
  readonly errors: number;
  readonly roundTrip: Percentiles;
  /** Mean over the last 100 round trips. */
  readonly roundTripMeanMs: number | null;
  /** Venue clock minus ours. */
  readonly clockOffsetMs: number | null;
}

export interface StreamMetrics {
  readonly connection: string;
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly channel: StreamChannel;
  readonly status: StreamStatus;
  /** Time live or proven quiet. */
  readonly uptimeMs: number;
  readonly messages: number;
  readonly messagesPerSec: number;
  readonly lag: Percentiles;
  readonly gaps: GapCounts;
  /** Time in gaps that were not repaired. */
  readonly gapMs: number;
  readonly gapsRepaired: number;
  readonly resyncs: number;
  readonly decodeErrors: number;
}
