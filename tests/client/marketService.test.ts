import { expect, test } from 'vitest';
import {
  createMarketService,
  marketService,
  marketServiceDefaults,
} from '../../src/client/marketService.ts';
import type { MarketServiceOptions } from '../../src/client/clientContract.ts';
import { FakeGatewayServer, pass } from '../support/fakeGatewayServer.ts';
import { priceUpdate } from '../support/wireRecords.ts';

const url = 'http://gateway.test:7411';

async function connected(symbols: readonly string[], options: MarketServiceOptions = {}) {
  const server = new FakeGatewayServer();
  const service = createMarketService();
  service.subscribe(symbols);
  const opening = service.connect(url, { ports: server.ports, ...options });
  await pass(server, 50);
  await opening;
  return { server, service };
}

test('one service with connect, disconnect, subscribe, on, off and isConnected [S1-11]', async () => {
  expect(marketService.isConnected()).toBe(false);
  const { server, service } = await connected(['BTC', 'ETH', 'ADA']);
  const heard: unknown[] = [];
  const off = service.on('market_update', (figures) => heard.push(figures));
  server.publish(priceUpdate('BTC-USDT', 1, 50_000), priceUpdate('ETH-USDT', 1, 3_000));
  await pass(server, 6_100, 100);
  expect(heard).toHaveLength(3);
  expect(heard[0]).toMatchObject({
    BTC: {
      ...{ symbol: 'BTC', price: 50_000, change_24h: 0.5, volume_24h: 50_000_000 },
      ...{ market: 'BTC-USDT', quote: 'USDT', status: 'live', source: 'simulated' },
      timestamp: expect.stringMatching(/^2026-.*Z$/),
    },
    ETH: { price: 3_000 },
  });
  off();
  await pass(server, 4_000, 100);
  expect(heard).toHaveLength(3);
  expect([service.isConnected(), service.status]).toEqual([true, 'connected']);
  const listener = (figures: unknown): void => void heard.push(figures);
  service.on('market_update', listener);
  await pass(server, 2_000, 100);
  expect(heard).toHaveLength(4);
  service.off('market_update', listener);
  await pass(server, 4_000, 100);
  expect(heard).toHaveLength(4);
  service.disconnect();
  expect([service.isConnected(), service.status]).toEqual([false, 'disconnected']);
  expect(server.clock.pending).toBe(0);
});

test('omitted options are those of its document [S1-12]', async () => {
  expect(marketServiceDefaults).toEqual({
    reconnection: true,
    reconnectionDelay: 1_000,
    reconnectionDelayMax: 5_000,
    reconnectionAttempts: 5,
    transports: ['websocket', 'polling'],
  });
  const { server, service } = await connected([], { auth: { token: 'key' } });
  expect(service.client?.options).toMatchObject({
    transports: ['websocket', 'poll'],
    reconnect: { initialMs: 1_000, maxMs: 5_000, maxAttempts: 5 },
  });
  expect(server.heardOf('authenticate')).toMatchObject([{ token: 'key' }]);
  service.disconnect();
  const local = createMarketService();
  const { ports } = new FakeGatewayServer();
  local.connect(undefined, { ports }).catch(() => undefined);
  expect(local.client?.options.url).toBe('http://127.0.0.1:7411');
  local.disconnect();
});

test('given options are those of the connection [S1-12]', async () => {
  const { server, service } = await connected([], {
    auth: { tokenProvider: () => 'of the provider' },
    ...{ reconnectionDelay: 200, reconnectionDelayMax: 900, reconnectionAttempts: 7 },
    transports: ['websocket'],
  });
  expect(service.client?.options).toMatchObject({
    transports: ['websocket'],
    reconnect: { initialMs: 200, maxMs: 900, maxAttempts: 7 },
  });
  expect(server.heardOf('authenticate')).toMatchObject([{ token: 'of the provider' }]);
  service.disconnect();
  const once = await connected([], { reconnection: false });
  const told: string[] = [];
  once.service.on('connection_status', ({ status }) => told.push(status));
  once.service.subscribe(['BTC']);
  once.server.cut();
  await pass(once.server, 60_000, 500);
  expect([once.server.sockets.length, once.service.status]).toEqual([1, 'disconnected']);
  expect(told).toEqual(['disconnected']);
  expect(once.server.requests).toEqual([]);
  expect(once.server.clock.pending).toBe(0);
});

test('a loss is told with figures that say that they are stale', async () => {
  const { server, service } = await connected(['BTC']);
  const told: unknown[] = [];
  server.publish(priceUpdate('BTC-USDT', 1, 50_000));
  service.on('market_update', ({ BTC }) => told.push(BTC?.status));
  service.on('connection_status', ({ status }) => told.push(status));
  service.on('disconnect', () => told.push('disconnect'));
  service.on('reconnect_attempt', (attempt) => told.push(attempt));
  service.on('connect', () => told.push('connect'));
  server.cut();
  await pass(server, 1_500);
  expect(told).toEqual(['disconnect', 'disconnected', 'stale', 1, 'connect', 'connected']);
  service.disconnect();
});

test('a wrong case is refused with its reason, and a bad token is an auth_error', async () => {
  const { server, service } = await connected(['BTC']);
  const confirmed: unknown[] = [];
  service.on('subscription_confirmed', ({ symbols, rejected }) => {
    confirmed.push({ symbols, rejected: rejected.map(({ symbol }) => symbol) });
  });
  service.subscribe(['btc', 'BTC']);
  await pass(server, 50);
  expect(confirmed).toEqual([{ symbols: [], rejected: ['btc'] }]);
  service.disconnect();
  const bad = new FakeGatewayServer();
  bad.validToken = 'good';
  const refused = createMarketService();
  const errors: string[] = [];
  refused.on('auth_error', ({ error }) => errors.push(error));
  const opening = refused.connect(url, { ports: bad.ports, auth: { token: 'bad' } });
  opening.catch(() => undefined);
  await pass(bad, 500);
  await expect(opening).rejects.toThrow(/Invalid token/);
  expect([errors.length, refused.status]).toEqual([1, 'error']);
});

test('what is not computed is said, never invented', async () => {
  const server = new FakeGatewayServer();
  const service = createMarketService();
  const told: unknown[] = [];
  service.on('sentiment_update', (update) => told.push(update));
  service.on('trading_signal', (update) => told.push(update));
  void service.connect(url, { ports: server.ports });
  await pass(server, 50);
  expect(told).toMatchObject([
    { overall_sentiment: null, market_fear_greed: null, status: 'not-computed' },
    { signal: null, strength: null, status: 'not-computed' },
  ]);
  service.disconnect();
});
