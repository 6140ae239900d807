const gapCount = 256;
const minimumGaps = 16;
const burstMedianMs = 250;
/** The gaps are sorted anew after this many messages: the limit moves slowly, and it is asked for often. */
const relearnAfter = 16;

export interface SilenceWatchSaved {
  readonly learnedMs: number;
  readonly sinceLearned: number;
  readonly gaps: readonly number[];
  readonly next: number;
  readonly lastMs: number;
}

/**
 * How long one stream may be silent before somebody asks why: 4 x p99 of its last 256 gaps, within 1-3 s where the
 * median gap is under 250 ms, within 3-10 s where the venue emits on a schedule, else within 10-60 s.
 */
export class SilenceWatch {
  private readonly scheduleMs: number | null;
  private readonly gaps = new Float64Array(gapCount);
  private count = 0;
  private next = 0;
  private learnedMs = 0;
  private sinceLearned = relearnAfter;
  /** Monotonic time of the last message, or of the moment from which silence counts. */
  lastMs = 0;

  constructor(scheduleMs: number | null) {
    this.scheduleMs = scheduleMs;
  }

  /** Silence counts from here, without learning a gap: a subscription began, the machine woke. */
  begin(nowMs: number): void {
    this.lastMs = nowMs;
  }

  touch(nowMs: number): void {
    this.gaps[this.next] = nowMs - this.lastMs;
    this.next = (this.next + 1) % gapCount;
    if (this.count < gapCount) this.count += 1;
    this.lastMs = nowMs;
    this.sinceLearned += 1;
  }

  limitMs(): number {
    if (this.sinceLearned >= relearnAfter || this.count < minimumGaps) {
      this.learnedMs = this.learn();
      this.sinceLearned = 0;
    }
    return this.learnedMs;
  }

  /** What `limitMs` said last, for display: a reader must not make the watch learn. */
  get shownLimitMs(): number {
    return this.learnedMs === 0 ? this.learn() : this.learnedMs;
  }

  private learn(): number {
    const floorMs =
      this.scheduleMs === null ? 0 : Math.min(10_000, Math.max(3_000, 2.5 * this.scheduleMs));
    if (this.count < minimumGaps) return 10_000;
    const sorted = this.gaps.slice(0, this.count).sort();
    const median = sorted[this.count >> 1] ?? 0;
    const limit = 4 * (sorted[Math.ceil(this.count * 0.99) - 1] ?? 0);
    if (median < burstMedianMs) return clamp(limit, 1_000, 3_000);
    if (this.scheduleMs !== null) return clamp(limit, floorMs, 10_000);
    return clamp(limit, 10_000, 60_000);
  }

  save(): SilenceWatchSaved {
    const { next, lastMs, learnedMs, sinceLearned } = this;
    return { gaps: [...this.gaps.slice(0, this.count)], next, lastMs, learnedMs, sinceLearned };
  }

  restore(saved: SilenceWatchSaved): void {
    this.gaps.fill(0);
    this.gaps.set(saved.gaps);
    this.count = saved.gaps.length;
    this.next = saved.next;
    this.lastMs = saved.lastMs;
    this.learnedMs = saved.learnedMs;
    this.sinceLearned = saved.sinceLearned;
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
