import { expect, test } from 'vitest';
import { mergeFigures, mergeLive } from '../../src/client/mergeLive.ts';

interface Coin {
  readonly name: string;
  readonly price: number | null;
  readonly holdings: { readonly amount: number };
}

function dashboard(): Readonly<Record<string, Coin>> {
  return Object.fromEntries(
    ['BTC', 'ETH', 'ADA', 'DOT', 'LINK'].map((name, index) => [
      name,
      { name, price: index, holdings: { amount: index } },
    ]),
  );
}

test('one live price changes one coin of the model, wipes nothing, and leaves the others as they are [S1-16]', () => {
  const before = dashboard();
  const after = mergeLive(before, { ETH: { price: 2_650 } });
  expect(after['ETH']).toEqual({ name: 'ETH', price: 2_650, holdings: { amount: 1 } });
  expect(after['ETH']?.holdings).toBe(before['ETH']?.holdings);
  for (const name of ['BTC', 'ADA', 'DOT', 'LINK']) expect(after[name]).toBe(before[name]);
  expect(before['ETH']?.price).toBe(1);
});

test('what is the same, and what the model does not watch, changes nothing at all', () => {
  const before = dashboard();
  expect(mergeLive(before, { ETH: { price: 1 }, DOGE: { price: 5 } })).toBe(before);
  expect(mergeLive(before, { constructor: { price: 5 } })).toBe(before);
});

test('figures of a new ticker are added, those of others stay the same object [S1-22]', () => {
  const first = mergeFigures({}, { BTC: { price: 1 }, ETH: { price: 2 } });
  const second = mergeFigures(first, { BTC: { price: 1 }, ETH: { price: 3 }, ADA: { price: 4 } });
  expect(second).toEqual({ BTC: { price: 1 }, ETH: { price: 3 }, ADA: { price: 4 } });
  expect(second['BTC']).toBe(first['BTC']);
});
