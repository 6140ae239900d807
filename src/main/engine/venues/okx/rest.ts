import { array, number, object, optional, string, unknown } from 'valibot';
import type { Instrument, InstrumentId } from '../../../../shared/market.ts';
import { instrumentId, marketId, parseMarketId } from '../../../../shared/market.ts';
import { DecodeError } from '../../errors.ts';
import {
  checkCount,
  checkDecimalText,
  decimalsAhead,
  isRecord,
  parseDigits,
  parseJson,
  parseLevels,
  parseTime,
  plausibleTime,
  tryJson,
} from '../guards.ts';
import { LevelReader } from '../levels.ts';
import type { SkippedListing } from '../restReading.ts';
import {
  checkPrice,
  checkExact,
  readListings,
  readRows,
  readValue,
  retryAfterMs,
} from '../restReading.ts';
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
import { checkSymbol } from './symbols.ts';
import { bookDepth, spellInterval, topicName } from './topics.ts';

const maxCandles = 300;
const maxTrades = 500;
const maxHistoryTrades = 100;

const envelopeSchema = object({ code: string(), msg: string(), data: array(unknown()) });
const instrumentSchema = object({
  instId: string(),
  baseCcy: string(),
  quoteCcy: string(),
  tickSz: string(),
  lotSz: string(),
  state: string(),
});
const bookSchema = object({ asks: unknown(), bids: unknown(), seqId: number() });
const topTimeSchema = object({ ts: string() });
const tradeSchema = object({
  instId: string(),
  tradeId: string(),
  px: string(),
  sz: string(),
  side: string(),
  ts: string(),
  /** As in the channel, where it is there: the print covers the ids `tradeId - count + 1 .. tradeId`. */
  count: optional(string()),
});
const tickerSchema = object({
  instId: string(),
  last: string(),
  open24h: string(),
  high24h: string(),
  low24h: string(),
  vol24h: string(),
  volCcy24h: string(),
  ts: string(),
});

export const rest: VenueRest = {
  instruments: () => ({ path: '/api/v5/public/instruments?instType=SPOT', weight: 2 }),
  readInstruments,
  bookSnapshot: (venueSymbol) => ({
    path: `/api/v5/market/books?instId=${encodeURIComponent(venueSymbol)}&sz=${bookDepth}`,
    weight: 1,
  }),
  readBookSnapshot,
  topOfBook: (venueSymbol) => ({
    path: `/api/v5/market/books?instId=${encodeURIComponent(venueSymbol)}&sz=1`,
    weight: 1,
  }),
  readTopOfBook,
  candles: candlesRequest,
  maxCandles,
  readCandles,
  trades: (venueSymbol) => ({
    path: `/api/v5/market/trades?instId=${encodeURIComponent(venueSymbol)}&limit=${maxTrades}`,
    weight: 1,
  }),
  olderTrades: (venueSymbol, beforeId) => ({
    path: `/api/v5/market/history-trades?instId=${encodeURIComponent(venueSymbol)}&type=1&after=${encodeURIComponent(beforeId)}&limit=${maxHistoryTrades}`,
    weight: 2,
  }),
  readTrades,
  ticker: (venueSymbol) => ({
    path: `/api/v5/market/ticker?instId=${encodeURIComponent(venueSymbol)}`,
    weight: 2,
  }),
  readTicker,
  serverTime: () => ({ path: '/api/v5/public/time', weight: 4 }),
  readServerTime: (body) => {
    const [row] = readRows(readData(body), object({ ts: string() }));
    return parseTime(row?.ts, 'ts');
  },
  classify,
};

function readData(body: string): readonly unknown[] {
  const envelope = readValue(parseJson(body), envelopeSchema);
  if (envelope.code !== '0') {
    throw new DecodeError('venue refused', `${envelope.code} ${envelope.msg.slice(0, 200)}`);
  }
  return envelope.data;
}

function readInstruments(
  body: string,
  onSkipped: SkippedListing = () => undefined,
): readonly Instrument[] {
  return readListings(readData(body), instrumentSchema, onSkipped, (row) => {
    const market = marketId(row.baseCcy, row.quoteCcy, 'spot');
    if (parseMarketId(market) === null) return null;
    return {
      id: instrumentId('okx', market),
      venue: 'okx',
      venueSymbol: checkSymbol(row.instId),
      market,
      marketKind: 'spot',
      base: row.baseCcy,
      quote: row.quoteCcy,
      tickSize: checkExact(row.tickSz, 'tickSz'),
      lotSize: checkExact(row.lotSz, 'lotSz'),
      sizeUnit: 'base',
      tradingStatus: tradingStatusOf(row.state),
    };
  });
}

function tradingStatusOf(state: string): Instrument['tradingStatus'] {
  if (state === 'live' || state === 'post_only') return 'trading';
  return state === 'preopen' ? 'preopen' : 'closed';
}

