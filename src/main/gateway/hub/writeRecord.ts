import { assertNever } from '../../../shared/assert.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type {
  CandleUpdateRecord,
  GapUpdate,
  OrderbookUpdate,
  PriceUpdate,
  TickerUpdate,
  TradeUpdate,
  Validity,
  WireContributor,
  WireLevel,
  WireStatus,
  WireTicker,
  WireUpdate,
} from '../../../shared/gateway/wire.ts';
import type { GapRecord } from '../../../shared/feedHealth.ts';
import type { EpochMs, MarketId } from '../../../shared/market.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import type {
  BookRow,
  BookView,
  CandleUpdate,
  PriceContributor,
  PriceValue,
  TickerValue,
  TradeValue,
} from '../../../shared/values.ts';
import type { ChannelValue, Publication } from './marketFeed.ts';
import { writeHealth } from './writeHealth.ts';
import type { RecordHead } from './writeStatus.ts';
import { bookStatus, isFresh, joinedStatus, noteOf, tickerStatus, venueOf } from './writeStatus.ts';

export interface WriteMoment {
  /** By the clock of the engine. */
  readonly time: EpochMs;
  /** Why nothing can be live, whatever the value says; null: it can. */
  readonly staleNote: string | null;
}

/** One value as it goes to programs. */
export function writeRecord(publication: Publication, moment: WriteMoment): WireUpdate {
  const { value } = publication;
  const head = headOf(publication, moment);
  switch (value.kind) {
    case 'price':
      return writePrice(head, value.price, moment);
    case 'ticker':
      return writeTickers(head, value.tickers, moment);
    case 'orderbook':
      return writeBook(head, value.book, moment);
    case 'trades':
      return writeTrade(head, value.trade);
    case 'candles':
      return writeCandle(head, value.update, value.status, moment);
    case 'gaps':
      return writeGap(head, value.gap);
    case 'health':
      return writeHealth(head, value.health, value.status, moment.staleNote !== null);
    default:
      return assertNever(value);
  }
}

function headOf(publication: Publication, { time }: WriteMoment): RecordHead {
  const { channel, epoch, seq, source, value } = publication;
  return { channel, symbol: marketOf(value), epoch, seq, source, time };
}

function marketOf(value: ChannelValue): MarketId {
  switch (value.kind) {
    case 'price':
      return value.price.market;
    case 'orderbook':
      return value.book.market;
    case 'candles':
      return value.update.market;
    case 'ticker':
    case 'trades':
      return value.market;
    case 'gaps':
      return parseInstrumentId(value.gap.instrument)?.market ?? '';
    case 'health':
      return '';
    default:
      return assertNever(value);
  }
}

/** Nothing is live while the way to the data is gone; what has no value yet stays without one. */
function validity(
  status: WireStatus,
  receivedTime: EpochMs | null,
  leftOut: readonly (VenueId | null)[],
  { time, staleNote }: WriteMoment,
): Validity {
  const ageMs = receivedTime === null ? null : Math.max(0, Math.round(time - receivedTime));
  if (staleNote !== null && status !== 'none') {
    return { status: 'stale', receivedTime, ageMs, note: staleNote };
  }
  return { status, receivedTime, ageMs, ...noteOf(status, leftOut) };
}

function writePrice(head: RecordHead, value: PriceValue, moment: WriteMoment): PriceUpdate {
  const leftOut = value.contributors.filter(({ exclusion }) => exclusion !== null);
  return {
    type: 'price_update',
    ...head,
    ...validity(
      value.status,
      value.receivedTime,
      leftOut.map(({ venue }) => venue),
      moment,
    ),
    price: {
      price: value.price,
      change: value.change24hAbs,
      changePercent: value.change24hPct,
      volume: value.volume24hBase,
      quoteVolume: value.volume24hQuote,
      high: value.high24h,
      low: value.low24h,
      timestamp: value.receivedTime,
    },
    priceStatus: moment.staleNote !== null && value.status !== 'none' ? 'stale' : value.status,
    equalWeights: value.equalWeights,
    venueSpreadBps: value.venueSpreadBps,
    contributors: value.contributors.map((part) => writeContributor(part, moment)),
  };
}

function writeContributor(part: PriceContributor, moment: WriteMoment): WireContributor {
  const { venue, price, bid, ask, weight, exclusion, status, receivedTime } = part;
  return {
    ...{ venue, price, bid, ask, weight, exclusion },
    status: moment.staleNote === null || !isFresh(status) ? status : 'stale',
    ageMs: receivedTime === null ? null : Math.max(0, Math.round(moment.time - receivedTime)),
  };
}

function writeTickers(
  head: RecordHead,
  tickers: readonly TickerValue[],
  moment: WriteMoment,
): TickerUpdate {
  const statuses = tickers.map(tickerStatus);
  const fresh = tickers.filter(({ status, last }) => isFresh(status) && last !== null);
  const leftOut = tickers.filter((ticker) => !fresh.includes(ticker));
  // Without a fresh one these are the last figures that there were, and are marked so.
  const counted = fresh.length > 0 ? fresh : tickers.filter(({ last }) => last !== null);
  const newest = counted.reduce<TickerValue | null>(
    (best, ticker) => (best === null || ticker.receivedTime > best.receivedTime ? ticker : best),
    null,
  );
  const receivedTime = newest?.receivedTime ?? null;
  return {
    type: 'ticker_update',
    ...head,
    ...validity(
      joinedStatus(statuses),
      receivedTime,
      leftOut.map(({ instrument }) => venueOf(instrument)),
      moment,
    ),
    ticker: {
      last: newest?.last ?? null,
      open: newest?.open24h ?? null,
      high: extreme(
        counted.map(({ high24h }) => high24h),
        Math.max,
      ),
      low: extreme(
        counted.map(({ low24h }) => low24h),
        Math.min,
      ),
      volume: total(counted.map(({ volume24hBase }) => volume24hBase)),
      quoteVolume: total(counted.map(({ volume24hQuote }) => volume24hQuote)),
      timestamp: receivedTime,
    },
    venues: tickers.flatMap((ticker) => writeTicker(ticker, moment)),
  };
}

