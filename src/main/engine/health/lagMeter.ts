import type { Percentiles } from '../../../shared/sessionMetrics.ts';
import type { HistogramSaved } from './histogram.ts';
import { Histogram, quantileOf } from './histogram.ts';
import type { SessionHistogramSaved } from './sessionHistogram.ts';
import { SessionHistogram, percentilesOf, sessionBuckets } from './sessionHistogram.ts';

const rotateMs = 30_000;

export interface LagMeterSaved {
  readonly recent: HistogramSaved;
  readonly previous: HistogramSaved;
  readonly ended: SessionHistogramSaved;
  readonly rotatedMs: number;
}

/** Quantiles of the last 30 to 60 seconds, and of the whole session at no further cost per message. */
export class LagMeter {
  private recent = new Histogram(sessionBuckets);
  private previous = new Histogram(sessionBuckets);
  /** Of the session all but `recent`; its maximum counts that too. */
  private readonly ended = new SessionHistogram();
  private rotatedMs = 0;

  add(nowMs: number, lagMs: number): void {
    if (nowMs - this.rotatedMs >= rotateMs) this.rotate(nowMs);
    this.recent.add(lagMs);
    this.ended.noteMax(lagMs);
  }

  quantile(q: number): number | null {
    return quantileOf([this.recent, this.previous], q);
  }

  sessionPercentiles(): Percentiles {
    return percentilesOf([this.ended.buckets, this.recent], this.ended.maxMs);
  }

  addSessionTo(whole: SessionHistogram): void {
    whole.merge(this.ended);
    whole.buckets.merge(this.recent);
  }

  /** The session so far, for the same stream when it is opened again. */
  saveSession(): SessionHistogramSaved {
    const whole = new SessionHistogram();
    this.addSessionTo(whole);
    return whole.save();
  }

  restoreSession(saved: SessionHistogramSaved): void {
    this.ended.restore(saved);
  }

  save(): LagMeterSaved {
    return {
      recent: this.recent.save(),
      previous: this.previous.save(),
      ended: this.ended.save(),
      rotatedMs: this.rotatedMs,
    };
  }

  restore(saved: LagMeterSaved): void {
    this.recent.restore(saved.recent);
    this.previous.restore(saved.previous);
    this.ended.restore(saved.ended);
    this.rotatedMs = saved.rotatedMs;
  }

  private rotate(nowMs: number): void {
    const { previous } = this;
    this.ended.buckets.merge(this.recent);
    this.previous = this.recent;
    this.recent = previous;
    previous.clear();
    if (nowMs - this.rotatedMs >= 2 * rotateMs) this.previous.clear();
    this.rotatedMs = nowMs;
  }
}
