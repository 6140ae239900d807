import type { EpochMs } from '../../../../shared/market.ts';

/** With nothing recorded for longer (ticks come every 50 ms), nobody knows what a sample would be. */
const knownMs = 5_000;

/** Even times of the recording's clock: each is told once everything up to it has been played. */
export class Sampler {
  private readonly everyMs: number;
  private readonly tell: (time: EpochMs) => void;
  private next: EpochMs | null = null;
  private last: EpochMs = 0;

  constructor(everyMs: number, tell: (time: EpochMs) => void) {
    this.everyMs = everyMs;
    this.tell = tell;
  }

  /** What was known until now does not lead to what comes. */
  restart(): void {
    this.next = null;
  }

  /** An input of this time comes next. */
  before(time: EpochMs): void {
    const { everyMs } = this;
    // The wall clock was set back: its times come again, and are told again. Less than a step is no matter.
    if (this.next !== null && time < this.next - 2 * everyMs) this.next = null;
    this.next ??= Math.ceil(time / everyMs) * everyMs;
    const until = Math.min(time, this.last + knownMs);
    for (; this.next < until; this.next += everyMs) this.tell(this.next);
    if (this.next < time) this.next = Math.ceil(time / everyMs) * everyMs;
    this.last = time;
  }
}
