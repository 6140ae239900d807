import type { VenueId } from '../../../shared/venues.ts';
import type { Stream } from '../feed/stream.ts';
import type { VenueFeed } from '../feed/venueFeed.ts';

/** What the market side tells of trouble, as it happens; what is made of it is decided at the end of the input. */
export interface IncidentNotes {
  /** One of the venue's connections stands otherwise than before. */
  onConnection(feed: VenueFeed): void;
  onStreamChange(stream: Stream): void;
  /** A live book is not live any more; `cause` names the numbers that showed it. */
  onBookLost(stream: Stream, cause: string, isRestart: boolean): void;
  /** A venue's messages are not what they were. */
  onApiChange(venue: VenueId, cause: string): void;
  /** A venue printed a trade far from every price that is known. */
  onOutlierPrint(venue: VenueId, cause: string): void;
}

export const noNotes: IncidentNotes = {
  onConnection: () => undefined,
  onStreamChange: () => undefined,
  onBookLost: () => undefined,
  onApiChange: () => undefined,
  onOutlierPrint: () => undefined,
};
