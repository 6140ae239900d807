import type { HeartbeatPolicy } from '../venues/venue.ts';

/** Silence of a whole socket, in periods of the venue's ping, after which nothing can be there any more. */
const missedPings = 3;

/** Time from opening, or from the last frame where the venue pings, to the next look at the heart. */
export function beatAfterMs(policy: HeartbeatPolicy): number {
  return policy.type === 'server-ping' ? missedPings * policy.expectEveryMs : policy.intervalMs;
}
