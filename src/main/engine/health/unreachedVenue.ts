import type { ConnectionHealth, ConnectionReason } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
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
    reason: lastError === null ? null : reasonOf(context, feed),
    since: errors.reduce((first, { time }) => Math.min(first, time), context.time),
    openedTime: null,
    nextAttemptTime: lastError === null ? null : nextTime(context, feed),
    attempt: errors.length,
    roundTripMs: feed.restRoundTrips.lastMs,
    ...feed.clockHealth,
    circuit: feed.rest.circuit(context.nowMs),
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

function reasonOf(context: CoreContext, feed: VenueFeed): ConnectionReason {
  const cause = feed.rest.restsUntil(context.nowMs)?.cause ?? 'circuit';
  return cause === 'circuit' ? 'backoff' : cause;
}

/** When its instruments are asked for again; null while the answer is awaited. */
function nextTime(
  { deadlines, nowMs, time }: CoreContext,
  { venue, rest }: VenueFeed,
): EpochMs | null {
  const nextMs =
    rest.restsUntil(nowMs)?.untilMs ??
    deadlines.dueOf('restResume', venue.id, '') ??
    deadlines.dueOf('instruments', venue.id, '');
  return nextMs === null ? null : time + Math.max(0, nextMs - nowMs);
}
