import type { ConnectionStatus, GapCause, StreamChannel, StreamStatus } from './feedHealth.ts';
import type { CandleInterval, EpochMs, InstrumentId } from './market.ts';
import type { DataSource } from './values.ts';
import type { VenueId } from './venues.ts';
import { isVenueId, venueRecord } from './venues.ts';

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
  /** Over all connections, and over all streams: percentiles do not add up. */
  readonly roundTrip: Percentiles;
  readonly lag: Percentiles;
  /** Venues of the engine, in their fixed order. */
  readonly venues: readonly VenueMetrics[];
  readonly connections: readonly ConnectionMetrics[];
  readonly streams: readonly StreamMetrics[];
}

export interface VenueMetrics {
  readonly venue: VenueId;
  /** Over all of its streams. */
  readonly lag: Percentiles;
}

/** Figures of the whole session, unless said otherwise. */
export interface ConnectionMetrics {
  readonly connection: string;
  readonly venue: VenueId;
  readonly status: ConnectionStatus;
  /** Since when the present socket is open; null: none is. */
  readonly openedTime: EpochMs | null;
  /** Time with an open socket. */
  readonly uptimeMs: number;
  /** Time that it was to have one: neither paused nor without anything to carry. `uptimeMs` is a share of it. */
  readonly wantedMs: number;
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
  /** Everything that was reported on it: closes, refusals, frames that could not be read. */
  readonly errors: number;
  /** Frames that could not be read, counted in `errors` too. */
  readonly decodeErrors: number;
  /** By our pings; where the venue pings instead, of its REST. */
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
  /** Of candles. */
  readonly interval: CandleInterval | null;
  /** `closed`: nobody wants it any more; its figures stay, and go on when it is opened again. */
  readonly status: StreamStatus | 'closed';
  /** Time live or proven quiet. */
  readonly uptimeMs: number;
  readonly messages: number;
  readonly messagesPerSec: number;
  readonly lag: Percentiles;
  readonly gaps: GapCounts;
  /** Time in gaps that were not repaired, up to now where one is open. */
  readonly gapMs: number;
  readonly gapsRepaired: number;
  readonly resyncs: number;
  /** REST answers and events about it that could not be read. */
  readonly decodeErrors: number;
}

/** How much of the time that it was to be open; null where it never was to be. */
export function uptimeShare({
  uptimeMs,
  wantedMs,
}: Pick<ConnectionMetrics, 'uptimeMs' | 'wantedMs'>): number | null {
  return wantedMs <= 0 ? null : Math.min(1, uptimeMs / wantedMs);
}

/** `binance#1` as `Binance`, `okx-business#2` as `OKX business 2`. */
export function connectionName(connection: string): string {
  const [route = '', number = ''] = connection.split('#');
  const [venue = '', ...rest] = route.split('-');
  const name = isVenueId(venue) ? venueRecord(venue).name : venue;
  return [name, ...rest, ...(number === '1' ? [] : [number])].join(' ');
}
