/** Bounds and beats of running over Redis, in one place: tests and documents name them from here. */
export const scaleOutLimits = {
  /** How often a process says that it is there, and looks who else is. */
  beatMs: 750,
  /** A process that was not heard for this long has lost its markets, whatever it is doing. */
  leaseMs: 8_000,
  /** One that was not heard for this long and has no connection to Redis any more is gone, and its markets are free. */
  goneMs: 2_000,
  /** One that was not heard for this long may come back to its markets, and until then nothing of it looks live. */
  silentMs: 3_000,
  /** After Redis was away each process waits so long for the others before it takes what was theirs. */
  settleMs: 4_000,
  /** A market that nobody wants is held for so long, so that the end of its events can be said. */
  lingerMs: 2_000,
  /** What a gateway wants is forgotten this long after its last beat. */
  wantMs: 5_000,
  /** Events are gathered this long into one entry of the stream. */
  eventGatherMs: 16,
  /** State of one channel is published at most this often. */
  stateGatherMs: 50,
  /** Last values are written again this often, and kept this long: an evicted or late one comes back. */
  stateRewriteMs: 15_000,
  stateKeepMs: 60_000,
  /** Events that wait for Redis in one process; beyond it the oldest are dropped, and seen as lost by their sequence. */
  maxWaitingEvents: 50_000,
  /** Events of one market in one entry. */
  maxEventsPerEntry: 2_000,
  /** Of the stream, beside its two minutes: bounds what Redis holds where many publish. */
  maxEntries: 60_000,
  maxEntryBytes: 4 * 1024 * 1024,
  maxValueBytes: 1024 * 1024,
  readCount: 200,
  readBlockMs: 1_000,
  /** A command without an answer for this long: Redis is taken for lost. */
  commandTimeoutMs: 3_000,
  candleTimeoutMs: 10_000,
  maxCandleRequests: 256,
  maxMarkets: 20_000,
  maxWantedChannels: 50_000,
  /** Longer than a login can live. */
  revocationKeepMs: 8 * 86_400_000,
} as const;
