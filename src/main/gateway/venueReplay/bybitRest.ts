import type { CandleInterval, Instrument } from '../../../shared/market.ts';
import type { VenueRecordingFeed } from '../../engine/host.ts';
import { candlesIn, figuresOf } from './venueCandles.ts';
import type { RestReply } from './venueDialect.ts';
import { limitIn, timeOf, wholeIn } from './venueDialect.ts';
import { numberText, priceOf, sizeOf } from './venueNumbers.ts';

const categories = ['spot', 'linear', 'inverse', 'option'];

interface Answered {
  readonly code: number;
  readonly message: string;
  readonly result: unknown;
}

type Answer = (feed: VenueRecordingFeed, query: URLSearchParams) => Answered | Promise<Answered>;

const answers: Readonly<Record<string, Answer>> = {
  '/v5/market/time': ({ state }) =>
    good({
      timeSecond: String(Math.floor(state.time / 1000)),
      timeNano: `${Math.floor(state.time)}000000`,
    }),
  // The venue that is asked is the replay: no maintenance of it is announced.
  '/v5/system/status': () => good({ list: [] }),
  '/v5/market/instruments-info': instrumentsInfo,
  '/v5/market/kline': ofSymbol(klines),
  '/v5/market/tickers': tickers,
  '/v5/market/orderbook': ofSymbol(orderBook),
  '/v5/market/recent-trade': ofSymbol(recentTrades),
};

export async function answerBybit(
  feed: VenueRecordingFeed,
  path: string,
  query: URLSearchParams,
): Promise<RestReply> {
  const answer = Object.hasOwn(answers, path) ? answers[path] : undefined;
  const answered = (await answer?.(feed, query)) ?? notRecorded;
  const { code, message, result } = answered;
  const time = Math.floor(feed.state.time);
  const body = { retCode: code, retMsg: message, result, retExtInfo: {}, time };
  return { status: answer === undefined ? 404 : 200, body: JSON.stringify(body) };
}

export function awaitedByBybit(
  feed: VenueRecordingFeed,
  path: string,
  query: URLSearchParams,
): (() => boolean) | null {
  const instrument = instrumentOf(feed, query);
  if (path === '/v5/market/tickers' && !query.has('symbol')) {
    const wanted = bybitInstruments(feed, query.get('category'));
    return wanted.length === 0 ? null : () => wanted.some(({ id }) => feed.ticker(id) !== null);
  }
  if (instrument === undefined) return null;
  const { id } = instrument;
  switch (path) {
    case '/v5/market/orderbook':
      return () => feed.book(id, 1) !== null;
    case '/v5/market/recent-trade':
      return () => feed.trades(id).length > 0;
    case '/v5/market/tickers':
      return () => feed.ticker(id) !== null;
    default:
      return null;
  }
}

export function bybitInstruments(
  feed: VenueRecordingFeed,
  category: string | null,
): readonly Instrument[] {
  return feed.instruments('bybit').filter(({ marketKind }) => marketKind === category);
}

function instrumentOf(feed: VenueRecordingFeed, query: URLSearchParams): Instrument | undefined {
  const symbol = query.get('symbol');
  return bybitInstruments(feed, query.get('category')).find(
    ({ venueSymbol }) => venueSymbol === symbol,
  );
}

function ofSymbol(
  answer: (
    feed: VenueRecordingFeed,
    query: URLSearchParams,
    instrument: Instrument,
  ) => Answered | Promise<Answered>,
): Answer {
  return (feed, query) => {
    if (!categories.includes(query.get('category') ?? '')) return wrongCategory;
    const instrument = instrumentOf(feed, query);
    return instrument === undefined ? wrongSymbol : answer(feed, query, instrument);
  };
}

function orderBook(
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  { id, venueSymbol, marketKind }: Instrument,
): Answered {
  const book = feed.book(id, limitIn(query, 'limit', marketKind === 'spot' ? 1 : 25, 1_000));
  if (book === null) return wrong(10_016, 'There is no book in the recording at this moment.');
  const ts = timeOf(book);
  const { bids: b, asks: a, sequence: u } = book;
  return good({ s: venueSymbol, b, a, ts, u, seq: u, cts: ts });
}

/** Newest first. */
function recentTrades(
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  { id, venueSymbol, marketKind }: Instrument,
): Answered {
  const [usual, most] = marketKind === 'spot' ? [60, 60] : [500, 1_000];
  const rows = feed.trades(id).slice(-limitIn(query, 'limit', usual, most));
  const list = rows.toReversed().map((trade) => ({
    ...{ execId: trade.id, symbol: venueSymbol, price: priceOf(trade), size: sizeOf(trade) },
    ...{ side: trade.side === 'buy' ? 'Buy' : 'Sell', time: String(Math.floor(trade.venueTime)) },
    isBlockTrade: false,
  }));
  return good({ category: query.get('category'), list });
}

