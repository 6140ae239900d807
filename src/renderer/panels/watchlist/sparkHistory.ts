import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { TopicRequest } from '../../../shared/bridge.ts';
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

interface HeldSparks {
  /** Days of another engine, or of after a jump back, are not those of this one. */
  readonly generation: number;
  readonly byMarket: Map<MarketId, Held>;
}

const heldByStore = new WeakMap<MarketStore, HeldSparks>();

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
  const { generation } = store.windowState.getState();
  let sparks = heldByStore.get(store);
  if (sparks?.generation !== generation) {
    sparks = { generation, byMarket: new Map() };
    heldByStore.set(store, sparks);
  }
  const held = sparks.byMarket;
  const now = store.hostNow();
  const kept = held.get(market);
  if (kept !== undefined && now - kept.loadedTime < barMs) return kept.values;
  const values = loadSpark(store, market).then((loaded) => {
    // An empty answer is asked again soon: history may not have been fetched yet.
    if (loaded.every((value) => value === null)) {
      held.set(market, { loadedTime: now - barMs + 20_000, values: Promise.resolve(loaded) });
    }
    return loaded;
  });
  held.set(market, { loadedTime: now, values });
  return values;
}

/** After a jump of a replay its clock is only right with the first values: a day that ends at another time is no day. */
function onceTold(store: MarketStore, request: TopicRequest, run: () => void): () => void {
  if (store.isTold(request)) {
    run();
    return () => undefined;
  }
  const stop = store.subscribeTopic(request, () => {
    stop();
    run();
  });
  return stop;
}

/** The day of a market, loaded once and renewed with each call after a quarter hour. `tick` asks again. */
export function useSpark(market: MarketId, tick: number): readonly (number | null)[] {
  const store = useMarketStore();
  const generation = useStore(store.windowState, (state) => state.generation);
  const [values, setValues] = useState<readonly (number | null)[]>([]);
  useEffect(() => {
    setValues([]);
  }, [generation]);
  useEffect(() => {
    let current = true;
    const load = () => {
      void heldSpark(store, market).then((loaded) => {
        if (current) setValues(loaded);
      });
    };
    const stop = onceTold(store, { topic: 'price', market }, load);
    return () => {
      current = false;
      stop();
    };
  }, [store, market, tick, generation]);
  return values;
}
