import type { EpochMs } from '../../../shared/market.ts';
import type { ClockPort } from '../ports/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** The recording's own clock: timers run when its time has come, however fast it is read. */
export class ImportClock implements ClockPort {
  readonly #startTime: EpochMs;
  readonly #timers = new Set<Timer>();
  #nowMs = 0;
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(startTime: EpochMs) {
    this.#startTime = startTime;
  }

  wallMs(): number {
    return this.#startTime + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, run: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, run };
    this.#timers.add(timer);
    this.#dueMs = Math.min(this.#dueMs, timer.dueMs);
    return () => this.#timers.delete(timer);
  }

  afterInput(run: () => void): void {
    this.setTimer(0, run);
  }

  advance(toMs: number): void {
    while (this.#dueMs <= toMs) {
      let next: Timer | null = null;
      for (const timer of this.#timers) if (next === null || timer.dueMs < next.dueMs) next = timer;
      if (next === null || next.dueMs > toMs) {
        this.#dueMs = next?.dueMs ?? Number.POSITIVE_INFINITY;
        break;
      }
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.run();
      this.#dueMs = Math.min(...[...this.#timers].map(({ dueMs }) => dueMs));
    }
    this.#nowMs = Math.max(this.#nowMs, toMs);
  }
}
