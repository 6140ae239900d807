import { useEffect, useState } from 'react';
import type { VenueId } from '../../../shared/venues.ts';
import type { BookRequest, MarketStore } from '../../store/marketStore.ts';

/** Finest rows of a book and where its price stands: what grouping steps are made of. */
export interface BookGrid {
  readonly market: string;
  readonly venue: VenueId | null;
  readonly tickUnits: number;
  readonly priceDecimals: number;
  readonly priceUnits: number;
}

/** Asks once for a single ungrouped row, and lets go as soon as the answer is here. */
export function useBookGrid(
  store: MarketStore,
  market: string,
  venue: VenueId | null,
): BookGrid | null {
  const [grid, setGrid] = useState<BookGrid | null>(null);
  const known = grid !== null && grid.market === market && grid.venue === venue ? grid : null;
  const isKnown = known !== null;
  useEffect(() => {
    if (isKnown) return undefined;
    const request: BookRequest = { topic: 'book', market, venue, group: '0', rows: 1, muted: [] };
    return store.subscribeTopic(request, () => {
      const view = store.book(request);
      const row = view?.bids[0] ?? view?.asks[0];
      if (view === null || row === undefined) return;
      setGrid({
        market,
        venue,
        tickUnits: view.groupUnits,
        priceDecimals: view.priceDecimals,
        priceUnits: row.priceUnits,
      });
    });
  }, [store, market, venue, isKnown]);
  return known;
}
