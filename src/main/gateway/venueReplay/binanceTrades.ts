import type { Instrument, InstrumentId } from '../../../shared/market.ts';
import type { TradeValue } from '../../../shared/values.ts';
import type { VenueRecordingFeed } from '../../engine/host.ts';
import { failure } from './binanceReply.ts';
import { numberText, priceOf, sizeOf, turnoverOf } from './venueNumbers.ts';
import type { RestReply } from './venueDialect.ts';
import { limitIn, ok, wholeIn } from './venueDialect.ts';

export function answerTrades(
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  instrument: Instrument,
): RestReply {
  if (hasAggregatesAlone(feed, instrument)) return aggregatesAlone;
  return ok(tradesOf(feed, instrument).slice(-limitOf(query)).map(tradeRow));
}

export function answerHistoricalTrades(
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  instrument: Instrument,
): RestReply {
  const fromId = wholeIn(query, 'fromId');
  if (fromId === null) return answerTrades(feed, query, instrument);
  if (hasAggregatesAlone(feed, instrument)) return aggregatesAlone;
  const kept = tradesOf(feed, instrument);
  const refusal = refusalOf(feed, kept, ({ id }) => fromId < Number(id));
  if (refusal !== null) return refusal;
  const wanted = kept.filter(({ id }) => Number(id) >= fromId);
  return ok(wanted.slice(0, limitOf(query)).map(tradeRow));
}

/**
 * Which trades one order made is not in the frames of single trades: each stands for an aggregate of its own, under its own
 * id.
 */
export function answerAggregates(
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  instrument: Instrument,
): RestReply {
  if (hasAggregatesAlone(feed, instrument)) return aggregatesAlone;
  const fromId = wholeIn(query, 'fromId');
  const [from, to] = [wholeIn(query, 'startTime'), wholeIn(query, 'endTime')];
  if (fromId !== null && (from !== null || to !== null)) {
    return failure(400, -1128, 'Combination of optional parameters invalid.');
  }
  const kept = tradesOf(feed, instrument);
  const since = Math.min(from ?? Infinity, to ?? Infinity);
  const refusal = refusalOf(
    feed,
    kept,
    ({ id, venueTime }) => (fromId !== null && fromId < Number(id)) || since < venueTime,
  );
  if (refusal !== null) return refusal;
  const wanted = kept.filter(
    ({ id, venueTime }) =>
      Number(id) >= (fromId ?? 0) && venueTime >= (from ?? 0) && venueTime <= (to ?? Infinity),
  );
  const limit = limitOf(query);
  const isFromStart = fromId !== null || from !== null;
  const rows = isFromStart ? wanted.slice(0, limit) : wanted.slice(-limit);
  return ok(rows.map(aggregateRow));
}

/** The newer one of the last trade and of what the ticker says of it. */
export function lastPriceOf(feed: VenueRecordingFeed, id: InstrumentId): string | null {
  const [trade, ticker] = [feed.trades(id).at(-1), feed.ticker(id)];
  if (ticker === null || ticker.last === null) return trade === undefined ? null : priceOf(trade);
  const isNewer = trade !== undefined && trade.receivedTime >= ticker.receivedTime;
  return isNewer ? priceOf(trade) : numberText(ticker.last);
}

function limitOf(query: URLSearchParams): number {
  return limitIn(query, 'limit', 500, 1_000);
}

function tradesOf(feed: VenueRecordingFeed, { id }: Instrument): readonly TradeValue[] {
  return feed.trades(id).toSorted((first, second) => Number(first.id) - Number(second.id));
}

/** Behind the oldest trade that is kept others may be missing, which a program could not see. Null: it does not ask for these. */
function refusalOf(
  feed: VenueRecordingFeed,
  kept: readonly TradeValue[],
  asksBefore: (oldest: TradeValue) => boolean,
): RestReply | null {
  const [oldest] = kept;
  if (oldest === undefined || kept.length < feed.maxTrades || !asksBefore(oldest)) return null;
  const since = `from id ${oldest.id}, time ${Math.floor(oldest.venueTime)} on`;
  const text = `The replay holds the newest ${feed.maxTrades} trades of a symbol, at this moment those ${since}.`;
  return failure(404, -1000, text);
}

export function hasTradesYet(feed: VenueRecordingFeed, instrument: Instrument): boolean {
  return feed.trades(instrument.id).length > 0 || hasAggregatesAlone(feed, instrument);
}

function hasAggregatesAlone(feed: VenueRecordingFeed, { venueSymbol }: Instrument): boolean {
  const topics = feed.topics('binance');
  const symbol = venueSymbol.toLowerCase();
  return topics.has(`${symbol}@aggTrade`) && !topics.has(`${symbol}@trade`);
}

function tradeRow(trade: TradeValue): object {
  return {
    ...{ id: Number(trade.id), price: priceOf(trade), qty: sizeOf(trade) },
    ...{ quoteQty: turnoverOf(trade), time: Math.floor(trade.venueTime) },
    ...{ isBuyerMaker: trade.side === 'sell', isBestMatch: true },
  };
}

function aggregateRow(trade: TradeValue): object {
  const id = Number(trade.id);
  return {
    ...{ a: id, p: priceOf(trade), q: sizeOf(trade), f: id, l: id },
    ...{ T: Math.floor(trade.venueTime), m: trade.side === 'sell', M: true },
  };
}

const aggregatesAlone = failure(
  404,
  -1000,
  'Of this symbol the recording holds aggregates alone, which are sent by stream and not kept: subscribe to @aggTrade.',
);
