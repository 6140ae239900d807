import { describe, expect, test } from 'vitest';
import type { PricePart } from '../../../../src/main/engine/consolidated/computePrice.ts';
import { computePrice } from '../../../../src/main/engine/consolidated/computePrice.ts';
import type { VenueId } from '../../../../src/shared/venues.ts';

function part(venue: VenueId, changes: Partial<PricePart> = {}): PricePart {
  return {
    venue,
    instrument: `${venue}:BTC-USDT`,
    status: 'live',
    connected: true,
    closed: false,
    late: false,
    muted: false,
    bid: 84_250,
    ask: 84_250.1,
    lastTrade: 84_250.1,
    priceDecimals: 1,
    receivedTime: 1_000,
    statistics: { open: 82_000, high: 85_000, low: 81_000, volumeBase: 10, volumeQuote: 470 },
    ...changes,
  };
}

function statistics(open: number, volumeQuote: number | null) {
  return { open, high: open + 10, low: open - 10, volumeBase: 1, volumeQuote };
}

const three = (changes: Partial<Record<VenueId, Partial<PricePart>>> = {}) => [
  part('binance', {
    bid: 99,
    ask: 101,
    lastTrade: 100,
    priceDecimals: 2,
    statistics: statistics(90, 50),
    ...changes.binance,
  }),
  part('bybit', {
    bid: 100,
    ask: 102,
    lastTrade: 101,
    statistics: statistics(91, 30),
    ...changes.bybit,
  }),
  part('okx', {
    bid: 98,
    ask: 100,
    lastTrade: 99,
    statistics: statistics(89, 20),
    ...changes.okx,
  }),
];

