import type { ClientTimers } from './clientClock.ts';
import { systemClientClock } from './clientClock.ts';

export interface DebounceOptions<Value> {
  readonly waitMs?: number;
  /** Since the first value that waits: without it, input that never pauses would never be told. */
  readonly maxWaitMs?: number;
  /** Makes one of what waits and what came; without it the newest wins. */
  readonly merge?: (waiting: Value, came: Value) => Value;
  readonly onValue: (value: Value) => void;
  readonly clock?: ClientTimers;
}

export interface Debounced<Value> {
  push(value: Value): void;
  flush(): void;
  /** What waits is told; later values are not taken. Safe to call twice. */
  close(): void;
}

export const debounceDefaults = { waitMs: 500, maxWaitMs: 500 } as const;

/** Tells updates when they pause, and at the latest `maxWaitMs` after the first of them. */
export function createDebounce<Value>(options: DebounceOptions<Value>): Debounced<Value> {
  const { merge, onValue, clock = systemClientClock } = options;
  const waitMs = options.waitMs ?? debounceDefaults.waitMs;
  const maxWaitMs = options.maxWaitMs ?? debounceDefaults.maxWaitMs;
  let waiting: { readonly value: Value; readonly sinceMs: number } | null = null;
  let cancelTimer: (() => void) | null = null;
  let isClosed = false;

  function flush(): void {
    cancelTimer?.();
    cancelTimer = null;
    const told = waiting;
    waiting = null;
    if (told !== null) onValue(told.value);
  }

  return {
    push(value) {
      if (isClosed) return;
      const nowMs = clock.monotonicMs();
      const merged = waiting === null || merge === undefined ? value : merge(waiting.value, value);
      waiting = { value: merged, sinceMs: waiting?.sinceMs ?? nowMs };
      cancelTimer?.();
      cancelTimer = clock.after(
        Math.max(0, Math.min(waitMs, waiting.sinceMs + maxWaitMs - nowMs)),
        flush,
      );
    },
    flush,
    close() {
      isClosed = true;
      flush();
    },
  };
}
