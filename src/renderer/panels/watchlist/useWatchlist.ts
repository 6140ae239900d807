import { useEffect, useMemo, useState } from 'react';
import type { MarketId } from '../../../shared/market.ts';
import { useMarketStore, useSettings } from '../../store/hooks.ts';
import { useHostStep } from '../../workspace/session.ts';
import type { WatchlistOptions } from './watchlistOptions.ts';
import type { WatchlistRow } from './watchlistRows.ts';
import { computeRows } from './watchlistRows.ts';

export interface Watchlist {
  readonly markets: readonly MarketId[];
  readonly problem: string | null;
  readonly add: (market: MarketId) => void;
  readonly remove: (market: MarketId) => void;
}

/** The list of the profile: every window shows the same, changes go through the host. */
export function useWatchlist(): Watchlist {
  const store = useMarketStore();
  const markets = useSettings().watchlist;
  const [problem, setProblem] = useState<string | null>(null);
  return useMemo(() => {
    const write = async (watchlist: readonly MarketId[]) => {
      const answer = await store.command({ type: 'changeSettings', changes: { watchlist } });
      setProblem(answer.ok ? null : answer.message);
    };
    return {
      markets,
      problem,
      add: (market) => void write([...markets.filter((other) => other !== market), market]),
      remove: (market) => void write(markets.filter((other) => other !== market)),
    };
  }, [store, markets, problem]);
}

/** Keeps every price of the list subscribed, also of rows that are scrolled away: sorting needs them. */
export function useWatchedPrices(markets: readonly MarketId[]): void {
  const store = useMarketStore();
  useEffect(() => {
    const leaves = markets.map((market) =>
      store.subscribeTopic({ topic: 'price', market }, () => undefined),
    );
    return () => {
      for (const leave of leaves) leave();
    };
  }, [store, markets]);
}

/** A sorted list is put in order every two seconds: rows that jump with each tick cannot be read. */
export function useWatchlistRows(
  markets: readonly MarketId[],
  options: WatchlistOptions,
): readonly WatchlistRow[] {
  const store = useMarketStore();
  const step = useHostStep(2000);
  const sortStep = options.sort === null ? 0 : step;
  return useMemo(
    () => (sortStep < 0 ? [] : computeRows(markets, options, (market) => store.price(market))),
    [store, markets, options, sortStep],
  );
}
