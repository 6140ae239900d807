/**
 * What the core has to get going as soon as its budgets allow. Stays set until `beginAttempt`, or until the venue makes it
 * needless. `restSnapshot`: fetch `venue.rest.bookSnapshot`. `resubscribe`: unsubscribe, await the ack, subscribe.
 */
export type BookNeed = 'none' | 'restSnapshot' | 'resubscribe';

export interface SavedBookAttempts {
  readonly need: BookNeed;
  readonly epoch: number;
  readonly inFlight: BookNeed;
}

/** What a book asks the core for. At most one attempt is under way; answers of earlier ones carry an old epoch. */
export class BookAttempts {
  #need: BookNeed = 'none';
  #epoch = 0;
  /** What the attempt of this epoch is doing. */
  #inFlight: BookNeed = 'none';

  get need(): BookNeed {
    return this.#need;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Nothing is asked for, and nothing is under way. */
  get isIdle(): boolean {
    return this.#need === 'none' && this.#inFlight === 'none';
  }

  ask(need: BookNeed): void {
    this.#need = need;
  }

  /** Starts what is needed and returns it. */
  begin(): BookNeed {
    const started = this.#need;
    if (started === 'none') return started;
    this.#epoch += 1;
    this.#inFlight = started;
    this.#need = 'none';
    return started;
  }

  /** True when the answer is that of the attempt under way, which is then over. */
  takeSnapshot(epoch: number): boolean {
    if (epoch !== this.#epoch || this.#inFlight !== 'restSnapshot') return false;
    this.#inFlight = 'none';
    return true;
  }

  /** What has failed; `none` when it was not the attempt under way. */
  takeFailure(epoch: number): BookNeed {
    if (epoch !== this.#epoch) return 'none';
    const failed = this.#inFlight;
    this.#inFlight = 'none';
    return failed;
  }

  /** The book became live or was lost: whatever is under way no longer counts. */
  supersede(need: BookNeed): void {
    this.#epoch += 1;
    this.#inFlight = 'none';
    this.#need = need;
  }

  save(): SavedBookAttempts {
    return { need: this.#need, epoch: this.#epoch, inFlight: this.#inFlight };
  }

  restore(saved: SavedBookAttempts): void {
    this.#need = saved.need;
    this.#epoch = saved.epoch;
    this.#inFlight = saved.inFlight;
  }
}
