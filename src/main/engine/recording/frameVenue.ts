import type { MarketKind } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { DecodeError } from '../errors.ts';
import { createVenue } from '../venues/registry.ts';
import type { BookDecimals, DecodeContext, Venue } from '../venues/venue.ts';

const noDecimals: BookDecimals = { price: 0, size: 0 };
const venues = new Map<VenueId, Venue>();

/** Where nothing but the frames themselves is known. */
export function frameContext(venue: Venue, marketKind: MarketKind): DecodeContext {
  return {
    marketKind,
    instrumentOf: (symbol) => venue.describeSymbol(symbol, marketKind).instrument,
    decimalsOf: () => noDecimals,
  };
}

/** What a frame holds when it is read as one of this venue. */
export function readAs(id: VenueId, text: string): { market: number; control: number } {
  const venue = venueOf(id);
  const found = { market: 0, control: 0 };
  try {
    venue.decode(text, frameContext(venue, 'spot'), ({ type }) => {
      if (type === 'ack' || type === 'pong') found.control += 1;
      else if (type !== 'notice') found.market += 1;
    });
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  return found;
}

export function marketKindIn(id: VenueId, text: string): MarketKind | null {
  return venueOf(id).marketKindIn?.(text) ?? null;
}

/** Of a line in a file of several venues: the one that can read it, else the one that came before. */
export class VenueFinder {
  readonly #venues: readonly VenueId[];
  #last: VenueId;

  constructor(ids: readonly [VenueId, ...VenueId[]]) {
    this.#venues = ids;
    [this.#last] = ids;
  }

  venueOf(text: string): VenueId {
    if (this.#venues.length === 1 || readAs(this.#last, text).market > 0) return this.#last;
    const sender = this.#venues.find((id) => readAs(id, text).market > 0);
    if (sender !== undefined) {
      this.#last = sender;
      return sender;
    }
    // Binance's answers have no word of their own, so that it can read those of others: the others are asked first.
    return this.#venues.findLast((id) => readAs(id, text).control > 0) ?? this.#last;
  }
}

function venueOf(id: VenueId): Venue {
  const venue = venues.get(id) ?? createVenue(id);
  venues.set(id, venue);
  return venue;
}
