import { array, literal, looseObject, number, object, string, unknown } from 'valibot';
import type { Instrument, InstrumentId } from '../../../../shared/market.ts';
import { instrumentId, marketId, parseMarketId } from '../../../../shared/market.ts';
import { DecodeError } from '../../errors.ts';
import {
  checkCount,
  checkDecimalText,
  isRecord,
  parseLevels,
  parseTime,
  plausibleTime,
  tryJson,
} from '../guards.ts';
import { LevelReader } from '../levels.ts';
import type { SkippedListing } from '../restReading.ts';
import { checkPrice, checkExact, readListings, readRows, readValue } from '../restReading.ts';
import { topOf } from '../topOfBook.ts';
import type {
  BookDecimals,
  TopOfBook,
  BookSnapshot,
  CandleHistoryRequest,
  RestAnswer,
  RestRequest,
  RestTrade,
  RestVerdict,
  TickerEvent,
  VenueCandle,
  VenueRest,
} from '../venue.ts';
import { parseJson } from '../guards.ts';
import { checkSymbol } from './symbols.ts';
import { spellInterval } from './topics.ts';

const maxCandles = 1_000;
/** All that the spot endpoint gives; there is no paging. */
const maxTrades = 60;
const snapshotLevels = 1_000;

const envelopeSchema = looseObject({ retCode: number(), retMsg: string(), result: unknown() });
const listSchema = object({ list: array(unknown()) });
const instrumentSchema = object({
  symbol: string(),
  baseCoin: string(),
  quoteCoin: string(),
  status: string(),
  priceFilter: object({ tickSize: string() }),
  lotSizeFilter: object({ basePrecision: string() }),
});
const bookSchema = object({ s: string(), b: unknown(), a: unknown(), u: number() });
const topTimeSchema = object({ ts: number() });
const tradeSchema = object({
  execId: string(),
  price: string(),
  size: string(),
  side: string(),
  time: string(),
});
const tickerSchema = object({
  symbol: string(),
  lastPrice: string(),
  prevPrice24h: string(),
  highPrice24h: string(),
  lowPrice24h: string(),
  volume24h: string(),
  turnover24h: string(),
});
const candlesSchema = object({ category: literal('spot'), list: array(array(string())) });

export const rest: VenueRest = {
  instruments: () => ({ path: '/v5/market/instruments-info?category=spot', weight: 1 }),
  readInstruments,
  bookSnapshot: () => null,
  readBookSnapshot,
  topOfBook: (venueSymbol) => ({
    path: `/v5/market/orderbook?category=spot&symbol=${encodeURIComponent(venueSymbol)}&limit=1`,
    weight: 1,
  }),
  readTopOfBook,
  candles: candlesRequest,
  maxCandles,
  readCandles,
  trades: (venueSymbol) => ({
    path: `/v5/market/recent-trade?category=spot&symbol=${encodeURIComponent(venueSymbol)}&limit=${maxTrades}`,
    weight: 1,
  }),
  readTrades,
  ticker: (venueSymbol) => ({
    path: `/v5/market/tickers?category=spot&symbol=${encodeURIComponent(venueSymbol)}`,
    weight: 1,
  }),
  readTicker,
  serverTime: () => ({ path: '/v5/market/time', weight: 1 }),
  readServerTime: (body) => parseTime(readEnvelope(body).time, 'time'),
  classify,
};

function readEnvelope(body: string): { result: unknown; time: unknown } {
  const envelope = readValue(parseJson(body), envelopeSchema);
  if (envelope.retCode !== 0) {
    throw new DecodeError('venue refused', `${envelope.retCode} ${envelope.retMsg.slice(0, 200)}`);
  }
  return { result: envelope.result, time: envelope['time'] };
}

function readList(body: string): readonly unknown[] {
  return readValue(readEnvelope(body).result, listSchema).list;
}

function readInstruments(
  body: string,
  onSkipped: SkippedListing = () => undefined,
): readonly Instrument[] {
  return readListings(readList(body), instrumentSchema, onSkipped, (row) => {
    const market = marketId(row.baseCoin, row.quoteCoin, 'spot');
    if (parseMarketId(market) === null) return null;
    return {
      id: instrumentId('bybit', market),
      venue: 'bybit',
      venueSymbol: checkSymbol(row.symbol),
      market,
      marketKind: 'spot',
      base: row.baseCoin,
      quote: row.quoteCoin,
      tickSize: checkExact(row.priceFilter.tickSize, 'tickSize'),
      lotSize: checkExact(row.lotSizeFilter.basePrecision, 'basePrecision'),
      sizeUnit: 'base',
      tradingStatus: tradingStatusOf(row.status),
    };
  });
}

function tradingStatusOf(status: string): Instrument['tradingStatus'] {
  if (status === 'Trading') return 'trading';
  return status === 'PreLaunch' ? 'preopen' : 'closed';
}

