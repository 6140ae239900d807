import { expect, test } from 'vitest';
import type { WantCommand } from '../../../../src/main/engine/delivery/wantedMarkets.ts';
import { createWantedMarkets } from '../../../../src/main/engine/delivery/wantedMarkets.ts';

test('windows and watchlist are wanted together, told once per change', () => {
  const told: WantCommand[] = [];
  const wanted = createWantedMarkets((want) => told.push(want));
  const [first, second] = [{}, {}];
  wanted.setWatchlist(['ETH-USDT', 'BTC-USDT']);
  wanted.setWindow(first, [
    { topic: 'candle', market: 'SOL-USDT', venue: 'okx', interval: '1m' },
    { topic: 'book', market: 'BTC-USDT', venue: null, group: '0', rows: 20, muted: [] },
    { topic: 'health' },
  ]);
  wanted.setWindow(second, [{ topic: 'price', market: 'BTC-USDT' }]);
  wanted.setWindow(second, [{ topic: 'trades', market: 'ETH-USDT' }]);
  expect(told).toEqual([
    { type: 'want', markets: ['BTC-USDT', 'ETH-USDT'], books: [], candles: [] },
    {
      type: 'want',
      markets: ['BTC-USDT', 'ETH-USDT', 'SOL-USDT'],
      books: ['BTC-USDT'],
      candles: [{ market: 'SOL-USDT', venue: 'okx', interval: '1m' }],
    },
  ]);
  wanted.setWindow(first, []);
  expect(wanted.present).toEqual(told[0]);
  expect(told).toHaveLength(3);
});
