import type { PriceUpdate, TradeUpdate } from '../../src/shared/gateway/wire.ts';

export const fakeStartMs = 1_790_000_000_000;
const blank = { epoch: 'run-1', source: 'simulated', receivedTime: fakeStartMs, ageMs: 0 } as const;

export function priceUpdate(
  symbol: string,
  seq: number,
  price: number,
  more: Partial<Pick<PriceUpdate, 'source' | 'epoch' | 'ageMs'>> = {},
): PriceUpdate {
  return {
    ...blank,
    type: 'price_update',
    channel: `price.${symbol}`,
    ...{ symbol, seq, time: fakeStartMs + seq, status: 'live' },
    price: {
      ...{ price, change: 250, changePercent: 0.5, volume: 1_000.5, quoteVolume: 50_000_000 },
      ...{ high: price + 10, low: price - 10, timestamp: fakeStartMs + seq },
    },
    ...{ priceStatus: 'live', equalWeights: false, venueSpreadBps: 1, contributors: [] },
    ...more,
  };
}

export function tradeUpdate(symbol: string, seq: number): TradeUpdate {
  return {
    ...{ type: 'trade_update', channel: `trades.${symbol}`, symbol, seq, epoch: 'run-1' },
    ...{ source: 'simulated', time: fakeStartMs + seq },
    trade: {
      ...{ id: `t${seq}`, venue: 'okx', price: 100 + seq, size: 1, side: 'buy' },
      ...{ timestamp: fakeStartMs, receivedTime: fakeStartMs, late: false, outlier: false },
    },
  };
}
