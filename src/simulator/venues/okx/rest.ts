import { unitText } from '../../market/decimals.ts';
import { listed } from '../../market/instrument.ts';
import type { Instrument } from '../../market/instrument.ts';
import { bucketEnd, dayMs } from '../../market/intervals.ts';
import type { Bar } from '../../market/bar.ts';
import type { Trade } from '../../market/tradeTape.ts';
import type { ParsedPath } from '../../wire/query.ts';
import { wholeNumber } from '../../wire/query.ts';
import type { VenueContext } from '../../wire/venueContext.ts';
import { WindowView } from '../../wire/windowView.ts';
import {
  candleRow,
  levelsText,
  mergeTrades,
  parseBarName,
  priceText,
  sequenceOf,
  sizeText,
  tickerRow,
} from './frames.ts';

export interface OkxRest {
  readonly context: VenueContext;
  byMarket(market: string): Instrument | undefined;
  readonly bookCache: BookCache;
}

export interface RestOutcome {
  readonly status: number;
  readonly body: string;
}

type Endpoint = (rest: OkxRest, query: URLSearchParams) => RestOutcome;

const maxBars = 300;
const recentBars = 1440;
const maxRecentTrades = 500;
const maxHistoryTrades = 100;
const historyDays = 90;

const endpoints: Readonly<Record<string, Endpoint>> = {
  '/api/v5/public/time': ({ context }) => ok(`{"ts":"${Math.floor(context.now())}"}`),
  '/api/v5/public/instruments': instruments,
  '/api/v5/market/books': books,
  '/api/v5/market/books-full': fullBooks,
  '/api/v5/market/candles': (rest, query) => candles(rest, query, recentBars),
  '/api/v5/market/history-candles': (rest, query) => candles(rest, query, Infinity),
  '/api/v5/market/trades': recentTrades,
  '/api/v5/market/history-trades': historyTrades,
  '/api/v5/market/ticker': ticker,
  '/api/v5/market/tickers': tickers,
};

export function answerRest(rest: OkxRest, request: ParsedPath): RestOutcome {
  const endpoint = endpoints[request.path];
  if (endpoint === undefined) {
    return { status: 404, body: '{"msg":"API endpoint does not exist","code":"404"}' };
  }
  return endpoint(rest, request.query);
}

export function failure(status: number, code: string, message: string): RestOutcome {
  return { status, body: `{"code":"${code}","msg":${JSON.stringify(message)},"data":[]}` };
}

function ok(rows: string): RestOutcome {
  return { status: 200, body: `{"code":"0","msg":"","data":[${rows}]}` };
}

function forInstrument(
  rest: OkxRest,
  query: URLSearchParams,
  answer: (instrument: Instrument) => RestOutcome,
): RestOutcome {
  const market = query.get('instId');
  if (market === null || market === '') {
    return failure(400, '50014', 'Parameter instId can not be empty.');
  }
  const instrument = rest.byMarket(market);
  if (instrument === undefined) {
    return failure(200, '51001', "Instrument ID, Instrument ID code, or Spread ID doesn't exist.");
  }
  return answer(instrument);
}

function wrongParameter(name: string): RestOutcome {
  return failure(400, '51000', `Parameter ${name} error`);
}

/** REST books change every 50 ms at most: in between the same body is served again. */
export class BookCache {
  private readonly cached = new Map<string, { readonly time: number; readonly body: string }>();

  obtain(key: string, now: number, refreshMs: number, write: () => string): string {
    const kept = this.cached.get(key);
    if (kept !== undefined && now - kept.time < refreshMs) return kept.body;
    const body = write();
    this.cached.set(key, { time: now, body });
    return body;
  }
}

