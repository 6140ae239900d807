/** Plain form of a side for checkpoints: from the worst price to the best. */
export interface SavedSide {
  readonly prices: readonly number[];
  readonly sizes: readonly number[];
  readonly changed: readonly number[];
}

const firstCapacity = 256;

/** Up to here a plain loop is faster than calling out to `copyWithin`. */
const shortMove = 48;

/** Numbers per level: key, size, time of the last change. */
const stride = 3;

/**
 * One side of a book: levels sorted from the worst price to the best, so that changes near the top move few of them.
 * Prices and sizes in integer units. All numbers of a level lie together, so that making room is one copy.
 */
export class BookSide {
  /** +1: the highest price is best (bids); -1: the lowest (asks). */
  readonly #direction: 1 | -1;
  /** Per level: price times direction (ascending towards the best on both sides), size, received time of its change. */
  #levels = new Float64Array(firstCapacity * stride);
  #count = 0;

  constructor(side: 'bids' | 'asks') {
    this.#direction = side === 'bids' ? 1 : -1;
  }

  get count(): number {
    return this.#count;
  }

  /** Rank 0 is the best level; NaN beyond the last. */
  priceAt(rank: number): number {
    return rank < 0 || rank >= this.#count
      ? Number.NaN
      : (this.#levels[this.#offsetOf(rank)] ?? Number.NaN) * this.#direction;
  }

  /** 0 beyond the last. */
  sizeAt(rank: number): number {
    return rank < 0 || rank >= this.#count ? 0 : (this.#levels[this.#offsetOf(rank) + 1] ?? 0);
  }

  /** Received time of the last change of the size at this rank. */
  changedAt(rank: number): number {
    return rank < 0 || rank >= this.#count ? 0 : (this.#levels[this.#offsetOf(rank) + 2] ?? 0);
  }

  /** Size at a price, 0 where there is none. */
  sizeOf(price: number): number {
    const index = this.#find(price * this.#direction);
    return index < 0 ? 0 : (this.#levels[index * stride + 1] ?? 0);
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
    if (index < 0) {
      if (size === 0) return false;
      this.#insertAt(-index - 1, key, size, changedTime);
      return true;
    }
    if (size === 0) {
      this.#removeAt(index);
      return true;
    }
    const levels = this.#levels;
    if (levels[index * stride + 1] === size) return false;
    levels[index * stride + 1] = size;
    levels[index * stride + 2] = changedTime;
    return true;
  }

  /** Keeps only the best `depth` levels. */
  cut(depth: number): void {
    const surplus = this.#count - depth;
    if (surplus <= 0) return;
    this.#levels.copyWithin(0, surplus * stride, this.#count * stride);
    this.#count = depth;
  }

  clear(): void {
    this.#count = 0;
  }

  /** Whether every level stays a safe integer at the larger scale. */
  fitsScale(priceFactor: number, sizeFactor: number): boolean {
    const levels = this.#levels;
    for (let offset = 0; offset < this.#count * stride; offset += stride) {
      const price = Math.abs(levels[offset] ?? 0) * priceFactor;
      const size = (levels[offset + 1] ?? 0) * sizeFactor;
      if (price > Number.MAX_SAFE_INTEGER || size > Number.MAX_SAFE_INTEGER) return false;
    }
    return true;
  }

  scale(priceFactor: number, sizeFactor: number): void {
    const levels = this.#levels;
    for (let offset = 0; offset < this.#count * stride; offset += stride) {
      levels[offset] = (levels[offset] ?? 0) * priceFactor;
      levels[offset + 1] = (levels[offset + 1] ?? 0) * sizeFactor;
    }
  }

  /** Levels of `other` with the same price and size are given the time of their last change here. */
  giveTimesTo(other: BookSide): void {
    const mine = this.#levels;
    const theirs = other.#levels;
    const end = this.#count * stride;
    let at = 0;
    for (let offset = 0; offset < other.#count * stride; offset += stride) {
      const key = theirs[offset] ?? 0;
      while (at < end && (mine[at] ?? 0) < key) at += stride;
      if (at === end) return;
      if (mine[at] === key && mine[at + 1] === theirs[offset + 1]) {
        theirs[offset + 2] = mine[at + 2] ?? 0;
      }
    }
  }

  /** Exchanges the levels of both sides without copying. */
  swap(other: BookSide): void {
    [this.#levels, other.#levels] = [other.#levels, this.#levels];
    [this.#count, other.#count] = [other.#count, this.#count];
  }

  save(): SavedSide {
    const prices: number[] = [];
    const sizes: number[] = [];
    const changed: number[] = [];
    for (let rank = this.#count - 1; rank >= 0; rank -= 1) {
      prices.push(this.priceAt(rank));
      sizes.push(this.sizeAt(rank));
      changed.push(this.changedAt(rank));
    }
    return { prices, sizes, changed };
  }

  restore(saved: SavedSide): void {
    this.#count = saved.prices.length;
    this.#reserve(this.#count);
    saved.prices.forEach((price, index) => {
      this.#levels[index * stride] = price * this.#direction;
      this.#levels[index * stride + 1] = saved.sizes[index] ?? 0;
      this.#levels[index * stride + 2] = saved.changed[index] ?? 0;
    });
  }

  #offsetOf(rank: number): number {
    return (this.#count - 1 - rank) * stride;
  }

  /** Index of the key, or -(insertion index) - 1. Looks near the top first, where most changes are. */
  #find(key: number): number {
    const levels = this.#levels;
    let high = this.#count;
    let step = 8;
    let low = high - step;
    while (low > 0 && (levels[low * stride] ?? 0) > key) {
      high = low;
      step *= 2;
      low = high - step;
    }
    if (low < 0) low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = levels[middle * stride] ?? 0;
      if (found === key) return middle;
      if (found < key) low = middle + 1;
      else high = middle;
    }
    return -low - 1;
  }

  #insertAt(index: number, key: number, size: number, changedTime: number): void {
    const count = this.#count;
    this.#reserve(count + 1);
    const levels = this.#levels;
    const offset = index * stride;
    moveUp(levels, offset, count * stride);
    levels[offset] = key;
    levels[offset + 1] = size;
    levels[offset + 2] = changedTime;
    this.#count = count + 1;
  }

  #removeAt(index: number): void {
    const count = this.#count;
    const offset = index * stride;
    moveDown(this.#levels, offset + stride, count * stride);
    this.#count = count - 1;
  }

  #reserve(count: number): void {
    if (count * stride <= this.#levels.length) return;
    const larger = new Float64Array(Math.max(count * stride, this.#levels.length * 2));
    larger.set(this.#levels);
    this.#levels = larger;
  }
}

/** Makes room for one level before `start`. */
function moveUp(levels: Float64Array, start: number, end: number): void {
  if (end - start > shortMove) {
    levels.copyWithin(start + stride, start, end);
    return;
  }
  for (let at = end - 1; at >= start; at -= 1) levels[at + stride] = levels[at] ?? 0;
}

/** Closes the room of the level before `start`. */
function moveDown(levels: Float64Array, start: number, end: number): void {
  if (end - start > shortMove) {
    levels.copyWithin(start - stride, start, end);
    return;
  }
  for (let at = start; at < end; at += 1) levels[at - stride] = levels[at] ?? 0;
}
