import {
  array,
  boolean,
  looseObject,
  looseTuple,
  number,
  object,
  safeParse,
  string,
  unknown,
} from 'valibot';
import type { Instrument, InstrumentId } from '../../../../shared/market.ts';
import {
  candleIntervalMs,
  instrumentId,
  marketId,
  parseMarketId,
} from '../../../../shared/market.ts';
import { DecodeError } from '../../errors.ts';
import {
  checkCount,
  checkDecimalText,
  decimalsAhead,
  parseLevels,
  parseTime,
  plausibleTime,
  tryJson,
} from '../guards.ts';
import { LevelReader } from '../levels.ts';
import type { SkippedListing } from '../restReading.ts';
import { checkPrice, checkExact, readBody, readListings, retryAfterMs } from '../restReading.ts';
import { topOf } from '../topOfBook.ts';
import type {
  BookDecimals,
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
import { checkSymbol } from './symbols.ts';

const snapshotLevels = 1_000;
const maxCandles = 1_000;
const maxTrades = 1_000;

const symbolSchema = object({
  symbol: string(),
  status: string(),
  baseAsset: string(),
  quoteAsset: string(),
  filters: array(looseObject({ filterType: string() })),
});
const exchangeSchema = object({ symbols: array(unknown()) });
const depthSchema = object({ lastUpdateId: number(), bids: unknown(), asks: unknown() });
const tradeSchema = object({
  id: number(),
  price: string(),
  qty: string(),
  time: number(),
  isBuyerMaker: boolean(),
});
const tickerSchema = object({
  symbol: string(),
  lastPrice: string(),
  openPrice: string(),
  highPrice: string(),
  lowPrice: string(),
  volume: string(),
  quoteVolume: string(),
  closeTime: number(),
});
const problemSchema = object({ code: number(), msg: string() });
const candleSchema = looseTuple([
  number(),
  string(),
  string(),
  string(),
  string(),
  string(),
  number(),
  string(),
  number(),
]);

export const rest: VenueRest = {
  instruments: () => ({
    path: '/api/v3/exchangeInfo?permissions=SPOT&showPermissionSets=false',
    weight: 20,
  }),
  readInstruments,
  bookSnapshot: (venueSymbol) => ({
    path: `/api/v3/depth?symbol=${encodeURIComponent(venueSymbol)}&limit=${snapshotLevels}`,
    weight: 50,
  }),
  readBookSnapshot,
  topOfBook: (venueSymbol) => ({
    path: `/api/v3/depth?symbol=${encodeURIComponent(venueSymbol)}&limit=5`,
    weight: 5,
  }),
  readTopOfBook: (body, decimals) => topOf(readBookSnapshot(body, decimals), null),
  candles: candlesRequest,
  maxCandles,
  readCandles,
  trades: tradesRequest,
  readTrades,
  ticker: (venueSymbol) => ({
    path: `/api/v3/ticker/24hr?symbol=${encodeURIComponent(venueSymbol)}`,
    weight: 2,
  }),
  readTicker,
  serverTime: () => ({ path: '/api/v3/time', weight: 1 }),
  readServerTime: (body) =>
    parseTime(readBody(body, object({ serverTime: number() })).serverTime, 'serverTime'),
  usedWeight,
  classify,
};

function readInstruments(
  body: string,
  onSkipped: SkippedListing = () => undefined,
): readonly Instrument[] {
  const { symbols } = readBody(body, exchangeSchema);
  return readListings(symbols, symbolSchema, onSkipped, (row) => {
    const market = marketId(row.baseAsset, row.quoteAsset, 'spot');
    const tickSize = filterText(row.filters, 'PRICE_FILTER', 'tickSize');
    const lotSize = filterText(row.filters, 'LOT_SIZE', 'stepSize');
    if (parseMarketId(market) === null || tickSize === null || lotSize === null) return null;
    return {
      id: instrumentId('binance', market),
      venue: 'binance',
      venueSymbol: checkSymbol(row.symbol),
      market,
      marketKind: 'spot',
      base: row.baseAsset,
      quote: row.quoteAsset,
      tickSize,
      lotSize,
      sizeUnit: 'base',
      tradingStatus: tradingStatusOf(row.status),
    };
  });
}

function tradingStatusOf(status: string): Instrument['tradingStatus'] {
  if (status === 'TRADING') return 'trading';
  return status === 'PRE_TRADING' || status === 'AUCTION_MATCH' ? 'preopen' : 'closed';
}

function filterText(
  filters: readonly Readonly<Record<string, unknown>>[],
  filterType: string,
  field: string,
): string | null {
  const value = filters.find((filter) => filter['filterType'] === filterType)?.[field];
  return value === undefined ? null : checkExact(value, field);
}

function readBookSnapshot(body: string, decimals: BookDecimals): BookSnapshot {
  const depth = readBody(body, depthSchema);
  const bids = parseLevels(depth.bids, 'bids');
  const asks = parseLevels(depth.asks, 'asks');
  const levels = new LevelReader();
  levels.read(bids, asks, decimals.price, decimals.size);
  return {
    lastSequence: checkCount(depth.lastUpdateId, 'lastUpdateId'),
    bidsComplete: bids.length < snapshotLevels,
    asksComplete: asks.length < snapshotLevels,
    bids: levels.bids,
    asks: levels.asks,
    priceDecimals: levels.priceDecimals,
    sizeDecimals: levels.sizeDecimals,
  };
}

function candlesRequest(request: CandleHistoryRequest): RestRequest | null {
  const query = new URLSearchParams({
    symbol: request.venueSymbol,
    interval: request.interval,
    limit: String(Math.min(request.limit, maxCandles)),
  });
  // The venue answers the oldest after startTime, so a start is only given where the span fits in one page.
  if (request.before !== null) query.set('endTime', String(request.before - 1));
  if (request.from !== null && fitsOnePage(request)) query.set('startTime', String(request.from));
  return { path: `/api/v3/klines?${query.toString()}`, weight: 2 };
}

function fitsOnePage(request: CandleHistoryRequest): boolean {
  if (request.from === null || request.before === null) return false;
  const span = (request.before - request.from) / candleIntervalMs[request.interval];
  return span <= Math.min(request.limit, maxCandles);
}

function readCandles(body: string): readonly VenueCandle[] {
  const rows = readBody(body, array(candleSchema));
  return rows.map((row, index): VenueCandle => {
    const [openTime, open, high, low, close, volume, , quoteVolume, trades, ...takers] = row;
    return {
      openTime: parseTime(openTime, 'openTime'),
      open: checkDecimalText(open, 'open'),
      high: checkDecimalText(high, 'high'),
      low: checkDecimalText(low, 'low'),
      close: checkDecimalText(close, 'close'),
      volume: checkDecimalText(volume, 'volume'),
      quoteVolume: checkDecimalText(quoteVolume, 'quoteVolume'),
      trades,
      closed: index < rows.length - 1,
      ownFigures: decimalsAhead(takers.slice(0, 2)),
    };
  });
}

function tradesRequest(venueSymbol: string, afterId: string | null): RestRequest {
  const symbol = encodeURIComponent(venueSymbol);
  if (afterId === null) {
    return { path: `/api/v3/trades?symbol=${symbol}&limit=${maxTrades}`, weight: 25 };
  }
  const fromId = String(BigInt(afterId) + 1n);
  return {
    path: `/api/v3/historicalTrades?symbol=${symbol}&limit=${maxTrades}&fromId=${fromId}`,
    weight: 25,
  };
}

function readTrades(body: string): readonly RestTrade[] {
  return readBody(body, array(tradeSchema)).map((row) => ({
    id: String(checkCount(row.id, 'id')),
    firstSequence: row.id,
    lastSequence: row.id,
    side: row.isBuyerMaker ? 'sell' : 'buy',
    price: checkPrice(row.price, 'price'),
    size: checkExact(row.qty, 'qty'),
    tradeTime: parseTime(row.time, 'time'),
  }));
}

function readTicker(body: string, venueSymbol: string, instrument: InstrumentId): TickerEvent {
  const row = readBody(body, tickerSchema);
  if (row.symbol !== venueSymbol) throw new DecodeError('answer for another symbol');
  return {
    type: 'ticker',
    instrument,
    venueSymbol,
    topic: `${venueSymbol.toLowerCase()}@ticker`,
    channel: 'ticker',
    venueTime: plausibleTime(row.closeTime),
    kind: 'snapshot',
    last: checkDecimalText(row.lastPrice, 'lastPrice'),
    open24h: checkDecimalText(row.openPrice, 'openPrice'),
    high24h: checkDecimalText(row.highPrice, 'highPrice'),
    low24h: checkDecimalText(row.lowPrice, 'lowPrice'),
    volume24hBase: checkDecimalText(row.volume, 'volume'),
    volume24hQuote: checkDecimalText(row.quoteVolume, 'quoteVolume'),
  };
}

function usedWeight(answer: RestAnswer): number | null {
  const text = answer.headers['x-mbx-used-weight-1m'] ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** 429: stop for a while; 418: banned for having gone on; 403: the firewall, which counts as a ban of unknown length. */
function classify(answer: RestAnswer): RestVerdict {
  const { status } = answer;
  if (status >= 200 && status < 300) return { type: 'ok' };
  const { code, text } = problemOf(answer);
  if (status === 429 || status === 418 || status === 403 || code === '-1003') {
    const banned = status === 418 || status === 403;
    return { type: 'rate-limited', retryAfterMs: retryAfterMs(answer.headers), banned, text };
  }
  return { type: 'failed', code, text };
}

function problemOf(answer: RestAnswer): { code: string; text: string } {
  const problem = readProblem(answer.body);
  const code = problem === null ? String(answer.status) : problem.code;
  return { code, text: (problem?.text ?? `HTTP ${answer.status}`).slice(0, 300) };
}

function readProblem(body: string): { code: string; text: string } | null {
  const result = safeParse(problemSchema, tryJson(body));
  return result.success ? { code: String(result.output.code), text: result.output.msg } : null;
}
