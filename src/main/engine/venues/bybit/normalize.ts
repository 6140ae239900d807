import { assertNever } from '../../../../shared/assert.ts';
import { parseUnits } from '../../decimal.ts';
import { DecodeError } from '../../errors.ts';
import { parseTime, plausibleTime } from '../guards.ts';
import type { LevelReader } from '../levels.ts';
import { decimalsFor, parsePrice } from '../units.ts';
import type { AckEvent, DecodeContext, TradeEvent, VenueEventSink } from '../venue.ts';
import type {
  BybitBook,
  BybitKlines,
  BybitMessage,
  BybitReply,
  BybitTicker,
  BybitTrades,
} from './messages.ts';
import { readInterval } from './topics.ts';

export function normalizeMessage(
  message: BybitMessage,
  context: DecodeContext,
  levels: LevelReader,
  sink: VenueEventSink,
): void {
  switch (message.type) {
    case 'book':
      return message.depth === 1
        ? normalizeTop(message, context, levels, sink)
        : normalizeBook(message, context, levels, sink);
    case 'trades':
      return normalizeTrades(message, context, sink);
    case 'ticker':
      return normalizeTicker(message, context, sink);
    case 'klines':
      return normalizeKlines(message, context, sink);
    case 'other':
      return sink({ type: 'other', ...labelsOf(message, context) });
    case 'reply':
      return sink(normalizeReply(message));
    case 'pong':
      return sink(message);
    case 'unknown':
      return sink({ type: 'notice', notice: 'unknown', text: message.text });
    default:
      return assertNever(message);
  }
}

type Labelled = Pick<BybitBook, 'topic' | 'channel' | 'symbol' | 'kind' | 'systemTime'>;

function labelsOf(message: Labelled, context: DecodeContext) {
  return {
    instrument: context.instrumentOf(message.symbol),
    venueSymbol: message.symbol,
    topic: message.topic,
    channel: `${message.channel}:${message.kind}`,
    venueTime: plausibleTime(message.systemTime),
  };
}

function normalizeBook(
  message: BybitBook,
  context: DecodeContext,
  levels: LevelReader,
  sink: VenueEventSink,
): void {
  const labels = labelsOf(message, context);
  const known = context.decimalsOf(labels.instrument);
  levels.read(message.bids, message.asks, known.price, known.size);
  sink({
    type: 'book',
    ...labels,
    kind: message.kind,
    bids: levels.bids,
    asks: levels.asks,
    priceDecimals: levels.priceDecimals,
    sizeDecimals: levels.sizeDecimals,
    sequence: { first: null, last: message.updateId, previous: null },
    checksum: null,
    rawLevels: null,
  });
}

/** The level-1 book: always whole, the same id again when nothing changed. Its ids are of its own topic. */
function normalizeTop(
  message: BybitBook,
  context: DecodeContext,
  levels: LevelReader,
  sink: VenueEventSink,
): void {
  if (message.bids.length > 1 || message.asks.length > 1 || message.kind !== 'snapshot') {
    throw new DecodeError('level-1 book is not one level a side');
  }
  const labels = labelsOf(message, context);
  const known = context.decimalsOf(labels.instrument);
  levels.read(message.bids, message.asks, known.price, known.size);
  const { bids, asks } = levels;
  sink({
    type: 'bbo',
    ...labels,
    bidUnits: bids.count === 0 ? 0 : (bids.prices[0] ?? 0),
    bidSizeUnits: bids.count === 0 ? 0 : (bids.sizes[0] ?? 0),
    askUnits: asks.count === 0 ? 0 : (asks.prices[0] ?? 0),
    askSizeUnits: asks.count === 0 ? 0 : (asks.sizes[0] ?? 0),
    priceDecimals: levels.priceDecimals,
    sizeDecimals: levels.sizeDecimals,
    sequence: null,
  });
}

function normalizeTrades(message: BybitTrades, context: DecodeContext, sink: VenueEventSink): void {
  const labels = labelsOf(message, context);
  const known = context.decimalsOf(labels.instrument);
  const events = message.trades.map((trade): TradeEvent => {
    const priceDecimals = decimalsFor(known.price, trade.price, trade.price);
    const sizeDecimals = decimalsFor(known.size, trade.size, trade.size);
    return {
      type: 'trade',
      ...labels,
      id: trade.id,
      firstSequence: null,
      lastSequence: null,
      side: trade.side,
      priceUnits: parsePrice(trade.price, priceDecimals),
      priceDecimals,
      sizeUnits: parseUnits(trade.size, sizeDecimals),
      sizeDecimals,
      tradeTime: parseTime(trade.time, 'T'),
      aggregate: false,
    };
  });
  for (const event of events) sink(event);
}

function normalizeTicker(message: BybitTicker, context: DecodeContext, sink: VenueEventSink): void {
  sink({
    type: 'ticker',
    ...labelsOf(message, context),
    kind: message.kind,
    last: message.last,
    open24h: message.open,
    high24h: message.high,
    low24h: message.low,
    volume24hBase: message.volume,
    volume24hQuote: message.turnover,
  });
}

function normalizeKlines(message: BybitKlines, context: DecodeContext, sink: VenueEventSink): void {
  const labels = labelsOf(message, context);
  const interval = readInterval(message.interval);
  const events = message.klines.map((kline) => ({
    type: 'candle' as const,
    ...labels,
    // Trades after this time are not in it; the time of the message itself would leave out some that are not either.
    venueTime: plausibleTime(kline.lastTradeTime ?? message.systemTime),
    interval,
    venueInterval: message.interval,
    candle: {
      openTime: parseTime(kline.start, 'start'),
      open: kline.open,
      high: kline.high,
      low: kline.low,
      close: kline.close,
      volume: kline.volume,
      quoteVolume: kline.turnover,
      trades: null,
      closed: kline.confirm,
    },
  }));
  for (const event of events) sink(event);
}

/** `error:handler not found,topic:orderbook.50.NOPEUSDT`: one bad topic fails its whole request. */
const blamedTopic = /topic:([^\s,]{1,80})/;

function normalizeReply(message: BybitReply): AckEvent {
  const { text, success } = message;
  const isKnown = /already subscribed/i.test(text);
  return {
    type: 'ack',
    operation: message.operation,
    requestId: message.requestId,
    topics: null,
    outcome: success ? 'accepted' : outcomeOf(text, isKnown),
    rejectedTopic: success ? null : (blamedTopic.exec(text)?.[1] ?? null),
    code: '',
    text,
  };
}

function outcomeOf(text: string, isKnown: boolean): AckEvent['outcome'] {
  if (isKnown) return 'already-subscribed';
  return /too (many|frequent)/i.test(text) ? 'rate-limited' : 'rejected';
}
