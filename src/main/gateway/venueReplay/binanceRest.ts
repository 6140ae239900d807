import type { CandleInterval, Instrument, MarketKind } from '../../../shared/market.ts';
import { candleIntervalMs, isCandleInterval } from '../../../shared/market.ts';
import type { RecordedCandle, VenueRecordingFeed } from '../../engine/host.ts';
import {
  answerAggregates,
  answerHistoricalTrades,
  answerTrades,
  hasTradesYet,
  lastPriceOf,
} from './binanceTrades.ts';
import { dayTicker } from './binanceTicker.ts';
import { candlesIn, figuresOf } from './venueCandles.ts';
import { numberText } from './venueNumbers.ts';
import type { RestReply } from './venueDialect.ts';
import { limitIn, ok, readObject, textsIn, wholeIn } from './venueDialect.ts';
import { failure, notRecorded } from './binanceReply.ts';

type Awaited = (feed: VenueRecordingFeed, instrument: Instrument) => boolean;

/** What is asked, of the symbols of one kind of market. */
interface Asked {
  readonly feed: VenueRecordingFeed;
  readonly query: URLSearchParams;
  readonly kind: MarketKind;
}

interface Answer {
  readonly of: (asked: Asked) => RestReply | Promise<RestReply>;
  /** What it needs of an instrument. */
  readonly awaits?: Awaited;
}

const hasBook: Awaited = (feed, { id }) => feed.book(id, 1) !== null;

const answers: Readonly<Record<string, Answer>> = {
  ping: { of: () => ok({}) },
  time: { of: ({ feed }) => ok({ serverTime: Math.floor(feed.state.time) }) },
  exchangeInfo: { of: exchangeInfo },
  depth: { of: ofSymbol(depth), awaits: hasBook },
  trades: { of: ofSymbol(answerTrades), awaits: hasTradesYet },
  historicalTrades: { of: ofSymbol(answerHistoricalTrades), awaits: hasTradesYet },
  aggTrades: { of: ofSymbol(answerAggregates), awaits: hasTradesYet },
  klines: { of: ofSymbol(klines) },
  uiKlines: { of: ofSymbol(klines) },
  'ticker/24hr': tickersOf(dayTicker),
  'ticker/bookTicker': tickersOf(bookTicker),
  'ticker/price': tickersOf(priceTicker),
};

/** Spot, USD-M and COIN-M futures; of the last a recording holds none, and says so. */
const kindByRoot: Readonly<Record<string, MarketKind>> = {
  '/api/v3/': 'spot',
  '/fapi/v1/': 'linear',
  '/dapi/v1/': 'inverse',
};

/** The venue that is asked is the replay: nothing of it is under maintenance. */
const statusPath = '/sapi/v1/system/status';

export function answerBinance(
  feed: VenueRecordingFeed,
  path: string,
  query: URLSearchParams,
): RestReply | Promise<RestReply> {
  if (path === statusPath) return ok({ status: 0, msg: 'normal' });
  const found = answerAt(path);
  return found === null ? notRecorded : found.answer.of({ feed, query, kind: found.kind });
}

export function awaitedByBinance(
  feed: VenueRecordingFeed,
  path: string,
  query: URLSearchParams,
): (() => boolean) | null {
  const found = answerAt(path);
  const awaits = found?.answer.awaits;
  if (found === null || awaits === undefined) return null;
  const wanted = wantedBy({ feed, query, kind: found.kind });
  if (!isFound(wanted) || wanted.length === 0) return null;
  const areNamed = query.has('symbol') || query.has('symbols');
  return () =>
    areNamed
      ? wanted.every((instrument) => awaits(feed, instrument))
      : wanted.some((instrument) => awaits(feed, instrument));
}

function answerAt(path: string): { readonly answer: Answer; readonly kind: MarketKind } | null {
  const [root, kind] = Object.entries(kindByRoot).find(([each]) => path.startsWith(each)) ?? [];
  if (root === undefined || kind === undefined) return null;
  const name = path.slice(root.length);
  const answer = Object.hasOwn(answers, name) ? answers[name] : undefined;
  return answer === undefined ? null : { answer, kind };
}

function ofSymbol(
  answer: (
    feed: VenueRecordingFeed,
    query: URLSearchParams,
    instrument: Instrument,
  ) => RestReply | Promise<RestReply>,
): Answer['of'] {
  return ({ feed, query, kind }) => {
    const symbol = query.get('symbol') ?? '';
    if (symbol === '') return missing('symbol');
    const instrument = listed(feed, kind).find(({ venueSymbol }) => venueSymbol === symbol);
    if (instrument === undefined) return failure(400, -1121, 'Invalid symbol.');
    return answer(feed, query, instrument);
  };
}

function listed(feed: VenueRecordingFeed, kind: MarketKind): readonly Instrument[] {
  return feed.instruments('binance').filter(({ marketKind }) => marketKind === kind);
}

/** Of one symbol, of those that are listed (`symbols=["A","B"]`), or all that there are. */
function wantedBy({ feed, query, kind }: Asked): readonly Instrument[] | RestReply {
  const [one, several] = [query.get('symbol'), query.get('symbols')];
  if (one !== null && several !== null) {
    return failure(400, -1128, 'Combination of optional parameters invalid.');
  }
  if (one === null && several === null) return listed(feed, kind);
  const names = one === null ? textsIn(readList(several ?? '')) : [one];
  if (names === null) {
    return failure(400, -1100, "Illegal characters found in parameter 'symbols'.");
  }
  const known = new Map(listed(feed, kind).map((each) => [each.venueSymbol, each]));
  const wanted = names.flatMap((name) => known.get(name) ?? []);
  return wanted.length === names.length ? wanted : failure(400, -1121, 'Invalid symbol.');
}

