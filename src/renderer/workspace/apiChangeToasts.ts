import { useEffect } from 'react';
import type { ApiChange } from '../../shared/feedHealth.ts';
import { isLastingChange } from '../../shared/feedHealth.ts';
import { venueRecord } from '../../shared/venues.ts';
import type { MarketStore } from '../store/marketStore.ts';
import { useMarketStore } from '../store/hooks.ts';
import { useToasts } from './toasts.ts';

const toldKey = 'truetape-told-api-changes';

function toldVenues(): readonly string[] {
  return (window.sessionStorage.getItem(toldKey) ?? '').split(' ').filter((name) => name !== '');
}

/** One per venue and window, also after a reload: further fields stand in Connection health. */
function tell(changes: readonly ApiChange[], show: (title: string, text: string) => void): void {
  const told = toldVenues();
  const fresh = changes.filter(
    ({ venue }, index) =>
      !told.includes(venue) && changes.findIndex((change) => change.venue === venue) === index,
  );
  if (fresh.length === 0) return;
  for (const { venue, message, field, change } of fresh) {
    show(
      `${venueRecord(venue).name} changed its API`,
      `${message}: field ${field} is ${change}. What lacks a needed field is not used; see Connection health.`,
    );
  }
  const all = [...told, ...fresh.map(({ venue }) => venue)];
  window.sessionStorage.setItem(toldKey, all.join(' '));
}

export function watchApiChanges(
  store: MarketStore,
  show: (title: string, text: string) => void,
): () => void {
  let last: readonly ApiChange[] = [];
  return store.subscribeTopic({ topic: 'health' }, () => {
    const changes = (store.health()?.apiChanges ?? []).filter(isLastingChange);
    if (changes.length === last.length) return;
    last = changes;
    tell(changes, show);
  });
}

export function useApiChangeToasts(): void {
  const store = useMarketStore();
  const show = useToasts((state) => state.show);
  useEffect(
    () =>
      watchApiChanges(store, (title, text) => show({ mark: 'error', title, text, stays: false })),
    [store, show],
  );
}
