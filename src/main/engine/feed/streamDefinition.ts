import type { VenueId } from '../../../shared/venues.ts';
import type { StreamKey } from '../venues/venue.ts';

export interface StreamDefinition {
  readonly id: string;
  readonly key: StreamKey;
  readonly venue: VenueId;
  readonly topic: string;
  readonly connection: string;
  readonly scheduleMs: number | null;
}
