/** Bounds of the gateway, in one place: tests and documents name them from here. */
export const gatewayLimits = {
  /** Channels of one client. */
  maxChannels: 1_000,
  /** Markets in one subscribe message, and markets of one client. */
  maxSymbols: 200,
  maxRatePerSec: 60,
  defaultRatePerSec: 10,
  /** Levels of a book side on the wire, and how many a client gets that asks for none. */
  maxBookDepth: 50,
  defaultBookDepth: 20,
  /** A client's message. */
  maxMessageBytes: 64 * 1024,
  /** Beyond this what a client has not read, its state is conflated and events wait. */
  conflateBytes: 256 * 1024,
  /** Beyond this for `evictMs` it is ended with a reason. */
  evictBytes: 1024 * 1024,
  evictMs: 5_000,
  /** Events kept for those who come back: the shorter of both, over all channels. */
  retentionMs: 120_000,
  retentionEvents: 200_000,
  /** A session whose transport went away is forgotten after this; its cursor still works while events are kept. */
  pollSessionMs: 60_000,
  longPollMs: 25_000,
  /** Application heartbeat; a peer that says nothing for two of them is gone. */
  heartbeatMs: 25_000,
  sseHeartbeatMs: 30_000,
  maxClients: 5_000,
  maxClientsPerAddress: 2_000,
  /** Token buckets: size, and refill per second. */
  messageBucket: { size: 60, perSec: 20 },
  subscribeBucket: { size: 30, perSec: 5 },
  /** Snapshots of one user, or address, that wait for a first value. */
  maxWaitingSnapshots: 200,
  /** Pages of candles of one user: they use up what the venues let us ask, also for what everybody sees. */
  candleBucket: { size: 40, perSec: 2 },
  connectBucket: { size: 40, perSec: 4 },
  /** Failed sign-ins of one name, of one address, and refused tokens of one address; what succeeds costs nothing. */
  loginNameBucket: { size: 10, perSec: 0.2 },
  loginAddressBucket: { size: 30, perSec: 1 },
  badTokenBucket: { size: 20, perSec: 1 },
  /** Renewals of one login. */
  refreshBucket: { size: 30, perSec: 0.5 },
  accessTokenSec: 900,
  refreshTokenSec: 7 * 86_400,
  ticketMs: 60_000,
} as const;
