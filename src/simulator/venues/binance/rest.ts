import type { Bar } from '../../market/bar.ts';
import { formatFixed, unitText } from '../../market/decimals.ts';
import type { Instrument } from '../../market/instrument.ts';
import { bucketEnd, intervals } from '../../market/intervals.ts';
import type { Trade } from '../../market/tradeTape.ts';
import type { ParsedPath } from '../../wire/query.ts';
import { isStringArray, parseJson, wholeNumber } from '../../wire/query.ts';
import type { VenueContext } from '../../wire/venueContext.ts';
import type { AggregateTrades } from './aggregateTrades.ts';
import {
  averagePrice,
  changePercent,
  priceText,
  quoteText,
  sizeText,
  snapshotText,
  symbolOf,
} from './frames.ts';
import { weightPerMinute } from './limits.ts';

export interface BinanceRest {
  readonly context: VenueContext;
  readonly aggregates: AggregateTrades;
  bySymbol(symbol: string): Instrument | undefined;
}

export interface RestOutcome {
  readonly status: number;
  readonly body: string;
}

interface Endpoint {
  weight(query: URLSearchParams): number;
  answer(rest: BinanceRest, query: URLSearchParams): RestOutcome;
}

const maxTrades = 1000;
const maxKlines = 1000;
const restIntervals = new Set(intervals.filter((name) => name !== '2d' && name !== '5d'));

const endpoints: Readonly<Record<string, Endpoint>> = {
  '/api/v3/ping': { weight: () => 1, answer: () => ok('{}') },
  '/api/v3/time': {
    weight: () => 1,
    answer: ({ context }) => ok(`{"serverTime":${Math.floor(context.now())}}`),
  },
  '/api/v3/exchangeInfo': { weight: () => 20, answer: exchangeInfo },
  '/api/v3/depth': {
    weight: (query) => depthWeight(wholeNumber(query, 'limit', 100) ?? 100),
    answer: depth,
  },
  '/api/v3/klines': { weight: () => 2, answer: klines },
  '/api/v3/uiKlines': { weight: () => 2, answer: klines },
  '/api/v3/trades': { weight: () => 25, answer: recentTrades },
  '/api/v3/historicalTrades': { weight: () => 25, answer: historicalTrades },
  '/api/v3/aggTrades': { weight: () => 4, answer: aggregateTrades },
  '/api/v3/ticker/24hr': {
    weight: (query) => (query.has('symbol') ? 2 : query.has('symbols') ? 40 : 80),
    answer: (rest, query) => tickers(rest, query, dayTicker),
  },
  '/api/v3/ticker/bookTicker': {
    weight: (query) => (query.has('symbol') ? 2 : 4),
    answer: (rest, query) => tickers(rest, query, bookTicker),
  },
  '/api/v3/ticker/price': {
    weight: (query) => (query.has('symbol') ? 2 : 4),
    answer: (rest, query) => tickers(rest, query, lastPrice),
  },
};

export function requestWeight(request: ParsedPath): number {
  return endpoints[request.path]?.weight(request.query) ?? 1;
}

export function answerRest(rest: BinanceRest, request: ParsedPath): RestOutcome {
  const endpoint = endpoints[request.path];
  if (endpoint === undefined) return { status: 404, body: '<html><h2>404 Not found</h2></html>' };
  return endpoint.answer(rest, request.query);
}

export function failure(status: number, code: number, message: string): RestOutcome {
  return { status, body: `{"code":${code},"msg":${JSON.stringify(message)}}` };
}

function ok(body: string): RestOutcome {
  return { status: 200, body };
}

function missing(name: string): RestOutcome {
  const problem = 'was not sent, was empty/null, or malformed';
  return failure(400, -1102, `Mandatory parameter '${name}' ${problem}.`);
}

function illegal(name: string): RestOutcome {
  return failure(400, -1100, `Illegal characters found in parameter '${name}'.`);
}

function withInstrument(
  rest: BinanceRest,
  query: URLSearchParams,
  answer: (instrument: Instrument) => RestOutcome,
): RestOutcome {
  const symbol = query.get('symbol');
  if (symbol === null || symbol === '') return missing('symbol');
  const instrument = rest.bySymbol(symbol);
  if (instrument === undefined) return failure(400, -1121, 'Invalid symbol.');
  return answer(instrument);
}

function depthWeight(limit: number): number {
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1000 ? 50 : 250;
}

function depth(rest: BinanceRest, query: URLSearchParams): RestOutcome {
  return withInstrument(rest, query, (instrument) => {
    const limit = wholeNumber(query, 'limit', 100);
    if (limit === undefined || limit < 1) return illegal('limit');
    return ok(snapshotText(instrument, Math.min(5000, limit)));
  });
}

