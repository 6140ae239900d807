import type { WireVenueHealth } from '../../shared/gateway/wire.ts';
import type { HostStatus } from '../../shared/values.ts';

export interface HealthReport {
  readonly status: 'ok' | 'degraded' | 'down' | 'starting';
  readonly version: string;
  readonly uptimeSec: number;
  readonly source: string;
  readonly venues: {
    readonly live: number;
    readonly total: number;
    /** Per venue; empty until it is known. */
    readonly states: Readonly<Partial<Record<string, WireVenueHealth['status']>>>;
  };
  readonly symbols: { readonly live: number; readonly total: number };
  readonly messagesPerSec: number;
  readonly clients: number;
  /** By what they are served over now; Socket.IO's clients by what they use. */
  readonly transports: TransportCounts;
}

export interface TransportCounts {
  readonly websocket: number;
  readonly sse: number;
  readonly polling: number;
}

/** The first connections need some seconds; then nothing live is a failure. */
const startMs = 10_000;

/** No venue is live, and none is missed yet. */
export function isStarting(
  { sourceReason, startedTime }: Pick<HostStatus, 'sourceReason' | 'startedTime'>,
  time: number,
): boolean {
  return sourceReason === 'probing' || time - startedTime < startMs;
}

/** For a monitor: 200 while at least one venue is live, 503 otherwise. A recording has no venue to lose. */
export function computeHealth(
  status: HostStatus,
  venues: readonly Pick<WireVenueHealth, 'venue' | 'status'>[],
  clients: { readonly count: number; readonly transports: TransportCounts },
  time: number,
): { readonly code: 200 | 503; readonly report: HealthReport } {
  const state = computeState(status, time);
  return {
    code: state === 'ok' || state === 'degraded' ? 200 : 503,
    report: {
      status: state,
      version: status.version,
      uptimeSec: Math.max(0, Math.floor((time - status.startedTime) / 1000)),
      source: status.source,
      venues: {
        live: status.venuesLive,
        total: status.venuesTotal,
        states: Object.fromEntries(venues.map((venue) => [venue.venue, venue.status])),
      },
      symbols: { live: status.symbolsLive, total: status.symbolsTotal },
      messagesPerSec: Math.round(status.messagesPerSec),
      clients: clients.count,
      transports: clients.transports,
    },
  };
}

function computeState(status: HostStatus, time: number): HealthReport['status'] {
  if (status.replay !== null) return 'ok';
  if (status.venuesLive === 0) return isStarting(status, time) ? 'starting' : 'down';
  return status.venuesLive < status.venuesTotal ? 'degraded' : 'ok';
}
