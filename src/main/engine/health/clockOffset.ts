import type { EpochMs } from '../../../shared/market.ts';

/** Share of a new sample in the estimate. */
const sampleShare = 0.3;
/** Samples that differ by more are of two clocks: one of them was set. */
const setMs = 1_000;
const windowMs = 30_000;

/** `questioned`: a message contradicts it, and the venue is asked. `lost`: our own clock may have stood still. */
type ClockTrust = 'sure' | 'questioned' | 'lost';

export interface ClockOffsetSaved {
  readonly estimateMs: number | null;
  readonly requestErrorMs: number;
  readonly trust: ClockTrust;
  readonly recent: number | null;
  readonly previous: number | null;
  readonly rotatedMs: number;
}

/**
 * The venue's clock against ours. Kept against our monotonic clock, which nobody sets: when our wall clock is stepped or
 * slewed, the offset to it follows at once and a lag never knows. Asked by REST it is known within half the round trip; inside
 * that, no message can have been received before it was sent, so the fastest one of the last minute narrows it.
 */
export class ClockOffset {
  /** The venue's epoch time at our monotonic zero. */
  private estimateMs: number | null = null;
  private requestErrorMs = 0;
  private trust: ClockTrust = 'lost';
  private recent: number | null = null;
  private previous: number | null = null;
  private rotatedMs = 0;

  /** The venue told its time in the middle of a request that ended at `nowMs`. */
  addServerTime(serverTime: EpochMs, nowMs: number, elapsedMs: number): void {
    const sample = serverTime - (nowMs - elapsedMs / 2);
    const before = this.estimateMs;
    const wasSet = before === null || this.trust === 'lost' || Math.abs(sample - before) > setMs;
    if (wasSet) this.forgetMessages();
    this.estimateMs = wasSet ? sample : before + sampleShare * (sample - before);
    this.requestErrorMs = elapsedMs / 2;
    this.trust = 'sure';
  }

  addMessage(venueTime: EpochMs, nowMs: number): void {
    if (nowMs - this.rotatedMs >= windowMs) {
      this.previous = this.recent;
      this.recent = null;
      this.rotatedMs = nowMs;
    }
    const lead = venueTime - nowMs;
    if (this.recent === null || lead > this.recent) this.recent = lead;
  }

  /** A message contradicts what we know: the difference is unknown until the venue was asked again. */
  question(): void {
    if (this.trust === 'sure') this.trust = 'questioned';
  }

  /** Our monotonic clock may have stood still: nothing of before holds. */
  lose(): void {
    this.trust = 'lost';
  }

  /** A message contradicted it, and the venue has not told its time since. */
  get isQuestioned(): boolean {
    return this.trust === 'questioned';
  }

  /** It was known, and is not any more. Where a venue was never asked (a recording), its times stand as they are. */
  get isDoubted(): boolean {
    return this.estimateMs !== null && this.trust !== 'sure';
  }

  /** What the venue's clock shows now; null while unknown. */
  venueTime(nowMs: number): EpochMs | null {
    const { zeroMs } = this;
    return zeroMs === null ? null : zeroMs + nowMs;
  }

  /** What the venue's clock has reached at least, also while we doubt; null before the venue was ever asked. */
  reachedTime(nowMs: number): EpochMs | null {
    return this.estimateMs === null ? null : this.estimateMs + nowMs;
  }

  /** The venue's clock minus ours, as ours stands now; null while unknown. */
  offsetMs(time: EpochMs, nowMs: number): number | null {
    const venueTime = this.venueTime(nowMs);
    return venueTime === null || this.trust !== 'sure' ? null : venueTime - time;
  }

  /** How far the offset may be off; null while it is unknown. */
  get errorMs(): number | null {
    const { estimateMs, requestErrorMs, zeroMs } = this;
    if (estimateMs === null || zeroMs === null || this.trust !== 'sure') return null;
    const least = Math.max(estimateMs - requestErrorMs, Math.min(zeroMs, this.lead));
    return Math.max(zeroMs - least, estimateMs + requestErrorMs - zeroMs);
  }

  save(): ClockOffsetSaved {
    const { estimateMs, requestErrorMs, trust, recent, previous, rotatedMs } = this;
    return { estimateMs, requestErrorMs, trust, recent, previous, rotatedMs };
  }

  restore(saved: ClockOffsetSaved): void {
    this.estimateMs = saved.estimateMs;
    this.requestErrorMs = saved.requestErrorMs;
    this.trust = saved.trust;
    this.recent = saved.recent;
    this.previous = saved.previous;
    this.rotatedMs = saved.rotatedMs;
  }

  private get zeroMs(): number | null {
    const { estimateMs, requestErrorMs } = this;
    if (estimateMs === null || this.trust === 'lost') return null;
    return Math.min(estimateMs + requestErrorMs, Math.max(estimateMs, this.lead));
  }

  private get lead(): number {
    return Math.max(
      this.recent ?? Number.NEGATIVE_INFINITY,
      this.previous ?? Number.NEGATIVE_INFINITY,
    );
  }

  private forgetMessages(): void {
    this.recent = null;
    this.previous = null;
  }
}
