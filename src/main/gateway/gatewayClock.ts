import type { EpochMs } from '../../shared/market.ts';

/** All durations and timers of the gateway; tests give a virtual one. */
export interface GatewayClock {
  monotonicMs(): number;
  /** A label only. */
  wallMs(): EpochMs;
  /** Runs once; returns its cancel. */
  after(delayMs: number, run: () => void): () => void;
}

export const systemGatewayClock: GatewayClock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
