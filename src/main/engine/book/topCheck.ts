import type { BboEvent } from '../venues/venue.ts';
import type { OrderBook } from './orderBook.ts';

/** The venue's own best prices as they stood at one update id. */
export interface HeardTop {
  readonly sequence: number;
  readonly bidUnits: number;
  readonly bidSizeUnits: number;
  readonly askUnits: number;
  readonly askSizeUnits: number;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
}

export interface SavedTopCheck {
  readonly tops: readonly HeardTop[];
  readonly differences: number;
}

/** More than any venue sends between two changes of its book. */
const maxTops = 256;
/** One difference may be a message of its own kind that was cut in between; two in a row are a wrong book. */
const differencesToDoubt = 2;

/**
 * Compares a book with the venue's own best prices, only ever at equal update ids: whichever of the two comes first waits
 * for the other.
 */
export class TopCheck {
  /** Newer than the book, oldest first. */
  #tops: HeardTop[] = [];
  /** Comparisons in a row that differed. */
  #differences = 0;

  /** True when the book, which stands at `sequence`, differs from this top of the same id. */
  hear(event: BboEvent, book: OrderBook, sequence: number): boolean {
    const id = event.sequence;
    if (id === null || id < sequence) return false;
    if (id === sequence) return this.#compare(toHeard(event, id), book);
    // Ids that fall are those of a venue that began anew.
    if (id < (this.#tops.at(-1)?.sequence ?? 0)) this.#tops = [];
    this.#tops.push(toHeard(event, id));
    if (this.#tops.length > maxTops) this.#tops.shift();
    return false;
  }

  /** The book has reached `sequence`: true when it differs from the top of that id. */
  reach(sequence: number, book: OrderBook): boolean {
    if (this.#tops.length === 0) return false;
    const index = this.#tops.findLastIndex((top) => top.sequence <= sequence);
    if (index < 0) return false;
    const top = this.#tops[index];
    this.#tops.splice(0, index + 1);
    return top?.sequence === sequence && this.#compare(top, book);
  }

  get isDoubtful(): boolean {
    return this.#differences >= differencesToDoubt;
  }

  forget(): void {
    this.#tops = [];
    this.#differences = 0;
  }

  save(): SavedTopCheck {
    return { tops: [...this.#tops], differences: this.#differences };
  }

  restore(saved: SavedTopCheck): void {
    this.#tops = [...saved.tops];
    this.#differences = saved.differences;
  }

  #compare(top: HeardTop, book: OrderBook): boolean {
    const differs = !isSameTop(top, book);
    this.#differences = differs ? this.#differences + 1 : 0;
    return differs;
  }
}

function toHeard(event: BboEvent, sequence: number): HeardTop {
  const { bidUnits, bidSizeUnits, askUnits, askSizeUnits, priceDecimals, sizeDecimals } = event;
  return {
    ...{ sequence, bidUnits, bidSizeUnits, askUnits, askSizeUnits },
    ...{ priceDecimals, sizeDecimals },
  };
}

function isSameTop(top: HeardTop, book: OrderBook): boolean {
  const { bids, asks } = book;
  return (
    isSameLevel(top, top.bidUnits, top.bidSizeUnits, book, bids) &&
    isSameLevel(top, top.askUnits, top.askSizeUnits, book, asks)
  );
}

function isSameLevel(
  top: HeardTop,
  priceUnits: number,
  sizeUnits: number,
  book: OrderBook,
  side: OrderBook['bids'],
): boolean {
  if (side.count === 0 || sizeUnits === 0) return side.count === 0 && sizeUnits === 0;
  return (
    isEqual(priceUnits, top.priceDecimals, side.priceAt(0), book.priceDecimals) &&
    isEqual(sizeUnits, top.sizeDecimals, side.sizeAt(0), book.sizeDecimals)
  );
}

function isEqual(a: number, aDecimals: number, b: number, bDecimals: number): boolean {
  if (aDecimals === bDecimals) return a === b;
  return aDecimals < bDecimals
    ? a * 10 ** (bDecimals - aDecimals) === b
    : a === b * 10 ** (aDecimals - bDecimals);
}