/** Of one symbol, or of all of the category. */
function tickers(feed: VenueRecordingFeed, query: URLSearchParams): Answered {
  const category = query.get('category');
  if (!categories.includes(category ?? '')) return wrongCategory;
  const instrument = instrumentOf(feed, query);
  const isOne = query.has('symbol');
  if (isOne && instrument === undefined) return wrongSymbol;
  const wanted = instrument === undefined ? bybitInstruments(feed, category) : [instrument];
  const list = wanted.flatMap((each) => tickerRow(feed, each) ?? []);
  if (isOne && list.length === 0) {
    return wrong(10_016, 'There is no ticker in the recording at this moment.');
  }
  return good({ category, list });
}

/** What the recording does not tell is empty, as at the venue. */
function tickerRow(feed: VenueRecordingFeed, { id, venueSymbol }: Instrument): object | null {
  const ticker = feed.ticker(id);
  if (ticker === null) return null;
  const text = (value: number | null): string => (value === null ? '' : numberText(value));
  const { last, open24h } = ticker;
  const { bid = null, ask = null } = feed.quote(id) ?? {};
  const isKnown = last !== null && open24h !== null && open24h !== 0;
  return {
    ...{ symbol: venueSymbol, bid1Price: bid?.[0] ?? '', bid1Size: bid?.[1] ?? '' },
    ...{ ask1Price: ask?.[0] ?? '', ask1Size: ask?.[1] ?? '' },
    ...{ lastPrice: text(last), prevPrice24h: text(open24h) },
    price24hPcnt: isKnown ? ((last - open24h) / open24h).toFixed(4) : '',
    ...{ highPrice24h: text(ticker.high24h), lowPrice24h: text(ticker.low24h) },
    ...{ turnover24h: text(ticker.volume24hQuote), volume24h: text(ticker.volume24hBase) },
    usdIndexPrice: '',
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
  const [from, to] = [wholeIn(query, 'start'), wholeIn(query, 'end')];
  const bars = await candlesIn(feed, {
    ...{ instrument, interval, from, before: to === null ? null : to + 1 },
    limit: limitIn(query, 'limit', 200, 1_000),
    takes: from !== null && to === null ? 'oldest' : 'newest',
    withOwnFigures: false,
  });
  if (bars === null) {
    return wrong(10_016, 'The recording does not hold these candles at this moment.');
  }
  const rowOf = (bar: (typeof bars)[number]): readonly string[] => [
    ...[String(bar.openTime), ...figuresOf(bar), numberText(bar.quoteVolume)],
  ];
  const list = bars.toReversed().map(rowOf);
  return good({ category: query.get('category'), symbol: instrument.venueSymbol, list });
}

/** Of futures those alone that are traded, unless another status is asked for. */
function instrumentsInfo(feed: VenueRecordingFeed, query: URLSearchParams): Answered {
  const category = query.get('category') ?? '';
  if (!categories.includes(category)) return wrongCategory;
  const symbol = query.get('symbol');
  const status = query.get('status') ?? (category === 'spot' ? null : 'Trading');
  const rows = bybitInstruments(feed, category)
    .filter(({ venueSymbol }) => symbol === null || venueSymbol === symbol)
    .filter(({ tradingStatus }) => status === null || statusOf(tradingStatus) === status);
  if (symbol !== null && rows.length === 0) return wrongSymbol;
  return good({ category, list: rows.map(instrumentRow), nextPageCursor: '' });
}

/** Limits of orders are not recorded: the step stands for the least. */
function instrumentRow(instrument: Instrument): object {
  const { venueSymbol, base, quote, tickSize, lotSize, tradingStatus, marketKind } = instrument;
  const contract = { contractType: 'LinearPerpetual', settleCoin: quote };
  return {
    ...{ symbol: venueSymbol, baseCoin: base, quoteCoin: quote, innovation: '0' },
    status: statusOf(tradingStatus),
    ...(marketKind === 'spot' ? {} : { ...contract, launchTime: '0', deliveryTime: '0' }),
    lotSizeFilter: {
      ...{ basePrecision: lotSize, qtyStep: lotSize, quotePrecision: '0.00000001' },
      ...{ minOrderQty: lotSize, maxOrderQty: '9000000000', minOrderAmt: '0' },
    },
    priceFilter: { tickSize },
  };
}

function statusOf(status: Instrument['tradingStatus']): string {
  return status === 'trading' ? 'Trading' : status === 'preopen' ? 'PreLaunch' : 'Closed';
}

function good(result: unknown): Answered {
  return { code: 0, message: 'OK', result };
}

function wrong(code: number, message: string): Answered {
  return { code, message, result: {} };
}

const wrongCategory = wrong(10_001, 'params error: Category is invalid');
const wrongSymbol = wrong(10_001, 'Not supported symbols');
const notRecorded = wrong(10_404, 'This is not in the recording.');
