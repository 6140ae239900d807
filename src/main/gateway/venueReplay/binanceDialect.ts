import type { Instrument } from '../../../shared/market.ts';
import { candleIntervalMs, isCandleInterval } from '../../../shared/market.ts';
import type { CandleValue } from '../../../shared/values.ts';
import type { RecordedFrame, VenueRecordingFeed } from '../../engine/host.ts';
import type { DialectPort, DialectSocket, RestReply, VenueDialect } from './venueDialect.ts';
import { candlesIn, figuresOf, numberText, timeIn } from './venueCandles.ts';
import { limitIn, ok, readObject, textsIn } from './venueDialect.ts';

/** Binance spot: `/ws`, `/ws/STREAM`, `/stream?streams=A/B`, and the REST answers that a book and a bot need. */
export function createBinanceDialect(feed: VenueRecordingFeed): VenueDialect {
  const instrumentOf = (query: URLSearchParams): Instrument | undefined =>
    feed.instruments('binance').find(({ venueSymbol }) => venueSymbol === query.get('symbol'));
  return {
    venue: 'binance',
    openSocket(path, query, port) {
      const [, first, ...rest] = path.split('/');
      if (first !== 'ws' && first !== 'stream') return null;
      const named = first === 'stream' ? (query.get('streams')?.split('/') ?? []) : rest;
      // Clients number their sockets in the path (`/ws/1`): the venue takes any name, and so is what is no stream.
      const topics = named.filter((topic) => topic.includes('@'));
      if (!topics.every((topic) => port.isRecorded(topic))) return null;
      for (const topic of topics) port.add(topic);
      return new BinanceSocket(port, first === 'stream');
    },
    bookWanted(path, query) {
      return path === '/api/v3/depth' ? (instrumentOf(query)?.id ?? null) : null;
    },
    answer(path, query) {
      const answer = answers[path];
      if (answer === undefined) return notRecorded;
      if (!answer.needsSymbol) return answer.of(feed, query);
      const instrument = instrumentOf(query);
      if (instrument === undefined) return failure(400, -1121, 'Invalid symbol.');
      return answer.of(feed, query, instrument);
    },
  };
}

class BinanceSocket implements DialectSocket {
  private readonly port: DialectPort;
  /** Each message inside of `{"stream":..,"data":..}`. */
  private isCombined: boolean;

  constructor(port: DialectPort, isCombined: boolean) {
    this.port = port;
    this.isCombined = isCombined;
  }

  onText(text: string): void {
    const request = readObject(text);
    if (request === null) {
      this.complain(3, 'Invalid JSON: expected value at line 1 column 1', null);
      return;
    }
    const { method, params } = request;
    const id = idOf(request['id']);
    switch (method) {
      case 'SUBSCRIBE':
        this.subscribe(textsIn(params), id);
        break;
      case 'UNSUBSCRIBE':
        for (const topic of textsIn(params) ?? []) this.port.remove(topic);
        this.reply(null, id);
        break;
      case 'LIST_SUBSCRIPTIONS':
        this.reply(this.port.topics, id);
        break;
      case 'SET_PROPERTY':
        this.isCombined = Array.isArray(params) && params[1] === true;
        this.reply(null, id);
        break;
      case 'GET_PROPERTY':
        this.reply(this.isCombined, id);
        break;
      default:
        this.complain(2, 'Invalid request: unknown method', id);
    }
  }

  textOf({ text, topics }: RecordedFrame): string {
    const data = dataIn(text);
    if (!this.isCombined) return data ?? text;
    return data === null ? `{"stream":"${topics[0]?.topic ?? ''}","data":${text}}` : text;
  }

  /** Books begin with an answer of REST. */
  snapshotOf(): null {
    return null;
  }

  /** The venue itself takes any name and stays silent; a stream that is not in the recording would look frozen for ever. */
  private subscribe(topics: readonly string[] | null, id: string): void {
    if (topics === null) {
      this.complain(2, 'Invalid request: params must be an array of streams', id);
      return;
    }
    const missing = topics.filter((topic) => !this.port.isRecorded(topic));
    if (missing.length > 0) {
      const names = JSON.stringify(missing.join(', ').slice(0, 200)).slice(1, -1);
      this.complain(2, `Invalid request: not in this recording: ${names}`, id);
      return;
    }
    for (const topic of topics) this.port.add(topic);
    this.reply(null, id);
  }

