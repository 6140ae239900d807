import { BookSide } from './bookSide.ts';
import type { Side } from './bookSide.ts';

const firstLogCapacity = 4096;
const valuesPerEntry = 2;

export interface Fill {
  readonly price: number;
  readonly size: number;
  /** Orders that stood at the level before the fill. */
  readonly orders: number;
}

/** A level that changed, with its size after the last change. */
export interface LevelChange {
  readonly price: number;
  readonly size: number;
}

export interface BookChanges {
  readonly bids: readonly LevelChange[];
  readonly asks: readonly LevelChange[];
}

/**
 * A venue's true book in ticks and lots. Every level change raises `changeId` by one and is logged
 * with what stood there before, so that the book can be shown as it was some thousand changes ago.
 */
export class MatchingBook {
  readonly bids: BookSide;
  readonly asks: BookSide;
  changeId = 0;
  private log: Float64Array;
  private logCapacity: number;
  private knownFrom = 0;

  constructor(capacity: number) {
    this.bids = new BookSide('bid', capacity);
    this.asks = new BookSide('ask', capacity);
    this.logCapacity = firstLogCapacity;
    this.log = new Float64Array(this.logCapacity * valuesPerEntry);
  }

  side(side: Side): BookSide {
    return side === 'bid' ? this.bids : this.asks;
  }

  set(side: BookSide, price: number, size: number, orders: number): void {
    const rank = side.rankOf(price);
    const exists = side.priceAt(rank) === price;
    const oldSize = exists ? side.sizeAt(rank) : 0;
    if (oldSize === size) return;
    side.set(price, size, orders);
    this.changeId += 1;
    const base = (this.changeId % this.logCapacity) * valuesPerEntry;
    this.log[base] = side.sign * price;
    this.log[base + 1] = oldSize;
  }

  /** Takes up to `size` lots from the side, never beyond `limit`. */
  take(side: BookSide, size: number, limit: number): readonly Fill[] {
    const fills: Fill[] = [];
    let left = size;
    while (left > 0 && side.length > 1) {
      const price = side.best();
      if ((price - limit) * side.sign < 0) break;
      const available = side.sizeAt(0);
      const orders = side.ordersAt(0);
      const taken = Math.min(left, available);
      const rest = available - taken;
      fills.push({ price, size: taken, orders });
      this.set(
        side,
        price,
        rest,
        rest === 0 ? 0 : Math.max(1, Math.ceil((orders * rest) / available)),
      );
      left -= taken;
    }
    return fills;
  }

  /** The oldest id whose book can still be rebuilt. */
  oldestKnownId(): number {
    return Math.max(this.knownFrom, this.changeId - this.logCapacity);
  }

  /**
   * Price, size, price, size, ... of the best `depth` levels as they stood after change `id`;
   * undefined if the log no longer reaches back so far.
   */
  asOf(
    id: number,
    depth: number,
  ): { readonly bids: Float64Array; readonly asks: Float64Array } | undefined {
    if (!(id <= this.changeId && id >= this.oldestKnownId())) return undefined;
    const former = new Map<number, number>();
    for (let entry = this.changeId; entry > id; entry -= 1) {
      const base = (entry % this.logCapacity) * valuesPerEntry;
      former.set(this.log[base] ?? 0, this.log[base + 1] ?? 0);
    }
    const formerBids: LevelChange[] = [];
    const formerAsks: LevelChange[] = [];
    for (const [signed, size] of former) {
      if (signed > 0) formerBids.push({ price: signed, size });
      else formerAsks.push({ price: -signed, size });
    }
    return {
      bids: rewind(this.bids, formerBids, depth),
      asks: rewind(this.asks, formerAsks, depth),
    };
  }

  /** Adds the signed prices (asks negative) that changed after `id` to `touched`. */
  collectTouched(id: number, touched: Set<number>): void {
    const count = this.changeId - id;
    if (id < this.oldestKnownId()) throw new RangeError(`changes after ${id} are no longer logged`);
    for (let entry = id + 1; entry <= this.changeId; entry += 1) {
      touched.add(this.log[(entry % this.logCapacity) * valuesPerEntry] ?? 0);
    }
    if (count > this.logCapacity / 4) this.growLog();
  }

  /** Bids best first, asks best first, each with its present size. */
  resolveTouched(touched: ReadonlySet<number>): BookChanges {
    const bids: LevelChange[] = [];
    const asks: LevelChange[] = [];
    for (const signed of touched) {
      if (signed > 0) bids.push({ price: signed, size: this.bids.sizeOf(signed) });
      else asks.push({ price: -signed, size: this.asks.sizeOf(-signed) });
    }
    bids.sort((left, right) => right.price - left.price);
    asks.sort((left, right) => left.price - right.price);
    return { bids, asks };
  }

  private growLog(): void {
    const capacity = this.logCapacity * 2;
    const log = new Float64Array(capacity * valuesPerEntry);
    for (let entry = this.oldestKnownId() + 1; entry <= this.changeId; entry += 1) {
      const from = (entry % this.logCapacity) * valuesPerEntry;
      log.set(this.log.subarray(from, from + valuesPerEntry), (entry % capacity) * valuesPerEntry);
    }
    // Older entries of the larger ring are unknown until it has filled once.
    this.log = log;
    this.knownFrom = this.oldestKnownId();
    this.logCapacity = capacity;
  }
}

/** The side with some levels put back to what they were. */
function rewind(side: BookSide, former: LevelChange[], depth: number): Float64Array {
  former.sort((left, right) => side.sign * (right.price - left.price));
  const levels = new Float64Array(2 * Math.min(depth, side.length + former.length));
  let used = 0;
  let rank = 0;
  for (const { price, size } of former) {
    const formerRank = side.rankOf(price);
    used = side.copyLevels(levels, used, rank, formerRank);
    rank = side.priceAt(formerRank) === price ? formerRank + 1 : formerRank;
    if (size === 0 || used >= levels.length) continue;
    levels[used] = price;
    levels[used + 1] = size;
    used += 2;
  }
  used = side.copyLevels(levels, used, rank, side.length);
  return levels.subarray(0, used);
}
