import type { JsonRecord } from '../guards.ts';
import { isRecord } from '../guards.ts';
import type { MessageShape, ShapedPart } from '../messageShape.ts';
import { shapeOf } from '../messageShape.ts';

const combined = shapeOf('combined stream', 'stream data');
const bookTicker = shapeOf('bookTicker', 'u s b B a A', 'e E T st ps');
const kline = shapeOf('kline', 'e E s k');
const klineBar = shapeOf('kline.k', 't T s i f L o c h l v n x q V Q', 'B');

/** By `e`. Optional are the fields of futures and of former years. */
const shapes: ReadonlyMap<unknown, MessageShape> = new Map([
  ['depthUpdate', shapeOf('depthUpdate', 'e E s U u b a', 'T pu st ps')],
  ['trade', shapeOf('trade', 'e E s t p q T m', 'M a b X nq st')],
  ['aggTrade', shapeOf('aggTrade', 'e E s a p q f l T m', 'M nq st')],
  ['bookTicker', bookTicker],
  ['24hrTicker', shapeOf('24hrTicker', 'e E s p P w c Q o h l v q O C F L n', 'x b B a A st ps')],
  ['kline', kline],
]);

export function shapesIn(frame: JsonRecord): readonly ShapedPart[] {
  if (typeof frame['stream'] !== 'string') return partsOf(frame);
  const { data } = frame;
  const payload: unknown = Array.isArray(data) ? data[0] : data;
  return [{ shape: combined, fields: frame }, ...(isRecord(payload) ? partsOf(payload) : [])];
}

function partsOf(payload: JsonRecord): readonly ShapedPart[] {
  const isTop = payload['e'] === undefined && 'u' in payload && 'B' in payload;
  const shape = isTop ? bookTicker : shapes.get(payload['e']);
  if (shape === undefined) return [];
  const bar = payload['k'];
  const isBar = shape === kline && isRecord(bar);
  return [{ shape, fields: payload }, ...(isBar ? [{ shape: klineBar, fields: bar }] : [])];
}
