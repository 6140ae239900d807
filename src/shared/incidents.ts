import type { StreamChannel } from './feedHealth.ts';
import type { EpochMs, InstrumentId } from './market.ts';
import type { VenueId } from './venues.ts';

/** What went wrong, in the words of the fault catalogue. */
export const incidentKinds = [
  'disconnected', // a socket that had opened is gone
  'unreachable', // connects fail: refused, no name, TLS, no answer
  'rateLimited', // the venue asked to wait (429, 1008, 50011)
  'banned', // the venue refuses this address for a time (418, 403)
  'rejected', // a subscription was refused
  'stale', // a stream is silent beyond its limit and not proven quiet
  'resync', // a book is rebuilt: sequence gap, crossed, restart, mismatch with the best price
  'gap', // trades or candles are missing
  'late', // a venue's events arrive seconds behind their own time
  'outlier', // a venue's price was kept out of the consolidated one
  'clock', // a wall clock step, or venue times that cannot be right
  'apiChange', // messages with fields missing or unknown
  'closed', // halted or delisted at the venue
  'blocked', // our own loop stood still
  'slept', // the machine slept
] as const;
export type IncidentKind = (typeof incidentKinds)[number];

/** `running` while it lasts; `recovered`: nothing was lost; `repaired`: what was lost was fetched again. */
export const incidentOutcomes = [
  'running',
  'recovered',
  'repaired',
  'partlyRepaired',
  'notRepaired',
] as const;
export type IncidentOutcome = (typeof incidentOutcomes)[number];

/**
 * One trouble from its first sign to its end: several streams that fell with one socket are one incident. Sent again
 * under the same id whenever it changed.
 */
export interface Incident {
  /** Unique within one engine, counted up. */
  readonly id: number;
  /** Null: all venues (sleep, a blocked loop). */
  readonly venue: VenueId | null;
  readonly kind: IncidentKind;
  /** Null where it concerns more than one instrument. */
  readonly instrument: InstrumentId | null;
  readonly channel: StreamChannel | null;
  readonly connection: string | null;
  readonly from: EpochMs;
  /** Null while it lasts. */
  readonly to: EpochMs | null;
  /**
   * Monotonic, so that a step of the wall clock does not change it; null while it lasts. Of one that came back, without the
   * time in between.
   */
  readonly durationMs: number | null;
  /** Close code, HTTP status, the two sequence numbers: plain text of at most 200 characters. */
  readonly cause: string;
  /** Connects, snapshots or requests that it took. */
  readonly attempts: number;
  readonly cost: {
    /** Streams that were not live because of it. */
    readonly streams: number;
    /** Trades known to be missing at first; null: unknown number. */
    readonly missingTrades: number | null;
    /** Of those, fetched again. */
    readonly repairedTrades: number;
    /** How long the venue was out of a consolidated price because of it. */
    readonly outOfPriceMs: number;
  };
  readonly outcome: IncidentOutcome;
}
