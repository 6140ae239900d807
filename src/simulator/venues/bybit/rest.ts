import { unitText } from '../../market/decimals.ts';
import { listed } from '../../market/instrument.ts';
import type { Instrument } from '../../market/instrument.ts';
import type { ParsedPath } from '../../wire/query.ts';
import { wholeNumber } from '../../wire/query.ts';
import type { VenueContext } from '../../wire/venueContext.ts';
import type { BookTopic } from './bookTopic.ts';
import {
  intervalByName,
  levelsText,
  priceText,
  quoteText,
  sizeText,
  symbolOf,
  tickerFields,
  tradeIdText,
} from './frames.ts';
import type { Sequences } from './sequences.ts';

export interface BybitRest {
  readonly context: VenueContext;
  readonly sequences: Sequences;
  bySymbol(symbol: string): Instrument | undefined;
  deepestBook(instrument: Instrument): BookTopic;
}

export interface RestOutcome {
  readonly status: number;
  readonly body: string;
}

type Result = { readonly result: string } | { readonly code: number; readonly message: string };
type Endpoint = (rest: BybitRest, query: URLSearchParams) => Result;

const maxSpotTrades = 60;
const maxKlines = 1000;
const maxBookLevels = 1000;

const endpoints: Readonly<Record<string, Endpoint>> = {
  '/v5/market/time': serverTime,
  '/v5/market/instruments-info': instrumentsInfo,
  '/v5/market/kline': klines,
  '/v5/market/recent-trade': recentTrades,
  '/v5/market/tickers': tickers,
  '/v5/market/orderbook': orderBook,
};

export function answerRest(rest: BybitRest, request: ParsedPath): RestOutcome {
  const endpoint = endpoints[request.path];
  if (endpoint === undefined) return { status: 404, body: '' };
  const outcome = endpoint(rest, request.query);
  const isFailure = 'code' in outcome;
  const code = isFailure ? outcome.code : 0;
  const message = isFailure ? outcome.message : 'OK';
  const result = isFailure ? '{}' : outcome.result;
  const body =
    `{"retCode":${code},"retMsg":${JSON.stringify(message)},"result":${result},` +
    `"retExtInfo":{},"time":${Math.floor(rest.context.now())}}`;
  return { status: 200, body };
}

function wrong(message: string): Result {
  return { code: 10001, message };
}

function serverTime({ context }: BybitRest): Result {
  const now = context.now();
  const seconds = Math.floor(now / 1000);
  const nanoseconds = BigInt(Math.floor(now * 1000)) * 1000n;
  return { result: `{"timeSecond":"${seconds}","timeNano":"${nanoseconds}"}` };
}

function forSpot(query: URLSearchParams, answer: () => Result): Result {
  const category = query.get('category');
  return category === 'spot' ? answer() : wrong('params error: Category is invalid');
}

function forSymbol(
  rest: BybitRest,
  query: URLSearchParams,
  answer: (instrument: Instrument) => Result,
): Result {
  return forSpot(query, () => {
    const instrument = rest.bySymbol(query.get('symbol') ?? '');
    return instrument === undefined ? wrong('params error: Symbol Is Invalid') : answer(instrument);
  });
}

function chosen(rest: BybitRest, query: URLSearchParams): readonly Instrument[] | undefined {
  const symbol = query.get('symbol');
  if (symbol === null) {
    return rest.context.instruments.filter((instrument) => listed(instrument));
  }
  const instrument = rest.bySymbol(symbol);
  return instrument && [instrument];
}

function instrumentsInfo(rest: BybitRest, query: URLSearchParams): Result {
  return forSpot(query, () => {
    const instruments = chosen(rest, query);
    if (instruments === undefined) return wrong('params error: Symbol Is Invalid');
    const list = instruments.map((instrument) => instrumentRecord(instrument));
    return { result: JSON.stringify({ category: 'spot', list }) };
  });
}

function instrumentRecord(instrument: Instrument): object {
  const basePrecision = unitText(instrument.sizeDecimals);
  const most = String(Math.round(2e7 / instrument.referencePrice));
  return {
    symbolId: instrument.assetIndex + 9,
    symbol: symbolOf(instrument),
    baseCoin: instrument.base,
    quoteCoin: instrument.quote,
    innovation: '0',
    status: instrument.status === 'halted' ? 'PreLaunch' : 'Trading',
    marginTrading: 'utaOnly',
    stTag: '0',
    lotSizeFilter: {
      basePrecision,
      quotePrecision: unitText(Math.min(9, instrument.priceDecimals + instrument.sizeDecimals)),
      minOrderQty: basePrecision,
      maxOrderQty: most,
      minOrderAmt: '5',
      maxOrderAmt: '8000000',
      maxLimitOrderQty: most,
      maxMarketOrderQty: most,
      postOnlyMaxLimitOrderSize: most,
    },
    priceFilter: { tickSize: unitText(instrument.tickDecimals) },
    riskParameters: { priceLimitRatioX: '0.005', priceLimitRatioY: '0.01' },
    symbolType: '',
    xstockMultiplier: '1',
  };
}

