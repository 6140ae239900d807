import { parseUnits, significantDecimals } from '../../src/main/engine/decimal.ts';
import type { TradeEvent } from '../../src/main/engine/venues/venue.ts';
import type { TradeValue } from '../../src/shared/values.ts';

/** A print of ids `first` to `last` (one id: the same twice), or with an id that says nothing. */
export function tradeEvent(
  ids: readonly [first: number, last: number] | string,
  price: string,
  size: string,
  changes: Partial<TradeEvent> = {},
): TradeEvent {
  const priceDecimals = significantDecimals(price);
  const sizeDecimals = significantDecimals(size);
  const time = changes.tradeTime ?? 1_790_000_000_000;
  return {
    type: 'trade',
    instrument: 'binance:BTC-USDT',
    venueSymbol: 'BTCUSDT',
    topic: 'btcusdt@trade',
    channel: 'trade',
    venueTime: time,
    id: typeof ids === 'string' ? ids : String(ids[1]),
    firstSequence: typeof ids === 'string' ? null : ids[0],
    lastSequence: typeof ids === 'string' ? null : ids[1],
    side: 'buy',
    priceUnits: parseUnits(price, priceDecimals),
    priceDecimals,
    sizeUnits: parseUnits(size, sizeDecimals),
    sizeDecimals,
    tradeTime: time,
    aggregate: false,
    ...changes,
  };
}

export function tradeValue(time: number, price: string, size: string): TradeValue {
  const event = tradeEvent('x', price, size);
  return {
    type: 'trade',
    ordinal: 0,
    instrument: event.instrument,
    id: 'x',
    side: 'buy',
    priceUnits: event.priceUnits,
    priceDecimals: event.priceDecimals,
    sizeUnits: event.sizeUnits,
    sizeDecimals: event.sizeDecimals,
    venueTime: time,
    receivedTime: time,
    late: false,
    outlier: false,
  };
}
