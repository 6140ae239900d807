import type { EpochMs } from '../market.ts';
import type { DataSource } from '../values.ts';
import type { VenueId } from '../venues.ts';
import type { WireVenueHealth } from './wire.ts';

/** Events of `GET /api/dashboard/stream`; the name of the SSE event is the `type`. */

export interface DashboardMetric {
  readonly name:
    | 'messagesPerSec'
    | 'venuesLive'
    | 'symbolsLive'
    | 'gapsOpen'
    | 'resyncs'
    | 'reconnects'
    | 'lagP99'
    | 'clients';
  /** Null: not known, never 0 instead. */
  readonly value: number | null;
  readonly unit: string;
  /** What it is a share of: venues and symbols in all. */
  readonly total: number | null;
  /** Against the metrics sent before; null at the first, or where either is not known. */
  readonly trend: 'up' | 'down' | 'stable' | null;
}

export interface DashboardMetrics {
  readonly type: 'metrics';
  readonly status: 'live' | 'degraded' | 'down' | 'starting';
  readonly source: DataSource;
  readonly time: EpochMs;
  readonly metrics: readonly DashboardMetric[];
}

/** A venue's state changed; the first one says how all of them are. */
export interface DashboardUpdate {
  readonly type: 'update';
  readonly source: DataSource;
  readonly time: EpochMs;
  readonly venues: readonly WireVenueHealth[];
}

/** Something went wrong just now: data began to miss, a venue went down, the feed is lost. */
export interface DashboardAlert {
  readonly type: 'alert';
  readonly id: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly title: string;
  readonly message: string;
  readonly venue: VenueId | null;
  readonly source: DataSource;
  readonly time: EpochMs;
}

/** Worth knowing, and nothing to be done: a gap ended or was repaired, a venue is back, the source is another one. */
export interface DashboardNotification {
  readonly type: 'notification';
  readonly id: string;
  readonly title: string;
  readonly message: string;
  readonly venue: VenueId | null;
  readonly source: DataSource;
  readonly time: EpochMs;
}

/** Of every SSE stream of the gateway, each `sseHeartbeatMs`. */
export interface StreamHeartbeat {
  readonly type: 'heartbeat';
  readonly time: EpochMs;
}

export type DashboardEvent =
  DashboardMetrics | DashboardUpdate | DashboardAlert | DashboardNotification | StreamHeartbeat;
