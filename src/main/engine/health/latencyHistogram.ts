import type { LatencyFigures } from '../../../shared/latency.ts';
import { Histogram } from './histogram.ts';

/** A histogram's finest bucket is 1/64 ms; counted in these units it is a quarter of a microsecond. */
const unitsPerMs = 64;
const shapeBars = 16;

const noFigures: LatencyFigures = {
  count: 0,
  meanMs: null,
  p50Ms: null,
  p99Ms: null,
  maxMs: null,
  shape: [],
};

/** Durations of one stage: quantiles within 3 %, mean and maximum exact. */
export class LatencyHistogram {
  private readonly buckets = new Histogram();
  private sumMs = 0;
  private maxMs = Number.NEGATIVE_INFINITY;

  get count(): number {
    return this.buckets.count;
  }

  /** `times`: how many messages the value stands for. */
  add(valueMs: number, times = 1): void {
    this.buckets.add(valueMs * unitsPerMs, times);
    this.sumMs += valueMs * times;
    if (valueMs > this.maxMs) this.maxMs = valueMs;
  }

  merge(other: LatencyHistogram): void {
    this.buckets.merge(other.buckets);
    this.sumMs += other.sumMs;
    this.maxMs = Math.max(this.maxMs, other.maxMs);
  }

  clear(): void {
    if (this.count > 0) this.buckets.clear();
    this.sumMs = 0;
    this.maxMs = Number.NEGATIVE_INFINITY;
  }

  /** Null while empty; never above the maximum, which the middle of its bucket may be. */
  quantile(q: number): number | null {
    const units = this.buckets.quantile(q);
    return units === null ? null : Math.min(units / unitsPerMs, this.maxMs);
  }

  figures(): LatencyFigures {
    const { count } = this;
    if (count === 0) return noFigures;
    const p99Ms = this.quantile(0.99);
    return {
      count,
      meanMs: rounded(this.sumMs / count),
      p50Ms: rounded(this.quantile(0.5)),
      p99Ms: rounded(p99Ms),
      maxMs: rounded(this.maxMs),
      shape: this.shape(p99Ms ?? 0),
    };
  }

  private shape(untilMs: number): readonly number[] {
    if (untilMs <= 0) return [];
    const bars = new Array<number>(shapeBars).fill(0);
    this.buckets.visit((units, count) => {
      const valueMs = units / unitsPerMs;
      if (valueMs > untilMs * 1.04) return;
      const bar = Math.min(shapeBars - 1, Math.floor((valueMs / untilMs) * shapeBars));
      const at = Math.max(0, bar);
      bars[at] = (bars[at] ?? 0) + count;
    });
    return bars.map((count) => Math.round((count / this.count) * 10_000) / 10_000);
  }
}

/** To whole microseconds. */
function rounded(valueMs: number | null): number | null {
  return valueMs === null ? null : Math.round(valueMs * 1_000) / 1_000;
}
