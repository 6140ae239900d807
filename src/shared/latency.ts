import type { EpochMs } from './market.ts';
import type { VenueId } from './venues.ts';

/**
 * Stages of a message, each named by where it ends; it starts where the one before ended, the first at the venue's event
 * time. Of each traced message the stages add up to its total; percentiles of stages do not.
 */
export const latencyStages = [
  'received',
  'decoded',
  'applied',
  'batched',
  'pageReceived',
  'painted',
] as const;
export type LatencyStage = (typeof latencyStages)[number];

/** Over the span that the report was asked for; null while nothing was measured. */
export interface LatencyFigures {
  readonly count: number;
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  /** Shares of the count, lowest value first, at most 16 bars from 0 to p99: a picture, not a measure. */
  readonly shape: readonly number[];
}

export interface StageLatency extends LatencyFigures {
  readonly stage: LatencyStage;
  /** Rests on an estimated clock (venue time, half of a round trip). */
  readonly estimated: boolean;
}

export interface VenueLatency {
  /** Null: all venues. */
  readonly venue: VenueId | null;
  readonly stages: readonly StageLatency[];
  /** Received by us to painted: what we answer for. */
  readonly receivedToPainted: LatencyFigures;
  /** Venue event to painted, by the corrected venue clock. */
  readonly eventToPainted: LatencyFigures;
  /** Venue clock minus ours and how far it may be off. */
  readonly clockOffsetMs: number | null;
  readonly clockErrorMs: number | null;
  readonly messagesPerSec: number;
}

export const latencySpans = ['minute', 'quarter', 'session'] as const;
/** One minute, fifteen minutes, or since the engine started. */
export type LatencySpan = (typeof latencySpans)[number];

/** Measured on live data and never on streams that come on a schedule; sent once a second. */
export interface LatencyReport {
  readonly time: EpochMs;
  readonly span: LatencySpan;
  /** All venues together first, then one each. */
  readonly venues: readonly VenueLatency[];
  /** Received to painted over the last 15 minutes, a point per 5 s, oldest first; null where nothing was painted. */
  readonly trend: readonly {
    readonly time: EpochMs;
    readonly p50Ms: number | null;
    readonly p99Ms: number | null;
  }[];
  /** What p99 of received to painted must stay under. */
  readonly limitP99Ms: number;
}
