import type { HistogramSaved } from './histogram.ts';
import { Histogram, quantileOf } from './histogram.ts';

const rotateMs = 30_000;

export interface LagMeterSaved {
  readonly recent: HistogramSaved;
  readonly previous: HistogramSaved;
  readonly rotatedMs: number;
}

/** Quantiles of the last 30 to 60 seconds. */
export class LagMeter {
  private recent = new Histogram();
  private previous = new Histogram();
  private rotatedMs = 0;

  add(nowMs: number, lagMs: number): void {
    if (nowMs - this.rotatedMs >= rotateMs) {
      const { previous } = this;
      this.previous = this.recent;
      this.recent = previous;
      previous.clear();
      if (nowMs - this.rotatedMs >= 2 * rotateMs) this.previous.clear();
      this.rotatedMs = nowMs;
    }
    this.recent.add(lagMs);
  }

  quantile(q: number): number | null {
    return quantileOf([this.recent, this.previous], q);
  }

  save(): LagMeterSaved {
    return {
      recent: this.recent.save(),
      previous: this.previous.save(),
      rotatedMs: this.rotatedMs,
    };
  }

  restore(saved: LagMeterSaved): void {
    this.recent.restore(saved.recent);
    this.previous.restore(saved.previous);
    this.rotatedMs = saved.rotatedMs;
  }
}
