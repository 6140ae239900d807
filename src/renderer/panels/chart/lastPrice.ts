import type { PriceValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatPrice } from '../../format/price.ts';
import type { CoverageCell, PriceLook } from '../../widgets/validity.ts';
import { countCoverage, ownCoverage, priceLook } from '../../widgets/validity.ts';

/** The tag on the price axis: a price, and beneath it either the countdown or why it is not whole. */
export interface LastPriceTag {
  readonly price: number;
  readonly text: string;
  readonly look: PriceLook;
  /** Lines under the price, when it is not live. */
  readonly notes: readonly string[];
}

function venueTag(
  price: PriceValue | null,
  venue: VenueId,
  linked: boolean,
  now: number,
): LastPriceTag | null {
  const contributor = price?.contributors.find((candidate) => candidate.venue === venue);
  if (contributor === undefined || contributor.price === null) return null;
  const state = ownCoverage(contributor);
  const fresh = linked && state === 'live';
  const age =
    contributor.receivedTime === null ? '' : formatDuration(now - contributor.receivedTime);
  return {
    price: contributor.price,
    text: formatPrice(contributor.price, contributor.priceDecimals),
    look: fresh ? 'live' : 'stale',
    notes: fresh ? [] : [linked ? state : 'no data', age],
  };
}

/** The chart's last price with its validity; null while there is none. */
export function selectLastPrice(
  price: PriceValue | null,
  venue: VenueId | null,
  cells: readonly CoverageCell[],
  linked: boolean,
  now: number,
): LastPriceTag | null {
  if (venue !== null) return venueTag(price, venue, linked, now);
  if (price === null || price.price === null) return null;
  const look = priceLook(price, linked);
  const { live, listed } = countCoverage(cells);
  const age = price.receivedTime === null ? '' : formatDuration(now - price.receivedTime);
  const notes: Record<PriceLook, readonly string[]> = {
    live: [],
    partial: [`${live}/${listed} venues`],
    disputed: ['venues', 'disagree'],
    stale: ['stale', age],
    disconnected: ['no data', age],
    none: [],
  };
  return {
    price: price.price,
    text: formatPrice(price.price, price.priceDecimals),
    look,
    notes: notes[look],
  };
}
