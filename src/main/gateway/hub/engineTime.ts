import type { EpochMs } from '../../../shared/market.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { Publication } from './marketFeed.ts';

/** Older than the newest by more than this, a publication was kept somewhere before it came. */
const keptMs = 1_000;
/** For so long in a row only such ones: the engine's clock has been set back. */
const believedMs = 60_000;

/** The clock of the engine, as its publications tell it; ours until the first one. */
export class EngineTime {
  private readonly clock: GatewayClock;
  private aheadMs: number | null = null;
  private believedAtMs = 0;

  constructor(clock: GatewayClock) {
    this.clock = clock;
  }

  note({ time, source, isPast }: Publication, nowMs: number): void {
    if (isPast === true) return;
    const aheadMs = time - nowMs;
    // A recording jumps to any moment; a market's clock goes on.
    const isKept =
      !source.startsWith('replay:') && this.aheadMs !== null && aheadMs < this.aheadMs - keptMs;
    if (isKept && nowMs - this.believedAtMs < believedMs) return;
    this.aheadMs = aheadMs;
    this.believedAtMs = nowMs;
  }

  /** Another engine: what is known of its clock is nothing. */
  forget(): void {
    this.aheadMs = null;
  }

  now(): EpochMs {
    if (this.aheadMs === null) return this.clock.wallMs();
    return Math.round(this.clock.monotonicMs() + this.aheadMs);
  }
}
