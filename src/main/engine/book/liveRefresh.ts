import type { BookSnapshot } from '../venues/venue.ts';
import type { HeldDelta, SavedDelta } from './deltaBuffer.ts';
import { holdDelta, restoreDelta, saveDelta } from './deltaBuffer.ts';
import type { KnownRange, SavedRange } from './knownRange.ts';
import { rangeOfSnapshot, restoreRange, saveRange } from './knownRange.ts';

export interface PendingSnapshot extends HeldDelta {
  readonly range: KnownRange;
}

export interface SavedLiveRefresh {
  readonly pending: (SavedDelta & { readonly range: SavedRange }) | null;
  readonly holding: boolean;
}

/** A snapshot for a book that stays live meanwhile: asked for, then waiting until the stream has reached it. */
export class LiveRefresh {
  #holding = false;
  #pending: PendingSnapshot | null = null;

  /** A live book keeps its deltas until the snapshot that was asked for has joined. */
  get isHolding(): boolean {
    return this.#holding;
  }

  begin(): void {
    this.#holding = true;
  }

  offer(snapshot: BookSnapshot, receivedTime: number): void {
    const sequence = { first: null, last: snapshot.lastSequence, previous: null };
    const range = rangeOfSnapshot(snapshot);
    this.#pending = { ...holdDelta(snapshot, sequence, receivedTime), range };
  }

  /** The snapshot, once the stream has reached it. */
  takeReached(sequence: number): PendingSnapshot | null {
    const pending = this.#pending;
    if (pending === null || pending.sequence.last > sequence) return null;
    this.#pending = null;
    return pending;
  }

  stopHolding(): void {
    this.#holding = false;
  }

  clear(): void {
    this.#holding = false;
    this.#pending = null;
  }

  save(): SavedLiveRefresh {
    const pending = this.#pending;
    return {
      pending: pending === null ? null : { ...saveDelta(pending), range: saveRange(pending.range) },
      holding: this.#holding,
    };
  }

  restore(saved: SavedLiveRefresh): void {
    const { pending } = saved;
    this.#holding = saved.holding;
    this.#pending =
      pending === null ? null : { ...restoreDelta(pending), range: restoreRange(pending.range) };
  }
}
