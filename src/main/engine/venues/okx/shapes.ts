import type { JsonRecord } from '../guards.ts';
import { isRecord } from '../guards.ts';
import type { MessageShape, ShapedPart } from '../messageShape.ts';
import { shapeOf } from '../messageShape.ts';

const subject = shapeOf('arg', 'channel instId', 'instType instFamily uly');
const push = shapeOf('push', 'arg data');
const bookPush = shapeOf('books', 'arg action data');
const bookRow = shapeOf('books.data', 'asks bids ts seqId prevSeqId', 'checksum');
/** Before the ids there were only checksums. */
const formerBookRow = shapeOf('books.data', 'asks bids ts checksum');

const rows: ReadonlyMap<string, MessageShape> = new Map([
  ['bbo-tbt', shapeOf('bbo-tbt', 'asks bids ts', 'seqId checksum prevSeqId instId')],
  ['trades', shapeOf('trades', 'instId tradeId px sz side ts', 'count source seqId')],
  [
    'tickers',
    shapeOf(
      'tickers',
      'instType instId last lastSz askPx askSz bidPx bidSz open24h high24h low24h sodUtc0 sodUtc8 volCcy24h vol24h ts',
      'source',
    ),
  ],
]);

export function shapesIn(frame: JsonRecord): readonly ShapedPart[] {
  const { arg, data } = frame;
  if (!isRecord(arg) || !Array.isArray(data)) return [];
  const { channel } = arg;
  const row: unknown = data[0];
  const isBook = typeof channel === 'string' && channel.startsWith('books') && 'action' in frame;
  const parts: ShapedPart[] = [
    { shape: isBook ? bookPush : push, fields: frame },
    { shape: subject, fields: arg },
  ];
  if (!isRecord(row)) return parts;
  const shape = isBook ? bookShape(row) : rows.get(String(channel));
  if (shape !== undefined) parts.push({ shape, fields: row });
  return parts;
}

function bookShape(row: JsonRecord): MessageShape {
  const { checksum } = row;
  const hasOnlyChecksum = typeof checksum === 'number' && checksum !== 0 && !('seqId' in row);
  return hasOnlyChecksum ? formerBookRow : bookRow;
}