/** Newest first; the first row may be the open bar. */
function klines(rest: BybitRest, query: URLSearchParams): Result {
  return forSymbol(rest, query, (instrument) => {
    const interval = intervalByName[query.get('interval') ?? ''];
    if (interval === undefined) return wrong('params error: Invalid period!');
    const limit = wholeNumber(query, 'limit', 200);
    const start = wholeNumber(query, 'start', 0);
    const end = wholeNumber(query, 'end', Number.MAX_SAFE_INTEGER);
    if (limit === undefined || start === undefined || end === undefined || limit < 1) {
      return wrong('params error: Invalid parameter');
    }
    const { candles } = instrument;
    candles.roll(rest.context.now());
    const count = Math.min(maxKlines, limit);
    const fromStart = query.has('start') && !query.has('end');
    const bars = fromStart
      ? candles.oldestBars(interval, start, end, count)
      : candles.newestBars(interval, start, end, count);
    const rows = bars.reverse().map((bar) => {
      const prices = [bar.open, bar.high, bar.low, bar.close].map((price) =>
        priceText(instrument, price),
      );
      const amounts = [sizeText(instrument, bar.volume), quoteText(instrument, bar.quote)];
      return JSON.stringify([String(bar.openTime), ...prices, ...amounts]);
    });
    const symbol = symbolOf(instrument);
    return { result: `{"symbol":"${symbol}","category":"spot","list":[${rows.join(',')}]}` };
  });
}

/** At most 60 on spot, newest first, and no way to page. */
function recentTrades(rest: BybitRest, query: URLSearchParams): Result {
  return forSymbol(rest, query, (instrument) => {
    const limit = wholeNumber(query, 'limit', maxSpotTrades);
    if (limit === undefined || limit < 1) return wrong('params error: Invalid limit');
    const count = Math.min(maxSpotTrades, limit);
    const trades = instrument.tradesBefore(instrument.tape.nextId(), count).reverse();
    const list = trades.map((trade) => ({
      execId: tradeIdText(trade.id),
      symbol: symbolOf(instrument),
      price: priceText(instrument, trade.price),
      size: sizeText(instrument, trade.size),
      side: trade.takerBuys ? 'Buy' : 'Sell',
      time: String(Math.floor(trade.time)),
      isBlockTrade: false,
      isRPITrade: false,
      seq: String(rest.sequences.ofTrade(instrument, trade.id)),
    }));
    return { result: JSON.stringify({ category: 'spot', list }) };
  });
}

function tickers(rest: BybitRest, query: URLSearchParams): Result {
  return forSpot(query, () => {
    const instruments = chosen(rest, query);
    if (instruments === undefined) return wrong('params error: Symbol Is Invalid');
    const list = instruments.map((instrument) => tickerRecord(rest, instrument));
    return { result: JSON.stringify({ category: 'spot', list }) };
  });
}

function tickerRecord(rest: BybitRest, instrument: Instrument): object {
  const { bids, asks } = instrument.book;
  const ticker = tickerFields(instrument, rest.context.now());
  return {
    symbol: symbolOf(instrument),
    bid1Price: priceText(instrument, bids.best()),
    bid1Size: sizeText(instrument, bids.sizeAt(0)),
    ask1Price: priceText(instrument, asks.best()),
    ask1Size: sizeText(instrument, asks.sizeAt(0)),
    lastPrice: ticker.last,
    prevPrice24h: ticker.previous,
    price24hPcnt: ticker.change,
    highPrice24h: ticker.high,
    lowPrice24h: ticker.low,
    turnover24h: ticker.turnover,
    volume24h: ticker.volume,
    usdIndexPrice: ticker.index,
  };
}

/** Shows what the 1,000-level topic last published: its `u` is comparable with that topic only. */
function orderBook(rest: BybitRest, query: URLSearchParams): Result {
  return forSymbol(rest, query, (instrument) => {
    const limit = wholeNumber(query, 'limit', 1);
    if (limit === undefined || limit < 1) return wrong('params error: Invalid limit');
    const count = Math.min(maxBookLevels, limit);
    const topic = rest.deepestBook(instrument);
    const { bids, asks } = topic.published().levels();
    const { updateId, sequence } = topic.publishedIds();
    const result =
      `{"s":"${symbolOf(instrument)}","b":${levelsText(instrument, bids.slice(0, count))},` +
      `"a":${levelsText(instrument, asks.slice(0, count))},"ts":${Math.floor(rest.context.now())},` +
      `"u":${updateId},"seq":${sequence},"cts":${Math.floor(instrument.changedAt)}}`;
    return { result };
  });
}
