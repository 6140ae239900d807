import type { ConnectionHealth } from '../../../shared/feedHealth.ts';
import type { MarketId } from '../../../shared/market.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import type { HostStatus, MarketBeside } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueIds } from '../../../shared/venues.ts';
import { apiNotices } from './apiNotices.ts';
import type { SlotStatus } from './engineSlot.ts';
import type { RunningEngine } from './runningEngine.ts';

/** What a status says beside the engine that a window looks at. */
export interface StatusFacts extends SlotStatus {
  /** Null: all that the engine listens to, as in a recording. */
  readonly markets: readonly MarketId[] | null;
  readonly version: string;
  readonly startedTime: number;
  readonly loop: HostStatus['loop'];
  readonly recording: HostStatus['recording'];
  readonly storageNotices: readonly string[];
}

export function computeHostStatus(engine: RunningEngine, facts: StatusFacts): HostStatus {
  const { view, source } = engine;
  const health = view.health();
  const markets = facts.markets ?? marketsOf(health.streams.map(({ instrument }) => instrument));
  const { sourceReason, decisionTime, liveReachable, version, startedTime, loop, recording } =
    facts;
  return {
    ...{ source, sourceReason, decisionTime, liveReachable, version, startedTime },
    watchedSince: engine.watchedSince,
    queuedMessages: engine.queuedMessages(),
    venuesLive: venueIds.filter((venue) => isVenueLive(venue, health.connections)).length,
    venuesTotal: venuesTotal(source, health.connections),
    symbolsLive: markets.filter((market) => isFresh(view.priceOf(market).status)).length,
    symbolsTotal: markets.length,
    messagesPerSec: health.messagesPerSec,
    ...{ loop, recording },
    replay: engine.replay(),
    notices: [
      ...facts.storageNotices.map((text, index) => ({ id: `storage-${index}`, text })),
      ...apiNotices(health.apiChanges),
    ],
  };
}

/** What a window that shows a recording is told of the market that runs on. */
export function marketBeside({ view, source }: RunningEngine): MarketBeside {
  const { connections } = view.health();
  return {
    source,
    venuesLive: venueIds.filter((venue) => isVenueLive(venue, connections)).length,
    venuesTotal: venuesTotal(source, connections),
  };
}

/** A venue that cannot be reached has no connection yet, and is missing all the same. */
function venuesTotal(
  source: HostStatus['source'],
  connections: readonly ConnectionHealth[],
): number {
  if (source === 'live' || source === 'simulated') return venueIds.length;
  return new Set(connections.map(({ venue }) => venue)).size;
}

function marketsOf(instruments: readonly string[]): readonly MarketId[] {
  return [...new Set(instruments.flatMap((id) => parseInstrumentId(id)?.market ?? []))];
}

/** A second socket for candles alone does not make a venue live. */
function isVenueLive(venue: VenueId, connections: readonly ConnectionHealth[]): boolean {
  const main = connections.filter(
    ({ connection, status }) => connection.startsWith(`${venue}#`) && status !== 'closed',
  );
  return main.length > 0 && main.every(({ status }) => status === 'live');
}

function isFresh(status: string): boolean {
  return status === 'live' || status === 'degraded' || status === 'single';
}
