import type { Percentiles } from '../../../shared/sessionMetrics.ts';
import type { HistogramSaved } from './histogram.ts';
import { Histogram, quantileOf } from './histogram.ts';

/** Buckets are 3.1 % wide: the middle of one is no further than 1.6 % from what it stands for. */
export const sessionBuckets = 32;

export interface SessionHistogramSaved {
  readonly counts: HistogramSaved;
  readonly maxMs: number | null;
}

/** Everything of a session: percentiles within 1.6 %, the maximum exact. Bounded, however long it is. */
export class SessionHistogram {
  readonly buckets = new Histogram(sessionBuckets);
  maxMs: number | null = null;

  add(valueMs: number): void {
    if (!Number.isFinite(valueMs)) return;
    this.buckets.add(valueMs);
    this.noteMax(valueMs);
  }

  noteMax(valueMs: number): void {
    if (this.maxMs === null || valueMs > this.maxMs) this.maxMs = valueMs;
  }

  merge(other: SessionHistogram): void {
    this.buckets.merge(other.buckets);
    if (other.maxMs !== null) this.noteMax(other.maxMs);
  }

  mergeSaved(saved: SessionHistogramSaved): void {
    this.buckets.mergeSaved(saved.counts);
    if (saved.maxMs !== null) this.noteMax(saved.maxMs);
  }

  percentiles(): Percentiles {
    return percentilesOf([this.buckets], this.maxMs);
  }

  save(): SessionHistogramSaved {
    return { counts: this.buckets.save(), maxMs: this.maxMs };
  }

  restore(saved: SessionHistogramSaved): void {
    this.buckets.restore(saved.counts);
    this.maxMs = saved.maxMs;
  }
}

/** Of several histograms together; never above the maximum, which the middle of its bucket may be. */
export function percentilesOf(histograms: readonly Histogram[], maxMs: number | null): Percentiles {
  const count = histograms.reduce((sum, histogram) => sum + histogram.count, 0);
  if (count === 0 || maxMs === null) return { count: 0, p50Ms: null, p99Ms: null, maxMs: null };
  const figure = (q: number): number => Math.min(quantileOf(histograms, q) ?? maxMs, maxMs);
  return { count, p50Ms: figure(0.5), p99Ms: figure(0.99), maxMs };
}
