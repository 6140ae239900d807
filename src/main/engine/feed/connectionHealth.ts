import type { ConnectionHealth } from '../../../shared/feedHealth.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { ConnectionMeter } from './connectionMeter.ts';
import type { ConnectionState } from './connectionState.ts';
import type { Socket } from './socket.ts';

export type ClockHealth = Pick<ConnectionHealth, 'clockOffsetMs' | 'clockErrorMs'>;

/** The feed and the shell add what they alone know: the REST circuit and the budgets. */
export function computeConnectionHealth(
  connection: string,
  venue: VenueId,
  state: ConnectionState,
  { meter, active }: { readonly meter: ConnectionMeter; readonly active: Socket | null },
  nowMs: number,
  clock: ClockHealth,
): ConnectionHealth {
  const { status, reason, since, nextAttemptTime, attempt } = state;
  const { roundTrips, lastReceivedTime, lastError, counters } = meter;
  return {
    ...{ connection, venue, status, reason, since, nextAttemptTime, attempt },
    ...{ roundTripMs: roundTrips.lastMs, lastReceivedTime, lastError },
    ...clock,
    openedTime: active?.openedTime ?? null,
    circuit: 'closed',
    ...meter.rates(nowMs),
    ...counters,
    budgets: [],
  };
}
