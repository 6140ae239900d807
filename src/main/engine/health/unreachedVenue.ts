import type { ConnectionHealth } from '../../../shared/feedHealth.ts';
import type { CoreContext } from '../coreContext.ts';
import type { VenueFeed } from '../feed/venueFeed.ts';

/**
 * A venue that has not told its instruments yet has nothing to connect for. It is missing all the same, and has to be
 * seen as such: the place of its first connection.
 */
export function unreachedVenue(context: CoreContext, feed: VenueFeed): ConnectionHealth {
  const venue = feed.venue.id;
  const errors = context.errors.list().filter((error) => error.venue === venue);
  const lastError = errors.toSorted((left, right) => right.time - left.time)[0] ?? null;
  return {
    connection: `${venue}#1`,
    venue,
    status: lastError === null ? 'connecting' : 'reconnecting',
    reason: lastError === null ? null : 'backoff',
    since: errors.reduce((first, { time }) => Math.min(first, time), context.time),
    openedTime: null,
    nextAttemptTime: null,
    attempt: errors.length,
    roundTripMs: feed.restRoundTripMs,
    clockOffsetMs: feed.clock.ms,
    clockErrorMs: null,
    circuit: 'closed',
    messagesPerSec: 0,
    bytesPerSec: 0,
    messages: 0,
    bytes: 0,
    sent: 0,
    decodeErrors: 0,
    gaps: 0,
    resyncs: 0,
    reconnects: 0,
    lastReceivedTime: null,
    lastError,
    budgets: [],
  };
}
