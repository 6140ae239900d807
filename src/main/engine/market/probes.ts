import { DecodeError } from '../errors.ts';
import type { ProbeVerdict } from '../feed/silence.ts';
import type { Stream } from '../feed/stream.ts';
import type { RestRequest, VenueRest } from '../venues/venue.ts';
import type { InstrumentState } from './instrumentState.ts';

/** The cheapest question whose answer would differ if this stream had missed something. */
export function probeRequest(state: InstrumentState, stream: Stream): RestRequest | null {
  const { rest } = state.feed.venue;
  const { channel, interval } = stream.definition.key;
  const { venueSymbol } = state.instrument;
  switch (channel) {
    case 'trade':
      return rest.trades(venueSymbol, null);
    case 'ticker':
      return rest.ticker(venueSymbol);
    case 'candle':
      if (interval === null) return null;
      return rest.candles({ venueSymbol, interval, from: null, before: null, limit: 1 });
    case 'book':
    case 'bbo':
      return rest.bookSnapshot(venueSymbol) ?? rest.ticker(venueSymbol);
    default:
      return channel satisfies never;
  }
}

/**
 * Compares the venue's own state with ours. A stream that has never spoken has nothing to compare: the first answer becomes
 * its baseline.
 */
export function judgeProbe(state: InstrumentState, stream: Stream, body: string): ProbeVerdict {
  try {
    const { rest } = state.feed.venue;
    const theirs = fingerprint(state, stream, rest, body);
    const ours = stream.messages === 0 ? stream.baseline : ownFingerprint(state, stream, rest);
    if (ours === null) {
      stream.baseline = theirs;
      return 'unchanged';
    }
    return ours === theirs ? 'unchanged' : 'changed';
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    stream.decodeErrors += 1;
    return 'unanswered';
  }
}

function fingerprint(
  state: InstrumentState,
  stream: Stream,
  rest: VenueRest,
  body: string,
): string {
  const { channel, interval } = stream.definition.key;
  const { venueSymbol } = state.instrument;
  switch (channel) {
    case 'trade': {
      const trades = rest.readTrades(body);
      const newest = trades.reduce(
        (best, trade) => (trade.tradeTime >= best.tradeTime ? trade : best),
        {
          id: '',
          tradeTime: Number.NEGATIVE_INFINITY,
        },
      );
      return newest.id;
    }
    case 'candle': {
      const candle = interval === null ? undefined : rest.readCandles(body, interval).at(-1);
      return candle === undefined ? '' : `${candle.openTime} ${Number(candle.close)}`;
    }
    case 'ticker':
      return tickerText(rest.readTicker(body, venueSymbol, state.id).last);
    case 'book':
    case 'bbo':
      return rest.bookSnapshot(venueSymbol) === null
        ? tickerText(rest.readTicker(body, venueSymbol, state.id).last)
        : topText(rest, body, state);
    default:
      return channel satisfies never;
  }
}

/** Null where we hold nothing comparable yet. */
function ownFingerprint(state: InstrumentState, stream: Stream, rest: VenueRest): string | null {
  const { channel, interval } = stream.definition.key;
  switch (channel) {
    case 'trade':
      return state.trades?.tape.lastId ?? stream.baseline;
    case 'candle': {
      const candle = interval === null ? null : state.candles.openCandle(interval);
      return candle === null ? stream.baseline : `${candle.openTime} ${candle.close}`;
    }
    case 'ticker':
      return state.ticker.last === null ? stream.baseline : String(state.ticker.last);
    case 'book':
    case 'bbo':
      if (rest.bookSnapshot(state.instrument.venueSymbol) === null) {
        return state.lastTrade === null
          ? stream.baseline
          : String(state.lastTrade.priceUnits / 10 ** state.lastTrade.priceDecimals);
      }
      return channel === 'bbo' ? quoteText(state) : bookText(state);
    default:
      return channel satisfies never;
  }
}

function tickerText(last: string | null): string {
  return last === null ? '' : String(Number(last));
}

function topText(rest: VenueRest, body: string, state: InstrumentState): string {
  const { bids, asks, priceDecimals } = rest.readBookSnapshot(body, state.decimals);
  const scale = 10 ** priceDecimals;
  const bid = bids.count === 0 ? null : (bids.prices[0] ?? 0) / scale;
  const ask = asks.count === 0 ? null : (asks.prices[0] ?? 0) / scale;
  return `${bid} ${ask}`;
}

function quoteText(state: InstrumentState): string {
  return `${state.quote.bid} ${state.quote.ask}`;
}

function bookText(state: InstrumentState): string | null {
  const book = state.book?.state.book;
  if (book === undefined) return null;
  const scale = 10 ** book.priceDecimals;
  const { bestBid, bestAsk } = book;
  return `${bestBid === null ? null : bestBid / scale} ${bestAsk === null ? null : bestAsk / scale}`;
}
