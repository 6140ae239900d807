import type { ClientClock } from './clientContract.ts';

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
