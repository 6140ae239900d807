import type { TradeUpdate, WireUpdate, WireUpdateType } from '../shared/gateway/wire.ts';
import type { TruetapeClient } from './clientContract.ts';
import type { MarketCache } from './marketCache.ts';
import { normalizeChannelText } from './wireKinds.ts';

export type MarketGetters = Pick<
  TruetapeClient,
  'getPrice' | 'getOrderbook' | 'getTrades' | 'getTicker' | 'getCandle' | 'getHealth'
>;

/** Reads of the newest values, each kind from a cache of its own. */
export function createMarketGetters(
  cache: MarketCache,
  channelOf: (text: string) => string,
): MarketGetters {
  function find<Type extends WireUpdateType>(
    type: Type,
    channel: string,
  ): Extract<WireUpdate, { readonly type: Type }> | null {
    const held = cache.get(channelOf(normalizeChannelText(channel)));
    return held !== null && isOfType(held, type) ? held : null;
  }
  const at = (venue: string | undefined): string => (venue === undefined ? '' : `@${venue}`);
  return {
    getPrice: (symbol) => find('price_update', `price.${symbol}`),
    getOrderbook: (symbol, venue) => find('orderbook_update', `orderbook.${symbol}${at(venue)}`),
    getTrades: (symbol): readonly TradeUpdate[] =>
      cache.trades(channelOf(normalizeChannelText(`trades.${symbol}`))),
    getTicker: (symbol) => find('ticker_update', `ticker.${symbol}`),
    getCandle: (symbol, interval, venue) =>
      find('candle_update', `candles.${symbol}${at(venue)}.${interval}`),
    getHealth: () => find('health_update', 'health'),
  };
}

function isOfType<Type extends WireUpdateType>(
  update: WireUpdate,
  type: Type,
): update is Extract<WireUpdate, { readonly type: Type }> {
  return update.type === type;
}
