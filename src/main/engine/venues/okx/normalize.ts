import { assertNever } from '../../../../shared/assert.ts';
import { parseUnits } from '../../decimal.ts';
import { DecodeError } from '../../errors.ts';
import { parseTime, plausibleTime } from '../guards.ts';
import type { LevelReader } from '../levels.ts';
import { decimalsFor, parsePrice } from '../units.ts';
import type { AckEvent, DecodeContext, RawLevels, TradeEvent, VenueEventSink } from '../venue.ts';
import type {
  OkxAck,
  OkxBook,
  OkxCandles,
  OkxMessage,
  OkxTickers,
  OkxTop,
  OkxTrade,
  OkxTrades,
} from './messages.ts';
import { readInterval, topicName } from './topics.ts';

export function normalizeMessage(
  message: OkxMessage,
  context: DecodeContext,
  levels: LevelReader,
  sink: VenueEventSink,
): void {
  switch (message.type) {
    case 'book':
      return normalizeBook(message, context, levels, sink);
    case 'top':
      return normalizeTop(message, context, levels, sink);
    case 'trades':
      return normalizeTrades(message, context, sink);
    case 'tickers':
      return normalizeTickers(message, context, sink);
    case 'candles':
      return normalizeCandles(message, context, sink);
    case 'other':
      return sink({ type: 'other', ...labelsOf(message, context), venueTime: null });
    case 'ack':
      return sink(normalizeAck(message));
    case 'pong':
      return sink({ type: 'pong', requestId: null });
    case 'notice':
      return sink({
        type: 'notice',
        notice: message.code === '64008' ? 'shutdown' : 'unknown',
        text: message.text,
      });
    case 'unknown':
      return sink({ type: 'notice', notice: 'unknown', text: message.text });
    default:
      return assertNever(message);
  }
}

function labelsOf(message: Pick<OkxBook, 'channel' | 'symbol'>, context: DecodeContext) {
  return {
    instrument: context.instrumentOf(message.symbol),
    venueSymbol: message.symbol,
    topic: topicName(message.channel, message.symbol),
    channel: message.channel,
  };
}

function normalizeBook(
  message: OkxBook,
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
    channel: `${message.channel}:${message.action}`,
    venueTime: plausibleTime(message.time),
    kind: message.action === 'snapshot' ? 'snapshot' : 'delta',
    bids: levels.bids,
    asks: levels.asks,
    priceDecimals: levels.priceDecimals,
    sizeDecimals: levels.sizeDecimals,
    sequence: {
      first: null,
      last: message.sequence ?? -1,
      previous: message.action === 'snapshot' ? null : message.previousSequence,
    },
    checksum: message.checksum,
    rawLevels: message.checksum === null ? null : rawLevelsOf(message),
  });
}

function rawLevelsOf(message: OkxBook): RawLevels {
  return {
    bids: message.bids.map(([price, size]) => [price, size]),
    asks: message.asks.map(([price, size]) => [price, size]),
  };
}

function normalizeTop(
  message: OkxTop,
  context: DecodeContext,
  levels: LevelReader,
  sink: VenueEventSink,
): void {
  if (message.bids.length > 1 || message.asks.length > 1) {
    throw new DecodeError('best price is not one level a side');
  }
  const labels = labelsOf(message, context);
  const known = context.decimalsOf(labels.instrument);
  levels.read(message.bids, message.asks, known.price, known.size);
  const { bids, asks } = levels;
  sink({
    type: 'bbo',
    ...labels,
    venueTime: plausibleTime(message.time),
    bidUnits: bids.count === 0 ? 0 : (bids.prices[0] ?? 0),
    bidSizeUnits: bids.count === 0 ? 0 : (bids.sizes[0] ?? 0),
    askUnits: asks.count === 0 ? 0 : (asks.prices[0] ?? 0),
    askSizeUnits: asks.count === 0 ? 0 : (asks.sizes[0] ?? 0),
    priceDecimals: levels.priceDecimals,
    sizeDecimals: levels.sizeDecimals,
    sequence: message.sequence,
  });
}

function normalizeTrades(message: OkxTrades, context: DecodeContext, sink: VenueEventSink): void {
  const labels = labelsOf(message, context);
  const known = context.decimalsOf(labels.instrument);
  const events = message.trades.map((trade: OkxTrade): TradeEvent => {
    const priceDecimals = decimalsFor(known.price, trade.price, trade.price);
    const sizeDecimals = decimalsFor(known.size, trade.size, trade.size);
    const lastSequence = Number(trade.id);
    return {
      type: 'trade',
      ...labels,
      venueTime: plausibleTime(trade.time),
      id: trade.id,
      firstSequence: lastSequence - trade.count + 1,
      lastSequence,
      side: trade.side,
      priceUnits: parsePrice(trade.price, priceDecimals),
      priceDecimals,
      sizeUnits: parseUnits(trade.size, sizeDecimals),
      sizeDecimals,
      tradeTime: parseTime(trade.time, 'ts'),
      aggregate: false,
    };
  });
  for (const event of events) sink(event);
}

function normalizeTickers(message: OkxTickers, context: DecodeContext, sink: VenueEventSink): void {
  const labels = labelsOf(message, context);
  const isSpot = message.symbol.split('-').length === 2;
  for (const ticker of message.tickers) {
    sink({
      type: 'ticker',
      ...labels,
      venueTime: plausibleTime(ticker.time),
      kind: 'snapshot',
      last: ticker.last,
      open24h: ticker.open,
      high24h: ticker.high,
      low24h: ticker.low,
      volume24hBase: isSpot ? ticker.volume : ticker.volumeCurrency,
      volume24hQuote: isSpot ? ticker.volumeCurrency : null,
    });
  }
}

function normalizeCandles(message: OkxCandles, context: DecodeContext, sink: VenueEventSink): void {
  const labels = labelsOf(message, context);
  const candles = message.candles.map((candle) => ({
    openTime: parseTime(candle.time, 'ts'),
    open: candle.open,
    high: candle.high,
    low: candle.low,
    close: candle.close,
    volume: candle.volume,
    quoteVolume: candle.quoteVolume,
    trades: null,
    closed: candle.confirm,
    ownFigures: candle.currencyVolumes,
  }));
  for (const candle of candles) {
    sink({
      type: 'candle',
      ...labels,
      venueTime: null,
      interval: readInterval(message.interval),
      venueInterval: message.interval,
      candle,
    });
  }
}

function normalizeAck(message: OkxAck): AckEvent {
  const { errorCode } = message;
  const isRejected = errorCode !== '' && errorCode !== '0';
  return {
    type: 'ack',
    operation: message.operation,
    requestId: message.requestId,
    // An error that names an argument is of that argument alone: the others of the request get answers of their own.
    topics: message.topic === null ? null : [message.topic],
    outcome: outcomeOf(errorCode, isRejected),
    rejectedTopic: isRejected ? message.topic : null,
    code: errorCode,
    text: message.text,
  };
}

function outcomeOf(errorCode: string, isRejected: boolean): AckEvent['outcome'] {
  if (!isRejected) return 'accepted';
  return errorCode === '60014' ? 'rate-limited' : 'rejected';
}
