import type { SessionHistogramSaved } from './sessionHistogram.ts';
import { SessionHistogram } from './sessionHistogram.ts';

const recentCount = 100;

export interface RoundTripSaved {
  readonly lastMs: number | null;
  /** Oldest first. */
  readonly recent: readonly number[];
  readonly session: SessionHistogramSaved;
}

/** Round trips to a venue: the last one, the mean of the last hundred, the percentiles of the session. */
export class RoundTripMeter {
  lastMs: number | null = null;
  readonly session = new SessionHistogram();
  private recent: number[] = [];

  add(elapsedMs: number): void {
    if (!Number.isFinite(elapsedMs)) return;
    this.lastMs = elapsedMs;
    this.session.add(elapsedMs);
    this.recent.push(elapsedMs);
    if (this.recent.length > recentCount) this.recent.shift();
  }

  /** Null before the first one. */
  meanMs(): number | null {
    const { recent } = this;
    if (recent.length === 0) return null;
    return recent.reduce((sum, value) => sum + value, 0) / recent.length;
  }

  save(): RoundTripSaved {
    return { lastMs: this.lastMs, recent: [...this.recent], session: this.session.save() };
  }

  restore(saved: RoundTripSaved): void {
    this.lastMs = saved.lastMs;
    this.recent = [...saved.recent];
    this.session.restore(saved.session);
  }
}
