import { expect, test } from 'vitest';
import {
  loneExtreme,
  partialSum,
  rangePosition,
} from '../../../../src/renderer/panels/watchlist/dayFigures.ts';
import type { PriceContributor, PriceValue, TickerValue } from '../../../../src/shared/values.ts';
import type { VenueId } from '../../../../src/shared/venues.ts';

function ticker(venue: VenueId, high24h: number | null, low24h: number | null = 90): TickerValue {
  return {
    instrument: `${venue}:BTC-USDT`,
    last: 100,
    open24h: 99,
    high24h,
    low24h,
    volume24hBase: 1,
    volume24hQuote: 100,
    receivedTime: 0,
    status: 'live',
  };
}

test('[D15] a high that one venue alone printed is called its own', () => {
  const lone = (tickers: readonly TickerValue[], side: 'high24h' | 'low24h', shown: number) => {
    const price = { price: 100, high24h: null, low24h: null, [side]: shown };
    return loneExtreme(tickers, side, price)?.venue ?? null;
  };
  const agreed = [ticker('binance', 105), ticker('bybit', 106), ticker('okx', 105)];
  expect(lone(agreed, 'high24h', 106)).toBeNull();
  const odd = [ticker('binance', 105), ticker('bybit', 1060), ticker('okx', 105)];
  expect(lone(odd, 'high24h', 1060)).toBe('bybit');
  // Left out of what is shown, it says nothing about it.
  expect(lone(odd, 'high24h', 105)).toBeNull();
  expect(lone(odd, 'low24h', 90)).toBeNull();
  expect(lone([ticker('okx', 105, 9), ticker('bybit', 105, 90)], 'low24h', 9)).toBe('okx');
  expect(lone([ticker('okx', 1060), ticker('bybit', null)], 'high24h', 1060)).toBeNull();
});

function contributor(venue: VenueId, exclusion: PriceContributor['exclusion']): PriceContributor {
  return {
    venue,
    instrument: `${venue}:BTC-USDT`,
    price: 100,
    priceDecimals: 2,
    bid: 99,
    ask: 101,
    lastTrade: 100,
    weight: 0,
    exclusion,
    status: 'live',
    receivedTime: 0,
    volume24hQuote: null,
  };
}

const oneCounts: PriceValue = {
  market: 'BTC-USDT',
  price: 100,
  priceDecimals: 2,
  status: 'degraded',
  receivedTime: 0,
  contributors: [
    contributor('binance', 'stale'),
    contributor('bybit', null),
    contributor('okx', 'muted'),
  ],
  equalWeights: false,
  venueSpreadBps: null,
  change24hAbs: null,
  change24hPct: null,
  high24h: null,
  low24h: null,
  volume24hBase: 1,
  volume24hQuote: 100,
  statsVenues: ['bybit'],
};

test('[D15] the range of the day is not stretched by an outlier that one venue alone saw', () => {
  const day = { ...oneCounts, price: 100, low24h: 90, high24h: 1060 };
  const odd = [ticker('okx', 105), ticker('bybit', 1060)];
  const high = loneExtreme(odd, 'high24h', day);
  expect(high).toEqual({ venue: 'bybit', others: 105, outlier: true });
  expect(rangePosition(day, null, high)).toBeCloseTo(10 / 15);
  // Odd, and still a price of this market.
  const near = loneExtreme([ticker('okx', 105), ticker('bybit', 109)], 'high24h', {
    ...day,
    high24h: 109,
  });
  expect(near).toEqual({ venue: 'bybit', others: 105, outlier: false });
  const crash = [ticker('okx', 105, 90), ticker('bybit', 105, 9)];
  const low = loneExtreme(crash, 'low24h', { ...day, low24h: 9 });
  expect(low).toEqual({ venue: 'bybit', others: 90, outlier: true });
  expect(rangePosition({ ...day, low24h: 9, high24h: 110 }, low, null)).toBeCloseTo(0.5);
});

test('turnover of fewer venues than list the market says of how many', () => {
  expect(partialSum(oneCounts)).toEqual({
    short: '1/2',
    words: 'sum of 1 of 2 venues, without Binance',
  });
  expect(partialSum({ ...oneCounts, statsVenues: ['binance', 'bybit'] })).toBeNull();
});
