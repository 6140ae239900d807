import type { GatewayClock } from '../gatewayClock.ts';

interface Rhythm {
  readonly everyMs: number;
  readonly run: () => void;
}

/** Several things at fixed intervals from one moment, by one timer; what comes due while the loop is blocked runs once. */
export function startCadence(clock: GatewayClock, rhythms: readonly Rhythm[]): () => void {
  const startedMs = clock.monotonicMs();
  const beats = rhythms.map((rhythm) => ({ ...rhythm, dueMs: startedMs + rhythm.everyMs }));
  let cancel: (() => void) | null = null;
  let isStopped = false;
  const plan = (): void => {
    if (isStopped) return;
    const dueMs = Math.min(...beats.map((beat) => beat.dueMs));
    cancel = clock.after(Math.max(0, dueMs - clock.monotonicMs()), beat);
  };
  const beat = (): void => {
    const nowMs = clock.monotonicMs();
    for (const each of beats) {
      // Timers may fire up to a millisecond early.
      if (each.dueMs > nowMs + 1) continue;
      const missed = Math.max(0, Math.floor((nowMs - each.dueMs) / each.everyMs));
      each.dueMs += (missed + 1) * each.everyMs;
      each.run();
    }
    plan();
  };
  plan();
  return () => {
    isStopped = true;
    cancel?.();
  };
}
