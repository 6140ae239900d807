import type { EpochMs } from '../../../shared/market.ts';
import type { HostStatus } from '../../../shared/values.ts';
import { LatencyHistogram } from '../health/latencyHistogram.ts';
import { SpanHistogram, sliceMs } from '../health/spanHistogram.ts';
import type { ClockPort } from '../ports/clock.ts';

const stepMs = 20;
/** Beyond this the loop has not been late, it stood still, and is said to have. */
const blockedLimitMs = 250;
/** As late as this it was no work of ours: the machine slept, or the program was stopped. */
const sleptMs = 5_000;

export interface LoopBlock {
  /** When it began to stand still. */
  readonly time: EpochMs;
  readonly lateMs: number;
}

/** How late a timer of the engine's loop comes, all the time: what stands still there is late everywhere. */
export class LoopWatch {
  readonly #clock: ClockPort;
  readonly #onBlocked: (block: LoopBlock) => void;
  readonly #late = new SpanHistogram();
  #blocked: LoopBlock | null = null;
  #dueMs: number;
  #cancel: () => void = () => undefined;

  constructor(clock: ClockPort, onBlocked: (block: LoopBlock) => void = () => undefined) {
    this.#clock = clock;
    this.#onBlocked = onBlocked;
    this.#dueMs = clock.monotonicMs() + stepMs;
    this.#schedule();
  }

  /** Null before the first measure. */
  status(): HostStatus['loop'] {
    const minute = new LatencyHistogram();
    this.#late.collect('minute', this.#slice(), minute);
    const { p99Ms, maxMs } = minute.figures();
    if (p99Ms === null || maxMs === null) return null;
    const { time = null, lateMs = null } = this.#blocked ?? {};
    return { p99Ms, maxMs, blockedTime: time, blockedMs: lateMs };
  }

  close(): void {
    this.#cancel();
  }

  #schedule(): void {
    this.#cancel = this.#clock.setTimer(stepMs, () => this.#step());
  }

  #step(): void {
    const now = this.#clock.monotonicMs();
    // A timer may come a fraction of a millisecond early.
    const lateMs = Math.max(0, now - this.#dueMs);
    this.#dueMs = now + stepMs;
    this.#schedule();
    if (lateMs > sleptMs) return;
    this.#late.add(lateMs, 1, this.#slice());
    if (lateMs <= blockedLimitMs) return;
    const time = Math.round(this.#clock.wallMs() - lateMs);
    this.#blocked = { time, lateMs: Math.round(lateMs) };
    this.#onBlocked(this.#blocked);
  }

  #slice(): number {
    return Math.floor(this.#clock.monotonicMs() / sliceMs);
  }
}
