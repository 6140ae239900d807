import { DecodeError } from '../errors.ts';
import { needsMoreDecimals, parseUnits, significantDecimals } from '../decimal.ts';
import type { LevelList } from './venue.ts';

/** Most levels a side that a message may carry: beyond any venue's largest snapshot. */
const maxLevels = 50_000;

/** A level as venues send it: price, size, and what we do not read. */
export type LevelTuple = readonly [price: string, size: string, ...rest: unknown[]];

/** Growing storage of one side of a message; the next message reuses it. */
export class LevelBuffer implements LevelList {
  prices = new Float64Array(512);
  sizes = new Float64Array(512);
  count = 0;

  clear(): void {
    this.count = 0;
  }

  push(price: number, size: number): void {
    const index = this.count;
    if (index === this.prices.length) this.#grow();
    this.prices[index] = price;
    this.sizes[index] = size;
    this.count = index + 1;
  }

  #grow(): void {
    if (this.count >= maxLevels) throw new DecodeError('too many levels', String(this.count));
    const prices = new Float64Array(this.prices.length * 2);
    const sizes = new Float64Array(this.prices.length * 2);
    prices.set(this.prices);
    sizes.set(this.sizes);
    this.prices = prices;
    this.sizes = sizes;
  }
}

/** Both sides of a message at one pair of decimals, which grow with the message. */
export class LevelReader {
  readonly bids = new LevelBuffer();
  readonly asks = new LevelBuffer();
  priceDecimals = 0;
  sizeDecimals = 0;

  /** Reads guarded tuples, starting at the decimals known so far and again at larger ones where they do not suffice. */
  read(
    bids: readonly LevelTuple[],
    asks: readonly LevelTuple[],
    priceDecimals: number,
    sizeDecimals: number,
  ): void {
    this.priceDecimals = priceDecimals;
    this.sizeDecimals = sizeDecimals;
    if (this.#fill(this.bids, bids) && this.#fill(this.asks, asks)) return;
    for (const levels of [bids, asks]) {
      for (const [price, size] of levels) {
        this.priceDecimals = Math.max(this.priceDecimals, significantDecimals(price));
        this.sizeDecimals = Math.max(this.sizeDecimals, significantDecimals(size));
      }
    }
    if (!this.#fill(this.bids, bids) || !this.#fill(this.asks, asks)) {
      throw new DecodeError('not a plain decimal', 'levels without a common scale');
    }
  }

  #fill(side: LevelBuffer, levels: readonly LevelTuple[]): boolean {
    side.clear();
    for (const level of levels) {
      const price = parseUnits(level[0], this.priceDecimals);
      const size = parseUnits(level[1], this.sizeDecimals);
      if (price === needsMoreDecimals || size === needsMoreDecimals) return false;
      if (price === 0) throw new DecodeError('price is zero');
      side.push(price, size);
    }
    return true;
  }
}
