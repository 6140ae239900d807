import { createHash } from 'node:crypto';
import { formatUnits } from '../decimal.ts';
import type { BookSide } from './bookSide.ts';
import type { OrderBook } from './orderBook.ts';

/**
 * SHA-256 over one row per level of the whole book: `b PRICE SIZE\n` from the highest bid down, then `a PRICE SIZE\n` from
 * the lowest ask up, numbers as plain decimals.
 */
export function hashBook(book: OrderBook): string {
  const hash = createHash('sha256');
  hash.update(sideText('b', book.bids, book));
  hash.update(sideText('a', book.asks, book));
  return hash.digest('hex');
}

function sideText(letter: string, side: BookSide, book: OrderBook): string {
  const rows: string[] = [];
  for (let rank = 0; rank < side.count; rank += 1) {
    const price = formatUnits(side.priceAt(rank), book.priceDecimals);
    rows.push(`${letter} ${price} ${formatUnits(side.sizeAt(rank), book.sizeDecimals)}\n`);
  }
  return rows.join('');
}