function isFound(wanted: readonly Instrument[] | RestReply): wanted is readonly Instrument[] {
  return Array.isArray(wanted);
}

function readList(text: string): unknown {
  return readObject(`{"list":${text}}`)?.['list'];
}

function depth(
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  instrument: Instrument,
): RestReply {
  const book = feed.book(instrument.id, limitIn(query, 'limit', 100, 5_000));
  if (book === null) {
    return failure(503, -1008, 'There is no book in the recording at this moment.');
  }
  return ok({ lastUpdateId: book.sequence, bids: book.bids, asks: book.asks });
}

async function klines(
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  instrument: Instrument,
): Promise<RestReply> {
  const interval = query.get('interval') ?? '';
  if (interval === '') return missing('interval');
  if (!isCandleInterval(interval)) return failure(400, -1120, 'Invalid interval.');
  const [from, to] = [wholeIn(query, 'startTime'), wholeIn(query, 'endTime')];
  const bars = await candlesIn(feed, {
    ...{ instrument, interval, from, before: to === null ? null : to + 1 },
    ...{ limit: limitIn(query, 'limit', 500, 1_000), takes: from === null ? 'newest' : 'oldest' },
    withOwnFigures: true,
  });
  if (bars === null) {
    return failure(404, -1000, 'The recording does not hold these candles at this moment.');
  }
  return ok(bars.map((bar) => klineOf(bar, interval)));
}

/** A place of a row cannot be left out: what is not known is no number there. */
const unknownFigure = 'NaN';

function klineOf(bar: RecordedCandle, interval: CandleInterval): readonly (string | number)[] {
  const { openTime, quoteVolume, trades, ownFigures } = bar;
  const closeTime = openTime + candleIntervalMs[interval] - 1;
  const [takerBase = unknownFigure, takerQuote = unknownFigure] = ownFigures ?? [];
  return [
    ...[openTime, ...figuresOf(bar), closeTime, numberText(quoteVolume), trades],
    ...[takerBase, takerQuote, '0'],
  ];
}

function tickersOf(
  rowOf: (feed: VenueRecordingFeed, instrument: Instrument) => object | null,
): Answer {
  return {
    of(asked) {
      const { feed, query } = asked;
      const wanted = wantedBy(asked);
      if (!isFound(wanted)) return wanted;
      const rows = wanted.flatMap((instrument) => rowOf(feed, instrument) ?? []);
      if (!query.has('symbol')) return ok(rows);
      const [row] = rows;
      return row === undefined ? notRecorded : ok(row);
    },
    awaits: (feed, instrument) => rowOf(feed, instrument) !== null,
  };
}

function priceTicker(feed: VenueRecordingFeed, { id, venueSymbol }: Instrument): object | null {
  const price = lastPriceOf(feed, id);
  return price === null ? null : { symbol: venueSymbol, price };
}

function bookTicker(feed: VenueRecordingFeed, { id, venueSymbol }: Instrument): object | null {
  const { bid = null, ask = null } = feed.quote(id) ?? {};
  if (bid === null || ask === null) return null;
  const [[bidPrice, bidQty], [askPrice, askQty]] = [bid, ask];
  return { symbol: venueSymbol, bidPrice, bidQty, askPrice, askQty };
}

function exchangeInfo(asked: Asked): RestReply {
  const wanted = wantedBy(asked);
  if (!isFound(wanted)) return wanted;
  const serverTime = Math.floor(asked.feed.state.time);
  const symbols = wanted.map(symbolOf);
  return ok({ timezone: 'UTC', serverTime, rateLimits: [], exchangeFilters: [], symbols });
}

/** Limits of orders are not recorded: the step stands for the least; a price limit of 0 is none, as at the venue. */
function symbolOf(instrument: Instrument): object {
  const { venueSymbol, base, quote, tickSize, lotSize, tradingStatus } = instrument;
  const isSpot = instrument.marketKind === 'spot';
  return {
    ...{ symbol: venueSymbol, status: tradingStatus === 'trading' ? 'TRADING' : 'HALT' },
    ...{ baseAsset: base, baseAssetPrecision: 8, quoteAsset: quote, quotePrecision: 8 },
    ...{ quoteAssetPrecision: 8, baseCommissionPrecision: 8, quoteCommissionPrecision: 8 },
    orderTypes: ['LIMIT', 'MARKET'],
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: '0.00000000', maxPrice: '0.00000000', tickSize },
      { filterType: 'LOT_SIZE', minQty: lotSize, maxQty: '9000000000', stepSize: lotSize },
    ],
    ...(isSpot ? spotRights : { contractType: 'PERPETUAL', pair: venueSymbol, marginAsset: quote }),
  };
}

const spotRights = {
  ...{ icebergAllowed: true, isSpotTradingAllowed: true, isMarginTradingAllowed: false },
  ...{ permissions: ['SPOT'], permissionSets: [['SPOT']] },
};

function missing(name: string): RestReply {
  const problem = 'was not sent, was empty/null, or malformed';
  return failure(400, -1102, `Mandatory parameter '${name}' ${problem}.`);
}
