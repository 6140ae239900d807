import type { LatencyReport, LatencySpan } from '../../../shared/latency.ts';
import type { EpochMs } from '../../../shared/market.ts';

/** What p99 from received to painted must stay under at 5,000 messages a second. */
export const limitP99Ms = 25;

/** Of an engine that measures nothing: a replay. */
export function emptyLatencyReport(span: LatencySpan, time: EpochMs): LatencyReport {
  return { time, span, venues: [], trend: [], limitP99Ms };
}
