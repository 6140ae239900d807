interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** Time that passes only when told to; timers run in order of their due time, then of their creation. */
export class VirtualClock {
  #nowMs: number;
  #timers: Timer[] = [];

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), run };
    const at = this.#timers.findIndex((other) => other.dueMs > timer.dueMs);
    if (at < 0) this.#timers.push(timer);
    else this.#timers.splice(at, 0, timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Time passes and nothing runs: a blocked loop, or a machine that sleeps. What came due meanwhile runs next. */
  stall(forMs: number): void {
    this.#nowMs += forMs;
  }

  get pending(): number {
    return this.#timers.length;
  }

  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let next = this.#timers[0]; next !== undefined; next = this.#timers[0]) {
      if (next.dueMs > untilMs) break;
      this.#timers.shift();
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.run();
    }
    this.#nowMs = untilMs;
  }
}
