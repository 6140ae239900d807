import { isNextTick } from './renderGate.ts';

/** A value for a canvas that paints in every frame, read at the ticks at which React renders it elsewhere on the page. */
export class TickedValue<Value> {
  readonly #intervalMs: number;
  #held: Value | null = null;
  #takenMs = Number.NEGATIVE_INFINITY;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** `urgent`: the new value says that the held one is no longer right, and nothing waits for that. */
  read(value: Value | null, frameTime: number, urgent: boolean): Value | null {
    if (value === this.#held) return this.#held;
    if (urgent || isNextTick(this.#takenMs, frameTime, this.#intervalMs)) {
      this.#held = value;
      this.#takenMs = frameTime;
    }
    return this.#held;
  }

  get held(): Value | null {
    return this.#held;
  }

  reset(): void {
    this.#held = null;
    this.#takenMs = Number.NEGATIVE_INFINITY;
  }
}
