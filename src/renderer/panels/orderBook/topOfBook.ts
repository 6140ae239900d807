import type { VenueId } from '../../../shared/venues.ts';
import type { BookView } from '../../../shared/values.ts';

/** What stands between the best bid and the best ask of a view, from the parts' exact best prices. */
export type TopOfBook =
  | { readonly type: 'none' }
  | {
      readonly type: 'spread';
      readonly units: number;
      readonly bps: number;
      readonly bidVenue: VenueId;
      readonly askVenue: VenueId;
    }
  | { readonly type: 'locked'; readonly bidVenue: VenueId; readonly askVenue: VenueId }
  | {
      readonly type: 'crossed';
      readonly units: number;
      readonly bidVenue: VenueId;
      readonly askVenue: VenueId;
      /** Taker fees of buying at the ask and selling at the bid, in price units. */
      readonly feeUnits: number;
      readonly lessThanFees: boolean;
    };

interface Best {
  readonly venue: VenueId;
  readonly units: number;
}

export interface BestPrices {
  readonly bid: Best | null;
  readonly ask: Best | null;
}

/** Exact best prices over the parts that count; of equal ones, the first in venue order. */
export function selectBestPrices(view: BookView): BestPrices {
  let bid: Best | null = null;
  let ask: Best | null = null;
  for (const part of view.parts) {
    if (!part.counted) continue;
    const { bestBidUnits, bestAskUnits, venue } = part;
    if (bestBidUnits !== null && (bid === null || bestBidUnits > bid.units)) {
      bid = { venue, units: bestBidUnits };
    }
    if (bestAskUnits !== null && (ask === null || bestAskUnits < ask.units)) {
      ask = { venue, units: bestAskUnits };
    }
  }
  return { bid, ask };
}

export function computeTopOfBook(
  view: BookView,
  takerFeeBps: Readonly<Record<string, number>>,
): TopOfBook {
  const { bid, ask } = selectBestPrices(view);
  if (bid === null || ask === null) return { type: 'none' };
  const venuesOf = { bidVenue: bid.venue, askVenue: ask.venue };
  const units = ask.units - bid.units;
  if (units > 0) {
    return {
      type: 'spread',
      units,
      bps: (units / ((ask.units + bid.units) / 2)) * 10_000,
      ...venuesOf,
    };
  }
  if (units === 0) return { type: 'locked', ...venuesOf };
  const fee = (best: Best) => (best.units * (takerFeeBps[best.venue] ?? 0)) / 10_000;
  const feeUnits = fee(bid) + fee(ask);
  return { type: 'crossed', units: -units, ...venuesOf, feeUnits, lessThanFees: -units < feeUnits };
}
