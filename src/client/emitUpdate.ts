import { assertNever } from '../shared/assert.ts';
import type { WireUpdate } from '../shared/gateway/wire.ts';
import type { ClientEvents } from './clientContract.ts';
import type { Emitter } from './emitter.ts';

/** Each kind of record has an event of its own. */
export function emitUpdate(emitter: Emitter<ClientEvents>, update: WireUpdate): void {
  switch (update.type) {
    case 'price_update':
      emitter.emit('priceUpdate', update);
      return;
    case 'orderbook_update':
      emitter.emit('orderbookUpdate', update);
      return;
    case 'trade_update':
      emitter.emit('tradeUpdate', update);
      return;
    case 'ticker_update':
      emitter.emit('tickerUpdate', update);
      return;
    case 'candle_update':
      emitter.emit('candleUpdate', update);
      return;
    case 'gap_update':
      emitter.emit('gapUpdate', update);
      return;
    case 'health_update':
      emitter.emit('healthUpdate', update);
      return;
    default:
      assertNever(update);
  }
}
