import type { MarketKind } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { DecodeError } from '../errors.ts';
import type { RecordedTopic } from '../hosting/venueRecordingContract.ts';
import { frameContext } from '../recording/frameVenue.ts';
import { createVenue } from '../venues/registry.ts';
import type { DecodeContext, MarketDataEvent, Venue } from '../venues/venue.ts';

const none: readonly RecordedTopic[] = [];

/** What frames of a venue are about, in the venue's own names. Each has its own venue: decoding reuses buffers. */
export class FrameTopics {
  private readonly venue: Venue;
  private readonly context: DecodeContext;
  private readonly hear: (event: MarketDataEvent) => void;
  private found: RecordedTopic[] = [];

  /** `hear` is told of all market data on the way. */
  constructor(id: VenueId, marketKind: MarketKind, hear: (event: MarketDataEvent) => void) {
    this.hear = hear;
    this.venue = createVenue(id);
    this.context = frameContext(this.venue, marketKind);
  }

  /** Empty for answers, heartbeats and what cannot be read. */
  of(text: string): readonly RecordedTopic[] {
    this.found = [];
    try {
      this.venue.decode(text, this.context, (event) => {
        if (event.type !== 'ack' && event.type !== 'pong' && event.type !== 'notice') {
          this.note(event);
        }
      });
    } catch (error) {
      if (error instanceof DecodeError) return none;
      throw error;
    }
    return this.found;
  }

  private note(event: MarketDataEvent): void {
    this.hear(event);
    const { topic, venueSymbol, type } = event;
    if (this.found.some((other) => other.topic === topic)) return;
    const isSnapshot = 'kind' in event && event.kind === 'snapshot';
    this.found.push({ topic, venueSymbol, channel: type, isSnapshot });
  }
}
