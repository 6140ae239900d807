import { DecodeError } from '../../errors.ts';
import type { JsonRecord } from '../guards.ts';
import {
  checkCount,
  decimalsAhead,
  isRecord,
  parseCount,
  parseDecimalText,
  parseFlag,
  parseJson,
  parseLevels,
  parseRecord,
  parseText,
} from '../guards.ts';
import type { BinanceMessage, BinanceReply } from './messages.ts';
import { checkSymbol } from './symbols.ts';

/** Combined or raw mode; streams over all symbols hold a list of payloads. Replies are never wrapped. */
export function parseMessages(text: string): readonly BinanceMessage[] {
  const root = parseJson(text);
  const frame = parseRecord(root, 'frame');
  if (typeof frame['stream'] === 'string') {
    const stream = frame['stream'];
    const payload = frame['data'];
    if (!Array.isArray(payload)) return [parsePayload(stream, payload)];
    const messages = payload.map((element: unknown) => parsePayload(stream, element));
    if (messages.some(({ type }) => type === 'depth')) throw new DecodeError('list of diffs');
    return messages;
  }
  if ('result' in frame || 'error' in frame || ('code' in frame && 'msg' in frame)) {
    return [parseReply(frame)];
  }
  return [parsePayload(null, frame)];
}

function parsePayload(stream: string | null, value: unknown): BinanceMessage {
  const payload = parseRecord(value, 'payload');
  const event = payload['e'];
  switch (event) {
    case 'depthUpdate':
      return isPartialDepth(stream) ? parseOther(stream, payload) : parseDepth(stream, payload);
    case 'trade':
      return parseTrade(stream, payload, false);
    case 'aggTrade':
      return parseTrade(stream, payload, true);
    case 'bookTicker':
      return parseBookTicker(stream, payload);
    case '24hrTicker':
      return parseTicker(stream, payload);
    case 'kline':
      return parseKline(stream, payload);
    case 'serverShutdown':
      return { type: 'shutdown' };
    case undefined:
      return 'u' in payload && 'B' in payload
        ? parseBookTicker(stream, payload)
        : parseOther(stream, payload);
    default:
      return parseOther(stream, payload);
  }
}

/** Futures send `depth20` as `depthUpdate` too: a cut picture, which must not be applied as a diff. */
function isPartialDepth(stream: string | null): boolean {
  return stream !== null && /@depth\d/.test(stream);
}

function parseSymbol(stream: string | null, payload: JsonRecord): string {
  const symbol = checkSymbol(parseText(payload, 's'));
  if (stream !== null && !stream.startsWith('!')) {
    const at = stream.indexOf('@');
    const named = at < 0 ? stream : stream.slice(0, at);
    if (named.toLowerCase() !== symbol.toLowerCase()) {
      throw new DecodeError('stream and symbol differ', `${stream.slice(0, 60)}, ${symbol}`);
    }
  }
  return symbol;
}

function parseTrade(
  stream: string | null,
  payload: JsonRecord,
  aggregate: boolean,
): BinanceMessage {
  return {
    type: 'trade',
    stream,
    symbol: parseSymbol(stream, payload),
    aggregate,
    eventTime: parseCount(payload, 'E'),
    tradeTime: parseCount(payload, 'T'),
    id: parseCount(payload, aggregate ? 'a' : 't'),
    price: parseText(payload, 'p'),
    size: parseText(payload, 'q'),
    buyerIsMaker: parseFlag(payload, 'm'),
  };
}

function parseDepth(stream: string | null, payload: JsonRecord): BinanceMessage {
  const previous = payload['pu'];
  return {
    type: 'depth',
    stream,
    symbol: parseSymbol(stream, payload),
    eventTime: parseCount(payload, 'E'),
    firstId: parseCount(payload, 'U'),
    lastId: parseCount(payload, 'u'),
    previousId: previous === undefined ? null : previous === -1 ? -1 : checkCount(previous, 'pu'),
    bids: parseLevels(payload['b'], 'b'),
    asks: parseLevels(payload['a'], 'a'),
  };
}

function parseBookTicker(stream: string | null, payload: JsonRecord): BinanceMessage {
  return {
    type: 'bookTicker',
    stream,
    symbol: parseSymbol(stream, payload),
    eventTime: 'E' in payload ? parseCount(payload, 'E') : null,
    id: parseCount(payload, 'u'),
    bid: parseText(payload, 'b'),
    bidSize: parseText(payload, 'B'),
    ask: parseText(payload, 'a'),
    askSize: parseText(payload, 'A'),
  };
}

function parseTicker(stream: string | null, payload: JsonRecord): BinanceMessage {
  return {
    type: 'ticker',
    stream,
    symbol: parseSymbol(stream, payload),
    eventTime: parseCount(payload, 'E'),
    last: parseDecimalText(payload, 'c'),
    open: parseDecimalText(payload, 'o'),
    high: parseDecimalText(payload, 'h'),
    low: parseDecimalText(payload, 'l'),
    volume: parseDecimalText(payload, 'v'),
    quoteVolume: parseDecimalText(payload, 'q'),
  };
}

function parseKline(stream: string | null, payload: JsonRecord): BinanceMessage {
  const kline = parseRecord(payload['k'], 'k');
  return {
    type: 'kline',
    stream,
    symbol: parseSymbol(stream, payload),
    eventTime: parseCount(payload, 'E'),
    interval: parseText(kline, 'i'),
    openTime: parseCount(kline, 't'),
    open: parseDecimalText(kline, 'o'),
    high: parseDecimalText(kline, 'h'),
    low: parseDecimalText(kline, 'l'),
    close: parseDecimalText(kline, 'c'),
    volume: parseDecimalText(kline, 'v'),
    quoteVolume: parseDecimalText(kline, 'q'),
    trades: parseCount(kline, 'n'),
    closed: parseFlag(kline, 'x'),
    takerVolumes: decimalsAhead([kline['V'], kline['Q']]),
  };
}

/** A payload that nothing reads. Partial depth of spot names no symbol: then the stream does. */
function parseOther(stream: string | null, payload: JsonRecord): BinanceMessage {
  const event = typeof payload['e'] === 'string' ? payload['e'].slice(0, 40) : 'unnamed';
  const eventTime = typeof payload['E'] === 'number' ? payload['E'] : null;
  if (typeof payload['s'] === 'string') {
    return { type: 'other', stream, symbol: parseSymbol(stream, payload), event, eventTime };
  }
  const at = stream?.indexOf('@') ?? -1;
  if (stream !== null && at > 0 && !stream.startsWith('!')) {
    const symbol = checkSymbol(stream.slice(0, at).toUpperCase());
    return { type: 'other', stream, symbol, event, eventTime };
  }
  return { type: 'unknown', text: `${stream?.slice(0, 60) ?? 'raw'} ${event}` };
}

/** `{"result":null,"id":1}`; errors nested under `error`, or flat as the documentation prints them. */
function parseReply(frame: JsonRecord): BinanceReply {
  const id = frame['id'];
  const requestId =
    typeof id === 'string' || typeof id === 'number' ? String(id).slice(0, 40) : null;
  const error = isRecord(frame['error']) ? frame['error'] : 'code' in frame ? frame : null;
  if (error === null) return { type: 'reply', requestId, error: null };
  const code = error['code'];
  const text = error['msg'];
  return {
    type: 'reply',
    requestId,
    error: {
      code: typeof code === 'number' || typeof code === 'string' ? String(code).slice(0, 20) : '',
      text: typeof text === 'string' ? text.slice(0, 300) : 'no reason given',
    },
  };
}
