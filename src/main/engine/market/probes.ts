import { DecodeError } from '../errors.ts';
import type { ProbeVerdict } from '../feed/silence.ts';
import type { Stream } from '../feed/stream.ts';
import type { RestRequest, TopOfBook } from '../venues/venue.ts';
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
      return rest.topOfBook(venueSymbol);
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
    const { channel } = stream.definition.key;
    const theirs = fingerprint(state, stream, body);
    const ours = stream.messages === 0 ? stream.baseline : ownFingerprint(state, stream);
    if (ours === null) stream.baseline = theirs;
    if (ours === null || ours === theirs) return 'unchanged';
    const isTop = channel === 'book' || channel === 'bbo';
    return isTop && !isNewer(state, channel, body) ? 'unclear' : 'changed';
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    stream.decodeErrors += 1;
    return 'unanswered';
  }
}

/** Whether the answer is of after our last message, as far as the venue tells. */
function isNewer(state: InstrumentState, channel: 'book' | 'bbo', body: string): boolean {
  const { venueTime } = state.feed.venue.rest.readTopOfBook(body, state.decimals);
  const heardTime =
    channel === 'bbo' ? state.quote.receivedTime : (state.book?.state.receivedTime ?? null);
  if (venueTime === null || heardTime === null) return true;
  return heardTime + (state.feed.clockOffsetMs ?? 0) < venueTime;
}

/** Of the top only prices: the ids of an answer may be those of another stream. */
function fingerprint(state: InstrumentState, stream: Stream, body: string): string {
  const { rest } = state.feed.venue;
  const { channel, interval } = stream.definition.key;
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
    case 'ticker': {
      const { last } = rest.readTicker(body, state.instrument.venueSymbol, state.id);
      return last === null ? '' : String(Number(last));
    }
    case 'book':
    case 'bbo':
      return topText(rest.readTopOfBook(body, state.decimals));
    default:
      return channel satisfies never;
  }
}

/** Null where we hold nothing comparable yet. */
function ownFingerprint(state: InstrumentState, stream: Stream): string | null {
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
      return bookText(state);
    case 'bbo':
      return quoteText(state);
    default:
      return channel satisfies never;
  }
}

function topText({ bid, ask }: Pick<TopOfBook, 'bid' | 'ask'>): string {
  return `${bid} ${ask}`;
}

function quoteText({ quote }: InstrumentState): string {
  return topText(quote);
}

function bookText(state: InstrumentState): string | null {
  const book = state.book?.state.book;
  if (book === undefined) return null;
  const scale = 10 ** book.priceDecimals;
  const { bestBid, bestAsk } = book;
  return topText({
    bid: bestBid === null ? null : bestBid / scale,
    ask: bestAsk === null ? null : bestAsk / scale,
  });
}
