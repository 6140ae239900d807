export type Side = 'bid' | 'ask';

/**
 * One side of a book: parallel arrays sorted so that the best level is last, because changes are
 * mostly near the top and then move few elements. Keys are prices in ticks, negated for asks.
 */
export class BookSide {
  readonly side: Side;
  readonly sign: 1 | -1;
  length = 0;
  private keys: Float64Array;
  private sizes: Float64Array;
  private orders: Uint16Array;

  constructor(side: Side, capacity: number) {
    this.side = side;
    this.sign = side === 'bid' ? 1 : -1;
    this.keys = new Float64Array(capacity);
    this.sizes = new Float64Array(capacity);
    this.orders = new Uint16Array(capacity);
  }

  /** Rank 0 is the best level. Undefined beyond the last one. */
  priceAt(rank: number): number | undefined {
    if (rank < 0 || rank >= this.length) return undefined;
    return this.sign * (this.keys[this.length - 1 - rank] ?? 0);
  }

  sizeAt(rank: number): number {
    return this.sizes[this.length - 1 - rank] ?? 0;
  }

  ordersAt(rank: number): number {
    return this.orders[this.length - 1 - rank] ?? 0;
  }

  /** Best price; -Infinity for empty bids and Infinity for empty asks. */
  best(): number {
    return this.length === 0
      ? -this.sign * Infinity
      : this.sign * (this.keys[this.length - 1] ?? 0);
  }

  worst(): number {
    return this.length === 0 ? -this.sign * Infinity : this.sign * (this.keys[0] ?? 0);
  }

  /** The rank of the first level at or behind `price`. */
  rankOf(price: number): number {
    return this.length - this.upperBound(this.sign * price);
  }

  sizeOf(price: number): number {
    const rank = this.rankOf(price);
    return this.priceAt(rank) === price ? this.sizeAt(rank) : 0;
  }

  ordersOf(price: number): number {
    const rank = this.rankOf(price);
    return this.priceAt(rank) === price ? this.ordersAt(rank) : 0;
  }

  /** Size 0 removes the level; removing an absent one changes nothing. */
  set(price: number, size: number, orders: number): void {
    const key = this.sign * price;
    const end = this.upperBound(key);
    const exists = end > 0 && this.keys[end - 1] === key;
    if (size === 0) {
      if (exists) this.remove(end - 1);
      return;
    }
    if (!exists) this.insert(end, key);
    const index = exists ? end - 1 : end;
    this.sizes[index] = size;
    this.orders[index] = orders;
  }

  /**
   * Writes price and size of the ranks [from, to) to `target` at `offset`, as many as fit, and
   * returns the offset behind them.
   */
  copyLevels(target: Float64Array, offset: number, from: number, to: number): number {
    const count = Math.max(0, Math.min(to - from, (target.length - offset) / 2));
    const top = this.length - 1 - from;
    let place = offset;
    for (let index = top; index > top - count; index -= 1) {
      target[place] = this.sign * (this.keys[index] ?? 0);
      target[place + 1] = this.sizes[index] ?? 0;
      place += 2;
    }
    return place;
  }

  /** How many keys are <= `key`: gallops from the best end, where almost every change is. */
  private upperBound(key: number): number {
    const keys = this.keys;
    let high = this.length;
    let reach = 1;
    while (reach <= this.length && (keys[this.length - reach] ?? 0) > key) {
      high = this.length - reach;
      reach *= 2;
    }
    let low = Math.max(0, this.length - reach);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((keys[middle] ?? 0) <= key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private insert(index: number, key: number): void {
    if (this.length === this.keys.length) this.grow();
    this.keys.copyWithin(index + 1, index, this.length);
    this.sizes.copyWithin(index + 1, index, this.length);
    this.orders.copyWithin(index + 1, index, this.length);
    this.keys[index] = key;
    this.length += 1;
  }

  private remove(index: number): void {
    this.keys.copyWithin(index, index + 1, this.length);
    this.sizes.copyWithin(index, index + 1, this.length);
    this.orders.copyWithin(index, index + 1, this.length);
    this.length -= 1;
  }

  private grow(): void {
    const capacity = this.keys.length * 2;
    const keys = new Float64Array(capacity);
    const sizes = new Float64Array(capacity);
    const orders = new Uint16Array(capacity);
    keys.set(this.keys);
    sizes.set(this.sizes);
    orders.set(this.orders);
    this.keys = keys;
    this.sizes = sizes;
    this.orders = orders;
  }
}
