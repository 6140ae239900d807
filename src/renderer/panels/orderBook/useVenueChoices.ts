import { useEffect, useState, useSyncExternalStore } from 'react';
import type { VenueId } from '../../../shared/venues.ts';
import { Snapshot } from '../../canvas/snapshot.ts';
import type { BookRequest, MarketStore } from '../../store/marketStore.ts';
import type { VenueChoice } from './venueChoices.ts';
import { sameChoices, selectVenueChoices } from './venueChoices.ts';

/** Ages in words change ten times a second at most. */
const refreshMs = 100;

/** The venue row's words, renewed in the frame loop and rendered only when one of them changed. */
export function useVenueChoices(
  store: MarketStore,
  request: BookRequest,
  muted: readonly VenueId[],
): readonly VenueChoice[] {
  const [snapshot] = useState(() => new Snapshot<readonly VenueChoice[]>([], sameChoices));
  useEffect(() => {
    let last = -refreshMs;
    return store.onFrame((frameTime) => {
      if (frameTime - last < refreshMs) return;
      last = frameTime;
      snapshot.set(
        selectVenueChoices({
          market: request.market,
          view: store.book(request),
          price: store.price(request.market),
          health: store.health(),
          muted: request.venue === null ? muted : [],
          now: store.hostNow(),
          linked: store.linkHealth().status === 'open',
        }),
      );
    });
  }, [store, request, muted, snapshot]);
  return useSyncExternalStore(snapshot.subscribe, snapshot.get);
}
