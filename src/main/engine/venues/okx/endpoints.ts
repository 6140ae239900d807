import type { HeartbeatPolicy, VenueEndpoints, VenueLimits, VenueRoute } from '../venue.ts';

export const endpoints: VenueEndpoints = {
  ws: 'wss://ws.okx.com:8443',
  rest: 'https://openapi.okx.com',
};

/** Candles are only served on the business socket. */
export const routes: readonly VenueRoute[] = [
  { id: 'public', path: '/ws/v5/public' },
  { id: 'business', path: '/ws/v5/business' },
];

export const limits: VenueLimits = {
  connects: { count: 3, windowMs: 1_000 },
  framesPerConnection: null,
  subscriptionOpsPerConnection: { count: 480, windowMs: 3_600_000 },
  restWeight: { count: 40, windowMs: 2_000 },
  topicsPerFrame: 100,
  /** Fewer than 30 deep books per connection are advised; a market has four topics. */
  topicsPerConnection: 116,
  punishmentMs: 5_000,
  maxConnectionAgeMs: null,
};

/** The literal text, not JSON. The venue hangs up after 30 s without any. */
export const heartbeat: HeartbeatPolicy = {
  type: 'client-text',
  intervalMs: 20_000,
  timeoutMs: 10_000,
  frame: () => 'ping',
};
