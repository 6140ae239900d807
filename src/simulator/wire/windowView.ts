import type { BookSide } from '../market/bookSide.ts';
import type { Instrument } from '../market/instrument.ts';

/** Size 0: the level left the window, whether it was removed or only pushed out. */
export interface WindowLevel {
  readonly price: number;
  readonly size: number;
  readonly orders: number;
}

export interface WindowChanges {
  readonly bids: readonly WindowLevel[];
  readonly asks: readonly WindowLevel[];
}

/** The best levels of a book as a windowed channel last published them. */
export class WindowView {
  readonly instrument: Instrument;
  readonly depth: number;
  /** The book's change id that the view shows. */
  changeId = -1;
  private bids: readonly WindowLevel[] = [];
  private asks: readonly WindowLevel[] = [];

  constructor(instrument: Instrument, depth: number) {
    this.instrument = instrument;
    this.depth = depth;
  }

  levels(): WindowChanges {
    return { bids: this.bids, asks: this.asks };
  }

  /**
   * As `changes`, and every level that was touched after change `since` too, also when it is again as it was: whoever
   * took a snapshot in between needs it.
   */
  withTouched(changes: WindowChanges, since: number): WindowChanges {
    const { book } = this.instrument;
    if (since < book.oldestKnownId()) return changes;
    const touched = new Set<number>();
    book.collectTouched(since, touched);
    const bids = [...touched].filter((signed) => signed > 0);
    const asks = [...touched].filter((signed) => signed < 0).map((signed) => -signed);
    return {
      bids: addTouched(changes.bids, this.bids, bids, book.bids.sign),
      asks: addTouched(changes.asks, this.asks, asks, book.asks.sign),
    };
  }

  /** Follows the book and says what a client has to change, best levels first. */
  update(): WindowChanges {
    const { book } = this.instrument;
    const bids = readWindow(book.bids, this.depth);
    const asks = readWindow(book.asks, this.depth);
    const changes = {
      bids: difference(this.bids, bids, book.bids.sign),
      asks: difference(this.asks, asks, book.asks.sign),
    };
    this.bids = bids;
    this.asks = asks;
    this.changeId = book.changeId;
    return changes;
  }
}

function addTouched(
  changes: readonly WindowLevel[],
  window: readonly WindowLevel[],
  prices: readonly number[],
  sign: number,
): readonly WindowLevel[] {
  const known = new Set(changes.map(({ price }) => price));
  // So many levels may have been pushed out of the window for a moment.
  const edge = prices.length === 0 ? [] : window.slice(-prices.length).map(({ price }) => price);
  const missing = [...new Set([...prices, ...edge])].filter((price) => !known.has(price));
  if (missing.length === 0) return changes;
  const present = new Map(window.map((level) => [level.price, level]));
  const added = missing.map((price) => present.get(price) ?? { price, size: 0, orders: 0 });
  return [...changes, ...added].sort((a, b) => sign * (b.price - a.price));
}

function readWindow(side: BookSide, depth: number): readonly WindowLevel[] {
  const levels: WindowLevel[] = [];
  for (let rank = 0; rank < Math.min(depth, side.length); rank += 1) {
    levels.push({
      price: side.priceAt(rank) ?? 0,
      size: side.sizeAt(rank),
      orders: side.ordersAt(rank),
    });
  }
  return levels;
}

function difference(
  before: readonly WindowLevel[],
  after: readonly WindowLevel[],
  sign: number,
): readonly WindowLevel[] {
  const changes: WindowLevel[] = [];
  let oldIndex = 0;
  let newIndex = 0;
  for (;;) {
    const was = before[oldIndex];
    const is = after[newIndex];
    if (was === undefined && is === undefined) return changes;
    const lead = was === undefined ? 1 : is === undefined ? -1 : sign * (is.price - was.price);
    if (was !== undefined && lead < 0) {
      changes.push({ price: was.price, size: 0, orders: 0 });
      oldIndex += 1;
    } else if (is !== undefined && lead > 0) {
      changes.push(is);
      newIndex += 1;
    } else {
      if (is !== undefined && (is.size !== was?.size || is.orders !== was.orders)) changes.push(is);
      oldIndex += 1;
      newIndex += 1;
    }
  }
}
