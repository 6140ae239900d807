import type { ConnectionHealth, FeedHealth, StreamHealth } from '../../../src/shared/feedHealth.ts';
import type { Incident } from '../../../src/shared/incidents.ts';

export const healthNow = 1_700_000_000_000;

export function connection(changes: Partial<ConnectionHealth> = {}): ConnectionHealth {
  return {
    connection: 'okx#1',
    venue: 'okx',
    status: 'live',
    reason: null,
    since: healthNow - 60_000,
    openedTime: healthNow - 46 * 60_000,
    nextAttemptTime: null,
    attempt: 0,
    roundTripMs: 54,
    clockOffsetMs: 0.3,
    clockErrorMs: 0.2,
    circuit: 'closed',
    messagesPerSec: 10,
    bytesPerSec: 1000,
    messages: 100,
    bytes: 1000,
    sent: 1,
    decodeErrors: 0,
    gaps: 0,
    resyncs: 0,
    reconnects: 0,
    lastReceivedTime: healthNow,
    lastError: null,
    budgets: [
      { name: 'connects', used: 1, limit: 300, windowMs: 300_000 },
      { name: 'msg/s', used: 2, limit: 5, windowMs: 1000 },
    ],
    ...changes,
  };
}

export function stream(changes: Partial<StreamHealth> = {}): StreamHealth {
  return {
    connection: 'okx#1',
    venue: 'okx',
    instrument: 'okx:BTC-USDT',
    channel: 'book',
    topic: 'books',
    status: 'live',
    since: healthNow - 3_300,
    messagesPerSec: 10,
    messages: 1_000_000,
    lastReceivedTime: healthNow - 92,
    silenceLimitMs: 1100,
    lagP50Ms: 27.2,
    lagP99Ms: 54,
    gaps: 1,
    resyncs: 3,
    decodeErrors: 0,
    crossed: 0,
    mismatches: 0,
    oddTimes: 0,
    next: null,
    note: null,
    ...changes,
  };
}

export function feedHealth(
  streams: readonly StreamHealth[],
  connections: readonly ConnectionHealth[] = [connection()],
  changes: Partial<FeedHealth> = {},
): FeedHealth {
  return {
    time: healthNow,
    connections,
    streams,
    errors: [],
    apiChanges: [],
    messagesPerSec: 1,
    gapsTotal: 0,
    gapsRepaired: 0,
    resyncsTotal: 0,
    reconnectsTotal: 0,
    decodeErrorsTotal: 0,
    sizes: { bookLevels: 0, heldUpdates: 0, trades: 0, gaps: 0, incidents: 0, requests: 0 },
    ...changes,
  };
}

export function incident(changes: Partial<Incident> = {}): Incident {
  return {
    id: 1,
    venue: 'okx',
    kind: 'disconnected',
    instrument: null,
    channel: null,
    connection: 'okx#1',
    from: healthNow - 600_000,
    to: healthNow - 488_000,
    durationMs: 112_000,
    cause: 'reset by peer (1006)',
    attempts: 5,
    cost: { streams: 30, missingTrades: 38, repairedTrades: 38, outOfPriceMs: 112_000 },
    outcome: 'repaired',
    ...changes,
  };
}
