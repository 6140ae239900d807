import { formatUnits } from '../decimal.ts';
import type { BookEvent, ChecksumView } from '../venues/venue.ts';
import type { BookSide } from './bookSide.ts';
import type { OrderBook } from './orderBook.ts';

type Level = readonly [price: string, size: string];

export interface SavedChecksumStrings {
  readonly bids: readonly (readonly [string, string, string])[];
  readonly asks: readonly (readonly [string, string, string])[];
}

/** The exact texts of levels, kept only while a venue sends checksums over them. */
export class ChecksumStrings {
  readonly #bids = new Map<string, Level>();
  readonly #asks = new Map<string, Level>();

  clear(): void {
    this.#bids.clear();
    this.#asks.clear();
  }

  apply(event: BookEvent): void {
    if (event.kind === 'snapshot') this.clear();
    if (event.rawLevels === null) return;
    applyTexts(this.#bids, event.rawLevels.bids);
    applyTexts(this.#asks, event.rawLevels.asks);
  }

  viewOf(book: OrderBook): ChecksumView {
    return {
      bid: (rank) => textsAt(book, book.bids, this.#bids, rank),
      ask: (rank) => textsAt(book, book.asks, this.#asks, rank),
    };
  }

  save(): SavedChecksumStrings {
    return { bids: saveTexts(this.#bids), asks: saveTexts(this.#asks) };
  }

  restore(saved: SavedChecksumStrings): void {
    this.clear();
    for (const [key, price, size] of saved.bids) this.#bids.set(key, [price, size]);
    for (const [key, price, size] of saved.asks) this.#asks.set(key, [price, size]);
  }
}

function applyTexts(texts: Map<string, Level>, levels: readonly (readonly string[])[]): void {
  for (const [price = '', size = ''] of levels) {
    const key = withoutTrailingZeros(price);
    if (withoutTrailingZeros(size) === '0') texts.delete(key);
    else texts.set(key, [price, size]);
  }
}

/** A level that came before the checksums did has no text of its own. */
function textsAt(
  book: OrderBook,
  side: BookSide,
  texts: ReadonlyMap<string, Level>,
  rank: number,
): Level | null {
  if (rank >= side.count) return null;
  const key = formatUnits(side.priceAt(rank), book.priceDecimals);
  return texts.get(key) ?? [key, formatUnits(side.sizeAt(rank), book.sizeDecimals)];
}

function withoutTrailingZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function saveTexts(texts: ReadonlyMap<string, Level>): (readonly [string, string, string])[] {
  return Array.from(texts, ([key, [price, size]]) => [key, price, size] as const);
}
