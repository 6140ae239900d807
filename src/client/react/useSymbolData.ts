import { useMemo } from 'react';
import type { OrderbookUpdate, PriceUpdate, TickerUpdate } from '../../shared/gateway/wire.ts';
import type { EpochMs } from '../../shared/market.ts';
import { useRealTimeStore, useSelected } from './realTimeContext.ts';
import type { LastUpdated, RealTimeKind, TradeRow } from './realTimeStore.ts';
import type { ChannelPace } from './useChannels.ts';
import { useChannels } from './useChannels.ts';
import type { ShownValidity } from './useValidity.ts';
import { useValidityOf } from './useValidity.ts';

export interface SymbolDataOptions extends ChannelPace {
  /** Default: all four. */
  readonly kinds?: readonly RealTimeKind[];
  /** Default true. */
  readonly enabled?: boolean;
}

export interface SymbolData {
  readonly price: PriceUpdate | null;
  readonly orderbook: OrderbookUpdate | null;
  /** The last 100, oldest first. */
  readonly trades: readonly TradeRow[];
  readonly ticker: TickerUpdate | null;
  /** When the newest value of each kind was written, by the gateway's clock. */
  readonly lastUpdated: LastUpdated;
  readonly isSubscribed: boolean;
  readonly validity: Readonly<Record<RealTimeKind, ShownValidity>>;
  readonly error: string | null;
}

const noTrades: readonly TradeRow[] = [];
const allKinds: readonly RealTimeKind[] = ['price', 'orderbook', 'trades', 'ticker'];

/** Everything of one market, or the `kinds` of it, subscribed while mounted. */
export function useSymbolData(symbol: string, options: SymbolDataOptions = {}): SymbolData {
  const { client } = useRealTimeStore();
  const { kinds = allKinds, enabled = true, ...pace } = options;
  const channels = kinds.map((kind) => `${kind}.${symbol}`);
  const { isSubscribed, error } = useChannels(channels, enabled, pace);
  // What was not asked for is not shown, also where somebody else asked for it: it would render this one.
  const [hasPrice, hasBook] = [kinds.includes('price'), kinds.includes('orderbook')];
  const [hasTrades, hasTicker] = [kinds.includes('trades'), kinds.includes('ticker')];
  const values = useSelected(({ data }) => ({
    price: hasPrice ? data.getPrice(symbol) : null,
    orderbook: hasBook ? data.getOrderbook(symbol) : null,
    trades: hasTrades ? data.getTrades(symbol) : noTrades,
    ticker: hasTicker ? data.getTicker(symbol) : null,
    tradeTime: hasTrades ? (client.getTrades(symbol).at(-1)?.time ?? null) : null,
  }));
  const { price, orderbook, trades, ticker, tradeTime } = values;
  const validity = {
    price: useValidityOf(hasPrice ? `price.${symbol}` : null),
    orderbook: useValidityOf(hasBook ? `orderbook.${symbol}` : null),
    trades: useValidityOf(hasTrades ? `trades.${symbol}` : null),
    ticker: useValidityOf(hasTicker ? `ticker.${symbol}` : null),
  };
  const lastUpdated = useLastUpdated(price, orderbook, tradeTime, ticker);
  return { price, orderbook, trades, ticker, lastUpdated, isSubscribed, validity, error };
}

interface Timed {
  readonly time: EpochMs;
}

function useLastUpdated(
  price: Timed | null,
  orderbook: Timed | null,
  trades: EpochMs | null,
  ticker: Timed | null,
): LastUpdated {
  return useMemo(
    () => ({
      price: price?.time ?? null,
      orderbook: orderbook?.time ?? null,
      trades,
      ticker: ticker?.time ?? null,
    }),
    [price, orderbook, trades, ticker],
  );
}
