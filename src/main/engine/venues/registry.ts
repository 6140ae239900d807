import type { VenueId } from '../../../shared/venues.ts';
import { createBinanceVenue } from './binance/venue.ts';
import { createBybitVenue } from './bybit/venue.ts';
import { createOkxVenue } from './okx/venue.ts';
import type { Venue } from './venue.ts';

/** One line per venue. Each engine makes its own, since decoding reuses buffers. */
const factories = {
  binance: createBinanceVenue,
  bybit: createBybitVenue,
  okx: createOkxVenue,
} satisfies Readonly<Record<VenueId, () => Venue>>;

export function createVenue(id: VenueId): Venue {
  return factories[id]();
}
