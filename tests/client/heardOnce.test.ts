import { expect, test } from 'vitest';
import { MarketData } from '../../src/client/marketData.ts';
import type { CandleUpdateRecord, WireUpdate } from '../../src/shared/gateway/wire.ts';
import { pass } from '../support/fakeGatewayServer.ts';
import { connectedClient, setUpClient } from '../support/gatewayClientSetUp.ts';
import { VirtualClock } from '../support/virtualClock.ts';
import { fakeStartMs, priceUpdate, tradeUpdate } from '../support/wireRecords.ts';

const closedCandle: CandleUpdateRecord = {
  ...{ type: 'candle_update', channel: 'candles.BTC-USDT.1m', symbol: 'BTC-USDT', seq: 1 },
  ...{ epoch: 'run-1', source: 'simulated', time: fakeStartMs, venue: null, interval: '1m' },
  candle: {
    ...{ openTime: fakeStartMs, open: 1, high: 2, low: 1, close: 2, volume: 3, quoteVolume: 6 },
    ...{ trades: 4, closed: true, origin: 'trades', outlier: false },
  },
  status: 'live',
};

function openMarket() {
  const virtual = new VirtualClock();
  const clock = {
    monotonicMs: () => virtual.monotonicMs(),
    wallMs: () => fakeStartMs + virtual.monotonicMs(),
    after: (delayMs: number, run: () => void) => virtual.after(delayMs, run),
  };
  const heard: WireUpdate[] = [];
  const gaps: unknown[] = [];
  const market = new MarketData({
    clock,
    isWanted: () => true,
    isFiltered: () => false,
    onGap: (gap) => gaps.push(gap),
    onUpdates: (updates, origin) => {
      if (origin === 'stream') heard.push(...updates);
    },
  });
  const stream = (...seqs: readonly number[]) =>
    market.apply({
      ...{ type: 'updates', time: fakeStartMs, cursor: 'e1.1' },
      updates: seqs.map((seq) => tradeUpdate('BTC-USDT', seq)),
    });
  const snapshot = (...seqs: readonly number[]) =>
    market.applySnapshot({
      cursor: 'e1.1',
      updates: seqs.map((seq) => tradeUpdate('BTC-USDT', seq)),
    });
  return { market, heard, gaps, stream, snapshot };
}

test('an event that a snapshot brings before the stream does is still heard, and kept once', () => {
  const { market, heard, gaps, stream, snapshot } = openMarket();
  market.welcome('e1.0');
  snapshot(1, 2, 3);
  stream(3, 4);
  stream(4);
  expect(heard.map(({ seq }) => seq)).toEqual([3, 4]);
  expect(market.cache.trades('trades.BTC-USDT').map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  expect(gaps).toEqual([]);
});

test('what lies between a snapshot and the stream is a gap', () => {
  const { heard, gaps, stream, snapshot } = openMarket();
  snapshot(1, 2, 3);
  stream(6);
  expect(heard.map(({ seq }) => seq)).toEqual([6]);
  expect(gaps).toMatchObject([{ reason: 'hole', firstSeq: 4, lastSeq: 5 }]);
});

test('a snapshot that ends before the stream begins is left for the stream: nothing of it is lost', () => {
  const { market, heard, gaps, stream, snapshot } = openMarket();
  market.welcome('e1.5');
  snapshot(1, 2, 3);
  stream(6, 7);
  expect([heard.map(({ seq }) => seq), gaps]).toEqual([[6, 7], []]);
  expect(market.cache.trades('trades.BTC-USDT').map(({ seq }) => seq)).toEqual([6, 7]);
  expect(market.validity('trades.BTC-USDT', true).isWhole).toBe(true);
  stream(9);
  expect(gaps).toMatchObject([{ reason: 'hole', firstSeq: 8, lastSeq: 8 }]);
});

test('a closed candle is heard once: not again when the connection is lost', async () => {
  const { server, client } = await connectedClient();
  const heard: WireUpdate[] = [];
  client.subscribe('candles.BTC-USDT.1m', {}, (update) => heard.push(update));
  client.on('candleUpdate', (update) => heard.push(update));
  await pass(server, 100);
  server.publish(closedCandle);
  expect(heard).toHaveLength(2);
  server.cut();
  expect(client.getCandle('BTC-USDT', '1m')?.status).toBe('stale');
  expect(heard).toHaveLength(2);
  client.disconnect();
});

test('a value that was asked for once does not stay live without a connection', async () => {
  const { server, client } = setUpClient({ snapshots: true });
  server.publish(priceUpdate('BTC-USDT', 5, 100));
  server.mode.websocket = 'refuse';
  client.subscribe('price.BTC-USDT');
  client.connect().catch(() => undefined);
  await pass(server, 400);
  expect(client.getPrice('BTC-USDT')?.status).toBe('live');
  await pass(server, 3_000);
  expect(client.getPrice('BTC-USDT')?.status).toBe('stale');
  client.disconnect();
  expect(server.clock.pending).toBe(0);
});
