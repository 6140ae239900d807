import type { GatewayClock } from '../gatewayClock.ts';

export interface BeatLoopOptions {
  readonly clock: GatewayClock;
  /** From the end of one to the next. */
  readonly everyMs: number;
  /** How soon one comes that something asks for. */
  readonly soonMs: number;
  /** One round; it does not reject. */
  readonly beat: () => Promise<void>;
  /** The next one comes soon, whether or not something asked for it. */
  readonly isHasty?: () => boolean;
}

/** Rounds one after the other, never two at once: what asks for one while another is under way gets the next. */
export class BeatLoop {
  readonly #options: BeatLoopOptions;
  #running: Promise<void> | null = null;
  #isDue = false;
  #isClosed = false;
  #cancel: (() => void) | null = null;

  constructor(options: BeatLoopOptions) {
    this.#options = options;
  }

  soon(): void {
    if (this.#running !== null) this.#isDue = true;
    else this.#schedule(this.#options.soonMs);
  }

  /** Resolves when the round that is under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    this.#cancel = null;
    await this.#running;
  }

  #schedule(delayMs: number): void {
    if (this.#isClosed) return;
    this.#cancel?.();
    this.#cancel = this.#options.clock.after(delayMs, () => {
      this.#cancel = null;
      this.#isDue = false;
      this.#running = this.#options.beat().finally(() => this.#next());
    });
  }

  #next(): void {
    const { soonMs, everyMs, isHasty } = this.#options;
    this.#running = null;
    const isSoon = this.#isDue || isHasty?.() === true;
    this.#schedule(isSoon ? soonMs : everyMs);
  }
}
