interface GateEntry {
  readonly intervalMs: number;
  readonly listener: () => void;
  lastMs: number;
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
      if (frameTime - entry.lastMs < entry.intervalMs) continue;
      entry.lastMs = frameTime;
      this.#waiting.delete(entry);
      call(entry.listener);
    }
  }
}