function klines(rest: BinanceRest, query: URLSearchParams): RestOutcome {
  return withInstrument(rest, query, (instrument) => {
    const interval = query.get('interval');
    if (interval === null) return missing('interval');
    if (!restIntervals.has(interval)) return failure(400, -1120, 'Invalid interval.');
    const limit = wholeNumber(query, 'limit', 500);
    const from = wholeNumber(query, 'startTime', 0);
    const to = wholeNumber(query, 'endTime', Number.MAX_SAFE_INTEGER);
    if (limit === undefined || limit < 1) return illegal('limit');
    if (from === undefined) return illegal('startTime');
    if (to === undefined) return illegal('endTime');
    const { candles } = instrument;
    candles.roll(rest.context.now());
    const count = Math.min(maxKlines, limit);
    const bars = query.has('startTime')
      ? candles.oldestBars(interval, from, to, count)
      : candles.newestBars(interval, from, to, count);
    return ok(`[${bars.map((bar) => klineRow(instrument, interval, bar)).join(',')}]`);
  });
}

function klineRow(instrument: Instrument, interval: string, bar: Bar): string {
  return (
    `[${bar.openTime},"${priceText(instrument, bar.open)}","${priceText(instrument, bar.high)}",` +
    `"${priceText(instrument, bar.low)}","${priceText(instrument, bar.close)}",` +
    `"${sizeText(instrument, bar.volume)}",${bucketEnd(interval, bar.openTime, 0) - 1},` +
    `"${quoteText(instrument, bar.quote)}",${bar.trades},` +
    `"${sizeText(instrument, bar.takerVolume)}","${quoteText(instrument, bar.takerQuote)}","0"]`
  );
}

function recentTrades(rest: BinanceRest, query: URLSearchParams): RestOutcome {
  return withInstrument(rest, query, (instrument) => {
    const limit = wholeNumber(query, 'limit', 500);
    if (limit === undefined || limit < 1) return illegal('limit');
    const count = Math.min(maxTrades, limit);
    return ok(tradeRows(instrument, instrument.tradesBefore(instrument.tape.nextId(), count)));
  });
}

function historicalTrades(rest: BinanceRest, query: URLSearchParams): RestOutcome {
  return withInstrument(rest, query, (instrument) => {
    const limit = wholeNumber(query, 'limit', 500);
    if (limit === undefined || limit < 1) return illegal('limit');
    const count = Math.min(maxTrades, limit);
    const end = instrument.tape.nextId();
    const fromId = wholeNumber(query, 'fromId', end - count);
    if (fromId === undefined) return illegal('fromId');
    const beforeId = Math.min(end, fromId + count);
    if (beforeId <= fromId) return ok('[]');
    return ok(tradeRows(instrument, instrument.tradesBefore(beforeId, beforeId - fromId)));
  });
}

function tradeRows(instrument: Instrument, trades: readonly Trade[]): string {
  const rows = trades.map(
    (trade) =>
      `{"id":${trade.id},"price":"${priceText(instrument, trade.price)}",` +
      `"qty":"${sizeText(instrument, trade.size)}",` +
      `"quoteQty":"${quoteText(instrument, BigInt(trade.price) * BigInt(trade.size))}",` +
      `"time":${Math.floor(trade.time)},"isBuyerMaker":${!trade.takerBuys},"isBestMatch":true}`,
  );
  return `[${rows.join(',')}]`;
}

function aggregateTrades(rest: BinanceRest, query: URLSearchParams): RestOutcome {
  return withInstrument(rest, query, (instrument) => {
    const limit = wholeNumber(query, 'limit', 500);
    const fromId = wholeNumber(query, 'fromId', -1);
    const from = wholeNumber(query, 'startTime', 0);
    const to = wholeNumber(query, 'endTime', Number.MAX_SAFE_INTEGER);
    if (limit === undefined || fromId === undefined) return illegal('limit');
    if (from === undefined || to === undefined) return illegal('startTime');
    const count = Math.min(maxTrades, limit);
    const matching = rest.aggregates
      .all(instrument)
      .filter((trade) => trade.id >= fromId && trade.time >= from && trade.time <= to);
    const bounded = query.has('fromId') || query.has('startTime');
    const chosen = bounded ? matching.slice(0, count) : matching.slice(-count);
    const rows = chosen.map(
      (trade) =>
        `{"a":${trade.id},"p":"${priceText(instrument, trade.price)}",` +
        `"q":"${sizeText(instrument, trade.size)}","f":${trade.firstId},"l":${trade.lastId},` +
        `"T":${Math.floor(trade.time)},"m":${!trade.takerBuys},"M":true}`,
    );
    return ok(`[${rows.join(',')}]`);
  });
}

type Row = (rest: BinanceRest, instrument: Instrument) => string;

function tickers(rest: BinanceRest, query: URLSearchParams, row: Row): RestOutcome {
  const symbols = query.get('symbols');
  if (query.has('symbol')) {
    return withInstrument(rest, query, (instrument) => ok(row(rest, instrument)));
  }
  const chosen = symbols === null ? rest.context.instruments : listed(rest, symbols);
  if (chosen === undefined) return failure(400, -1121, 'Invalid symbol.');
  return ok(`[${chosen.map((instrument) => row(rest, instrument)).join(',')}]`);
}

