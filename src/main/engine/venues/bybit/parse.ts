import { DecodeError } from '../../errors.ts';
import type { JsonRecord } from '../guards.ts';
import {
  checkDecimalText,
  parseArray,
  parseCount,
  parseDecimalText,
  parseFlag,
  parseJson,
  parseLevels,
  parseRecord,
  parseText,
} from '../guards.ts';
import type { BybitBook, BybitKline, BybitMessage, BybitTrade } from './messages.ts';
import { checkSymbol } from './symbols.ts';

/** Parsed by key: the order of keys differs between products. */
export function parseMessage(text: string): BybitMessage {
  const frame = parseRecord(parseJson(text), 'frame');
  if (typeof frame['topic'] === 'string') return parseTopic(frame, frame['topic']);
  if ('op' in frame || 'success' in frame) return parseReply(frame);
  return { type: 'unknown', text: text.slice(0, 120) };
}

function parseTopic(frame: JsonRecord, topic: string): BybitMessage {
  const dot = topic.lastIndexOf('.');
  if (topic.length > 80 || dot < 1) return { type: 'unknown', text: topic.slice(0, 80) };
  const channel = topic.slice(0, dot);
  const labels = {
    topic,
    channel,
    symbol: checkSymbol(topic.slice(dot + 1)),
    kind: parseKind(frame),
    systemTime: parseCount(frame, 'ts'),
  };
  const [name = '', parameter = ''] = channel.split('.');
  switch (name) {
    case 'orderbook':
      if (!/^\d+$/.test(parameter)) return { type: 'other', ...labels };
      return parseBook(frame, Number(parameter), labels);
    case 'publicTrade': {
      const rows = parseArray(frame['data'], 'data');
      return {
        type: 'trades',
        ...labels,
        trades: rows.map((row) => parseTrade(row, labels.symbol)),
      };
    }
    case 'tickers':
      return parseTicker(frame, labels);
    case 'kline': {
      const klines = parseArray(frame['data'], 'data').map(parseKline);
      return { type: 'klines', ...labels, interval: parameter, klines };
    }
    default:
      return { type: 'other', ...labels };
  }
}

type Labels = Pick<BybitBook, 'topic' | 'channel' | 'symbol' | 'kind' | 'systemTime'>;

function parseKind(frame: JsonRecord): 'snapshot' | 'delta' {
  const kind = frame['type'];
  if (kind !== 'snapshot' && kind !== 'delta')
    throw new DecodeError('type is not snapshot or delta');
  return kind;
}

function parseBook(frame: JsonRecord, depth: number, labels: Labels): BybitMessage {
  const book = parseRecord(frame['data'], 'data');
  checkSame(parseText(book, 's'), labels.symbol);
  return {
    type: 'book',
    ...labels,
    depth,
    matchTime: 'cts' in frame ? parseCount(frame, 'cts') : null,
    updateId: parseCount(book, 'u'),
    bids: parseLevels(book['b'], 'b'),
    asks: parseLevels(book['a'], 'a'),
  };
}

function parseTrade(value: unknown, symbol: string): BybitTrade {
  const row = parseRecord(value, 'trade');
  checkSame(parseText(row, 's'), symbol);
  const side = row['S'];
  if (side !== 'Buy' && side !== 'Sell') throw new DecodeError('side is not Buy or Sell');
  const id = parseText(row, 'i');
  if (id.length === 0 || id.length > 64) throw new DecodeError('trade id has no fit length');
  return {
    id,
    time: parseCount(row, 'T'),
    side: side === 'Buy' ? 'buy' : 'sell',
    price: parseText(row, 'p'),
    size: parseText(row, 'v'),
  };
}

function parseTicker(frame: JsonRecord, labels: Labels): BybitMessage {
  const row = parseRecord(frame['data'], 'data');
  checkSame(parseText(row, 'symbol'), labels.symbol);
  return {
    type: 'ticker',
    ...labels,
    last: figure(row, 'lastPrice'),
    open: figure(row, 'prevPrice24h'),
    high: figure(row, 'highPrice24h'),
    low: figure(row, 'lowPrice24h'),
    volume: figure(row, 'volume24h'),
    turnover: figure(row, 'turnover24h'),
  };
}

/** Absent or empty means: no word about it. */
function figure(row: JsonRecord, field: string): string | null {
  const value = row[field];
  return value === undefined || value === '' ? null : checkDecimalText(value, field);
}

function parseKline(value: unknown): BybitKline {
  const row = parseRecord(value, 'kline');
  return {
    start: parseCount(row, 'start'),
    lastTradeTime: 'timestamp' in row ? parseCount(row, 'timestamp') : null,
    open: parseDecimalText(row, 'open'),
    high: parseDecimalText(row, 'high'),
    low: parseDecimalText(row, 'low'),
    close: parseDecimalText(row, 'close'),
    volume: parseDecimalText(row, 'volume'),
    turnover: parseDecimalText(row, 'turnover'),
    confirm: parseFlag(row, 'confirm'),
  };
}

function checkSame(named: string, symbol: string): void {
  if (named !== symbol) throw new DecodeError('topic and symbol differ', symbol);
}

/** `ret_msg` of a pong is `pong` on spot; on other sockets `op` is. */
function parseReply(frame: JsonRecord): BybitMessage {
  const op = frame['op'];
  const text = typeof frame['ret_msg'] === 'string' ? frame['ret_msg'].slice(0, 300) : '';
  const id = frame['req_id'];
  const requestId = typeof id === 'string' && id !== '' ? id.slice(0, 64) : null;
  if (op === 'pong' || op === 'ping' || text === 'pong') return { type: 'pong', requestId };
  return {
    type: 'reply',
    operation: op === 'subscribe' || op === 'unsubscribe' ? op : 'other',
    requestId,
    success: frame['success'] === true,
    text,
  };
}
