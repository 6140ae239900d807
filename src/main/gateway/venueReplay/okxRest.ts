import type { CandleInterval, Instrument } from '../../../shared/market.ts';
import type { TradeValue } from '../../../shared/values.ts';
import type { RecordedCandle, VenueRecordingFeed } from '../../engine/host.ts';
import { candlesIn, figuresOf } from './venueCandles.ts';
import type { RestReply } from './venueDialect.ts';
import { limitIn, timeOf, wholeIn } from './venueDialect.ts';
import { numberText, priceOf, sizeOf } from './venueNumbers.ts';

/** Of a book, as deep as the venue's stream. */
export const okxLevels = 400;

const instTypes = ['SPOT', 'MARGIN', 'SWAP', 'FUTURES', 'OPTION'];

type Answer = (feed: VenueRecordingFeed, query: URLSearchParams) => RestReply | Promise<RestReply>;

type OfInstrument = (
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  instrument: Instrument,
) => RestReply | Promise<RestReply>;

const answers: Readonly<Record<string, Answer>> = {
  '/api/v5/public/time': ({ state }) => good([{ ts: String(Math.floor(state.time)) }]),
  // The venue that is asked is the replay: no maintenance of it is announced.
  '/api/v5/system/status': () => good([]),
  '/api/v5/public/instruments': ofType(instruments),
  '/api/v5/market/tickers': ofType(tickers),
  '/api/v5/market/ticker': ofInstrument((feed, _query, instrument) => {
    const row = tickerRow(feed, instrument);
    return row === null ? notNow('ticker') : good([row]);
  }),
  '/api/v5/market/books': ofInstrument(books),
  '/api/v5/market/trades': ofInstrument((feed, query, instrument) => {
    const rows = feed.trades(instrument.id).slice(-limitIn(query, 'limit', 100, 500));
    return good(tradeRows(rows, instrument));
  }),
  '/api/v5/market/history-trades': ofInstrument(historyTrades),
  '/api/v5/market/candles': ofInstrument(candles),
  '/api/v5/market/history-candles': ofInstrument(candles),
};

export function answerOkx(
  feed: VenueRecordingFeed,
  path: string,
  query: URLSearchParams,
): RestReply | Promise<RestReply> {
  const answer = Object.hasOwn(answers, path) ? answers[path] : undefined;
  return answer?.(feed, query) ?? wrong(404, '404', 'This is not in the recording.');
}

export function awaitedByOkx(
  feed: VenueRecordingFeed,
  path: string,
  query: URLSearchParams,
): (() => boolean) | null {
  if (path === '/api/v5/market/tickers') {
    const wanted = listed(feed, query.get('instType'));
    return wanted.length === 0 ? null : () => wanted.some(({ id }) => feed.ticker(id) !== null);
  }
  const id = instrumentOf(feed, query)?.id;
  if (id === undefined) return null;
  switch (path) {
    case '/api/v5/market/books':
      return () => feed.book(id, 1) !== null;
    case '/api/v5/market/trades':
    case '/api/v5/market/history-trades':
      return () => feed.trades(id).length > 0;
    case '/api/v5/market/ticker':
      return () => feed.ticker(id) !== null;
    default:
      return null;
  }
}

/** How many orders stand there is not known: 0 says so, as no level of the venue has none. */
export function okxLevel([price, size]: readonly [string, string]): readonly string[] {
  return [price, size, '0', '0'];
}

function instrumentOf(feed: VenueRecordingFeed, query: URLSearchParams): Instrument | undefined {
  const instId = query.get('instId');
  return feed.instruments('okx').find(({ venueSymbol }) => venueSymbol === instId);
}

function listed(feed: VenueRecordingFeed, instType: string | null): readonly Instrument[] {
  return feed.instruments('okx').filter(({ marketKind }) => typeOf(marketKind) === instType);
}

function ofInstrument(answer: OfInstrument): Answer {
  return (feed, query) => {
    if ((query.get('instId') ?? '') === '') return emptyParameter('instId');
    const instrument = instrumentOf(feed, query);
    if (instrument !== undefined) return answer(feed, query, instrument);
    return wrong(200, '51001', "Instrument ID, Instrument ID code, or Spread ID doesn't exist.");
  };
}

