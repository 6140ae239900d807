import { expect, test } from 'vitest';
import type { ChannelValue, Publication } from '../../../../src/main/gateway/hub/marketFeed.ts';
import { writeRecord } from '../../../../src/main/gateway/hub/writeRecord.ts';
import type { StreamStatus } from '../../../../src/shared/feedHealth.ts';
import type { BookPart, TickerValue } from '../../../../src/shared/values.ts';
import type { VenueId } from '../../../../src/shared/venues.ts';
import { FakeCore } from '../../../support/fakeCore.ts';
import { hostStatus } from '../../../support/fakeEngineHost.ts';
import { priceValue, tradeValue } from '../../../support/fakeMarketFeed.ts';

const now = 1_790_000_000_000;

function publication(value: ChannelValue): Publication {
  const head = { channel: 'x', type: 'state', epoch: 'e', seq: 1, source: 'live' } as const;
  return { ...head, time: now, value };
}

function write(value: ChannelValue, staleNote: string | null = null) {
  return writeRecord(publication(value), { time: now, staleNote });
}

function ticker(venue: VenueId, status: StreamStatus, volume: number | null): TickerValue {
  return {
    ...{ instrument: `${venue}:BTC-USDT`, last: volume === null ? null : 100, open24h: 90 },
    ...{ high24h: 110, low24h: 80, volume24hBase: volume, volume24hQuote: volume },
    ...{ receivedTime: now - 500, status },
  };
}

function tickers(...values: readonly TickerValue[]): ChannelValue {
  return { kind: 'ticker', market: 'BTC-USDT', tickers: values };
}

test.each([
  [['live', 'live', 'quiet'], 'live', 6],
  [['live', 'live', 'stale'], 'degraded', 3],
  [['live', 'stale', 'failed'], 'single', 1],
  [['stale', 'stale', 'failed'], 'stale', 6],
  [['resyncing', 'stale', 'stale'], 'resyncing', 6],
] as const)('24 h figures of %j are %s, of those that count', (statuses, status, volume) => {
  const [first, second, third] = statuses;
  const value = tickers(
    ticker('binance', first, 1),
    ticker('bybit', second, 2),
    ticker('okx', third, 3),
  );
  expect(write(value)).toMatchObject({ status, ageMs: 500, ticker: { volume } });
  if (status !== 'live') expect(write(value)).toMatchObject({ note: expect.any(String) });
});

test('a sum with an unknown part is unknown, and without any figure there is none', () => {
  const some = tickers(ticker('binance', 'live', 1), {
    ...ticker('okx', 'live', 1),
    volume24hBase: null,
  });
  expect(write(some)).toMatchObject({ ticker: { volume: null, high: 110 } });
  const none = tickers(ticker('binance', 'subscribing', null), ticker('okx', 'subscribing', null));
  expect(write(none)).toMatchObject({ status: 'none', receivedTime: null, ticker: { last: null } });
});

test('sums of volumes have no digits that come from adding doubles', () => {
  const value = tickers(ticker('binance', 'live', 0.1), ticker('okx', 'live', 0.2));
  expect(JSON.stringify(write(value))).toContain('"volume":0.3,');
  const core = new FakeCore(() => now);
  core.trade('BTC-USDT');
  const update = core.openCandle('BTC-USDT', null, '1m');
  if (update === null) throw new Error('no candle');
  const candle = { ...update.candle, volume: 14.014829930000001, quoteVolume: 0.1 + 0.2 };
  expect(write({ kind: 'candles', update: { ...update, candle }, status: 'live' })).toMatchObject({
    candle: { volume: 14.01482993, quoteVolume: 0.3 },
  });
});

test.each([
  ['live', 'live', true, 'live'],
  ['gap', 'live', false, 'resyncing'],
  ['resyncing', 'stale', false, 'stale'],
] as const)('a book that is %s on a %s stream is %s', (status, streamStatus, counted, expected) => {
  const core = new FakeCore(() => now);
  const request = { market: 'BTC-USDT', venue: 'okx', group: '0', rows: 3, muted: [] } as const;
  const book = core.bookView(request);
  const parts = book.parts.map((part): BookPart => ({ ...part, status, streamStatus, counted }));
  const value: ChannelValue = { kind: 'orderbook', book: { ...book, parts } };
  expect(write(value)).toMatchObject({ status: expected, venue: 'okx' });
});

test('nothing is live while the way to the data is gone: values, their parts, candles and health', () => {
  const note = 'gone';
  const core = new FakeCore(() => now);
  const price = core.priceOf('BTC-USDT');
  expect(write({ kind: 'price', price: { ...price, status: 'live' } }, note)).toMatchObject({
    ...{ status: 'stale', note, priceStatus: 'stale' },
    contributors: [{ status: 'stale' }, { status: 'stale' }, { status: 'stale' }],
  });
  expect(write(tickers(ticker('okx', 'live', 1)), note)).toMatchObject({
    ...{ status: 'stale', venues: [{ status: 'stale' }] },
  });
  core.trade('BTC-USDT');
  const update = core.openCandle('BTC-USDT', null, '1m');
  if (update === null) throw new Error('no candle');
  expect(write({ kind: 'candles', update, status: 'live' }, note)).toMatchObject({
    status: 'stale',
  });
  const health: ChannelValue = { kind: 'health', health: core.health(), status: hostStatus({}) };
  expect(write(health)).toMatchObject({ status: 'live', venuesLive: 3 });
  expect(write(health, note)).toMatchObject({
    ...{ status: 'down', venuesLive: 0, messagesPerSec: 0 },
    venues: [{ status: 'down' }, { status: 'down' }, { status: 'down' }],
  });
  const none = priceValue('BTC-USDT', 1, now, { status: 'none', price: null, receivedTime: null });
  expect(write({ kind: 'price', price: none }, note)).toMatchObject({ status: 'none' });
});

test.each([
  [6_400_012, 2, '64000.12'],
  [1, 8, '1e-8'],
  [123_456_789_012_345, 6, '123456789.012345'],
  [7, 0, '7'],
])('%i units of 10^-%i are the exact decimal %s on the wire', (priceUnits, priceDecimals, text) => {
  const trade = tradeValue('BTC-USDT', 1, now, { priceUnits, priceDecimals });
  const json = JSON.stringify(write({ kind: 'trades', market: 'BTC-USDT', trade }));
  expect(json).toContain(`"price":${text},`);
});
