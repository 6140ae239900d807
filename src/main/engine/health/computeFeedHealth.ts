import type {
  BudgetHealth,
  ConnectionHealth,
  FeedHealth,
  HeldSizes,
} from '../../../shared/feedHealth.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { CoreContext } from '../coreContext.ts';
import type { GapLog } from '../feed/gapLog.ts';
import type { VenueFeed } from '../feed/venueFeed.ts';
import { unreachedVenue } from './unreachedVenue.ts';

/** State of a whole engine for the health panel, at the time of its last input. */
export function computeFeedHealth(
  context: CoreContext,
  feeds: readonly VenueFeed[],
  gaps: GapLog,
  budgets: (venue: VenueId, connection: string) => readonly BudgetHealth[],
  hasInstruments: (venue: VenueId) => boolean,
  sizes: HeldSizes,
): FeedHealth {
  const { nowMs, time } = context;
  const connections = feeds.flatMap((feed) => {
    if (feed.connections.length === 0 && !hasInstruments(feed.venue.id)) {
      return [unreachedVenue(context, feed)];
    }
    return feed.connections.map((connection): ConnectionHealth => {
      const health = connection.health(nowMs, feed.clockHealth);
      const roundTripMs = health.roundTripMs ?? feed.restRoundTrips.lastMs;
      const circuit = feed.rest.circuit(nowMs);
      return {
        ...health,
        roundTripMs,
        circuit,
        budgets: budgets(feed.venue.id, connection.name),
      };
    });
  });
  return {
    time,
    connections,
    streams: feeds.flatMap((feed) => feed.streamHealth()),
    errors: context.errors.list(),
    apiChanges: feeds.flatMap((feed) => [...feed.api.list()]),
    messagesPerSec: sum(connections, (each) => each.messagesPerSec),
    gapsTotal: gaps.totalCount,
    gapsRepaired: gaps.repairedCount,
    resyncsTotal: sum(connections, (each) => each.resyncs),
    reconnectsTotal: sum(connections, (each) => each.reconnects),
    decodeErrorsTotal: sum(connections, (each) => each.decodeErrors),
    sizes,
  };
}

function sum(
  connections: readonly ConnectionHealth[],
  read: (connection: ConnectionHealth) => number,
): number {
  return connections.reduce((total, connection) => total + read(connection), 0);
}
