import type { BookEvent, BookSequencing } from '../venues/venue.ts';
import type { SavedChecksumStrings } from './checksumStrings.ts';
import { ChecksumStrings } from './checksumStrings.ts';
import type { OrderBook } from './orderBook.ts';

export interface SavedBookJudge {
  readonly strings: SavedChecksumStrings;
  readonly mayBeCrossed: boolean;
}

/** Whether a book may be right after a whole message: not crossed, and with the venue's checksum where it sends one. */
export class BookJudge {
  readonly #sequencing: BookSequencing;
  readonly #strings = new ChecksumStrings();
  #mayBeCrossed = false;

  constructor(sequencing: BookSequencing) {
    this.#sequencing = sequencing;
  }

  /** In a pre-open a book may be crossed. */
  allowCrossed(allowed: boolean): void {
    this.#mayBeCrossed = allowed;
  }

  /** Each message that the book took, before it is judged. */
  hear(event: BookEvent): void {
    this.#strings.apply(event);
  }

  forget(): void {
    this.#strings.clear();
  }

  isWronglyCrossed(book: OrderBook): boolean {
    return book.isCrossed && !this.#mayBeCrossed;
  }

  hasWrongChecksum(book: OrderBook, event: BookEvent): boolean {
    const { afterApply } = this.#sequencing;
    if (event.checksum === null || afterApply === undefined) return false;
    return afterApply(this.#strings.viewOf(book), event) === 'mismatch';
  }

  save(): SavedBookJudge {
    return { strings: this.#strings.save(), mayBeCrossed: this.#mayBeCrossed };
  }

  restore(saved: SavedBookJudge): void {
    this.#strings.restore(saved.strings);
    this.#mayBeCrossed = saved.mayBeCrossed;
  }
}
