import type { HeartbeatPolicy, VenueEndpoints, VenueLimits, VenueRoute } from '../venue.ts';

export const endpoints: VenueEndpoints = {
  ws: 'wss://stream.bybit.com',
  rest: 'https://api.bybit.com',
};

/** One product family per socket. */
export const routes: readonly VenueRoute[] = [{ id: 'public', path: '/v5/public/spot' }];

export const limits: VenueLimits = {
  connects: { count: 500, windowMs: 300_000 },
  framesPerConnection: null,
  subscriptionOpsPerConnection: null,
  restWeight: { count: 600, windowMs: 5_000 },
  topicsPerFrame: 10,
  /** 21,000 characters of topics per connection, at up to 40 each. */
  topicsPerConnection: 500,
  /** HTTP 403 "access too frequent": all requests rest for ten minutes. */
  punishmentMs: 600_000,
  maxConnectionAgeMs: null,
};

export const heartbeat: HeartbeatPolicy = {
  type: 'client-text',
  intervalMs: 20_000,
  timeoutMs: 10_000,
  frame: (nextRequestId) => JSON.stringify({ req_id: nextRequestId(), op: 'ping' }),
};
