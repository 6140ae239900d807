import { isCandleInterval } from '../../../../shared/market.ts';
import { assertNever } from '../../../../shared/assert.ts';
import { parseUnits } from '../../decimal.ts';
import { DecodeError } from '../../errors.ts';
import { parseTime, plausibleTime } from '../guards.ts';
import type { LevelReader } from '../levels.ts';
import { decimalsFor, parsePrice } from '../units.ts';
import type { AckEvent, DecodeContext, VenueEventSink } from '../venue.ts';
import type {
  BinanceBookTicker,
  BinanceDepth,
  BinanceKline,
  BinanceMessage,
  BinanceReply,
  BinanceTicker,
  BinanceTrade,
} from './messages.ts';

export function normalizeMessage(
  message: BinanceMessage,
  context: DecodeContext,
  levels: LevelReader,
  sink: VenueEventSink,
): void {
  switch (message.type) {
    case 'trade':
      return normalizeTrade(message, context, sink);
    case 'depth':
      return normalizeDepth(message, context, levels, sink);
    case 'bookTicker':
      return normalizeBookTicker(message, context, sink);
    case 'ticker':
      return normalizeTicker(message, context, sink);
    case 'kline':
      return normalizeKline(message, context, sink);
    case 'other':
      return sink({
        type: 'other',
        ...labelsOf(message.stream, message.symbol, message.event, context),
        venueTime: message.eventTime === null ? null : plausibleTime(message.eventTime),
      });
    case 'reply':
      return sink(normalizeReply(message));
    case 'shutdown':
      return sink({ type: 'notice', notice: 'shutdown', text: 'the venue shuts this server down' });
    case 'unknown':
      return sink({ type: 'notice', notice: 'unknown', text: message.text });
    default:
      return assertNever(message);
  }
}

/** Names of a message; in raw mode the topic is the one that is subscribed for its kind. */
function labelsOf(
  stream: string | null,
  symbol: string,
  rawChannel: string,
  context: DecodeContext,
) {
  const topic = stream ?? `${symbol.toLowerCase()}@${rawChannel}`;
  const at = topic.indexOf('@');
  const channel = topic.startsWith('!') || at < 0 ? topic : topic.slice(at + 1);
  return { instrument: context.instrumentOf(symbol), venueSymbol: symbol, topic, channel };
}

function normalizeTrade(message: BinanceTrade, context: DecodeContext, sink: VenueEventSink): void {
  const rawChannel = message.aggregate ? 'aggTrade' : 'trade';
  const labels = labelsOf(message.stream, message.symbol, rawChannel, context);
  const known = context.decimalsOf(labels.instrument);
  const priceDecimals = decimalsFor(known.price, message.price, message.price);
  const sizeDecimals = decimalsFor(known.size, message.size, message.size);
  sink({
    type: 'trade',
    ...labels,
    venueTime: plausibleTime(message.eventTime),
    id: String(message.id),
    firstSequence: message.id,
    lastSequence: message.id,
    side: message.buyerIsMaker ? 'sell' : 'buy',
    priceUnits: parsePrice(message.price, priceDecimals),
    priceDecimals,
    sizeUnits: parseUnits(message.size, sizeDecimals),
    sizeDecimals,
    tradeTime: parseTime(message.tradeTime, 'T'),
    aggregate: message.aggregate,
  });
}

function normalizeDepth(
  message: BinanceDepth,
  context: DecodeContext,
  levels: LevelReader,
  sink: VenueEventSink,
): void {
  if (message.lastId < message.firstId) throw new DecodeError('update ids out of order');
  const labels = labelsOf(message.stream, message.symbol, 'depth@100ms', context);
  const known = context.decimalsOf(labels.instrument);
  levels.read(message.bids, message.asks, known.price, known.size);
  sink({
    type: 'book',
    ...labels,
    venueTime: plausibleTime(message.eventTime),
    kind: 'delta',
    bids: levels.bids,
    asks: levels.asks,
    priceDecimals: levels.priceDecimals,
    sizeDecimals: levels.sizeDecimals,
    sequence: { first: message.firstId, last: message.lastId, previous: message.previousId },
    checksum: null,
    rawLevels: null,
  });
}

function normalizeBookTicker(
  message: BinanceBookTicker,
  context: DecodeContext,
  sink: VenueEventSink,
): void {
  const labels = labelsOf(message.stream, message.symbol, 'bookTicker', context);
  const known = context.decimalsOf(labels.instrument);
  const priceDecimals = decimalsFor(known.price, message.bid, message.ask);
  const sizeDecimals = decimalsFor(known.size, message.bidSize, message.askSize);
  sink({
    type: 'bbo',
    ...labels,
    venueTime: message.eventTime === null ? null : plausibleTime(message.eventTime),
    bidUnits: parseUnits(message.bid, priceDecimals),
    bidSizeUnits: parseUnits(message.bidSize, sizeDecimals),
    askUnits: parseUnits(message.ask, priceDecimals),
    askSizeUnits: parseUnits(message.askSize, sizeDecimals),
    priceDecimals,
    sizeDecimals,
    sequence: message.id,
  });
}

function normalizeTicker(
  message: BinanceTicker,
  context: DecodeContext,
  sink: VenueEventSink,
): void {
  sink({
    type: 'ticker',
    ...labelsOf(message.stream, message.symbol, 'ticker', context),
    venueTime: plausibleTime(message.eventTime),
    kind: 'snapshot',
    last: message.last,
    open24h: message.open,
    high24h: message.high,
    low24h: message.low,
    volume24hBase: message.volume,
    volume24hQuote: message.quoteVolume,
  });
}

function normalizeKline(message: BinanceKline, context: DecodeContext, sink: VenueEventSink): void {
  const { interval } = message;
  sink({
    type: 'candle',
    ...labelsOf(message.stream, message.symbol, `kline_${interval}`, context),
    venueTime: plausibleTime(message.eventTime),
    interval: isCandleInterval(interval) ? interval : null,
    venueInterval: interval,
    candle: {
      openTime: parseTime(message.openTime, 't'),
      open: message.open,
      high: message.high,
      low: message.low,
      close: message.close,
      volume: message.volume,
      quoteVolume: message.quoteVolume,
      trades: message.trades,
      closed: message.closed,
      ownFigures: message.takerVolumes,
    },
  });
}

function normalizeReply(message: BinanceReply): AckEvent {
  const { requestId, error } = message;
  const isLimit = error !== null && (error.code === '-1003' || /too many/i.test(error.text));
  return {
    type: 'ack',
    operation: 'other',
    requestId,
    topics: null,
    outcome: error === null ? 'accepted' : isLimit ? 'rate-limited' : 'rejected',
    rejectedTopic: null,
    code: error?.code ?? '',
    text: error?.text ?? '',
  };
}