function readBookSnapshot(body: string, decimals: BookDecimals): BookSnapshot {
  const [row] = readRows(readData(body), bookSchema);
  if (row === undefined) throw new DecodeError('unexpected answer', 'no book');
  const levels = new LevelReader();
  levels.read(
    parseLevels(row.bids, 'bids'),
    parseLevels(row.asks, 'asks'),
    decimals.price,
    decimals.size,
  );
  return {
    lastSequence: checkCount(row.seqId, 'seqId'),
    bidsComplete: levels.bids.count < bookDepth,
    asksComplete: levels.asks.count < bookDepth,
    bids: levels.bids,
    asks: levels.asks,
    priceDecimals: levels.priceDecimals,
    sizeDecimals: levels.sizeDecimals,
  };
}

function readTopOfBook(body: string, decimals: BookDecimals): TopOfBook {
  const [row] = readRows(readData(body), topTimeSchema);
  return topOf(readBookSnapshot(body, decimals), parseTime(row?.ts, 'ts'));
}

/** Here `after` means older and `before` newer. The newest bars, and only they, are in the short history. */
function candlesRequest(request: CandleHistoryRequest): RestRequest | null {
  const query = new URLSearchParams({
    instId: request.venueSymbol,
    bar: spellInterval(request.interval),
    limit: String(Math.min(request.limit, maxCandles)),
  });
  if (request.before === null) {
    return { path: `/api/v5/market/candles?${query.toString()}`, weight: 1 };
  }
  query.set('after', String(request.before));
  if (request.from !== null) query.set('before', String(request.from - 1));
  return { path: `/api/v5/market/history-candles?${query.toString()}`, weight: 2 };
}

function readCandles(body: string): readonly VenueCandle[] {
  return readValue(readData(body), array(array(string())))
    .map((row): VenueCandle => {
      const [time, open, high, low, close, volume, , quoteVolume, confirm] = row;
      return {
        openTime: parseTime(time, 'ts'),
        open: checkDecimalText(open, 'o'),
        high: checkDecimalText(high, 'h'),
        low: checkDecimalText(low, 'l'),
        close: checkDecimalText(close, 'c'),
        volume: checkDecimalText(volume, 'vol'),
        quoteVolume: checkDecimalText(quoteVolume, 'volCcyQuote'),
        trades: null,
        closed: confirm === '1',
        ownFigures: decimalsAhead(row.slice(6, 8)),
      };
    })
    .sort((first, second) => first.openTime - second.openTime);
}

function readTrades(body: string): readonly RestTrade[] {
  // One row left out would make a hole that nobody sees.
  return readValue(readData(body), array(tradeSchema))
    .map((row): RestTrade => {
      if (row.side !== 'buy' && row.side !== 'sell') {
        throw new DecodeError('side is not buy or sell');
      }
      const sequence = parseDigits(row.tradeId, 'tradeId');
      return {
        id: row.tradeId,
        firstSequence: sequence - parseDigits(row.count ?? '1', 'count') + 1,
        lastSequence: sequence,
        side: row.side,
        price: checkPrice(row.px, 'px'),
        size: checkExact(row.sz, 'sz'),
        tradeTime: parseTime(row.ts, 'ts'),
      };
    })
    .sort((first, second) => (first.lastSequence ?? 0) - (second.lastSequence ?? 0));
}

function readTicker(body: string, venueSymbol: string, instrument: InstrumentId): TickerEvent {
  const [row] = readRows(readData(body), tickerSchema);
  if (row?.instId !== venueSymbol) throw new DecodeError('answer for another symbol');
  const figure = (text: string, field: string) =>
    text === '' ? null : checkDecimalText(text, field);
  return {
    type: 'ticker',
    instrument,
    venueSymbol,
    topic: topicName('tickers', venueSymbol),
    channel: 'tickers',
    venueTime: plausibleTime(parseDigits(row.ts, 'ts')),
    kind: 'snapshot',
    last: figure(row.last, 'last'),
    open24h: figure(row.open24h, 'open24h'),
    high24h: figure(row.high24h, 'high24h'),
    low24h: figure(row.low24h, 'low24h'),
    volume24hBase: figure(row.vol24h, 'vol24h'),
    volume24hQuote: figure(row.volCcy24h, 'volCcy24h'),
  };
}

/** 50011 is the rate limit, with HTTP 429 or 200. 403 comes from the firewall before the venue itself. */
function classify(answer: RestAnswer): RestVerdict {
  const body = tryJson(answer.body);
  const code = isRecord(body) && typeof body['code'] === 'string' ? body['code'] : null;
  const message = isRecord(body) && typeof body['msg'] === 'string' ? body['msg'] : '';
  const text = message === '' ? `HTTP ${answer.status}` : message.slice(0, 300);
  if (answer.status === 429 || answer.status === 403 || code === '50011') {
    const banned = answer.status === 403;
    return { type: 'rate-limited', retryAfterMs: retryAfterMs(answer.headers), banned, text };
  }
  if (answer.status >= 200 && answer.status < 300 && code === '0') return { type: 'ok' };
  return { type: 'failed', code: code ?? String(answer.status), text };
}
