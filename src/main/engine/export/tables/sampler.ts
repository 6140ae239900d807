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

  /** An input of this time comes next. */
  before(time: EpochMs): void {
    const { everyMs } = this;
    this.next ??= Math.ceil(time / everyMs) * everyMs;
    const until = Math.min(time, this.last + knownMs);
    for (; this.next < until; this.next += everyMs) this.tell(this.next);
    if (this.next < time) this.next = Math.ceil(time / everyMs) * everyMs;
    this.last = time;
  }
}
