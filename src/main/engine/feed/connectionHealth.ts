import type { ConnectionHealth } from '../../../shared/feedHealth.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { ConnectionMeter } from './connectionMeter.ts';
import type { ConnectionState } from './connectionState.ts';
import type { Socket } from './socket.ts';

/** What the health of a connection is read from. */
export interface ConnectionStanding {
  readonly name: string;
  readonly venue: VenueId;
  readonly state: ConnectionState;
  readonly meter: ConnectionMeter;
  readonly active: Socket | null;
}

/** The feed and the shell add what they alone know: the REST circuit and the budgets. */
export function computeConnectionHealth(
  { name, venue, state, meter, active }: ConnectionStanding,
  nowMs: number,
  clock: Pick<ConnectionHealth, 'clockOffsetMs' | 'clockErrorMs'>,
): ConnectionHealth {
  const { status, reason, since, nextAttemptTime, attempt } = state;
  const { roundTripMs, lastReceivedTime, lastError, counters } = meter;
  return {
    connection: name,
    venue,
    ...{ status, reason, since, nextAttemptTime, attempt },
    ...{ roundTripMs, lastReceivedTime, lastError },
    ...clock,
    openedTime: active?.openedTime ?? null,
    circuit: 'closed',
    ...meter.rates(nowMs),
    ...counters,
    budgets: [],
  };
}