  private reply(result: unknown, id: string): void {
    this.port.send(`{"result":${JSON.stringify(result)},"id":${id}}`);
  }

  private complain(code: number, message: string, id: string | null): void {
    const tail = id === null ? '' : `,"id":${id}`;
    this.port.send(`{"error":{"code":${code},"msg":"${message}"}${tail}}`);
  }
}

/** The inner message of a combined one, byte for byte; null for a raw one. */
function dataIn(text: string): string | null {
  if (!text.startsWith('{"stream":"')) return null;
  const at = text.indexOf('","data":', 11);
  return at < 0 ? null : text.slice(at + 9, text.lastIndexOf('}'));
}

function idOf(id: unknown): string {
  return typeof id === 'number' || typeof id === 'string' ? JSON.stringify(id) : 'null';
}

interface Answer {
  readonly needsSymbol: boolean;
  of(
    feed: VenueRecordingFeed,
    query: URLSearchParams,
    instrument?: Instrument,
  ): RestReply | Promise<RestReply>;
}

const answers: Readonly<Record<string, Answer>> = {
  '/api/v3/ping': { needsSymbol: false, of: () => ok({}) },
  '/api/v3/time': {
    needsSymbol: false,
    of: ({ state }) => ok({ serverTime: Math.floor(state.time) }),
  },
  '/api/v3/exchangeInfo': { needsSymbol: false, of: exchangeInfo },
  '/api/v3/depth': { needsSymbol: true, of: depth },
  '/api/v3/trades': { needsSymbol: true, of: trades },
  '/api/v3/klines': { needsSymbol: true, of: klines },
  '/api/v3/uiKlines': { needsSymbol: true, of: klines },
  '/api/v3/ticker/24hr': tickersOf(dayTicker),
  '/api/v3/ticker/bookTicker': tickersOf(bookTicker),
};

function depth(
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  instrument?: Instrument,
): RestReply {
  const limit = limitIn(query, 'limit', 100, 5_000);
  const book = instrument === undefined ? null : feed.book(instrument.id, limit);
  if (book === null)
    return failure(503, -1008, 'There is no book in the recording at this moment.');
  return ok({ lastUpdateId: book.sequence, bids: book.bids, asks: book.asks });
}

function trades(
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  instrument?: Instrument,
): RestReply {
  if (instrument === undefined) return notRecorded;
  const rows = feed.trades(instrument.id, limitIn(query, 'limit', 500, 1_000)).map((trade) => {
    const price = trade.priceUnits / 10 ** trade.priceDecimals;
    const size = trade.sizeUnits / 10 ** trade.sizeDecimals;
    return {
      ...{ id: Number(trade.id), price: String(price), qty: String(size) },
      ...{ quoteQty: String(price * size), time: Math.floor(trade.venueTime) },
      ...{ isBuyerMaker: trade.side === 'sell', isBestMatch: true },
    };
  });
  return ok(rows);
}

async function klines(
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  instrument?: Instrument,
): Promise<RestReply> {
  const interval = query.get('interval') ?? '';
  if (instrument === undefined) return notRecorded;
  if (!isCandleInterval(interval)) return failure(400, -1120, 'Invalid interval.');
  const [from, to] = [timeIn(query, 'startTime'), timeIn(query, 'endTime')];
  const bars = await candlesIn(feed, {
    ...{ instrument, interval, from, before: to === null ? null : to + 1 },
    ...{ limit: limitIn(query, 'limit', 500, 1_000), takes: from === null ? 'newest' : 'oldest' },
  });
  if (bars === null) return failure(404, -1000, noCandles);
  return ok(bars.map((bar) => klineOf(bar, candleIntervalMs[interval])));
}

/** How much of it takers bought is not kept: 0 stands in its places. */
function klineOf(bar: CandleValue, lengthMs: number): readonly (string | number)[] {
  const { openTime, quoteVolume, trades: count } = bar;
  const closeTime = openTime + lengthMs - 1;
  return [openTime, ...figuresOf(bar), closeTime, numberText(quoteVolume), count, '0', '0', '0'];
}

