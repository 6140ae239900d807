/** Durations and timers of the client; tests give a virtual one. */
export interface ClientClock {
  monotonicMs(): number;
  /** Epoch ms; for labels and ages of what others wrote, never for durations. */
  wallMs(): number;
  /** Runs once; returns its cancel. */
  after(delayMs: number, run: () => void): () => void;
}

/** What a piece needs that only waits. */
export type ClientTimers = Pick<ClientClock, 'monotonicMs' | 'after'>;

export const systemClientClock: ClientClock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
