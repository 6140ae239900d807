import { useSyncExternalStore } from 'react';
import { useMarketStore } from '../store/hooks.ts';
import type { MarketStore } from '../store/marketStore.ts';

export interface PaintFigures {
  /** From the arrival of data in the page to the frame that shows it; null while nothing was painted. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly framesPerSec: number | null;
}

const unknownFigures: PaintFigures = { p50Ms: null, p99Ms: null, framesPerSec: null };
const heldSamples = 1200;

function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

/** Counts frames, and keeps how long the newest data took to be painted. */
export class PaintMeter {
  readonly #samples: number[] = [];
  #next = 0;
  #frames = 0;
  #countedFrom: number | null = null;
  #figures = unknownFigures;

  get figures(): PaintFigures {
    return this.#figures;
  }

  /** True when the figures have changed, once a second. */
  onFrame(frameTime: number): boolean {
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

  painted(paintedMs: number): void {
    this.#samples[this.#next] = paintedMs;
    this.#next = (this.#next + 1) % heldSamples;
  }
}

const meters = new WeakMap<MarketStore, PaintMeter>();

function meterOf(store: MarketStore): PaintMeter {
  let meter = meters.get(store);
  if (meter === undefined) {
    meter = new PaintMeter();
    meters.set(store, meter);
  }
  return meter;
}

/** One component uses it: the status bar. */
export function usePaintFigures(): PaintFigures {
  const store = useMarketStore();
  const meter = meterOf(store);
  return useSyncExternalStore(
    (changed) => {
      const stopFrames = store.onFrame((frameTime) => {
        if (meter.onFrame(frameTime)) changed();
      });
      const stopPainted = store.onPainted((paintedMs) => meter.painted(paintedMs));
      return () => {
        stopFrames();
        stopPainted();
      };
    },
    () => meter.figures,
  );
}
