import type { ConnectionHealth, FeedHealth } from '../../../shared/feedHealth.ts';
import { neededConnections, priceConnections } from '../../../shared/feedHealth.ts';
import type { HealthUpdate, WireVenueHealth } from '../../../shared/gateway/wire.ts';
import type { HostStatus } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueIds } from '../../../shared/venues.ts';
import { isStarting } from '../health.ts';
import type { RecordHead } from './writeStatus.ts';

/** `isLost`: what is known here may have changed long ago, so nothing counts as live. */
export function writeHealth(
  head: RecordHead,
  health: FeedHealth,
  status: HostStatus,
  isLost: boolean,
): HealthUpdate {
  return {
    type: 'health_update',
    ...head,
    status: isLost ? 'down' : overallStatus(status, head.time),
    venuesLive: isLost ? 0 : status.venuesLive,
    venuesTotal: status.venuesTotal,
    symbolsLive: isLost ? 0 : status.symbolsLive,
    symbolsTotal: status.symbolsTotal,
    messagesPerSec: isLost ? 0 : health.messagesPerSec,
    gapsTotal: health.gapsTotal,
    gapsRepaired: health.gapsRepaired,
    resyncsTotal: health.resyncsTotal,
    reconnectsTotal: health.reconnectsTotal,
    decodeErrorsTotal: health.decodeErrorsTotal,
    venues: venueIds.flatMap((venue) => writeVenue(venue, health, isLost)),
  };
}

function overallStatus(status: HostStatus, time: number): HealthUpdate['status'] {
  if (status.replay !== null) return 'live';
  if (status.venuesLive === 0) return isStarting(status, time) ? 'starting' : 'down';
  return status.venuesLive < status.venuesTotal ? 'degraded' : 'live';
}

function writeVenue(
  venue: VenueId,
  { connections, streams }: FeedHealth,
  isLost: boolean,
): readonly WireVenueHealth[] {
  const all = connections.filter((connection) => connection.venue === venue);
  if (all.length === 0) return [];
  const needed = neededConnections(all, streams);
  const own = streams.filter((stream) => stream.venue === venue);
  const received = needed.flatMap(({ lastReceivedTime }) => lastReceivedTime ?? []);
  const troubled = needed.find(({ status }) => status !== 'live');
  return [
    {
      venue,
      status: isLost ? 'down' : venueStatus(priceConnections(needed, streams)),
      messagesPerSec: isLost ? 0 : sum(needed.map(({ messagesPerSec }) => messagesPerSec)),
      gaps: sum(all.map(({ gaps }) => gaps)),
      resyncs: sum(all.map(({ resyncs }) => resyncs)),
      reconnects: sum(all.map(({ reconnects }) => reconnects)),
      lagP50Ms: largest(own.flatMap(({ lagP50Ms }) => lagP50Ms ?? [])),
      lagP99Ms: largest(own.flatMap(({ lagP99Ms }) => lagP99Ms ?? [])),
      lastReceivedTime: largest(received),
      note: troubled?.lastError?.message ?? null,
    },
  ];
}

function venueStatus(connections: readonly ConnectionHealth[]): WireVenueHealth['status'] {
  const live = connections.filter(({ status }) => status === 'live').length;
  if (live === 0) return 'down';
  return live < connections.length ? 'degraded' : 'live';
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function largest(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}
