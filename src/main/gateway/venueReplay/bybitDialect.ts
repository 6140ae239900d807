import type { CandleInterval, Instrument } from '../../../shared/market.ts';
import type { RecordedFrame, VenueRecordingFeed } from '../../engine/host.ts';
import type { DialectPort, DialectSocket, VenueDialect } from './venueDialect.ts';
import { candlesIn, figuresOf, numberText, timeIn } from './venueCandles.ts';
import { limitIn, readObject, textsIn, timeOf } from './venueDialect.ts';

const categories = { spot: 'spot', linear: 'linear' } as const;
type Category = keyof typeof categories;
const maxSpotArgs = 10;

/** Bybit v5: `/v5/public/spot`, `/v5/public/linear`, and the REST answers that a book and a bot need. */
export function createBybitDialect(feed: VenueRecordingFeed): VenueDialect {
  const instrumentOf = (query: URLSearchParams): Instrument | undefined =>
    listed(feed, query.get('category')).find(
      ({ venueSymbol }) => venueSymbol === query.get('symbol'),
    );
  return {
    venue: 'bybit',
    openSocket(path, _query, port) {
      const category = path.startsWith('/v5/public/') ? path.slice(11) : '';
      return isCategory(category) ? new BybitSocket(feed, port, category) : null;
    },
    bookWanted(path, query) {
      return path === '/v5/market/orderbook' ? (instrumentOf(query)?.id ?? null) : null;
    },
    async answer(path, query) {
      const time = Math.floor(feed.state.time);
      const answered = await answerOf(feed, path, query, instrumentOf(query));
      const { code, message, result } = answered;
      const body = { retCode: code, retMsg: message, result, retExtInfo: {}, time };
      return { status: 200, body: JSON.stringify(body) };
    },
  };
}

class BybitSocket implements DialectSocket {
  private readonly feed: VenueRecordingFeed;
  private readonly port: DialectPort;
  private readonly category: Category;
  private readonly connection = crypto.randomUUID();

  constructor(feed: VenueRecordingFeed, port: DialectPort, category: Category) {
    this.feed = feed;
    this.port = port;
    this.category = category;
  }

  onText(text: string): void {
    const request = readObject(text);
    const id = request?.['req_id'];
    const op = request?.['op'];
    switch (op) {
      case 'ping':
        this.reply(true, 'pong', id, 'ping');
        break;
      case 'subscribe':
        this.subscribe(textsIn(request?.['args']) ?? [], id);
        break;
      case 'unsubscribe':
        for (const topic of textsIn(request?.['args']) ?? []) this.port.remove(topic);
        this.reply(true, '', id, 'unsubscribe');
        break;
      default:
        this.reply(false, 'error:invalid op', id, typeof op === 'string' ? op : '');
    }
  }

  textOf({ text }: RecordedFrame): string {
    return text;
  }

  snapshotOf(topic: string): string | null {
    const match = /^orderbook\.(\d+)\.(.+)$/.exec(topic);
    // The first level alone is sent whole each time.
    if (match === null || match[1] === '1') return null;
    const instrument = listed(this.feed, this.category).find(
      ({ venueSymbol }) => venueSymbol === match[2],
    );
    const book = instrument === undefined ? null : this.feed.book(instrument.id, Number(match[1]));
    if (book === null) return null;
    const { venueSymbol: s, bids: b, asks: a, sequence: u } = book;
    const ts = timeOf(book);
    // The sequence over all depths is not kept: the stream's own one stands in for it.
    return JSON.stringify({ topic, ts, type: 'snapshot', data: { s, b, a, u, seq: u }, cts: ts });
  }

  /** One bad name fails the whole request, as at the venue. */
  private subscribe(topics: readonly string[], id: unknown): void {
    if (topics.length === 0 || (this.category === 'spot' && topics.length > maxSpotArgs)) {
      this.reply(false, `error:args size >${maxSpotArgs}`, id, 'subscribe');
      return;
    }
    const bad = topics.find((topic) => !this.port.isRecorded(topic));
    if (bad !== undefined) {
      this.reply(false, `error:handler not found,topic:${bad}`, id, 'subscribe');
      return;
    }
    const twice = topics.find((topic) => this.port.has(topic));
    if (twice !== undefined) {
      this.reply(false, `error:already subscribed,topic:${twice}`, id, 'subscribe');
      return;
    }
    this.reply(true, this.category === 'spot' ? 'subscribe' : '', id, 'subscribe');
    for (const topic of topics) this.port.add(topic);
  }

  private reply(success: boolean, message: string, id: unknown, op: string): void {
    const named = typeof id === 'string' ? { req_id: id } : {};
    const body = { success, ret_msg: message, conn_id: this.connection, ...named, op };
    this.port.send(JSON.stringify(body));
  }
}

interface Answered {
  readonly code: number;
  readonly message: string;
  readonly result: unknown;
}

function answerOf(
  feed: VenueRecordingFeed,
  path: string,
  query: URLSearchParams,
  instrument: Instrument | undefined,
): Answered | Promise<Answered> {
  const { time } = feed.state;
  switch (path) {
    case '/v5/market/time':
      return good({
        timeSecond: String(Math.floor(time / 1000)),
        timeNano: `${Math.floor(time)}000000`,
      });
    case '/v5/market/instruments-info':
      return instrumentsInfo(feed, query);
    case '/v5/market/kline':
      if (instrument === undefined) return wrong(10_001, 'Not supported symbols');
      return klines(feed, query, instrument);
    case '/v5/market/tickers':
      return tickers(feed, query, instrument);
    case '/v5/market/orderbook':
    case '/v5/market/recent-trade':
      if (instrument === undefined) return wrong(10_001, 'Not supported symbols');
      return ofInstrument(feed, path, query, instrument);
    default:
      return wrong(10_404, 'This is not in the recording.');
  }
}

