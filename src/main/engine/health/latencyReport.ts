import type { ConnectionHealth } from '../../../shared/feedHealth.ts';
import type {
  LatencyReport,
  LatencySpan,
  LatencyStage,
  VenueLatency,
} from '../../../shared/latency.ts';
import { latencyStages } from '../../../shared/latency.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueIds } from '../../../shared/venues.ts';
import type { LatencyMeter, SeriesFigures } from './latencyMeter.ts';

/** What p99 from received to painted must stay under at 5,000 messages a second. */
export const limitP99Ms = 25;

/** The venue's clock is estimated, and so is half of a page's round trip. */
const estimatedStages: ReadonlySet<LatencyStage> = new Set(['received', 'pageReceived']);

/** Of an engine that measures nothing: a replay. */
export function emptyLatencyReport(span: LatencySpan, time: EpochMs): LatencyReport {
  return { time, span, venues: [], trend: [], limitP99Ms };
}

export function createLatencyReport(
  meter: LatencyMeter,
  span: LatencySpan,
  time: EpochMs,
  connections: readonly ConnectionHealth[],
): LatencyReport {
  const present = venueIds.filter((id) => connections.some(({ venue }) => venue === id));
  const messagesPerSec = sumOf(connections);
  const all = toVenue(null, meter.figures(null, span), null, messagesPerSec);
  const each = present.map((venue) => {
    const own = connections.filter((connection) => connection.venue === venue);
    return toVenue(venue, meter.figures(venue, span), own[0] ?? null, sumOf(own));
  });
  return { time, span, venues: [all, ...each], trend: meter.points(), limitP99Ms };
}

function toVenue(
  venue: VenueId | null,
  figures: SeriesFigures,
  connection: ConnectionHealth | null,
  messagesPerSec: number,
): VenueLatency {
  return {
    venue,
    stages: latencyStages.map((stage) => ({
      stage,
      estimated: estimatedStages.has(stage),
      ...figures[stage],
    })),
    receivedToPainted: figures.receivedToPainted,
    eventToPainted: figures.eventToPainted,
    clockOffsetMs: connection?.clockOffsetMs ?? null,
    clockErrorMs: connection?.clockErrorMs ?? null,
    messagesPerSec: Math.round(messagesPerSec * 10) / 10,
  };
}

function sumOf(connections: readonly ConnectionHealth[]): number {
  return connections.reduce((sum, { messagesPerSec }) => sum + messagesPerSec, 0);
}
