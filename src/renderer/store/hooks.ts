import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useSyncExternalStore,
} from 'react';
import { useStore } from 'zustand';
import type { TopicRequest } from '../../shared/bridge.ts';
import type { ExportReport } from '../../shared/exports.ts';
import type { FeedError, FeedHealth } from '../../shared/feedHealth.ts';
import type { Incident } from '../../shared/incidents.ts';
import type { MarketId } from '../../shared/market.ts';
import type { MarkList } from '../../shared/marks.ts';
import type { RecordingList } from '../../shared/recordings.ts';
import type { SessionMetrics } from '../../shared/sessionMetrics.ts';
import type { Settings } from '../../shared/settings.ts';
import { topicKey } from '../../shared/topics.ts';
import type { HostStatus, LinkState, PriceValue } from '../../shared/values.ts';
import { clearErrors, withoutCleared } from './clearedErrors.ts';
import type { LinkHealth, MarketStore } from './marketStore.ts';

/** Holds the store itself, never market data. */
export const MarketStoreContext = createContext<MarketStore | null>(null);

/** Milliseconds between two renders of the panel under it from market data; the panel's own choice, 100 by default. */
export const RenderIntervalContext = createContext(100);

/** The store of the window: for `onFrame`, `subscribeTopic`, `command` and reads inside of them. */
export function useMarketStore(): MarketStore {
  const store = useContext(MarketStoreContext);
  if (store === null) throw new Error('there is no MarketStoreContext above');
  return store;
}

function useStableRequests(requests: readonly TopicRequest[]): readonly TopicRequest[] {
  const keys = requests.map(topicKey).join('\n');
  // Equal keys mean equal requests, however often the caller writes them anew.
  // oxlint-disable-next-line react/exhaustive-deps
  return useMemo(() => requests, [keys]);
}

/** Keeps topics subscribed while the component is mounted, without rendering it on data. Null: none. */
export function useTopic(request: TopicRequest | null): void {
  const store = useMarketStore();
  const requests = useStableRequests(request === null ? [] : [request]);
  useEffect(() => {
    const releases = requests.map((topic) => store.subscribeTopic(topic, ignore));
    return () => {
      for (const release of releases) release();
    };
  }, [store, requests]);
}

function ignore(): void {
  // Subscribed for another reader's sake.
}

/**
 * Subscribes to the topics and renders when `select` gives another value (Object.is), at most once per render interval.
 * Select the smallest value that is drawn; return values of the store, not fresh objects.
 */
export function useTopicValue<Value>(
  requests: readonly TopicRequest[],
  select: (store: MarketStore) => Value,
): Value {
  const store = useMarketStore();
  const intervalMs = useContext(RenderIntervalContext);
  const stable = useStableRequests(requests);
  const subscribe = useCallback(
    (notify: () => void) => store.subscribeAtMost(intervalMs, stable, notify),
    [store, intervalMs, stable],
  );
  return useSyncExternalStore(subscribe, () => select(store));
}

export function usePrice(market: MarketId): PriceValue | null {
  return useTopicValue([{ topic: 'price', market }], (store) => store.price(market));
}

export function useHealth(): FeedHealth | null {
  return useTopicValue([{ topic: 'health' }], (store) => store.health());
}

const noErrors: readonly FeedError[] = [];

/** The engine's errors that this window has not cleared, oldest first. */
export function useErrors(): readonly FeedError[] {
  const cleared = useStore(useMarketStore().windowState, (state) => state.clearedErrors);
  const errors = useHealth()?.errors ?? noErrors;
  return useMemo(() => withoutCleared(errors, cleared), [errors, cleared]);
}

/** Empties the list of errors of this window. */
export function useClearErrors(): () => void {
  const store = useMarketStore();
  return useCallback(() => {
    store.windowState.setState({ clearedErrors: clearErrors(store.health()?.errors ?? noErrors) });
  }, [store]);
}

/** By id, oldest first. */
export function useIncidents(): readonly Incident[] {
  return useTopicValue([{ topic: 'incidents' }], (store) => store.incidents());
}

export function useHostStatus(): HostStatus | null {
  return useTopicValue([{ topic: 'status' }], (store) => store.status());
}

export function useLinks(): readonly LinkState[] {
  return useTopicValue([{ topic: 'links' }], (store) => store.links());
}

export function useRecordingList(): RecordingList | null {
  return useTopicValue([{ topic: 'recordings' }], (store) => store.recordings());
}

export function useExportReport(): ExportReport | null {
  return useTopicValue([{ topic: 'exports' }], (store) => store.exports());
}

export function useMarkList(): MarkList | null {
  return useTopicValue([{ topic: 'marks' }], (store) => store.marks());
}

export function useSessionMetrics(): SessionMetrics | null {
  return useTopicValue([{ topic: 'metrics' }], (store) => store.metrics());
}

export function useSettings(): Settings {
  return useStore(useMarketStore().windowState, (state) => state.settings);
}

export function useLinkHealth(): LinkHealth {
  return useStore(useMarketStore().windowState, (state) => state.link);
}