/** Of one symbol, of those that are listed (`symbols=["A","B"]`), or of all that there are. */
function tickersOf(
  rowOf: (feed: VenueRecordingFeed, instrument: Instrument) => object | null,
): Answer {
  return {
    needsSymbol: false,
    of(feed, query) {
      const [one, listed] = [query.get('symbol'), query.get('symbols')];
      const wanted = one === null ? listed : JSON.stringify([one]);
      const names = wanted === null ? null : textsIn(readList(wanted));
      if (wanted !== null && names === null) return failure(400, -1100, 'Illegal characters.');
      const instruments = feed.instruments('binance');
      const known = instruments.filter(({ venueSymbol }) => names?.includes(venueSymbol) ?? true);
      if (names !== null && known.length < names.length) {
        return failure(400, -1121, 'Invalid symbol.');
      }
      const rows = known.flatMap((instrument) => rowOf(feed, instrument) ?? []);
      if (one === null) return ok(rows);
      const [row] = rows;
      return row === undefined ? notRecorded : ok(row);
    },
  };
}

function readList(text: string): unknown {
  return readObject(`{"list":${text}}`)?.['list'];
}

function bookTicker(feed: VenueRecordingFeed, { id, venueSymbol }: Instrument): object | null {
  const book = feed.book(id, 1);
  const [bid, ask] = [book?.bids[0], book?.asks[0]];
  if (bid === undefined || ask === undefined) return null;
  const [[bidPrice, bidQty], [askPrice, askQty]] = [bid, ask];
  return { symbol: venueSymbol, bidPrice, bidQty, askPrice, askQty };
}

function dayTicker(feed: VenueRecordingFeed, instrument: Instrument): object | null {
  const ticker = feed.ticker(instrument.id);
  if (ticker === null) return null;
  const { last, open24h, high24h, low24h, volume24hBase, volume24hQuote, receivedTime } = ticker;
  const text = (value: number | null): string | undefined => value?.toString();
  return {
    ...{ symbol: instrument.venueSymbol, lastPrice: text(last), openPrice: text(open24h) },
    ...{ highPrice: text(high24h), lowPrice: text(low24h), volume: text(volume24hBase) },
    ...{ quoteVolume: text(volume24hQuote), closeTime: Math.floor(receivedTime) },
  };
}

function exchangeInfo(feed: VenueRecordingFeed, query: URLSearchParams): RestReply {
  const wanted = query.get('symbol');
  const symbols = feed
    .instruments('binance')
    .filter(({ venueSymbol }) => wanted === null || venueSymbol === wanted)
    .map(symbolOf);
  if (wanted !== null && symbols.length === 0) return failure(400, -1121, 'Invalid symbol.');
  return ok({
    timezone: 'UTC',
    serverTime: Math.floor(feed.state.time),
    rateLimits: [],
    exchangeFilters: [],
    symbols,
  });
}

function symbolOf({
  venueSymbol,
  base,
  quote,
  tickSize,
  lotSize,
  tradingStatus,
}: Instrument): object {
  return {
    ...{ symbol: venueSymbol, status: tradingStatus === 'trading' ? 'TRADING' : 'HALT' },
    ...{ baseAsset: base, baseAssetPrecision: 8, quoteAsset: quote, quotePrecision: 8 },
    ...{ quoteAssetPrecision: 8, baseCommissionPrecision: 8, quoteCommissionPrecision: 8 },
    orderTypes: ['LIMIT', 'MARKET'],
    ...{ icebergAllowed: true, isSpotTradingAllowed: true, isMarginTradingAllowed: false },
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: tickSize, maxPrice: '1000000000', tickSize },
      { filterType: 'LOT_SIZE', minQty: lotSize, maxQty: '9000000000', stepSize: lotSize },
    ],
    permissions: ['SPOT'],
    permissionSets: [['SPOT']],
  };
}

function failure(status: number, code: number, msg: string): RestReply {
  return { status, body: JSON.stringify({ code, msg }) };
}

const noCandles = 'The recording does not hold these candles at this moment.';
const notRecorded = failure(404, -1000, 'This is not in the recording.');
