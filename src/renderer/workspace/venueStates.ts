import type { ConnectionHealth, FeedHealth, StreamHealth } from '../../shared/feedHealth.ts';
import type { VenueId } from '../../shared/venues.ts';
import { venues } from '../../shared/venues.ts';
import type { CoverageCell, CoverageState } from '../widgets/validity.ts';

function connectionState(connections: readonly ConnectionHealth[]): CoverageState | null {
  if (connections.some((connection) => connection.status === 'closed')) return 'disconnected';
  const down = connections.some(
    (connection) => connection.status !== 'live' && connection.status !== 'subscribing',
  );
  if (down) return 'connecting';
  return connections.every((connection) => connection.status !== 'live') ? 'connecting' : null;
}

/** A venue's state: its worst connection, else what most of its streams say. */
function venueState(
  connections: readonly ConnectionHealth[],
  streams: readonly StreamHealth[],
): CoverageState {
  const byConnection = connectionState(connections);
  if (byConnection !== null) return byConnection;
  const share = (status: StreamHealth['status']) =>
    streams.filter((stream) => stream.status === status).length / Math.max(1, streams.length);
  if (share('stale') + share('failed') > 0.5) return 'stale';
  return share('resyncing') > 0.5 ? 'resyncing' : 'live';
}

/** One cell per venue of the engine, in their fixed order; venues without a connection are not part of it. */
export function venueCells(health: FeedHealth | null, linked: boolean): readonly CoverageCell[] {
  return venues.flatMap(({ id }): CoverageCell[] => {
    if (health === null) {
      return [{ venue: id, state: linked ? 'connecting' : 'disconnected', note: null }];
    }
    const connections = connectionsOf(health, id);
    if (connections.length === 0) return [];
    if (!linked) return [{ venue: id, state: 'disconnected', note: null }];
    const streams = health.streams.filter((stream) => stream.venue === id);
    return [{ venue: id, state: venueState(connections, streams), note: null }];
  });
}

export function connectionsOf(health: FeedHealth, venue: VenueId): readonly ConnectionHealth[] {
  return health.connections.filter((connection) => connection.venue === venue);
}
