import { useSyncExternalStore } from 'react';
import type { EpochMs, MarketId } from '../../shared/market.ts';
import { useMarketStore } from '../store/hooks.ts';
import type { MarketStore } from '../store/marketStore.ts';
import { pulseMarkets } from './pulseWords.ts';

export interface PaintFigures {
  /** From the host's socket to the frame that shows the price; null while nothing was painted. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly framesPerSec: number | null;
}

const unknownFigures: PaintFigures = { p50Ms: null, p99Ms: null, framesPerSec: null };
const heldSamples = 1200;

function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

/** Counts frames, and measures at each frame how long ago the newest of the prices in it had been received. */
export class PaintMeter {
  readonly #store: MarketStore;
  readonly #samples: number[] = [];
  readonly #seen = new Map<MarketId, EpochMs>();
  #next = 0;
  #frames = 0;
  #countedFrom: number | null = null;
  #figures = unknownFigures;

  constructor(store: MarketStore) {
    this.#store = store;
  }

  get figures(): PaintFigures {
    return this.#figures;
  }

  /** True when the figures have changed, once a second. */
  onFrame(frameTime: number): boolean {
    this.#measure();
    this.#countedFrom ??= frameTime;
    const passed = frameTime - this.#countedFrom;
    if (passed < 1000) {
      this.#frames += 1;
      return false;
    }
    const sorted = this.#samples.toSorted((a, b) => a - b);
    this.#figures = {
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
      framesPerSec: ((this.#frames + 1) * 1000) / passed,
    };
    this.#countedFrom = frameTime;
    this.#frames = 0;
    return true;
  }

  #measure(): void {
    for (const market of pulseMarkets) {
      const received = this.#store.price(market)?.receivedTime ?? null;
      if (received === null) continue;
      const before = this.#seen.get(market);
      if (before === received) continue;
      this.#seen.set(market, received);
      // The first value of a market is a snapshot: its age says nothing about the way here.
      if (before === undefined) continue;
      this.#samples[this.#next] = Math.max(0, this.#store.hostNow() - received);
      this.#next = (this.#next + 1) % heldSamples;
    }
  }
}

const meters = new WeakMap<MarketStore, PaintMeter>();

function meterOf(store: MarketStore): PaintMeter {
  let meter = meters.get(store);
  if (meter === undefined) {
    meter = new PaintMeter(store);
    meters.set(store, meter);
  }
  return meter;
}

/** One component uses it: the status bar. */
export function usePaintFigures(): PaintFigures {
  const store = useMarketStore();
  const meter = meterOf(store);
  return useSyncExternalStore(
    (changed) =>
      store.onFrame((frameTime) => {
        if (meter.onFrame(frameTime)) changed();
      }),
    () => meter.figures,
  );
}