function ofType(answer: Answer): Answer {
  return (feed, query) => {
    const instType = query.get('instType') ?? '';
    if (instType === '') return emptyParameter('instType');
    return instTypes.includes(instType) ? answer(feed, query) : wrongParameter('instType');
  };
}

function books(feed: VenueRecordingFeed, query: URLSearchParams, { id }: Instrument): RestReply {
  const book = feed.book(id, limitIn(query, 'sz', 1, okxLevels));
  if (book === null) return notNow('book');
  const { bids, asks, sequence } = book;
  const ts = String(timeOf(book));
  return good([{ asks: asks.map(okxLevel), bids: bids.map(okxLevel), ts, seqId: sequence }]);
}

/** `after` asks for older ones, `before` for newer ones: by id, or with type 2 by time. */
function historyTrades(
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  instrument: Instrument,
): RestReply {
  const type = query.get('type') ?? '1';
  if (type !== '1' && type !== '2') return wrongParameter('type');
  const [older, newer] = [wholeIn(query, 'after'), wholeIn(query, 'before')];
  const placeOf = (trade: TradeValue): number =>
    type === '1' ? Number(trade.id) : Math.floor(trade.venueTime);
  const kept = feed.trades(instrument.id);
  const [oldest] = kept;
  const isCut = oldest !== undefined && kept.length >= feed.maxTrades;
  // Behind it others may be missing: a program could not see it.
  if (isCut && older !== null && older <= placeOf(oldest)) {
    const text = `The replay holds the newest ${feed.maxTrades} trades of an instrument, at this moment those from id ${oldest.id} on.`;
    return wrong(200, '50026', text);
  }
  const rows = kept.filter(
    (trade) => placeOf(trade) < (older ?? Infinity) && placeOf(trade) > (newer ?? -1),
  );
  return good(tradeRows(rows.slice(-limitIn(query, 'limit', 100, 100)), instrument));
}

/** Newest first. */
function tradeRows(trades: readonly TradeValue[], { venueSymbol }: Instrument): readonly object[] {
  return trades.toReversed().map((trade) => ({
    ...{ instId: venueSymbol, tradeId: trade.id, px: priceOf(trade), sz: sizeOf(trade) },
    ...{ side: trade.side, ts: String(Math.floor(trade.venueTime)) },
  }));
}

function tickers(feed: VenueRecordingFeed, query: URLSearchParams): RestReply {
  const wanted = listed(feed, query.get('instType'));
  return good(wanted.flatMap((instrument) => tickerRow(feed, instrument) ?? []));
}

/** What the recording does not tell is empty, as at the venue; so is a swap's volume in contracts. */
function tickerRow(feed: VenueRecordingFeed, instrument: Instrument): object | null {
  const { id, venueSymbol, marketKind } = instrument;
  const ticker = feed.ticker(id);
  if (ticker === null) return null;
  const text = (value: number | null): string => (value === null ? '' : numberText(value));
  const { volume24hBase, volume24hQuote } = ticker;
  const { bid = null, ask = null } = feed.quote(id) ?? {};
  const lastTrade = feed.trades(id).at(-1);
  return {
    ...{ instType: typeOf(marketKind), instId: venueSymbol, last: text(ticker.last) },
    lastSz: lastTrade === undefined ? '' : sizeOf(lastTrade),
    ...{ askPx: ask?.[0] ?? '', askSz: ask?.[1] ?? '' },
    ...{ bidPx: bid?.[0] ?? '', bidSz: bid?.[1] ?? '' },
    ...{ open24h: text(ticker.open24h), high24h: text(ticker.high24h) },
    ...{ low24h: text(ticker.low24h), sodUtc0: '', sodUtc8: '' },
    ...(marketKind === 'spot'
      ? { volCcy24h: text(volume24hQuote), vol24h: text(volume24hBase) }
      : { volCcy24h: text(volume24hBase), vol24h: '' }),
    ts: String(Math.floor(ticker.receivedTime)),
  };
}