describe('consolidated price', () => {
  test('weighs each venue by its 24 h turnover and names what it rests on [S2-04]', () => {
    const value = computePrice('BTC-USDT', three(), 'lastTrade', null);
    expect(value).toMatchObject({
      price: 0.5 * 100 + 0.3 * 101 + 0.2 * 99,
      priceDecimals: 1,
      status: 'live',
      equalWeights: false,
      volume24hQuote: 100,
      high24h: 101,
      low24h: 79,
      statsVenues: ['binance', 'bybit', 'okx'],
    });
    expect(value.contributors.map(({ weight }) => weight)).toEqual([0.5, 0.3, 0.2]);
    const open = 0.5 * 90 + 0.3 * 91 + 0.2 * 89;
    expect(value.change24hAbs).toBeCloseTo(100.1 - open, 9);
    expect(value.change24hPct).toBeCloseTo((100.1 / open - 1) * 100, 9);
  });

  test('gives a stale venue no weight in price, change and volume [S2-04]', () => {
    const value = computePrice(
      'BTC-USDT',
      three({ binance: { status: 'stale' } }),
      'lastTrade',
      null,
    );
    expect(value.price).toBeCloseTo(0.6 * 101 + 0.4 * 99, 12);
    expect(value).toMatchObject({
      status: 'degraded',
      volume24hQuote: 50,
      statsVenues: ['bybit', 'okx'],
    });
    expect(value.contributors[0]).toMatchObject({ weight: 0, exclusion: 'stale' });
  });

  test('goes on from the one venue that is left, says so, and keeps the last value when none is [S2-10]', () => {
    const gone = { connected: false };
    const single = computePrice('BTC-USDT', three({ binance: gone, okx: gone }), 'lastTrade', null);
    expect(single).toMatchObject({ price: 101, status: 'single', venueSpreadBps: null });
    const none = computePrice(
      'BTC-USDT',
      three({ binance: gone, bybit: gone, okx: gone }),
      'lastTrade',
      single,
    );
    expect(none).toMatchObject({ price: 101, status: 'stale', receivedTime: 1_000 });
    expect(none.contributors.every(({ exclusion }) => exclusion === 'disconnected')).toBe(true);
    expect(computePrice('BTC-USDT', [], 'lastTrade', null)).toMatchObject({
      price: null,
      status: 'none',
    });
  });

  test.each(['binance', 'bybit', 'okx'] as const)(
    'a print of ten times the price at %s moves it less than 0.1 %%',
    (venue) => {
      const parts = (['binance', 'bybit', 'okx'] as const).map((id) =>
        part(id, {
          statistics: statistics(82_000, id === 'binance' ? 500 : 100),
          ...(id === venue ? { lastTrade: 842_500 } : {}),
        }),
      );
      const before = computePrice('BTC-USDT', three(), 'lastTrade', null);
      expect(before.status).toBe('live');
      const value = computePrice('BTC-USDT', parts, 'lastTrade', null);
      expect(Math.abs((value.price ?? 0) / 84_250.1 - 1)).toBeLessThan(0.001);
    },
  );

  test.each(['binance', 'bybit', 'okx'] as const)(
    'throws out %s when its whole top errs, also where it has most of the turnover',
    (venue) => {
      const parts = (['binance', 'bybit', 'okx'] as const).map((id) =>
        part(id, {
          statistics: statistics(82_000, id === venue ? 900 : 50),
          ...(id === venue ? { bid: 842_500, ask: 842_501, lastTrade: 842_500 } : {}),
        }),
      );
      const value = computePrice('BTC-USDT', parts, 'lastTrade', null);
      expect(value.price).toBeCloseTo(84_250.1, 9);
      expect(value.status).toBe('degraded');
      expect(value.contributors.find((each) => each.venue === venue)).toMatchObject({
        exclusion: 'outlier',
        weight: 0,
      });
    },
  );

  test('shows no number while two venues are further than 2 % apart', () => {
    const value = computePrice(
      'BTC-USDT',
      three({ okx: { status: 'resyncing' }, bybit: { bid: 109, ask: 110, lastTrade: 110 } }),
      'lastTrade',
      null,
    );
    expect(value).toMatchObject({ price: null, status: 'disputed', change24hPct: null });
    expect(value.contributors.map(({ price }) => price)).toEqual([100, 110, 99]);
  });

  test('weighs all the same, and says so, when a turnover is unknown', () => {
    const value = computePrice(
      'BTC-USDT',
      three({ bybit: { statistics: statistics(91, null) } }),
      'lastTrade',
      null,
    );
    expect(value.price).toBeCloseTo(100, 12);
    expect(value).toMatchObject({
      equalWeights: true,
      status: 'degraded',
      statsVenues: ['binance', 'okx'],
    });
  });

  test('a market of one venue needs no weights to be live', () => {
    const alone = [part('binance', { statistics: null })];
    const value = computePrice('BTC-USDT', alone, 'lastTrade', null);
    expect(value).toMatchObject({ status: 'live', equalWeights: false, price: 84_250.1 });
  });

  test('clamps the last trade into the own top and can take the middle instead', () => {
    const parts = [part('binance', { bid: 100, ask: 101, lastTrade: 90 })];
    expect(computePrice('BTC-USDT', parts, 'lastTrade', null).price).toBe(100);
    expect(computePrice('BTC-USDT', parts, 'mid', null).price).toBe(100.5);
  });

  test.each([
    [{ muted: true }, 'muted'],
    [{ closed: true }, 'closed'],
    [{ connected: false }, 'disconnected'],
    [{ status: 'resyncing' }, 'resyncing'],
    [{ status: 'failed' }, 'stale'],
    [{ status: 'subscribing' }, 'no-top'],
    [{ bid: null }, 'no-top'],
    [{ lastTrade: null }, 'no-trade'],
  ] as const)('a venue with %o weighs nothing: %s', (changes, exclusion) => {
    const value = computePrice('BTC-USDT', three({ okx: changes }), 'lastTrade', null);
    expect(value.contributors[2]).toMatchObject({ exclusion, weight: 0 });
    expect(value.status).toBe('degraded');
  });
});