function ofInstrument(
  feed: VenueRecordingFeed,
  path: string,
  query: URLSearchParams,
  { id, venueSymbol }: Instrument,
): Answered {
  const category = query.get('category');
  if (path === '/v5/market/orderbook') {
    const book = feed.book(id, limitIn(query, 'limit', 25, 200));
    if (book === null) return wrong(10_016, 'There is no book in the recording at this moment.');
    const ts = timeOf(book);
    const { bids: b, asks: a, sequence: u } = book;
    return good({ s: venueSymbol, b, a, ts, u, seq: u, cts: ts });
  }
  const rows = feed.trades(id, limitIn(query, 'limit', 60, 1_000)).toReversed();
  const list = rows.map((trade) => ({
    ...{ execId: trade.id, symbol: venueSymbol, time: String(Math.floor(trade.venueTime)) },
    price: String(trade.priceUnits / 10 ** trade.priceDecimals),
    size: String(trade.sizeUnits / 10 ** trade.sizeDecimals),
    ...{ side: trade.side === 'buy' ? 'Buy' : 'Sell', isBlockTrade: false },
  }));
  return good({ category, list });
}

/** Of one symbol, or of all of the category. */
function tickers(
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  instrument: Instrument | undefined,
): Answered {
  const category = query.get('category');
  const isOne = query.has('symbol');
  if (isOne && instrument === undefined) return wrong(10_001, 'Not supported symbols');
  const wanted = instrument === undefined ? listed(feed, category) : [instrument];
  const list = wanted.flatMap((each) => tickerRow(feed, each) ?? []);
  if (isOne && list.length === 0) {
    return wrong(10_404, 'There is no ticker in the recording at this moment.');
  }
  return good({ category, list });
}

function tickerRow(feed: VenueRecordingFeed, { id, venueSymbol }: Instrument): object | null {
  const ticker = feed.ticker(id);
  if (ticker === null) return null;
  const text = (value: number | null): string => value?.toString() ?? '';
  return {
    ...{ symbol: venueSymbol, lastPrice: text(ticker.last), prevPrice24h: text(ticker.open24h) },
    ...{ highPrice24h: text(ticker.high24h), lowPrice24h: text(ticker.low24h) },
    ...{ volume24h: text(ticker.volume24hBase), turnover24h: text(ticker.volume24hQuote) },
  };
}

const intervalByName: Readonly<Record<string, CandleInterval>> = {
  ...{ 1: '1m', 5: '5m', 15: '15m', 60: '1h', 240: '4h' },
  D: '1d',
};

/** Newest first. */
async function klines(
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  instrument: Instrument,
): Promise<Answered> {
  const name = query.get('interval') ?? '';
  const interval = Object.hasOwn(intervalByName, name) ? intervalByName[name] : undefined;
  if (interval === undefined) return wrong(10_001, 'params error: Invalid period!');
  const [from, to] = [timeIn(query, 'start'), timeIn(query, 'end')];
  const bars = await candlesIn(feed, {
    ...{ instrument, interval, from, before: to === null ? null : to + 1 },
    limit: limitIn(query, 'limit', 200, 1_000),
    takes: from !== null && to === null ? 'oldest' : 'newest',
  });
  if (bars === null) {
    return wrong(10_404, 'The recording does not hold these candles at this moment.');
  }
  const rowOf = (bar: (typeof bars)[number]): readonly string[] => [
    ...[String(bar.openTime), ...figuresOf(bar), numberText(bar.quoteVolume)],
  ];
  const list = bars.toReversed().map(rowOf);
  return good({ category: query.get('category'), symbol: instrument.venueSymbol, list });
}

function instrumentsInfo(feed: VenueRecordingFeed, query: URLSearchParams): Answered {
  const category = query.get('category');
  const symbol = query.get('symbol');
  if (category === null) return wrong(10_001, 'params error: category is required');
  const list = listed(feed, category)
    .filter(({ venueSymbol }) => symbol === null || venueSymbol === symbol)
    .map(({ venueSymbol, base, quote, tickSize, lotSize, tradingStatus }) => ({
      ...{ symbol: venueSymbol, baseCoin: base, quoteCoin: quote, innovation: '0' },
      status: tradingStatus === 'trading' ? 'Trading' : 'PreLaunch',
      ...(category === 'linear'
        ? { contractType: 'LinearPerpetual', settleCoin: quote, launchTime: '0', deliveryTime: '0' }
        : {}),
      lotSizeFilter: {
        ...{ basePrecision: lotSize, qtyStep: lotSize, quotePrecision: '0.00000001' },
        ...{ minOrderQty: lotSize, maxOrderQty: '9000000000', minOrderAmt: '0' },
      },
      priceFilter: { tickSize },
    }));
  return good({ category, list, nextPageCursor: '' });
}

function listed(feed: VenueRecordingFeed, category: string | null): readonly Instrument[] {
  return feed.instruments('bybit').filter(({ marketKind }) => marketKind === category);
}

function isCategory(text: string): text is Category {
  return Object.hasOwn(categories, text);
}

function good(result: unknown): Answered {
  return { code: 0, message: 'OK', result };
}

function wrong(code: number, message: string): Answered {
  return { code, message, result: {} };
}