const intervalByBar: Readonly<Record<string, CandleInterval>> = {
  ...{ '1s': '1s', '1m': '1m', '5m': '5m', '15m': '15m', '1H': '1h', '4H': '4h', '1Dutc': '1d' },
};

/** Newest first; `after` asks for older ones, `before` for newer ones. */
async function candles(
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  instrument: Instrument,
): Promise<RestReply> {
  const bar = query.get('bar') ?? '1m';
  const interval = Object.hasOwn(intervalByBar, bar) ? intervalByBar[bar] : undefined;
  if (interval === undefined) return wrongParameter('bar');
  const newerThan = wholeIn(query, 'before');
  const isSpot = instrument.marketKind === 'spot';
  const bars = await candlesIn(feed, {
    ...{ instrument, interval, from: newerThan === null ? null : newerThan + 1 },
    before: wholeIn(query, 'after'),
    ...{ limit: limitIn(query, 'limit', 100, 300), takes: 'newest', withOwnFigures: !isSpot },
  });
  if (bars === null) return notNow('candle');
  const rows = bars.map((each) => [
    ...[String(each.openTime), ...figuresOf(each)],
    ...(isSpot ? spotVolumes(each) : swapVolumes(each)),
    each.closed ? '1' : '0',
  ]);
  return good(rows.toReversed());
}

function spotVolumes({ quoteVolume }: RecordedCandle): readonly string[] {
  return [numberText(quoteVolume), numberText(quoteVolume)];
}

/** The volume before them is in contracts: in coins it is known where the venue's own row is. Empty: it is not known. */
function swapVolumes({ ownFigures }: RecordedCandle): readonly string[] {
  const [inCoins = '', inQuote = ''] = ownFigures ?? [];
  return [inCoins, inQuote];
}

function instruments(feed: VenueRecordingFeed, query: URLSearchParams): RestReply {
  const instId = query.get('instId');
  const rows = listed(feed, query.get('instType'))
    .filter(({ venueSymbol }) => instId === null || venueSymbol === instId)
    .map(instrumentRow);
  if (instId !== null && rows.length === 0) {
    return wrong(200, '51001', "Instrument ID, Instrument ID code, or Spread ID doesn't exist.");
  }
  return good(rows);
}

function instrumentRow(instrument: Instrument): object {
  const { venueSymbol, base, quote, tickSize, lotSize, tradingStatus, marketKind } = instrument;
  const spot = { baseCcy: base, quoteCcy: quote, settleCcy: '', uly: '', ctType: '' };
  const swap = { baseCcy: '', quoteCcy: '', settleCcy: quote, uly: `${base}-${quote}` };
  return {
    ...{ instType: typeOf(marketKind), instId: venueSymbol, state: stateOf(tradingStatus) },
    ...(marketKind === 'spot' ? spot : { ...swap, ctType: 'linear' }),
    // What a contract is worth is not recorded.
    ctVal: '',
    ...{ tickSz: tickSize, lotSz: lotSize, minSz: lotSize, listTime: '', expTime: '' },
    ...{ alias: '', optType: '', stk: '', lever: '', instFamily: '' },
  };
}

function typeOf(kind: Instrument['marketKind']): string {
  return kind === 'spot' ? 'SPOT' : 'SWAP';
}

function stateOf(status: Instrument['tradingStatus']): string {
  return status === 'trading' ? 'live' : status === 'preopen' ? 'preopen' : 'suspend';
}

function good(rows: readonly unknown[]): RestReply {
  return { status: 200, body: JSON.stringify({ code: '0', msg: '', data: rows }) };
}

function wrong(status: number, code: string, msg: string): RestReply {
  return { status, body: JSON.stringify({ code, msg, data: [] }) };
}

function wrongParameter(name: string): RestReply {
  return wrong(400, '51000', `Parameter ${name} error`);
}

function emptyParameter(name: string): RestReply {
  return wrong(400, '50014', `Parameter ${name} can not be empty.`);
}

function notNow(what: string): RestReply {
  return wrong(200, '50026', `The recording does not hold this ${what} at this moment.`);
}
