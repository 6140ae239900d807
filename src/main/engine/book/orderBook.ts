import type { BookDecimals, LevelList } from '../venues/venue.ts';
import { powerOfTen, scaleUnits } from '../decimal.ts';
import { DecodeError } from '../errors.ts';
import type { SavedSide } from './bookSide.ts';
import { BookSide } from './bookSide.ts';

export interface SavedOrderBook {
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  readonly bids: SavedSide;
  readonly asks: SavedSide;
}

/** Both sides of a message in units of its own decimals. */
export interface BookLevels extends LevelDecimals {
  readonly bids: LevelList;
  readonly asks: LevelList;
}

interface LevelDecimals {
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
}

/**
 * Every level that a venue told, in integer units. It knows neither ids nor validity: that is `BookState`. The decimals
 * grow when a message needs more, and are set back by `clear`.
 */
export class OrderBook {
  readonly bids = new BookSide('bids');
  readonly asks = new BookSide('asks');
  readonly #firstDecimals: BookDecimals;
  #priceDecimals: number;
  #sizeDecimals: number;

  constructor(decimals: BookDecimals) {
    this.#firstDecimals = decimals;
    this.#priceDecimals = decimals.price;
    this.#sizeDecimals = decimals.size;
  }

  get priceDecimals(): number {
    return this.#priceDecimals;
  }

  get sizeDecimals(): number {
    return this.#sizeDecimals;
  }

  /** Best prices in units, null where the side is empty. */
  get bestBid(): number | null {
    return this.bids.count === 0 ? null : this.bids.priceAt(0);
  }

  get bestAsk(): number | null {
    return this.asks.count === 0 ? null : this.asks.priceAt(0);
  }

  /** Best bid above best ask; equal (locked) is legal. */
  get isCrossed(): boolean {
    return this.bids.priceAt(0) > this.asks.priceAt(0);
  }

  clear(): void {
    this.bids.clear();
    this.asks.clear();
    this.#priceDecimals = this.#firstDecimals.price;
    this.#sizeDecimals = this.#firstDecimals.size;
  }

  /** Replaces everything. Throws `DecodeError` before the first change. */
  replace(levels: BookLevels, changedTime: number): void {
    this.bids.clear();
    this.asks.clear();
    this.#priceDecimals = levels.priceDecimals;
    this.#sizeDecimals = levels.sizeDecimals;
    this.#setAll(this.bids, levels.bids, 0, 0, changedTime);
    this.#setAll(this.asks, levels.asks, 0, 0, changedTime);
  }

  /** Sets absolute sizes, 0 removes. Throws `DecodeError`, before the first change, where no common scale exists. */
  apply(levels: BookLevels, changedTime: number): void {
    this.ensureDecimals(levels.priceDecimals, levels.sizeDecimals);
    const priceShift = this.#priceDecimals - levels.priceDecimals;
    const sizeShift = this.#sizeDecimals - levels.sizeDecimals;
    if (priceShift > 0 || sizeShift > 0) {
      checkShift(levels.bids, priceShift, sizeShift);
      checkShift(levels.asks, priceShift, sizeShift);
    }
    this.#setAll(this.bids, levels.bids, priceShift, sizeShift, changedTime);
    this.#setAll(this.asks, levels.asks, priceShift, sizeShift, changedTime);
  }

  /** Grows the scale once so that both decimals fit; never shrinks. */
  ensureDecimals(priceDecimals: number, sizeDecimals: number): void {
    const priceGrowth = Math.max(0, priceDecimals - this.#priceDecimals);
    const sizeGrowth = Math.max(0, sizeDecimals - this.#sizeDecimals);
    if (priceGrowth === 0 && sizeGrowth === 0) return;
    const priceFactor = powerOfTen(priceGrowth);
    const sizeFactor = powerOfTen(sizeGrowth);
    if (!this.#fits(priceFactor, sizeFactor)) {
      throw new DecodeError('number out of range', 'a level at the larger scale');
    }
    this.bids.scale(priceFactor, sizeFactor);
    this.asks.scale(priceFactor, sizeFactor);
    this.#priceDecimals += priceGrowth;
    this.#sizeDecimals += sizeGrowth;
  }

  /** For venues that keep a window of the best levels. */
  cut(depth: number): void {
    this.bids.cut(depth);
    this.asks.cut(depth);
  }

  /**
   * Takes over the levels and decimals of `scratch`, which is left undefined. With `keepTimes`, levels that have the same
   * size in both keep the time of their last change.
   */
  adopt(scratch: OrderBook, keepTimes: boolean): void {
    const sameScale =
      this.#priceDecimals === scratch.#priceDecimals &&
      this.#sizeDecimals === scratch.#sizeDecimals;
    if (keepTimes && sameScale) {
      this.bids.giveTimesTo(scratch.bids);
      this.asks.giveTimesTo(scratch.asks);
    }
    this.bids.swap(scratch.bids);
    this.asks.swap(scratch.asks);
    this.#priceDecimals = scratch.#priceDecimals;
    this.#sizeDecimals = scratch.#sizeDecimals;
  }

  /** Adds `other`'s bids below `low` and asks above `high`, in units of `other`. */
  takeOutside(other: OrderBook, low: number, high: number): void {
    this.ensureDecimals(other.#priceDecimals, other.#sizeDecimals);
    const priceFactor = powerOfTen(this.#priceDecimals - other.#priceDecimals);
    const sizeFactor = powerOfTen(this.#sizeDecimals - other.#sizeDecimals);
    copyFrom(other.bids, other.bids.countFrom(low), this.bids, priceFactor, sizeFactor);
    copyFrom(other.asks, other.asks.countFrom(high), this.asks, priceFactor, sizeFactor);
  }

  save(): SavedOrderBook {
    return {
      priceDecimals: this.#priceDecimals,
      sizeDecimals: this.#sizeDecimals,
      bids: this.bids.save(),
      asks: this.asks.save(),
    };
  }

  restore(saved: SavedOrderBook): void {
    this.#priceDecimals = saved.priceDecimals;
    this.#sizeDecimals = saved.sizeDecimals;
    this.bids.restore(saved.bids);
    this.asks.restore(saved.asks);
  }

  #fits(priceFactor: number, sizeFactor: number): boolean {
    return (
      this.bids.fitsScale(priceFactor, sizeFactor) && this.asks.fitsScale(priceFactor, sizeFactor)
    );
  }

  #setAll(
    side: BookSide,
    levels: LevelList,
    priceShift: number,
    sizeShift: number,
    changedTime: number,
  ): void {
    const { count, prices, sizes } = levels;
    for (let index = 0; index < count; index += 1) {
      const price = scaleUnits(prices[index] ?? 0, priceShift);
      side.set(price, scaleUnits(sizes[index] ?? 0, sizeShift), changedTime);
    }
  }
}

function checkShift(levels: LevelList, priceShift: number, sizeShift: number): void {
  for (let index = 0; index < levels.count; index += 1) {
    scaleUnits(levels.prices[index] ?? 0, priceShift);
    scaleUnits(levels.sizes[index] ?? 0, sizeShift);
  }
}

function copyFrom(
  source: BookSide,
  firstRank: number,
  target: BookSide,
  priceFactor: number,
  sizeFactor: number,
): void {
  for (let rank = firstRank; rank < source.count; rank += 1) {
    const size = source.sizeAt(rank) * sizeFactor;
    target.set(source.priceAt(rank) * priceFactor, size, source.changedAt(rank));
  }
}
