import type { HeartbeatPolicy, VenueEndpoints, VenueLimits, VenueRoute } from '../venue.ts';

/** The market-data-only hosts: the same streams, and no account can be touched through them. */
export const endpoints: VenueEndpoints = {
  ws: 'wss://data-stream.binance.vision',
  rest: 'https://data-api.binance.vision',
};

/** Combined mode, since payloads of partial depth and best price do not name their stream. */
export const routes: readonly VenueRoute[] = [{ id: 'public', path: '/stream' }];

export const limits: VenueLimits = {
  connects: { count: 300, windowMs: 300_000 },
  framesPerConnection: { count: 5, windowMs: 1_000 },
  subscriptionOpsPerConnection: null,
  restWeight: { count: 6_000, windowMs: 60_000 },
  topicsPerFrame: 100,
  topicsPerConnection: 1_024,
  punishmentMs: 120_000,
  maxConnectionAgeMs: 24 * 3_600_000,
};

export const heartbeat: HeartbeatPolicy = { type: 'server-ping', expectEveryMs: 20_000 };
