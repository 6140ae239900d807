import type { WireUpdate } from '../shared/gateway/wire.ts';

/** Events come under a sequence without holes and are never left out; of state only the newest counts. */
export function isEventUpdate(update: WireUpdate): boolean {
  switch (update.type) {
    case 'trade_update':
    case 'gap_update':
      return true;
    case 'candle_update':
      return update.candle.closed;
    case 'price_update':
    case 'ticker_update':
    case 'orderbook_update':
    case 'health_update':
      return false;
    default:
      return update satisfies never;
  }
}

/** Without the market's spelling being judged: `BTC/USD` is `BTC-USD`, and the gateway resolves the rest. */
export function normalizeChannelText(text: string): string {
  return text.trim().replaceAll('/', '-');
}
