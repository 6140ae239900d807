import type { JsonRecord } from '../guards.ts';
import { isRecord } from '../guards.ts';
import type { MessageShape, ShapedPart } from '../messageShape.ts';
import { shapeOf } from '../messageShape.ts';

const ticker = 'lastPrice highPrice24h lowPrice24h prevPrice24h volume24h turnover24h price24hPcnt';
const ofFutures =
  'usdIndexPrice tickDirection prevPrice1h markPrice indexPrice openInterest openInterestValue nextFundingTime fundingRate bid1Price bid1Size ask1Price ask1Size deliveryTime basisRate basis deliveryFeeRate predictedDeliveryPrice preOpenPrice preQty curPreListingPhase fundingIntervalHour fundingCap basisRateYear singleOpenInterest singleOpenInterestValue';

interface TopicShapes {
  readonly frame: MessageShape;
  readonly row: MessageShape;
}

/** By the first word of the topic. */
const shapes: ReadonlyMap<string, TopicShapes> = new Map([
  [
    'orderbook',
    {
      frame: shapeOf('orderbook', 'topic type ts data', 'cts'),
      row: shapeOf('orderbook.data', 's b a u', 'seq'),
    },
  ],
  [
    'publicTrade',
    {
      frame: shapeOf('publicTrade', 'topic type ts data'),
      row: shapeOf('publicTrade.data', 'i T p v S s BT', 'L RPI seq mP iP mIv iv'),
    },
  ],
  [
    'tickers',
    {
      frame: shapeOf('tickers', 'topic type ts data', 'cs'),
      row: shapeOf('tickers.data', `symbol ${ticker}`, ofFutures),
    },
  ],
  [
    'kline',
    {
      frame: shapeOf('kline', 'topic type ts data'),
      row: shapeOf(
        'kline.data',
        'start end interval open close high low volume turnover confirm timestamp',
      ),
    },
  ],
]);

/** A delta of futures names only what changed. */
const tickerDelta = shapeOf('tickers.data', 'symbol', `${ticker} ${ofFutures}`);

export function shapesIn(frame: JsonRecord): readonly ShapedPart[] {
  const { topic, data, type } = frame;
  const name = typeof topic === 'string' ? (topic.split('.', 1)[0] ?? '') : '';
  const known = shapes.get(name);
  if (known === undefined) return [];
  const row: unknown = Array.isArray(data) ? data[0] : data;
  const rowShape = name === 'tickers' && type === 'delta' ? tickerDelta : known.row;
  const rows = isRecord(row) ? [{ shape: rowShape, fields: row }] : [];
  return [{ shape: known.frame, fields: frame }, ...rows];
}
