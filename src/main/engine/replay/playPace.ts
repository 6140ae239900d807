import type { EpochMs } from '../../../shared/market.ts';
import type { TimeRange } from '../../../shared/replay.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { SessionRun } from './sessionRun.ts';

const minSpeed = 0.01;
const maxSpeed = 10_000;

/**
 * How far a run should be by now. Speed and loops rest on the recorded monotonic clock: the recorded wall clock may have been
 * set, forward or back.
 */
export class PlayPace {
  /** Infinite: as fast as it goes. */
  speed = 1;
  loop: TimeRange | null = null;
  private readonly clock: ClockPort;
  /** Where playing began: in the run, null where that is not known yet, and on our clock. */
  private anchor: { readonly runMs: number | null; readonly ms: number };
  /** A loop takes no longer than this, wherever its wall clock stands by then. */
  private loopEndMs = Number.POSITIVE_INFINITY;

  constructor(clock: ClockPort) {
    this.clock = clock;
    this.anchor = { runMs: null, ms: clock.monotonicMs() };
  }

  get isBounded(): boolean {
    return Number.isFinite(this.speed);
  }

  get isAnchored(): boolean {
    return this.anchor.runMs !== null;
  }

  setSpeed(speed: number | null): void {
    const isFinite = speed !== null && Number.isFinite(speed);
    this.speed = isFinite ? Math.min(maxSpeed, Math.max(minSpeed, speed)) : Infinity;
  }

  setLoop(loop: TimeRange | null, run: SessionRun | null): void {
    this.loop = loop === null || loop.from >= loop.to ? null : loop;
    this.boundLoop(run);
  }

  /** From here on at the present speed. */
  anchorAt(run: SessionRun | null): void {
    this.anchor = { runMs: run?.ms ?? null, ms: this.clock.monotonicMs() };
  }

  /** The run stands elsewhere than what it has played led to. */
  boundLoop(run: SessionRun | null): void {
    const { loop } = this;
    const runMs = run?.ms ?? null;
    if (loop === null || run === null || runMs === null) this.loopEndMs = Infinity;
    else this.loopEndMs = runMs + Math.max(0, loop.to - run.time);
  }

  targetMs(): number {
    const { runMs, ms } = this.anchor;
    if (!this.isBounded) return Number.POSITIVE_INFINITY;
    if (runMs === null) return Number.NEGATIVE_INFINITY;
    return runMs + (this.clock.monotonicMs() - ms) * this.speed;
  }

  goal(targetMs: number): { readonly time: EpochMs; readonly ms: number } {
    return { time: this.loop?.to ?? Infinity, ms: Math.min(targetMs, this.loopEndMs) };
  }

  /** What is shown of a run that plays: smooth, and no later than an input that was not fed. */
  timeOf(run: SessionRun): EpochMs {
    return Math.max(run.time, Math.min(run.timeAt(this.targetMs()), this.loop?.to ?? Infinity));
  }

  /** By its position, or by the time that it should have taken. All until `targetMs` was fed. */
  isPastLoop({ time, next }: SessionRun, targetMs: number): boolean {
    const to = this.loop?.to ?? Infinity;
    if (time >= to || targetMs >= this.loopEndMs) return true;
    return next !== null && next.receivedTime > to && targetMs >= next.monotonicMs;
  }
}
