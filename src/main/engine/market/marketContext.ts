import type { FeedContext } from '../feed/feedContext.ts';
import type { GapLog } from '../feed/gapLog.ts';
import type { IncidentNotes } from '../health/incidentNotes.ts';
import type { ListenerHub } from '../listenerHub.ts';

/** What every part of the market side shares. */
export interface MarketContext {
  readonly feed: FeedContext;
  readonly gaps: GapLog;
  readonly hub: ListenerHub;
  readonly incidents: IncidentNotes;
}
