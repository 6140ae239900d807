import type { PriceValue, TickerValue } from '../../../shared/values.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';

/** How many of the venues that list a market are in its 24 h sums; null where all of them are. */
export interface PartialSum {
  readonly short: string;
  readonly words: string;
}

export function partialSum(price: PriceValue | null): PartialSum | null {
  if (price === null) return null;
  const wanted = price.contributors.filter(({ exclusion }) => exclusion !== 'muted');
  const missing = wanted.filter(({ venue }) => !price.statsVenues.includes(venue));
  if (missing.length === 0 || price.statsVenues.length === 0) return null;
  const names = missing.map(({ venue }) => venueRecord(venue).name).join(', ');
  return {
    short: `${wanted.length - missing.length}/${wanted.length}`,
    words: `sum of ${wanted.length - missing.length} of ${wanted.length} venues, without ${names}`,
  };
}

/** The same distance that makes a venue's price an outlier. */
const furthest = 0.02;

/**
 * The venue whose own figure a shown extreme of the day is, where no other venue saw anything near it: then it is a fact
 * about that venue, and not about the market. Null where several agree, where only one told, or where the odd one was left out.
 */
export function loneExtreme(
  tickers: readonly TickerValue[],
  side: 'high24h' | 'low24h',
  shown: number | null,
): VenueId | null {
  const sign = side === 'high24h' ? -1 : 1;
  const told = tickers
    .flatMap((ticker) => {
      const value = ticker[side];
      const instrument = parseInstrumentId(ticker.instrument);
      return value === null || instrument === null ? [] : [{ value, venue: instrument.venue }];
    })
    .toSorted((one, other) => sign * (one.value - other.value));
  const [first, second] = told;
  if (first === undefined || second === undefined || second.value === 0) return null;
  if (first.value !== shown) return null;
  return Math.abs(first.value / second.value - 1) > furthest ? first.venue : null;
}
