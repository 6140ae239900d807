import type { Percentiles } from '../../../shared/sessionMetrics.ts';
import type { SessionHistogramSaved } from '../health/sessionHistogram.ts';
import type { StreamDefinition } from './streamDefinition.ts';

/** What is counted of a stream over a whole session. */
export interface StreamCounts {
  readonly messages: number;
  readonly gaps: number;
  readonly resyncs: number;
  readonly decodeErrors: number;
}

export const noCounts: StreamCounts = { messages: 0, gaps: 0, resyncs: 0, decodeErrors: 0 };

/** A stream that nobody wants any more: its session goes on when it is opened again. */
export interface StreamPast {
  readonly definition: StreamDefinition;
  readonly counts: StreamCounts;
  readonly uptimeMs: number;
  readonly lag: SessionHistogramSaved;
  /** Of `lag`. */
  readonly percentiles: Percentiles;
}