function books(rest: OkxRest, query: URLSearchParams): RestOutcome {
  return forInstrument(rest, query, (instrument) => {
    const size = wholeNumber(query, 'sz', 1);
    if (size === undefined || size < 1 || size > 400) return wrongParameter('sz');
    const now = rest.context.now();
    const row = rest.bookCache.obtain(`${instrument.market} ${size}`, now, 50, () => {
      const view = new WindowView(instrument, size);
      const { asks, bids } = view.update();
      const sides = `"asks":${levelsText(instrument, asks)},"bids":${levelsText(instrument, bids)}`;
      const sequence = sequenceOf(instrument, view.changeId);
      return `{${sides},"ts":"${Math.floor(now)}","seqId":${sequence}}`;
    });
    return ok(row);
  });
}

/** Up to 5,000 levels of three elements, once a second and without a sequence number. */
function fullBooks(rest: OkxRest, query: URLSearchParams): RestOutcome {
  return forInstrument(rest, query, (instrument) => {
    const size = wholeNumber(query, 'sz', 1);
    if (size === undefined || size < 1 || size > 5000) return wrongParameter('sz');
    const now = rest.context.now();
    const row = rest.bookCache.obtain(`full ${instrument.market} ${size}`, now, 1000, () => {
      const { asks, bids } = new WindowView(instrument, size).update();
      const side = (levels: typeof asks): string[][] =>
        levels.map((level) => [
          priceText(instrument, level.price),
          sizeText(instrument, level.size),
          String(level.orders),
        ]);
      return JSON.stringify({ asks: side(asks), bids: side(bids), ts: String(Math.floor(now)) });
    });
    return ok(row);
  });
}

/** Newest first. `after` asks for older rows, `before` for newer ones. */
function candles(rest: OkxRest, query: URLSearchParams, reach: number): RestOutcome {
  return forInstrument(rest, query, (instrument) => {
    const bar = parseBarName(query.get('bar') ?? '1m');
    if (bar === undefined) return wrongParameter('bar');
    const limit = wholeNumber(query, 'limit', 100);
    const after = wholeNumber(query, 'after', Number.MAX_SAFE_INTEGER);
    const before = wholeNumber(query, 'before', -1);
    if (limit === undefined || limit < 1) return wrongParameter('limit');
    if (after === undefined || before === undefined) return wrongParameter('after');
    const { interval, offsetMs } = bar;
    const series = instrument.candles;
    const now = rest.context.now();
    series.roll(now);
    const count = Math.min(maxBars, limit);
    const oldest = reach === Infinity ? 0 : oldestRecent(now, interval, offsetMs, reach);
    const from = Math.max(before + 1, oldest);
    const bars = series.newestBars(interval, from, after - 1, count, offsetMs).reverse();
    const row = (shown: Bar): string =>
      candleRow(instrument, shown, bucketEnd(interval, shown.openTime, offsetMs) <= now);
    return ok(bars.map((shown) => row(shown)).join(','));
  });
}

function oldestRecent(now: number, interval: string, offsetMs: number, reach: number): number {
  const length = bucketEnd(interval, 0, offsetMs);
  return now - length * reach;
}

function tradeRows(instrument: Instrument, trades: readonly Trade[]): string {
  const rows = trades.map(
    (trade) =>
      `{"instId":"${instrument.market}","side":"${trade.takerBuys ? 'buy' : 'sell'}",` +
      `"sz":"${sizeText(instrument, trade.size)}","source":"0",` +
      `"px":"${priceText(instrument, trade.price)}","tradeId":"${trade.id}",` +
      `"ts":"${Math.floor(trade.time)}"}`,
  );
  return rows.join(',');
}

