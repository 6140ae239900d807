/** Ids that never came: both ends included. */
export interface TapeHole {
  readonly firstMissing: number;
  readonly lastMissing: number;
}

export type IdVerdict =
  | { readonly type: 'next'; readonly hole: TapeHole | null }
  | { readonly type: 'late' }
  | { readonly type: 'repeated' };

export interface SavedTradeIds {
  readonly last: number | null;
  readonly holes: readonly TapeHole[];
  readonly remembered: readonly string[];
}

const maxHoles = 64;
const maxRemembered = 4_096;
const next: IdVerdict = { type: 'next', hole: null };
const late: IdVerdict = { type: 'late' };
const repeated: IdVerdict = { type: 'repeated' };

/**
 * Which trades came, by the venue's ids. Where ids are consecutive: the last one and the open holes. Where they say
 * nothing: the last few thousand, against repetitions after a reconnect.
 */
export class TradeIds {
  #last: number | null = null;
  #holes: TapeHole[] = [];
  /** In order of arrival: the oldest is forgotten first. */
  readonly #remembered = new Set<string>();

  get holes(): readonly TapeHole[] {
    return this.#holes;
  }

  /** Ids `first` to `last`, both included, as one print covers them. */
  acceptRange(first: number, last: number): IdVerdict {
    const previous = this.#last;
    if (previous === null || first === previous + 1) {
      this.#last = last;
      return next;
    }
    if (first > previous) {
      const hole = { firstMissing: previous + 1, lastMissing: first - 1 };
      this.#holes.push(hole);
      if (this.#holes.length > maxHoles) this.#holes.shift();
      this.#last = last;
      return { type: 'next', hole };
    }
    return this.#fill(first, last) ? late : repeated;
  }

  acceptId(id: string): IdVerdict {
    if (this.#remembered.has(id)) return repeated;
    this.#remembered.add(id);
    if (this.#remembered.size > maxRemembered) {
      for (const oldest of this.#remembered) {
        this.#remembered.delete(oldest);
        break;
      }
    }
    return next;
  }

  save(): SavedTradeIds {
    return { last: this.#last, holes: [...this.#holes], remembered: [...this.#remembered] };
  }

  restore(saved: SavedTradeIds): void {
    this.#last = saved.last;
    this.#holes = [...saved.holes];
    this.#remembered.clear();
    for (const id of saved.remembered) this.#remembered.add(id);
  }

  /** Takes the ids out of the hole that holds all of them. */
  #fill(first: number, last: number): boolean {
    const index = this.#holes.findIndex(
      (hole) => hole.firstMissing <= first && last <= hole.lastMissing,
    );
    const hole = this.#holes[index];
    if (hole === undefined) return false;
    const rest: TapeHole[] = [];
    if (hole.firstMissing < first) rest.push({ ...hole, lastMissing: first - 1 });
    if (last < hole.lastMissing) rest.push({ ...hole, firstMissing: last + 1 });
    this.#holes.splice(index, 1, ...rest);
    return true;
  }
}
