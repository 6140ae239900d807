import { DecodeError } from '../../errors.ts';
import type { JsonRecord } from '../guards.ts';
import {
  checkCount,
  checkDecimalText,
  decimalsAhead,
  parseArray,
  parseDigits,
  parseJson,
  parseLevels,
  parseRecord,
  parseText,
} from '../guards.ts';
import type {
  OkxAck,
  OkxBook,
  OkxCandle,
  OkxMessage,
  OkxTicker,
  OkxTop,
  OkxTrade,
} from './messages.ts';
import { checksumIn } from './sequencing.ts';
import { checkSymbol } from './symbols.ts';
import { topicName } from './topics.ts';

/** Books that come as one snapshot and its updates. */
const deepChannels: readonly string[] = ['books', 'books-l2-tbt', 'books50-l2-tbt'];

export function parseMessage(text: string): OkxMessage {
  if (text === 'pong') return { type: 'pong' };
  const frame = parseRecord(parseJson(text), 'frame');
  if (typeof frame['event'] === 'string') return parseEvent(frame, frame['event']);
  if ('arg' in frame && 'data' in frame) return parseChannel(frame);
  return { type: 'unknown', text: text.slice(0, 120) };
}

function parseChannel(frame: JsonRecord): OkxMessage {
  const arg = parseRecord(frame['arg'], 'arg');
  const channel = parseText(arg, 'channel');
  if (!/^[a-zA-Z0-9-]{1,40}$/.test(channel)) throw new DecodeError('not a channel');
  if (typeof arg['instId'] !== 'string') return { type: 'unknown', text: channel };
  const symbol = checkSymbol(arg['instId']);
  const rows = parseArray(frame['data'], 'data');
  if (rows.length === 0) throw new DecodeError('data is empty');
  if (deepChannels.includes(channel)) {
    return parseBook(onlyRow(rows), channel, symbol, frame['action']);
  }
  if (channel === 'bbo-tbt') return parseTop(onlyRow(rows), channel, symbol);
  if (channel === 'trades') {
    return { type: 'trades', channel, symbol, trades: rows.map((row) => parseTrade(row, symbol)) };
  }
  if (channel === 'tickers') {
    const tickers = rows.map((row) => parseTicker(row, symbol));
    return { type: 'tickers', channel, symbol, tickers };
  }
  if (/^candle\d/.test(channel)) {
    const interval = channel.slice('candle'.length);
    const candles = rows.map((row) => parseCandle(row, symbol));
    return { type: 'candles', channel, symbol, interval, candles };
  }
  return { type: 'other', channel, symbol };
}

function onlyRow(rows: readonly unknown[]): JsonRecord {
  if (rows.length !== 1) throw new DecodeError('more than one book in a message');
  return parseRecord(rows[0], 'book');
}

function parseBook(row: JsonRecord, channel: string, symbol: string, action: unknown): OkxBook {
  if (action !== 'snapshot' && action !== 'update') {
    throw new DecodeError('action is not snapshot or update');
  }
  const previous = row['prevSeqId'];
  return {
    type: 'book',
    channel,
    symbol,
    action,
    time: parseDigits(row['ts'], 'ts'),
    sequence: previous === undefined ? parseSequence(row) : checkCount(row['seqId'], 'seqId'),
    previousSequence:
      previous === undefined ? null : previous === -1 ? -1 : checkCount(previous, 'prevSeqId'),
    checksum: checksumIn(row['checksum']),
    bids: parseLevels(row['bids'], 'bids'),
    asks: parseLevels(row['asks'], 'asks'),
  };
}

function parseTop(row: JsonRecord, channel: string, symbol: string): OkxTop {
  return {
    type: 'top',
    channel,
    symbol,
    time: parseDigits(row['ts'], 'ts'),
    sequence: parseSequence(row),
    bids: parseLevels(row['bids'], 'bids'),
    asks: parseLevels(row['asks'], 'asks'),
  };
}

function parseSequence(row: JsonRecord): number | null {
  return row['seqId'] === undefined ? null : checkCount(row['seqId'], 'seqId');
}

