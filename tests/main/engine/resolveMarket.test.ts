import { expect, test } from 'vitest';
import { resolveMarket, searchMarkets } from '../../../src/main/engine/resolveMarket.ts';

const listed = [
  'BTC-USDT',
  'BTC-USDC',
  'BTC-USDT-PERP',
  'ETH-USDT',
  'ETH-BTC',
  'SOL-USDT',
  'BTCDOM-USDT',
];

test.each([
  ['BTC-USDT', 'BTC-USDT'],
  ['btc/usdt', 'BTC-USDT'],
  ['BTCUSDT', 'BTC-USDT'],
  ['btc', 'BTC-USDT'],
  ['ethbtc', 'ETH-BTC'],
  ['btc-usdt-perp', 'BTC-USDT-PERP'],
  [' sol_usdt ', 'SOL-USDT'],
])('reads %s as %s', (text, market) => {
  expect(resolveMarket(text, listed)).toEqual({ type: 'found', market });
});

test('never takes one quote currency for another', () => {
  expect(resolveMarket('ETH-USD', listed)).toEqual({ type: 'unknown', candidates: ['ETH-USDT'] });
  expect(resolveMarket('SOL-USDC', listed)).toMatchObject({ type: 'unknown' });
});

test('an unknown name gets candidates, nonsense gets none', () => {
  expect(resolveMarket('BT', listed)).toMatchObject({
    type: 'unknown',
    candidates: ['BTC-USDT', 'BTCDOM-USDT', 'BTC-USDT-PERP', 'BTC-USDC', 'ETH-BTC'],
  });
  expect(resolveMarket('<img onerror=x>', listed)).toEqual({ type: 'unknown', candidates: [] });
});

test('search puts the exact base before what only holds the text', () => {
  expect(searchMarkets('btc', listed, 3)).toEqual(['BTC-USDT', 'BTC-USDT-PERP', 'BTC-USDC']);
});