/** For comparisons; the book itself starts from the stream. Its `u` is of the 1000-level stream. */
function readBookSnapshot(body: string, decimals: BookDecimals): BookSnapshot {
  const book = readValue(readEnvelope(body).result, bookSchema);
  const bids = parseLevels(book.b, 'b');
  const asks = parseLevels(book.a, 'a');
  const levels = new LevelReader();
  levels.read(bids, asks, decimals.price, decimals.size);
  return {
    lastSequence: checkCount(book.u, 'u'),
    bidsComplete: bids.length < snapshotLevels,
    asksComplete: asks.length < snapshotLevels,
    bids: levels.bids,
    asks: levels.asks,
    priceDecimals: levels.priceDecimals,
    sizeDecimals: levels.sizeDecimals,
  };
}

function readTopOfBook(body: string, decimals: BookDecimals): TopOfBook {
  const { ts } = readValue(readEnvelope(body).result, topTimeSchema);
  return topOf(readBookSnapshot(body, decimals), plausibleTime(ts));
}

function candlesRequest(request: CandleHistoryRequest): RestRequest | null {
  const interval = spellInterval(request.interval);
  if (interval === null) return null;
  const query = new URLSearchParams({
    category: 'spot',
    symbol: request.venueSymbol,
    interval,
    limit: String(Math.min(request.limit, maxCandles)),
  });
  // With both ends given the venue still answers the newest ones.
  if (request.from !== null) query.set('start', String(request.from));
  if (request.before !== null) query.set('end', String(request.before - 1));
  return { path: `/v5/market/kline?${query.toString()}`, weight: 1 };
}

function readCandles(body: string): readonly VenueCandle[] {
  const { list } = readValue(readEnvelope(body).result, candlesSchema);
  return list
    .map((row, index): VenueCandle => {
      const [start, open, high, low, close, volume, turnover] = row;
      return {
        openTime: parseTime(start, 'start'),
        open: checkDecimalText(open, 'open'),
        high: checkDecimalText(high, 'high'),
        low: checkDecimalText(low, 'low'),
        close: checkDecimalText(close, 'close'),
        volume: checkDecimalText(volume, 'volume'),
        quoteVolume: checkDecimalText(turnover, 'turnover'),
        trades: null,
        closed: index > 0,
      };
    })
    .sort((first, second) => first.openTime - second.openTime);
}

function readTrades(body: string): readonly RestTrade[] {
  // One row left out would make a hole that nobody sees.
  return readValue(readList(body), array(tradeSchema))
    .map((row): RestTrade => {
      if (row.side !== 'Buy' && row.side !== 'Sell')
        throw new DecodeError('side is not Buy or Sell');
      return {
        id: row.execId.slice(0, 64),
        firstSequence: null,
        lastSequence: null,
        side: row.side === 'Buy' ? 'buy' : 'sell',
        price: checkPrice(row.price, 'price'),
        size: checkExact(row.size, 'size'),
        tradeTime: parseTime(row.time, 'time'),
      };
    })
    .reverse();
}

function readTicker(body: string, venueSymbol: string, instrument: InstrumentId): TickerEvent {
  const envelope = readEnvelope(body);
  const [row] = readRows(readValue(envelope.result, listSchema).list, tickerSchema);
  if (row?.symbol !== venueSymbol) throw new DecodeError('answer for another symbol');
  return {
    type: 'ticker',
    instrument,
    venueSymbol,
    topic: `tickers.${venueSymbol}`,
    channel: 'tickers:snapshot',
    venueTime: typeof envelope.time === 'number' ? plausibleTime(envelope.time) : null,
    kind: 'snapshot',
    last: checkDecimalText(row.lastPrice, 'lastPrice'),
    open24h: checkDecimalText(row.prevPrice24h, 'prevPrice24h'),
    high24h: checkDecimalText(row.highPrice24h, 'highPrice24h'),
    low24h: checkDecimalText(row.lowPrice24h, 'lowPrice24h'),
    volume24hBase: checkDecimalText(row.volume24h, 'volume24h'),
    volume24hQuote: checkDecimalText(row.turnover24h, 'turnover24h'),
  };
}

/** HTTP 403 is the limit of the address (ten minutes of rest), 10006 the limit of one second. */
function classify(answer: RestAnswer): RestVerdict {
  const body = tryJson(answer.body);
  const code = isRecord(body) && typeof body['retCode'] === 'number' ? body['retCode'] : null;
  const text =
    isRecord(body) && typeof body['retMsg'] === 'string'
      ? body['retMsg'].slice(0, 300)
      : `HTTP ${answer.status}`;
  if (answer.status === 403) {
    return { type: 'rate-limited', retryAfterMs: null, banned: true, text };
  }
  if (answer.status === 429 || code === 10006 || code === 10018) {
    return { type: 'rate-limited', retryAfterMs: resetMs(answer.headers), banned: false, text };
  }
  if (answer.status >= 200 && answer.status < 300 && code === 0) return { type: 'ok' };
  return { type: 'failed', code: String(code ?? answer.status), text };
}

/** The venue counts per second; without a word of it, rest for five. */
function resetMs(headers: Readonly<Record<string, string>>): number {
  const text = headers['retry-after'];
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : 5_000;
}