function writeTicker(value: TickerValue, moment: WriteMoment): readonly WireTicker[] {
  const venue = venueOf(value.instrument);
  if (venue === null) return [];
  const hasValue = value.last !== null;
  return [
    {
      venue,
      ...validity(tickerStatus(value), hasValue ? value.receivedTime : null, [], moment),
      last: value.last,
      open: value.open24h,
      high: value.high24h,
      low: value.low24h,
      volume: value.volume24hBase,
      quoteVolume: value.volume24hQuote,
    },
  ];
}

function extreme(
  values: readonly (number | null)[],
  choose: (...numbers: number[]) => number,
): number | null {
  const known = values.flatMap((value) => value ?? []);
  return known.length === 0 ? null : choose(...known);
}

/** Null where a part is unknown: a sum of the others would look like the whole. */
function total(values: readonly (number | null)[]): number | null {
  const known = values.flatMap((value) => value ?? []);
  if (known.length === 0 || known.length < values.length) return null;
  // Doubles of the venues: their sum has no more than 15 digits that are right.
  return withoutNoise(known.reduce((sum, value) => sum + value, 0));
}

function writeBook(head: RecordHead, book: BookView, moment: WriteMoment): OrderbookUpdate {
  const counted = book.parts.filter((part) => part.counted);
  const times = (counted.length > 0 ? counted : book.parts).flatMap(
    ({ receivedTime }) => receivedTime ?? [],
  );
  const leftOut = book.parts.filter((part) => !part.counted).map(({ venue }) => venue);
  const priceScale = 10 ** book.priceDecimals;
  return {
    type: 'orderbook_update',
    ...head,
    ...validity(
      joinedStatus(book.parts.map(bookStatus)),
      times.length === 0 ? null : Math.max(...times),
      leftOut,
      moment,
    ),
    venue: book.venue,
    bids: book.bids.map((row) => writeLevel(row, book, priceScale)),
    asks: book.asks.map((row) => writeLevel(row, book, priceScale)),
    parts: book.parts.map((part) => ({
      venue: part.venue,
      status: moment.staleNote === null || part.status !== 'live' ? part.status : 'gap',
      streamStatus:
        moment.staleNote === null || !isFresh(part.streamStatus) ? part.streamStatus : 'stale',
      sequence: part.sequence,
      counted: part.counted,
      ageMs:
        part.receivedTime === null
          ? null
          : Math.max(0, Math.round(moment.time - part.receivedTime)),
      note: part.note,
    })),
    crossed: book.crossedUnits === null ? null : book.crossedUnits / priceScale,
  };
}

function writeLevel(row: BookRow, { venue, sizeDecimals }: BookView, scale: number): WireLevel {
  const sizeScale = 10 ** sizeDecimals;
  const units = row.sizeUnits.reduce((sum, size) => sum + size, 0);
  const level = {
    price: row.priceUnits / scale,
    size: units / sizeScale,
    timestamp: row.changedTime.reduce((newest, time) => Math.max(newest, time), 0),
  };
  if (venue !== null) return level;
  return { ...level, sizes: row.sizeUnits.map((size) => size / sizeScale) };
}

function writeTrade(head: RecordHead, trade: TradeValue): TradeUpdate {
  const { id, instrument, side, late, outlier, receivedTime } = trade;
  return {
    type: 'trade_update',
    ...head,
    trade: {
      id,
      venue: knownVenue(instrument),
      price: trade.priceUnits / 10 ** trade.priceDecimals,
      size: trade.sizeUnits / 10 ** trade.sizeDecimals,
      side,
      timestamp: trade.venueTime,
      receivedTime,
      late,
      outlier,
    },
  };
}

function writeCandle(
  head: RecordHead,
  { venue, interval, candle }: CandleUpdate,
  status: WireStatus,
  { staleNote }: WriteMoment,
): CandleUpdateRecord {
  const { openTime, open, high, low, close, trades, closed, origin } = candle;
  const volume = withoutNoise(candle.volume);
  const quoteVolume = withoutNoise(candle.quoteVolume);
  return {
    type: 'candle_update',
    ...head,
    ...{ venue, interval },
    candle: {
      ...{ openTime, open, high, low, close, volume, quoteVolume, trades, closed, origin },
      outlier: candle.outlier ?? false,
    },
    status: staleNote === null || closed ? status : 'stale',
  };
}

function writeGap(head: RecordHead, gap: GapRecord): GapUpdate {
  const { id, venue, channel, cause, from, to, firstId, lastId, missing, repairedBy } = gap;
  return {
    type: 'gap_update',
    ...head,
    gap: { id, venue, stream: channel, cause, from, to, firstId, lastId, missing, repairedBy },
  };
}

function knownVenue(instrument: string): VenueId {
  const venue = venueOf(instrument);
  if (venue === null) throw new Error(`no venue in ${instrument}`);
  return venue;
}

/** A sum of doubles, to the digits that a double holds for certain: 14.014829930000001 is 14.01482993. */
function withoutNoise(sum: number): number {
  return Number(sum.toPrecision(15));
}