/** Instruments of a JSON array of symbols; undefined if any is not one. */
function listed(rest: BinanceRest, symbols: string): readonly Instrument[] | undefined {
  const parsed = parseJson(symbols);
  if (parsed === undefined || !isStringArray(parsed.value)) return undefined;
  const instruments: Instrument[] = [];
  for (const symbol of parsed.value) {
    const instrument = rest.bySymbol(symbol);
    if (instrument === undefined) return undefined;
    instruments.push(instrument);
  }
  return instruments;
}

function lastPrice(_rest: BinanceRest, instrument: Instrument): string {
  const last = instrument.tape.last()?.price ?? instrument.book.bids.best();
  return `{"symbol":"${symbolOf(instrument)}","price":"${priceText(instrument, last)}"}`;
}

function bookTicker(_rest: BinanceRest, instrument: Instrument): string {
  const { bids, asks } = instrument.book;
  return (
    `{"symbol":"${symbolOf(instrument)}","bidPrice":"${priceText(instrument, bids.best())}",` +
    `"bidQty":"${sizeText(instrument, bids.sizeAt(0))}",` +
    `"askPrice":"${priceText(instrument, asks.best())}",` +
    `"askQty":"${sizeText(instrument, asks.sizeAt(0))}"}`
  );
}

function dayTicker(rest: BinanceRest, instrument: Instrument): string {
  const now = rest.context.now();
  const day = instrument.statistics.at(now);
  const { bids, asks } = instrument.book;
  const lastId = instrument.tape.nextId() - 1;
  return (
    `{"symbol":"${symbolOf(instrument)}","priceChange":"${priceText(instrument, day.close - day.open)}",` +
    `"priceChangePercent":"${changePercent(day)}","weightedAvgPrice":"${averagePrice(instrument, day)}",` +
    `"prevClosePrice":"${priceText(instrument, day.previousClose)}",` +
    `"lastPrice":"${priceText(instrument, day.close)}",` +
    `"lastQty":"${sizeText(instrument, instrument.tape.last()?.size ?? 0)}",` +
    `"bidPrice":"${priceText(instrument, bids.best())}","bidQty":"${sizeText(instrument, bids.sizeAt(0))}",` +
    `"askPrice":"${priceText(instrument, asks.best())}","askQty":"${sizeText(instrument, asks.sizeAt(0))}",` +
    `"openPrice":"${priceText(instrument, day.open)}","highPrice":"${priceText(instrument, day.high)}",` +
    `"lowPrice":"${priceText(instrument, day.low)}","volume":"${sizeText(instrument, day.volume)}",` +
    `"quoteVolume":"${quoteText(instrument, day.quote)}","openTime":${day.openTime},` +
    `"closeTime":${Math.floor(now)},"firstId":${lastId - day.trades + 1},"lastId":${lastId},` +
    `"count":${day.trades}}`
  );
}

function exchangeInfo(rest: BinanceRest, query: URLSearchParams): RestOutcome {
  const symbol = query.get('symbol');
  const symbols = query.get('symbols');
  let chosen: readonly Instrument[] | undefined = rest.context.instruments.filter(
    ({ status }) => status !== 'delisted',
  );
  if (symbol !== null) chosen = listed(rest, JSON.stringify([symbol]));
  else if (symbols !== null) chosen = listed(rest, symbols);
  if (chosen === undefined) return failure(400, -1121, 'Invalid symbol.');
  const rateLimits = [
    { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: weightPerMinute },
    { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 100 },
    { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: 200_000 },
    { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 300_000 },
  ];
  const body = {
    timezone: 'UTC',
    serverTime: Math.floor(rest.context.now()),
    rateLimits,
    exchangeFilters: [],
    symbols: chosen.map((instrument) => symbolRecord(instrument)),
  };
  return ok(JSON.stringify(body));
}

function symbolRecord(instrument: Instrument): object {
  const tickSize = unitText(instrument.tickDecimals, 8);
  const stepSize = unitText(instrument.sizeDecimals, 8);
  return {
    symbol: symbolOf(instrument),
    status: instrument.status === 'halted' ? 'HALT' : 'TRADING',
    baseAsset: instrument.base,
    baseAssetPrecision: 8,
    quoteAsset: instrument.quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT'],
    icebergAllowed: true,
    ocoAllowed: true,
    quoteOrderQtyMarketAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: true,
    filters: [
      {
        filterType: 'PRICE_FILTER',
        minPrice: tickSize,
        maxPrice: formatFixed(1_000_000, 0, 8),
        tickSize,
      },
      { filterType: 'LOT_SIZE', minQty: stepSize, maxQty: formatFixed(9_000_000, 0, 8), stepSize },
      { filterType: 'ICEBERG_PARTS', limit: 10 },
      {
        filterType: 'NOTIONAL',
        minNotional: '5.00000000',
        applyMinToMarket: true,
        maxNotional: '9000000.00000000',
        applyMaxToMarket: false,
        avgPriceMins: 5,
      },
      { filterType: 'MAX_NUM_ORDERS', maxNumOrders: 200 },
    ],
    permissions: [],
    permissionSets: [['SPOT', 'MARGIN']],
    defaultSelfTradePreventionMode: 'EXPIRE_MAKER',
    allowedSelfTradePreventionModes: ['EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'],
  };
}
