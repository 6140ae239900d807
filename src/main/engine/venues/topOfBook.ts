import type { EpochMs } from '../../../shared/market.ts';
import type { BookSnapshot, TopOfBook } from './venue.ts';

/** Best prices of an answer that lists the best level first. */
export function topOf(
  { bids, asks, priceDecimals }: BookSnapshot,
  venueTime: EpochMs | null,
): TopOfBook {
  const scale = 10 ** priceDecimals;
  const [bid, ask] = [bids.prices[0], asks.prices[0]];
  return {
    bid: bids.count === 0 || bid === undefined ? null : bid / scale,
    ask: asks.count === 0 || ask === undefined ? null : ask / scale,
    venueTime,
  };
}
