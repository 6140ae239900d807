import { expect, test } from 'vitest';
import { selectMidPrice } from '../../../../src/renderer/panels/orderBook/midRow.ts';
import type { StreamStatus } from '../../../../src/shared/feedHealth.ts';
import type { ContributorExclusion, PriceValue } from '../../../../src/shared/values.ts';

const now = 1_700_000_000_000;

function price(exclusion: ContributorExclusion | null, status: StreamStatus): PriceValue {
  return {
    market: 'BTC-USDT',
    price: 84_250.12,
    priceDecimals: 1,
    status: 'live',
    receivedTime: now,
    contributors: [
      {
        venue: 'okx',
        instrument: 'okx:BTC-USDT',
        price: 84_250.1,
        priceDecimals: 1,
        bid: 84_250,
        ask: 84_251,
        lastTrade: 84_250.1,
        weight: 0,
        exclusion,
        status,
        receivedTime: now - 8_400,
        volume24hQuote: 1,
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

test("a muted or halted venue's own price is live only while its data is", () => {
  for (const exclusion of ['muted', 'closed'] as const) {
    const middle = (status: StreamStatus) =>
      selectMidPrice(price(exclusion, status), 'okx', true, now);
    expect(middle('live')).toMatchObject({ text: '84,250.1', look: 'live', age: null });
    expect(middle('stale')).toMatchObject({ look: 'stale', label: 'OKX, stale', age: '8.4 s' });
    expect(middle('resyncing')).toMatchObject({ look: 'stale', label: 'OKX, resyncing' });
    expect(middle('failed')).toMatchObject({ look: 'disconnected', text: '–', price: null });
  }
  expect(selectMidPrice(price('muted', 'quiet'), 'okx', true, now).label).toBe('OKX, muted');
});
