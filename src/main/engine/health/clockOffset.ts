import type { EpochMs } from '../../../shared/market.ts';

/** Share of a new sample in the estimate. */
const sampleShare = 0.3;
const windowMs = 30_000;

export interface ClockOffsetSaved {
  readonly estimateMs: number | null;
  readonly errorMs: number;
  readonly recent: number | null;
  readonly previous: number | null;
  readonly rotatedMs: number;
}

/**
 * The venue's clock minus ours. Asked by REST it is known within half the round trip; inside that, no message can have been
 * received before it was sent, so the fastest one of the last minute narrows it.
 */
export class ClockOffset {
  private estimateMs: number | null = null;
  private errorMs = 0;
  private recent: number | null = null;
  private previous: number | null = null;
  private rotatedMs = 0;

  /** The venue told its time in the middle of a request. */
  addServerTime(serverTime: EpochMs, receivedTime: EpochMs, elapsedMs: number): void {
    const sample = serverTime - (receivedTime - elapsedMs / 2);
    const before = this.estimateMs;
    this.estimateMs = before === null ? sample : before + sampleShare * (sample - before);
    this.errorMs = elapsedMs / 2;
  }

  addMessage(venueTime: EpochMs, receivedTime: EpochMs, nowMs: number): void {
    if (nowMs - this.rotatedMs >= windowMs) {
      this.previous = this.recent;
      this.recent = null;
      this.rotatedMs = nowMs;
    }
    const lead = venueTime - receivedTime;
    if (this.recent === null || lead > this.recent) this.recent = lead;
  }

  get ms(): number | null {
    const { estimateMs, errorMs, recent, previous } = this;
    if (estimateMs === null) return null;
    const lead = Math.max(recent ?? Number.NEGATIVE_INFINITY, previous ?? Number.NEGATIVE_INFINITY);
    return Math.min(estimateMs + errorMs, Math.max(estimateMs, lead));
  }

  save(): ClockOffsetSaved {
    const { estimateMs, errorMs, recent, previous, rotatedMs } = this;
    return { estimateMs, errorMs, recent, previous, rotatedMs };
  }

  restore(saved: ClockOffsetSaved): void {
    this.estimateMs = saved.estimateMs;
    this.errorMs = saved.errorMs;
    this.recent = saved.recent;
    this.previous = saved.previous;
    this.rotatedMs = saved.rotatedMs;
  }
}
