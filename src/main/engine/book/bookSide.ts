/** Plain form of a side for checkpoints: from the worst price to the best. */
export interface SavedSide {
  readonly prices: readonly number[];
  readonly sizes: readonly number[];
  readonly changed: readonly number[];
}

const firstCapacity = 256;

/**
 * One side of a book: parallel arrays sorted from the worst price to the best, so that changes near the top move few
 * elements. Prices and sizes in integer units; `changedTime` is the received time of the last change of that size.
 */
export class BookSide {
  /** +1: the highest price is best (bids); -1: the lowest (asks). */
  readonly #direction: 1 | -1;
  /** Price times direction: ascending towards the best on both sides. */
  #keys = new Float64Array(firstCapacity);
  #sizes = new Float64Array(firstCapacity);
  #changed = new Float64Array(firstCapacity);
  #count = 0;

  constructor(side: 'bids' | 'asks') {
    this.#direction = side === 'bids' ? 1 : -1;
  }

  get count(): number {
    return this.#count;
  }

  /** Rank 0 is the best level; NaN beyond the last. */
  priceAt(rank: number): number {
    const index = this.#count - 1 - rank;
    return index < 0 || rank < 0 ? Number.NaN : (this.#keys[index] ?? Number.NaN) * this.#direction;
  }

  sizeAt(rank: number): number {
    const index = this.#count - 1 - rank;
    return index < 0 || rank < 0 ? 0 : (this.#sizes[index] ?? 0);
  }

  /** Received time of the last change of the size at this rank. */
  changedAt(rank: number): number {
    const index = this.#count - 1 - rank;
    return index < 0 || rank < 0 ? 0 : (this.#changed[index] ?? 0);
  }

  /** Size at a price, 0 where there is none. */
  sizeOf(price: number): number {
    const index = this.#find(price * this.#direction);
    return index < 0 ? 0 : (this.#sizes[index] ?? 0);
  }

  /** Number of levels at `price` or better. */
  countFrom(price: number): number {
    const index = this.#find(price * this.#direction);
    return this.#count - (index < 0 ? -index - 1 : index);
  }

  /** Absolute size at a price; 0 removes. False when nothing changed. */
  set(price: number, size: number, changedTime: number): boolean {
    const key = price * this.#direction;
    const index = this.#find(key);
    if (index >= 0) {
      if (size === 0) this.#removeAt(index);
      else {
        if (this.#sizes[index] === size) return false;
        this.#sizes[index] = size;
        this.#changed[index] = changedTime;
      }
      return true;
    }
    if (size === 0) return false;
    this.#insertAt(-index - 1, key, size, changedTime);
    return true;
  }

  /** Keeps only the best `depth` levels. */
  cut(depth: number): void {
    const surplus = this.#count - depth;
    if (surplus <= 0) return;
    this.#keys.copyWithin(0, surplus, this.#count);
    this.#sizes.copyWithin(0, surplus, this.#count);
    this.#changed.copyWithin(0, surplus, this.#count);
    this.#count = depth;
  }

  clear(): void {
    this.#count = 0;
  }

  /** Whether every level stays a safe integer at the larger scale. */
  fitsScale(priceFactor: number, sizeFactor: number): boolean {
    for (let index = 0; index < this.#count; index += 1) {
      const price = Math.abs(this.#keys[index] ?? 0) * priceFactor;
      const size = (this.#sizes[index] ?? 0) * sizeFactor;
      if (price > Number.MAX_SAFE_INTEGER || size > Number.MAX_SAFE_INTEGER) return false;
    }
    return true;
  }

  scale(priceFactor: number, sizeFactor: number): void {
    for (let index = 0; index < this.#count; index += 1) {
      this.#keys[index] = (this.#keys[index] ?? 0) * priceFactor;
      this.#sizes[index] = (this.#sizes[index] ?? 0) * sizeFactor;
    }
  }

  /** Levels of `other` with the same price and size are given the time of their last change here. */
  giveTimesTo(other: BookSide): void {
    let mine = 0;
    for (let theirs = 0; theirs < other.#count; theirs += 1) {
      const key = other.#keys[theirs] ?? 0;
      while (mine < this.#count && (this.#keys[mine] ?? 0) < key) mine += 1;
      if (mine === this.#count) return;
      if (this.#keys[mine] === key && this.#sizes[mine] === other.#sizes[theirs]) {
        other.#changed[theirs] = this.#changed[mine] ?? 0;
      }
    }
  }

  /** Exchanges the levels of both sides without copying. */
  swap(other: BookSide): void {
    [this.#keys, other.#keys] = [other.#keys, this.#keys];
    [this.#sizes, other.#sizes] = [other.#sizes, this.#sizes];
    [this.#changed, other.#changed] = [other.#changed, this.#changed];
    [this.#count, other.#count] = [other.#count, this.#count];
  }

  save(): SavedSide {
    const prices = Array.from(this.#keys.subarray(0, this.#count), (key) => key * this.#direction);
    return {
      prices,
      sizes: Array.from(this.#sizes.subarray(0, this.#count)),
      changed: Array.from(this.#changed.subarray(0, this.#count)),
    };
  }

  restore(saved: SavedSide): void {
    this.#count = 0;
    this.#reserve(saved.prices.length);
    saved.prices.forEach((price, index) => {
      this.#keys[index] = price * this.#direction;
      this.#sizes[index] = saved.sizes[index] ?? 0;
      this.#changed[index] = saved.changed[index] ?? 0;
    });
    this.#count = saved.prices.length;
  }

  /** Index of the key, or -(insertion index) - 1. Looks near the top first, where most changes are. */
  #find(key: number): number {
    const keys = this.#keys;
    let high = this.#count;
    let step = 8;
    let low = high - step;
    while (low > 0 && (keys[low] ?? 0) > key) {
      high = low;
      step *= 2;
      low = high - step;
    }
    if (low < 0) low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = keys[middle] ?? 0;
      if (found === key) return middle;
      if (found < key) low = middle + 1;
      else high = middle;
    }
    return -low - 1;
  }

  #insertAt(index: number, key: number, size: number, changedTime: number): void {
    const count = this.#count;
    this.#reserve(count + 1);
    const keys = this.#keys;
    const sizes = this.#sizes;
    const changed = this.#changed;
    if (index < count) {
      keys.copyWithin(index + 1, index, count);
      sizes.copyWithin(index + 1, index, count);
      changed.copyWithin(index + 1, index, count);
    }
    keys[index] = key;
    sizes[index] = size;
    changed[index] = changedTime;
    this.#count = count + 1;
  }

  #removeAt(index: number): void {
    const count = this.#count;
    if (index + 1 < count) {
      this.#keys.copyWithin(index, index + 1, count);
      this.#sizes.copyWithin(index, index + 1, count);
      this.#changed.copyWithin(index, index + 1, count);
    }
    this.#count = count - 1;
  }

  #reserve(count: number): void {
    if (count <= this.#keys.length) return;
    const capacity = Math.max(count, this.#keys.length * 2);
    this.#keys = grown(this.#keys, capacity);
    this.#sizes = grown(this.#sizes, capacity);
    this.#changed = grown(this.#changed, capacity);
  }
}

function grown(values: Float64Array<ArrayBuffer>, capacity: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(capacity);
  larger.set(values);
  return larger;
}
