import { useEffect, useState } from 'react';
import type { EpochMs, MarketId } from '../../../shared/market.ts';
import type { CandlePage } from '../../../shared/values.ts';
import { useMarketStore } from '../../store/hooks.ts';
import type { MarketStore } from '../../store/marketStore.ts';

const barMs = 15 * 60_000;
const bars = 96;

/** Closes of the last 24 h in quarter hours, oldest first; a quarter hour without data is null. */
export function sparkValues(page: CandlePage, now: EpochMs): readonly (number | null)[] {
  const closeByTime = new Map(page.candles.map((candle) => [candle.openTime, candle.close]));
  const newest = Math.floor(now / barMs) * barMs;
  return Array.from({ length: bars }, (_, index) => {
    const time = newest - (bars - 1 - index) * barMs;
    return closeByTime.get(time) ?? null;
  });
}

interface Held {
  readonly loadedTime: EpochMs;
  readonly values: Promise<readonly (number | null)[]>;
}

const heldByStore = new WeakMap<MarketStore, Map<string, Held>>();

async function loadSpark(
  store: MarketStore,
  market: MarketId,
): Promise<readonly (number | null)[]> {
  const answer = await store.command({
    type: 'loadCandles',
    market,
    venue: null,
    interval: '15m',
    before: null,
    limit: bars,
  });
  return answer.ok ? sparkValues(answer.value, store.hostNow()) : [];
}

function heldSpark(store: MarketStore, market: MarketId): Promise<readonly (number | null)[]> {
  let held = heldByStore.get(store);
  if (held === undefined) {
    held = new Map();
    heldByStore.set(store, held);
  }
  const source = store.windowState.getState().source ?? 'none';
  const key = `${source} ${market}`;
  const now = store.hostNow();
  const kept = held.get(key);
  if (kept !== undefined && now - kept.loadedTime < barMs) return kept.values;
  const values = loadSpark(store, market).then((loaded) => {
    // An empty answer is asked again soon: history may not have been fetched yet.
    if (loaded.every((value) => value === null)) {
      held.set(key, { loadedTime: now - barMs + 20_000, values: Promise.resolve(loaded) });
    }
    return loaded;
  });
  held.set(key, { loadedTime: now, values });
  return values;
}

/** The day of a market, loaded once and renewed with each call after a quarter hour. `tick` asks again. */
export function useSpark(market: MarketId, tick: number): readonly (number | null)[] {
  const store = useMarketStore();
  const [values, setValues] = useState<readonly (number | null)[]>([]);
  useEffect(() => {
    let current = true;
    void heldSpark(store, market).then((loaded) => {
      if (current) setValues(loaded);
    });
    return () => {
      current = false;
    };
  }, [store, market, tick]);
  return values;
}
