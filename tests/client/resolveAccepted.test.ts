import { expect, test } from 'vitest';
import { resolveAccepted } from '../../src/client/resolveAccepted.ts';

test.each([
  [['price.BTC'], ['price.BTC-USDT'], { 'price.BTC': 'price.BTC-USDT' }],
  [
    ['price.BTC', 'price.BTC-USDT', 'trades.BTCUSDT'],
    ['price.BTC-USDT', 'trades.BTC-USDT'],
    {
      'price.BTC': 'price.BTC-USDT',
      'price.BTC-USDT': 'price.BTC-USDT',
      'trades.BTCUSDT': 'trades.BTC-USDT',
    },
  ],
  [
    // One that was refused in between moves nothing.
    ['price.btc', 'price.ETH', 'price.SOL', 'candles.SOL-USDT'],
    ['price.ETH-USDT', 'price.SOL-USDT', 'candles.SOL-USDT.1m', 'health'],
    {
      'price.ETH': 'price.ETH-USDT',
      'price.SOL': 'price.SOL-USDT',
      'candles.SOL-USDT': 'candles.SOL-USDT.1m',
    },
  ],
  [
    ['orderbook.BTC', 'orderbook.BTC@okx', 'orderbook.BTCUSDT-PERP'],
    ['orderbook.BTC-USDT', 'orderbook.BTC-USDT@okx', 'orderbook.BTC-USDT-PERP'],
    {
      'orderbook.BTC': 'orderbook.BTC-USDT',
      'orderbook.BTC@okx': 'orderbook.BTC-USDT@okx',
      'orderbook.BTCUSDT-PERP': 'orderbook.BTC-USDT-PERP',
    },
  ],
])('%j answered with %j', (asked, accepted, expected) => {
  expect(Object.fromEntries(resolveAccepted(asked, accepted))).toEqual(expected);
});
