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

/** An extreme of the day that one venue alone saw. */
export interface LoneExtreme {
  readonly venue: VenueId;
  /** What the others saw. */
  readonly others: number;
  /** So far from the others and from the price now that nobody could trade there. */
  readonly outlier: boolean;
}

/** Further than this beyond all others, and beyond the price, an extreme is an error or a print of its own. */
const farBeyond = 0.1;

/**
 * A shown extreme of the day where no other venue saw anything near it: then it is a fact about its venue, and not about
 * the market. Null where several agree, where only one told, or where the odd one was left out.
 */
export function loneExtreme(
  tickers: readonly TickerValue[],
  side: 'high24h' | 'low24h',
  price: Pick<PriceValue, 'price' | 'high24h' | 'low24h'> | null,
): LoneExtreme | null {
  const sign = side === 'high24h' ? -1 : 1;
  const told = tickers
    .flatMap((ticker) => {
      const value = ticker[side];
      const instrument = parseInstrumentId(ticker.instrument);
      return value === null || instrument === null ? [] : [{ value, venue: instrument.venue }];
    })
    .toSorted((one, other) => sign * (one.value - other.value));
  const [first, second] = told;
  if (price === null || first === undefined || second === undefined || second.value === 0) {
    return null;
  }
  if (first.value !== price[side]) return null;
  if (Math.abs(first.value / second.value - 1) <= furthest) return null;
  const beyond = (base: number) => sign * (1 - first.value / base) > farBeyond;
  const outlier = beyond(second.value) && price.price !== null && beyond(price.price);
  return { venue: first.venue, others: second.value, outlier };
}

/** Where the price stands between the low and the high of 24 h, 0 to 1; null where one of them is unknown. */
export function rangePosition(
  price: PriceValue | null,
  low: LoneExtreme | null = null,
  high: LoneExtreme | null = null,
): number | null {
  if (price === null || price.price === null) return null;
  const from = low?.outlier === true ? low.others : price.low24h;
  const to = high?.outlier === true ? high.others : price.high24h;
  if (from === null || to === null || to <= from) return null;
  return Math.min(1, Math.max(0, (price.price - from) / (to - from)));
}
