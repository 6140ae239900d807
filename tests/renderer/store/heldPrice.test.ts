import { expect, test } from 'vitest';
import { HeldPrice } from '../../../src/renderer/store/heldPrice.ts';
import type { PriceContributor, PriceValue } from '../../../src/shared/values.ts';

type Exclusion = PriceContributor['exclusion'];

const start = 1_700_000_000_000;

function price(exclusion: Exclusion, afterMs: number): PriceValue {
  return {
    market: 'BTC-USDT',
    price: 100,
    priceDecimals: 2,
    status: 'live',
    receivedTime: start + afterMs,
    contributors: [
      {
        venue: 'bybit',
        instrument: 'bybit:BTC-USDT',
        price: 100,
        priceDecimals: 2,
        bid: 99,
        ask: 101,
        lastTrade: 100,
        weight: exclusion === null ? 1 : 0,
        exclusion,
        status: exclusion === null ? 'live' : 'subscribing',
        receivedTime: start + afterMs,
        volume24hQuote: null,
      },
    ],
    equalWeights: false,
    venueSpreadBps: null,
    change24hAbs: null,
    change24hPct: null,
    high24h: null,
    low24h: null,
    volume24hBase: null,
    volume24hQuote: null,
    statsVenues: [],
  };
}

function shown(steps: readonly (readonly [Exclusion, number])[]): readonly Exclusion[] {
  const held = new HeldPrice();
  return steps.map(([exclusion, afterMs]) => {
    held.apply(price(exclusion, afterMs));
    return held.value?.contributors[0]?.exclusion ?? null;
  });
}

test('a venue that tries again each second stays disconnected until it counts', () => {
  expect(
    shown([
      ['no-top', 0],
      [null, 100],
      ['disconnected', 200],
      ['no-top', 1_200],
      ['disconnected', 1_300],
      ['resyncing', 2_300],
      [null, 2_600],
    ]),
  ).toEqual(['no-top', null, 'disconnected', 'disconnected', 'disconnected', 'disconnected', null]);
});

test('one that falls back before it was live for five seconds is disconnected as before', () => {
  const lost = ['disconnected', 0] as const;
  const back = [null, 1_000] as const;
  expect(shown([lost, back, [null, 5_900], ['no-top', 5_950]]).at(-1)).toBe('disconnected');
  expect(shown([lost, back, [null, 6_000], ['no-top', 6_050]]).at(-1)).toBe('no-top');
});

test('what has another reason to be out keeps it', () => {
  const out = ['stale', 'late', 'outlier', 'muted', 'closed'] as const;
  const after = out.map((exclusion) =>
    shown([
      ['disconnected', 0],
      [exclusion, 1_000],
    ]).at(-1),
  );
  expect(after).toEqual(out);
});
