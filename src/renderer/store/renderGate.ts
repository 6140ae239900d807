interface GateEntry {
  readonly intervalMs: number;
  readonly listener: () => void;
  lastMs: number;
}

/**
 * Whether a reader of so many milliseconds may read again. All readers share the same ticks, so that a value which stands in
 * two panels changes in both in the same frame.
 */
export function isNextTick(lastMs: number, frameTime: number, intervalMs: number): boolean {
  return Math.floor(frameTime / intervalMs) > Math.floor(lastMs / intervalMs);
}

/** Lets each listener through once per interval: the first change at once, the last one never lost. */
export class RenderGate {
  readonly #waiting = new Set<GateEntry>();

  create(intervalMs: number, listener: () => void): { mark(): void; close(): void } {
    const entry: GateEntry = { intervalMs, listener, lastMs: Number.NEGATIVE_INFINITY };
    return {
      mark: () => {
        this.#waiting.add(entry);
      },
      close: () => {
        this.#waiting.delete(entry);
      },
    };
  }

  /** Once per frame, after the topics' listeners. */
  flush(frameTime: number, call: (listener: () => void) => void): void {
    for (const entry of this.#waiting) {
      if (!isNextTick(entry.lastMs, frameTime, entry.intervalMs)) continue;
      entry.lastMs = frameTime;
      this.#waiting.delete(entry);
      call(entry.listener);
    }
  }
}