/** Newest first, merged as on the channel. */
function recentTrades(rest: OkxRest, query: URLSearchParams): RestOutcome {
  return forInstrument(rest, query, (instrument) => {
    const limit = wholeNumber(query, 'limit', 100);
    if (limit === undefined || limit < 1) return wrongParameter('limit');
    const count = Math.min(maxRecentTrades, limit);
    const trades = instrument.tradesBefore(instrument.tape.nextId(), count * 3);
    const rows = mergeTrades(trades)
      .slice(-count)
      .reverse()
      .map(
        (trade) =>
          `{"instId":"${instrument.market}","side":"${trade.takerBuys ? 'buy' : 'sell'}",` +
          `"sz":"${sizeText(instrument, trade.size)}","source":"0",` +
          `"px":"${priceText(instrument, trade.price)}","tradeId":"${trade.lastId}",` +
          `"ts":"${Math.floor(trade.time)}","count":"${trade.count}"}`,
      );
    return ok(rows.join(','));
  });
}

/** Single trades, newest first. Type 1 pages by trade id, 2 by time. */
function historyTrades(rest: OkxRest, query: URLSearchParams): RestOutcome {
  return forInstrument(rest, query, (instrument) => {
    const type = query.get('type') ?? '1';
    const limit = wholeNumber(query, 'limit', maxHistoryTrades);
    const after = wholeNumber(query, 'after', Number.MAX_SAFE_INTEGER);
    const before = wholeNumber(query, 'before', -1);
    if (limit === undefined || limit < 1) return wrongParameter('limit');
    if (after === undefined || before === undefined) return wrongParameter('after');
    if (type !== '1' && type !== '2') return wrongParameter('type');
    const count = Math.min(maxHistoryTrades, limit);
    const { tape } = instrument;
    const endId = type === '1' ? Math.min(after, tape.nextId()) : endBefore(instrument, after);
    const oldest = rest.context.now() - historyDays * dayMs;
    const trades = instrument.tradesBefore(endId, count).filter((trade) => {
      const isNewer = type === '1' ? trade.id > before : trade.time > before;
      return isNewer && trade.time > oldest;
    });
    return ok(tradeRows(instrument, trades.reverse()));
  });
}

/** The id after the last live trade older than `time`. */
function endBefore(instrument: Instrument, time: number): number {
  const { tape } = instrument;
  let low = tape.oldestId();
  let high = tape.nextId();
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((tape.get(middle)?.time ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function ticker(rest: OkxRest, query: URLSearchParams): RestOutcome {
  return forInstrument(rest, query, (instrument) => ok(tickerRow(instrument, rest.context.now())));
}

function tickers(rest: OkxRest, query: URLSearchParams): RestOutcome {
  if (query.get('instType') !== 'SPOT') return wrongParameter('instType');
  const now = rest.context.now();
  return ok(rest.context.instruments.map((instrument) => tickerRow(instrument, now)).join(','));
}

function instruments(rest: OkxRest, query: URLSearchParams): RestOutcome {
  if (query.get('instType') !== 'SPOT') return wrongParameter('instType');
  const market = query.get('instId');
  if (market === null) {
    const known = rest.context.instruments.filter((instrument) => listed(instrument));
    return ok(known.map((instrument) => instrumentRow(instrument)).join(','));
  }
  return forInstrument(rest, query, (instrument) => ok(instrumentRow(instrument)));
}

function instrumentRow(instrument: Instrument): string {
  const lotSz = unitText(instrument.sizeDecimals);
  return JSON.stringify({
    alias: '',
    baseCcy: instrument.base,
    category: '1',
    ctMult: '',
    ctType: '',
    ctVal: '',
    ctValCcy: '',
    expTime: '',
    instFamily: '',
    instId: instrument.market,
    instIdCode: 1000 + instrument.assetIndex,
    instType: 'SPOT',
    lever: '10',
    listTime: '1548133413000',
    lotSz,
    maxLmtAmt: '20000000',
    maxLmtSz: '9999999999',
    maxMktAmt: '1000000',
    maxMktSz: '1000000',
    minSz: lotSz,
    optType: '',
    quoteCcy: instrument.quote,
    ruleType: 'normal',
    settleCcy: '',
    state: instrument.status === 'halted' ? 'suspend' : 'live',
    stk: '',
    tickSz: unitText(instrument.tickDecimals),
    uly: '',
    upcChg: [],
  });
}
