import type { BookSnapshot } from '../venues/venue.ts';
import type { OrderBook } from './orderBook.ts';

/** Prices between which every level is known, in units of `decimals`; infinite where nothing lies beyond. */
export interface KnownRange {
  readonly low: number;
  readonly high: number;
  readonly decimals: number;
}

/** Ends of the known range in price units of the book; low 0 and high infinity where nothing is unknown. */
export interface KnownUnits {
  readonly low: number;
  readonly high: number;
}

/** JSON has no infinity: null stands for it. */
export interface SavedRange {
  readonly low: number;
  readonly high: number | null;
  readonly decimals: number;
}

export function saveRange(range: KnownRange): SavedRange {
  return { ...range, high: Number.isFinite(range.high) ? range.high : null };
}

export function restoreRange(saved: SavedRange): KnownRange {
  return { ...saved, high: saved.high ?? Number.POSITIVE_INFINITY };
}

export const everything: KnownRange = { low: 0, high: Number.POSITIVE_INFINITY, decimals: 0 };

/** From a snapshot's lowest bid to its highest ask; a side that the venue sent whole has no end. */
export function rangeOfSnapshot(snapshot: BookSnapshot): KnownRange {
  const { bids, asks, priceDecimals } = snapshot;
  let low = bids.count === 0 ? 0 : Number.POSITIVE_INFINITY;
  let high = asks.count === 0 ? Number.POSITIVE_INFINITY : 0;
  for (let index = 0; index < bids.count; index += 1) low = Math.min(low, bids.prices[index] ?? 0);
  for (let index = 0; index < asks.count; index += 1)
    high = Math.max(high, asks.prices[index] ?? 0);
  return {
    low: snapshot.bidsComplete ? 0 : low,
    high: snapshot.asksComplete ? Number.POSITIVE_INFINITY : high,
    decimals: priceDecimals,
  };
}

/** Ends of the range in the book's own units. */
export function rangeInUnits(range: KnownRange, priceDecimals: number): KnownUnits {
  const factor = 10 ** (priceDecimals - range.decimals);
  return { low: range.low * factor, high: range.high * factor };
}

/** Both ranges are known to the same book: what lies in either is known, as long as they touch. */
export function joinRanges(first: KnownRange, second: KnownRange): KnownRange {
  const decimals = Math.max(first.decimals, second.decimals);
  const a = rangeInUnits(first, decimals);
  const b = rangeInUnits(second, decimals);
  if (a.high < b.low || b.high < a.low) return second;
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high), decimals };
}

/** Distance at which a new snapshot is fetched, fixed when the range was. In units of the range's decimals. */
export interface RangeMargin {
  readonly bidDistance: number;
  readonly askDistance: number;
  readonly bidLevels: number;
  readonly askLevels: number;
}

const marginLevels = 100;

/** A quarter of each side's span, or 100 levels, but never so much that a fresh snapshot is already too near. */
export function marginOf(book: OrderBook, range: KnownRange): RangeMargin {
  const { low, high } = rangeInUnits(range, book.priceDecimals);
  const factor = 10 ** (range.decimals - book.priceDecimals);
  const bidSpan = (book.bids.priceAt(0) - low) * factor;
  const askSpan = (high - book.asks.priceAt(0)) * factor;
  return {
    bidDistance: Number.isFinite(bidSpan) ? bidSpan / 4 : 0,
    askDistance: Number.isFinite(askSpan) ? askSpan / 4 : 0,
    bidLevels: Math.min(marginLevels, Math.floor(book.bids.countFrom(low) / 4)),
    askLevels: Math.min(marginLevels, Math.floor(book.asks.countFrom(high) / 4)),
  };
}

/** Whether the best price has come too near to an end of what is known. */
export function isNearEnd(book: OrderBook, range: KnownRange, margin: RangeMargin): boolean {
  const { low, high } = rangeInUnits(range, book.priceDecimals);
  const factor = 10 ** (book.priceDecimals - range.decimals);
  return (
    (range.low > 0 &&
      (!(book.bids.priceAt(0) - low >= margin.bidDistance * factor) ||
        book.bids.countFrom(low) < margin.bidLevels)) ||
    (range.high < Number.POSITIVE_INFINITY &&
      (!(high - book.asks.priceAt(0) >= margin.askDistance * factor) ||
        book.asks.countFrom(high) < margin.askLevels))
  );
}