function parseTrade(value: unknown, symbol: string): OkxTrade {
  const row = parseRecord(value, 'trade');
  checkSame(row, symbol);
  const side = row['side'];
  if (side !== 'buy' && side !== 'sell') throw new DecodeError('side is not buy or sell');
  const id = parseText(row, 'tradeId');
  const count = row['count'] === undefined ? 1 : parseDigits(row['count'], 'count');
  if (count < 1 || count > parseDigits(id, 'tradeId') + 1) {
    throw new DecodeError('count does not fit the trade id');
  }
  return {
    id,
    count,
    price: parseText(row, 'px'),
    size: parseText(row, 'sz'),
    side,
    time: parseDigits(row['ts'], 'ts'),
  };
}

function parseTicker(value: unknown, symbol: string): OkxTicker {
  const row = parseRecord(value, 'ticker');
  checkSame(row, symbol);
  return {
    time: parseDigits(row['ts'], 'ts'),
    last: figure(row, 'last'),
    open: figure(row, 'open24h'),
    high: figure(row, 'high24h'),
    low: figure(row, 'low24h'),
    volume: figure(row, 'vol24h'),
    volumeCurrency: figure(row, 'volCcy24h'),
  };
}

/** Empty where the instrument has not traded. */
function figure(row: JsonRecord, field: string): string | null {
  const value = row[field];
  return value === undefined || value === '' ? null : checkDecimalText(value, field);
}

/** `[ts, o, h, l, c, vol, volCcy, volCcyQuote, confirm]`; older rows end after `volCcy`, which is quote on spot. */
function parseCandle(value: unknown, symbol: string): OkxCandle {
  const row = parseArray(value, 'candle');
  const isSpot = symbol.split('-').length === 2;
  return {
    time: parseDigits(row[0], 'ts'),
    open: checkDecimalText(row[1], 'o'),
    high: checkDecimalText(row[2], 'h'),
    low: checkDecimalText(row[3], 'l'),
    close: checkDecimalText(row[4], 'c'),
    volume: checkDecimalText(row[5], 'vol'),
    quoteVolume: checkDecimalText(row[7] ?? (isSpot ? row[6] : '0'), 'volCcyQuote'),
    currencyVolumes: decimalsAhead(row.slice(6, 8)),
    confirm: row[8] === '1',
  };
}

function checkSame(row: JsonRecord, symbol: string): void {
  if (row['instId'] !== symbol) throw new DecodeError('arg and symbol differ', symbol);
}

function parseEvent(frame: JsonRecord, event: string): OkxMessage {
  switch (event) {
    case 'subscribe':
    case 'unsubscribe':
      return { ...ackOf(frame), operation: event, topic: topicIn(frame['arg']) };
    case 'error': {
      const ack = ackOf(frame);
      return { ...ack, topic: topicIn(frame['arg']) ?? blamedTopic(ack.text) };
    }
    case 'notice':
      return {
        type: 'notice',
        code: shortText(frame['code'], 20),
        text: shortText(frame['msg'], 300),
      };
    default:
      return { type: 'unknown', text: event.slice(0, 60) };
  }
}

function ackOf(frame: JsonRecord): OkxAck {
  const requestId = shortText(frame['id'], 40);
  return {
    type: 'ack',
    operation: 'other',
    requestId: requestId === '' ? null : requestId,
    topic: null,
    errorCode: shortText(frame['code'], 20),
    text: shortText(frame['msg'], 300),
  };
}

function topicIn(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const arg = parseRecord(value, 'arg');
  const channel = shortText(arg['channel'], 40);
  const symbol = shortText(arg['instId'], 60);
  return channel === '' ? null : topicName(channel, symbol);
}

const blame = /channel:([a-zA-Z0-9-]{1,40}),\s*instId:([A-Z0-9.-]{1,60})/;

function blamedTopic(text: string): string | null {
  const match = blame.exec(text);
  return match === null ? null : topicName(match[1] ?? '', match[2] ?? '');
}

function shortText(value: unknown, limit: number): string {
  return typeof value === 'string' ? value.slice(0, limit) : '';
}
