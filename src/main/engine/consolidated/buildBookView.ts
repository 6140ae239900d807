import type { BookStatus, StreamStatus } from '../../../shared/feedHealth.ts';
import type { EpochMs, InstrumentId, MarketId } from '../../../shared/market.ts';
import type { BookPart, BookRow, BookView } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { BookSide } from '../book/bookSide.ts';
import type { OrderBook } from '../book/orderBook.ts';
import { parseUnits, powerOfTen, significantDecimals } from '../decimal.ts';

/** One venue's book as the core holds it. Levels beyond the known counts are never looked at. */
export interface BookViewPart {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly status: BookStatus;
  readonly streamStatus: StreamStatus;
  readonly sequence: number;
  readonly receivedTime: EpochMs | null;
  /** Live, connected, not muted: only then its levels are read. */
  readonly counted: boolean;
  readonly note: string | null;
  readonly book: OrderBook;
  /** Levels from the best that lie inside the book's known range. */
  readonly knownBids: number;
  readonly knownAsks: number;
}

export interface BookViewRequest {
  readonly market: MarketId;
  readonly venue: VenueId | null;
  /** Row height as a decimal string; `0` is the finest tick, as is what these prices cannot be counted in exactly. */
  readonly group: string;
  readonly rows: number;
}

/**
 * The ladder that a panel asked for: levels of all counted parts merged by price on one exact scale, bids floored and asks
 * ceiled to the row height. A crossed or locked consolidated book is told as a fact, never repaired.
 */
export function buildBookView(request: BookViewRequest, parts: readonly BookViewPart[]): BookView {
  const scale = scaleOf(parts, request.group);
  const counted = parts.map((part) => (part.counted ? part : null));
  const views = parts.map((part) => toPart(part, scale));
  return {
    market: request.market,
    venue: request.venue,
    priceDecimals: scale.price,
    sizeDecimals: scale.size,
    groupUnits: scale.group,
    parts: views,
    bids: mergeRows(counted, scale, request.rows, 'bids'),
    asks: mergeRows(counted, scale, request.rows, 'asks'),
    crossedUnits: crossedUnits(views),
  };
}

interface ViewScale {
  readonly price: number;
  readonly size: number;
  readonly group: number;
}

function scaleOf(parts: readonly BookViewPart[], group: string): ViewScale {
  const finest = Math.max(0, ...parts.map((part) => part.book.priceDecimals));
  const size = Math.max(0, ...parts.map((part) => part.book.sizeDecimals));
  const text = normalGroup(group);
  const price = Math.max(finest, significantDecimals(text));
  // Halves leave room for an ask that is ceiled by one row.
  const limit = Number.MAX_SAFE_INTEGER / 2;
  const isExact =
    Number(text) * powerOfTen(price) <= limit &&
    (price === finest || parts.every((part) => fitsTwice(part.book, price)));
  if (!isExact) return { price: finest, size, group: 1 };
  return { price, size, group: Math.max(1, parseUnits(text, price)) };
}

function fitsTwice(book: OrderBook, decimals: number): boolean {
  const factor = 2 * powerOfTen(decimals - book.priceDecimals);
  return book.bids.fitsScale(factor, 1) && book.asks.fitsScale(factor, 1);
}

function normalGroup(group: string): string {
  return group.startsWith('.') ? `0${group}` : group;
}

function toPart(part: BookViewPart, scale: ViewScale): BookPart {
  const factor = powerOfTen(scale.price - part.book.priceDecimals);
  const { bestBid, bestAsk } = part.book;
  return {
    venue: part.venue,
    instrument: part.instrument,
    status: part.status,
    streamStatus: part.streamStatus,
    sequence: part.sequence,
    receivedTime: part.receivedTime,
    counted: part.counted,
    bestBidUnits: part.counted && part.knownBids > 0 && bestBid !== null ? bestBid * factor : null,
    bestAskUnits: part.counted && part.knownAsks > 0 && bestAsk !== null ? bestAsk * factor : null,
    note: part.note,
  };
}

/** Reads one part's side from the best level on, in units of the view. */
interface SideCursor {
  readonly part: number;
  readonly side: BookSide;
  readonly known: number;
  readonly priceFactor: number;
  readonly sizeFactor: number;
  rank: number;
}

function mergeRows(
  parts: readonly (BookViewPart | null)[],
  scale: ViewScale,
  limit: number,
  sideName: 'bids' | 'asks',
): readonly BookRow[] {
  const cursors: SideCursor[] = [];
  parts.forEach((part, index) => {
    if (part === null) return;
    const known = sideName === 'bids' ? part.knownBids : part.knownAsks;
    cursors.push({
      part: index,
      side: part.book[sideName],
      known,
      priceFactor: powerOfTen(scale.price - part.book.priceDecimals),
      sizeFactor: powerOfTen(scale.size - part.book.sizeDecimals),
      rank: 0,
    });
  });
  const rows: BookRow[] = [];
  while (rows.length < limit) {
    const price = nextRowPrice(cursors, scale.group, sideName);
    if (price === null) break;
    rows.push(takeRow(cursors, price, parts.length, scale.group, sideName));
  }
  return rows;
}

function rowPrice(cursor: SideCursor, group: number, sideName: 'bids' | 'asks'): number {
  const price = cursor.side.priceAt(cursor.rank) * cursor.priceFactor;
  if (group === 1) return price;
  const rest = price % group;
  if (rest === 0) return price;
  return sideName === 'bids' ? price - rest : price - rest + group;
}

function nextRowPrice(
  cursors: readonly SideCursor[],
  group: number,
  sideName: 'bids' | 'asks',
): number | null {
  let best: number | null = null;
  for (const cursor of cursors) {
    if (cursor.rank >= cursor.known) continue;
    const price = rowPrice(cursor, group, sideName);
    if (best === null || (sideName === 'bids' ? price > best : price < best)) best = price;
  }
  return best;
}

function takeRow(
  cursors: readonly SideCursor[],
  price: number,
  partCount: number,
  group: number,
  sideName: 'bids' | 'asks',
): BookRow {
  const sizeUnits = new Array<number>(partCount).fill(0);
  const changedTime = new Array<number>(partCount).fill(0);
  for (const cursor of cursors) {
    let size = 0;
    let changed = 0;
    while (cursor.rank < cursor.known && rowPrice(cursor, group, sideName) === price) {
      size += cursor.side.sizeAt(cursor.rank) * cursor.sizeFactor;
      changed = Math.max(changed, cursor.side.changedAt(cursor.rank));
      cursor.rank += 1;
    }
    sizeUnits[cursor.part] = size;
    changedTime[cursor.part] = changed;
  }
  return { priceUnits: price, sizeUnits, changedTime };
}

function crossedUnits(parts: readonly BookPart[]): number | null {
  const bids = parts.flatMap((part) => part.bestBidUnits ?? []);
  const asks = parts.flatMap((part) => part.bestAskUnits ?? []);
  if (bids.length === 0 || asks.length === 0) return null;
  const overlap = Math.max(...bids) - Math.min(...asks);
  return overlap >= 0 ? overlap : null;
}
