const spacingMs = 1000 / 60;
const baseCredit = 2;
const maxCredit = 8;

export interface SentBatch {
  readonly sequence: number;
  readonly sentMs: number;
  /** From the first change that it carries until it left. */
  readonly heldMs: number;
}

/** When the next batch may go: sixty a second, and two on their way, more only on a link that is slow itself. */
export class SendWindow {
  readonly #roundTripMs: () => number | null;
  readonly #inFlight: SentBatch[] = [];
  #dueMs = Number.NEGATIVE_INFINITY;
  #sentMs = Number.NEGATIVE_INFINITY;

  constructor(roundTripMs: () => number | null) {
    this.#roundTripMs = roundTripMs;
  }

  get inFlight(): number {
    return this.#inFlight.length;
  }

  get hasCredit(): boolean {
    const earned = Math.floor((this.#roundTripMs() ?? 0) / 16);
    return this.#inFlight.length < Math.min(maxCredit, baseCredit + earned);
  }

  waitMs(now: number): number {
    return Math.max(0, this.#dueMs - now);
  }

  silentMs(now: number): number {
    return now - this.#sentMs;
  }

  sent(batch: SentBatch): void {
    this.#inFlight.push(batch);
    this.#sentMs = batch.sentMs;
    // A late timer may be made up for by one millisecond, so that the rate stays at 60 a second and no higher.
    this.#dueMs = Math.max(this.#dueMs + spacingMs, batch.sentMs + spacingMs - 1);
  }

  /** Everything up to `sequence` has been painted. Null when no batch of that number is on its way. */
  acknowledge(sequence: number): SentBatch | null {
    const at = this.#inFlight.findIndex((batch) => batch.sequence === sequence);
    return this.#inFlight.splice(0, at + 1).at(-1) ?? null;
  }
}
