/** Durations and timers of delivery; tests give a virtual one. */
export interface DeliveryClock {
  monotonicMs(): number;
  /** Runs once after the delay, 0 = as soon as the running work is done; returns its cancel. */
  after(delayMs: number, run: () => void): () => void;
}
