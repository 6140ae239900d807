import type { FeedError } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { Deadlines } from '../deadlines.ts';
import type { CoreEffect, InputTime } from '../inputs.ts';

/** What the parts of the core share during one input: its time, the deadlines and the way out. */
export interface FeedContext {
  readonly nowMs: number;
  readonly time: EpochMs;
  /** Both of them, for what keeps a copy. */
  readonly inputTime: InputTime;
  readonly deadlines: Deadlines;
  emit(effect: CoreEffect): void;
  report(error: Omit<FeedError, 'time'>): void;
  /** One line of the connection log. */
  log(venue: VenueId, text: string): void;
  /** Names control frames; unique within the engine. */
  readonly nextRequestId: () => string;
  nextRestId(): number;
}
