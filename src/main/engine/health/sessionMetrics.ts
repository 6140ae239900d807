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
  return {
    version: sessionMetricsVersion,
    source,
    startTime,
    ...tally,
    connections: connections.map((connection) => ({
      ...connection,
      queuedMessages: queued?.(connection.connection) ?? null,
    })),
  };
}
