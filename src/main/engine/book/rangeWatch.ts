import type { KnownRange, KnownUnits, RangeMargin, SavedRange } from './knownRange.ts';
import {
  everything,
  isNearEnd,
  joinRanges,
  marginOf,
  rangeInUnits,
  restoreRange,
  saveRange,
} from './knownRange.ts';
import type { OrderBook } from './orderBook.ts';

export interface SavedRangeWatch {
  readonly range: SavedRange | null;
  readonly margin: RangeMargin | null;
}

/** What is known of a live book, and when it becomes too little. */
export class RangeWatch {
  readonly #book: OrderBook;
  #range: KnownRange | null = null;
  #margin: RangeMargin | null = null;

  constructor(book: OrderBook) {
    this.#book = book;
  }

  /** Null while nothing is known. */
  get units(): KnownUnits | null {
    return this.#range === null ? null : rangeInUnits(this.#range, this.#book.priceDecimals);
  }

  /** The best price has come too near to an end of what is known. */
  get isShort(): boolean {
    return (
      this.#range !== null &&
      this.#margin !== null &&
      isNearEnd(this.#book, this.#range, this.#margin)
    );
  }

  /** Number of levels inside, from the best. */
  get bids(): number {
    const { units } = this;
    if (units === null) return 0;
    return units.low === 0 ? this.#book.bids.count : this.#book.bids.countFrom(units.low);
  }

  get asks(): number {
    const { units } = this;
    if (units === null) return 0;
    return units.high === Number.POSITIVE_INFINITY
      ? this.#book.asks.count
      : this.#book.asks.countFrom(units.high);
  }

  knowNothing(): void {
    this.#range = null;
    this.#margin = null;
  }

  knowEverything(): void {
    this.#range = everything;
    this.#margin = null;
  }

  /** What was known of the same uninterrupted book stays known beside it. */
  widen(range: KnownRange): void {
    this.#range = this.#range === null ? range : joinRanges(this.#range, range);
    this.#margin = marginOf(this.#book, this.#range);
  }

  save(): SavedRangeWatch {
    return { range: this.#range === null ? null : saveRange(this.#range), margin: this.#margin };
  }

  restore(saved: SavedRangeWatch): void {
    this.#range = saved.range === null ? null : restoreRange(saved.range);
    this.#margin = saved.margin;
  }
}
