import type { EpochMs } from '../../../shared/market.ts';
import type { SessionMetrics } from '../../../shared/sessionMetrics.ts';
import { sessionMetricsVersion } from '../../../shared/sessionMetrics.ts';
import type { DataSource } from '../../../shared/values.ts';
import type { CoreView } from '../coreView.ts';

/**
 * Every figure of the session from the core alone, so that the panel, a replay and an export tell the same. `queued`
 * is of the shell, which a replay has not.
 */
export function computeSessionMetrics(
  view: CoreView,
  source: DataSource,
  startTime: EpochMs,
  queued?: (connection: string) => number,
): SessionMetrics {
  const { connections, ...tally } = view.tally();
  const longestMs = Math.max(0, ...connections.map(({ wantedMs }) => wantedMs));
  return {
    version: sessionMetricsVersion,
    source,
    // A recording that began on a running engine has figures of before it.
    startTime: Math.min(startTime, tally.time - longestMs),
    ...tally,
    connections: connections.map((connection) => ({
      ...connection,
      queuedMessages: queued?.(connection.connection) ?? null,
    })),
  };
}
