import { createContext } from 'react';
import type { TopicRequest } from '../../shared/bridge.ts';
import type { FeedHealth } from '../../shared/feedHealth.ts';
import type { MarketId } from '../../shared/market.ts';
import type { Settings } from '../../shared/settings.ts';
import type {
  HostStatus,
  LinkState,
  PriceValue,
  QuoteValue,
  TickerValue,
} from '../../shared/values.ts';
import type { LinkHealth, MarketStore } from './marketStore.ts';

/** Holds the store itself, never market data. */
export const MarketStoreContext = createContext<MarketStore | null>(null);

/** Milliseconds between two renders of the panel under it from market data; the panel's own choice, 100 by default. */
export const RenderIntervalContext = createContext(100);

/** The store of the window: for `onFrame`, `subscribeTopic`, `command` and reads inside of them. */
export declare function useMarketStore(): MarketStore;
/** Keeps topics subscribed while the component is mounted, without rendering it on data. Null: none. */
export declare function useTopic(request: TopicRequest | null): void;
/**
 * Subscribes to the topics and renders when `select` gives another value (Object.is), at most once per render interval.
 * Select the smallest value that is drawn; return values of the store, not fresh objects.
 */
export declare function useTopicValue<Value>(
  requests: readonly TopicRequest[],
  select: (store: MarketStore) => Value,
): Value;
export declare function usePrice(market: MarketId): PriceValue | null;
export declare function useQuotes(market: MarketId): readonly QuoteValue[];
export declare function useTickers(market: MarketId): readonly TickerValue[];
export declare function useHealth(): FeedHealth | null;
export declare function useHostStatus(): HostStatus | null;
export declare function useLinks(): readonly LinkState[];
export declare function useSettings(): Settings;
export declare function useLinkHealth(): LinkHealth;
