import { afterEach, beforeEach, expect, test } from 'vitest';
import { openBench, updatesOf } from './streamBench.ts';
import type { StreamBench } from './streamBench.ts';
import type { WireUpdate } from '../../../../src/shared/gateway/wire.ts';

let bench: StreamBench;

beforeEach(async () => {
  bench = await openBench();
});

afterEach(() => bench.close());

/** What a client that knows nothing of us reads: Node's own WebSocket, which cannot set headers. */
async function received(channel: string, publish: () => void): Promise<readonly WireUpdate[]> {
  const socket = new WebSocket(`${bench.gateway.origin.replace('http', 'ws')}/api/socket`);
  const texts: string[] = [];
  socket.addEventListener('message', ({ data }) => texts.push(String(data)));
  socket.addEventListener('open', () => {
    socket.send(JSON.stringify({ type: 'authenticate', token: bench.key }));
    socket.send(JSON.stringify({ type: 'subscribe', channels: [channel] }));
  });
  const messages = () => texts.map((text) => parseUpdate(text));
  await bench.until(() => messages().some(({ type }) => type === 'subscribed'), 'subscribed');
  await bench.until(() => bench.feed.wanted.at(-1)?.has(channel) === true, 'it is wanted');
  publish();
  await bench.until(() => updatesOf(messages()).length > 0, 'an update');
  socket.close();
  return updatesOf(messages());
}

function parseUpdate(text: string): Parameters<typeof updatesOf>[0][number] {
  return JSON.parse(text) as Parameters<typeof updatesOf>[0][number];
}

const validity = {
  status: 'live',
  receivedTime: expect.any(Number),
  ageMs: expect.any(Number),
};
const head = {
  symbol: 'BTC-USDT',
  epoch: 'k1-1',
  seq: 1,
  source: 'simulated',
  time: expect.any(Number),
};

test('[S0-22] the payload of a price: change is absolute, the time is in milliseconds', async () => {
  const [update] = await received('price.BTC-USDT', () => bench.feed.price(60_250.5));
  expect(update).toEqual({
    type: 'price_update',
    channel: 'price.BTC-USDT',
    ...head,
    ...validity,
    price: {
      price: 60_250.5,
      change: 250,
      changePercent: 0.42,
      volume: 1000.5,
      quoteVolume: 60_030_000,
      high: 61_000,
      low: 59_000,
      timestamp: expect.any(Number),
    },
    priceStatus: 'live',
    equalWeights: false,
    venueSpreadBps: 0.5,
    contributors: [],
  });
  expect(update?.type === 'price_update' && update.price.timestamp).toBe(
    update?.type === 'price_update' && update.receivedTime,
  );
});

test('[S0-23] the payload of a book: both sides sorted, best first, every level with its time', async () => {
  const [update] = await received('orderbook.BTC-USDT', () => bench.feed.book([5, 7, 9, 11]));
  if (update?.type !== 'orderbook_update') throw new Error('no book');
  const level = (price: number, size: number) => ({
    price,
    size,
    timestamp: expect.any(Number),
    sizes: [size],
  });
  expect(update.bids).toEqual([
    level(60_000, 0.0005),
    level(59_999.99, 0.0007),
    level(59_999.98, 0.0009),
    level(59_999.97, 0.0011),
  ]);
  expect(update.asks).toEqual([
    level(60_000.01, 0.0005),
    level(60_000.02, 0.0007),
    level(60_000.03, 0.0009),
    level(60_000.04, 0.0011),
  ]);
  const prices = (side: typeof update.bids) => side.map(({ price }) => price);
  expect(prices(update.bids)).toEqual(prices(update.bids).toSorted((one, two) => two - one));
  expect(prices(update.asks)).toEqual(prices(update.asks).toSorted((one, two) => one - two));
  expect(update).toMatchObject({ ...validity, venue: null, crossed: null });
});

test('[S0-24] the payload of a trade: the side is that of who took', async () => {
  const [update] = await received('trades.BTC-USDT', () => bench.feed.trade());
  expect(update).toEqual({
    type: 'trade_update',
    channel: 'trades.BTC-USDT',
    ...head,
    trade: {
      id: 't1',
      venue: 'binance',
      price: 60_000.01,
      size: 0.25,
      side: 'sell',
      timestamp: expect.any(Number),
      receivedTime: expect.any(Number),
      late: false,
      outlier: false,
    },
  });
});

test('[S0-49] the payload of a ticker: figures of 24 h, apart from the price and of each venue', async () => {
  const [update] = await received('ticker.BTC-USDT', () => bench.feed.ticker());
  expect(update).toEqual({
    type: 'ticker_update',
    channel: 'ticker.BTC-USDT',
    ...head,
    ...validity,
    ticker: {
      last: 60_000,
      open: 59_750,
      high: 61_000,
      low: 59_000,
      volume: 1000.5,
      quoteVolume: 60_030_000,
      timestamp: expect.any(Number),
    },
    venues: [
      {
        venue: 'binance',
        ...validity,
        last: 60_000,
        open: 59_750,
        high: 61_000,
        low: 59_000,
        volume: 1000.5,
        quoteVolume: 60_030_000,
      },
    ],
  });
});
