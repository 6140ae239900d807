import { expect, test } from 'vitest';
import { decodeMessage, encodeMessage } from '../../src/client/codec.ts';
import { WebSocketManager } from '../../src/client/webSocketManager.ts';
import type { WebSocketManagerOptions } from '../../src/client/webSocketManager.ts';
import type { ServerMessage, WireUpdate } from '../../src/shared/gateway/wire.ts';
import { FakeGatewayServer, pass } from '../support/fakeGatewayServer.ts';
import { fakeStartMs, priceUpdate, tradeUpdate } from '../support/wireRecords.ts';

function setUp(options: Partial<WebSocketManagerOptions> = {}) {
  const server = new FakeGatewayServer();
  const url = 'ws://gateway.test:7411/api/socket';
  const manager = new WebSocketManager({ url, ports: server.ports, ...options });
  return { server, manager };
}

async function connected() {
  const { server, manager } = setUp();
  const opening = manager.connect();
  await pass(server, 50);
  await opening;
  return { server, manager };
}

const bookUpdate: WireUpdate = {
  ...{ type: 'orderbook_update', channel: 'orderbook.BTC-USD', symbol: 'BTC-USD', epoch: 'run-1' },
  ...{ seq: 1, source: 'simulated', time: fakeStartMs, status: 'live', receivedTime: 1, ageMs: 0 },
  ...{ venue: null, parts: [], crossed: null },
  bids: [{ price: 99, size: 1, timestamp: 1 }],
  asks: [{ price: 101, size: 1, timestamp: 1 }],
};
const tickerUpdate: WireUpdate = {
  ...{ type: 'ticker_update', channel: 'ticker.BTC-USD', symbol: 'BTC-USD', epoch: 'run-1' },
  ...{ seq: 1, source: 'simulated', time: fakeStartMs, status: 'live', receivedTime: 1, ageMs: 0 },
  ticker: { last: 1, open: 1, high: 1, low: 1, volume: 1, quoteVolume: 1, timestamp: 1 },
  venues: [],
};

test('omitted options are 5,000 ms, 10 attempts, 30,000 ms and no debug [S0-01]', () => {
  const { manager } = setUp();
  expect(manager.options).toMatchObject({
    reconnectInterval: 5_000,
    maxReconnectAttempts: 10,
    heartbeatInterval: 30_000,
    debug: false,
  });
  expect(manager.client.options).toMatchObject({
    heartbeatIntervalMs: 30_000,
    reconnect: { initialMs: 5_000, maxAttempts: 10 },
    transports: ['websocket'],
  });
  const url = 'wss://gateway.test/api/socket';
  const own = { reconnectInterval: 100, maxReconnectAttempts: 3, heartbeatInterval: 1_000 };
  const other = setUp({ ...own, url, debug: true }).manager;
  expect(other.options).toMatchObject({ ...own, url, debug: true });
  expect(other.client.options).toMatchObject({
    url: 'https://gateway.test',
    heartbeatIntervalMs: 1_000,
    reconnect: { initialMs: 100, maxAttempts: 3 },
  });
  const linesOf = ({ client }: WebSocketManager): number => {
    client.connect().catch(() => undefined);
    client.disconnect();
    return client.debugLog().length;
  };
  expect(linesOf(manager)).toBe(0);
  expect(linesOf(other)).toBeGreaterThan(0);
});

test('connect resolves on open and rejects on the first failure; disconnect leaves nothing [S0-02]', async () => {
  const { server, manager } = await connected();
  expect(manager.isConnected).toBe(true);
  manager.disconnect();
  expect(server.sockets[0]?.closedWith).toBe(1000);
  expect(server.clock.pending).toBe(0);
  const refused = setUp();
  refused.server.mode.websocket = 'refuse';
  const opening = refused.manager.connect().catch((cause: unknown) => cause);
  await pass(refused.server, 900);
  expect(await opening).toBeInstanceOf(Error);
  expect(refused.manager.state).toBe('RECONNECTING');
  refused.manager.disconnect();
  expect(refused.server.clock.pending).toBe(0);
});

test('each kind of message calls its handler once, and none after off [S0-03]', async () => {
  const { server, manager } = setUp();
  const told: string[] = [];
  const offs = (
    [
      'connected',
      'priceUpdate',
      'orderbookUpdate',
      'tradeUpdate',
      'tickerUpdate',
      'error',
      'disconnected',
    ] as const
  ).map((name) => manager.on(name, () => told.push(name)));
  void manager.connect();
  await pass(server, 50);
  expect(told.splice(0)).toEqual(['connected']);
  for (const kind of ['price', 'orderbook', 'trades', 'ticker'])
    manager.subscribe(`${kind}.BTC/USD`);
  await pass(server, 50);
  const error = { code: 'INTERNAL', message: 'Failed.' } as const;
  const sendAll = (seq: number): void => {
    server.publish(
      priceUpdate('BTC-USD', seq, 1),
      { ...bookUpdate, seq },
      tradeUpdate('BTC-USD', seq),
    );
    server.publish({ ...tickerUpdate, seq });
    server.tell({ type: 'error', id: null, time: 1, error });
  };
  sendAll(1);
  expect(told).toEqual(['priceUpdate', 'orderbookUpdate', 'tradeUpdate', 'tickerUpdate', 'error']);
  server.cut();
  // The loss makes stale what is held, and says so.
  expect(told.slice(5)).toEqual([
    ...['error', 'priceUpdate', 'orderbookUpdate', 'tickerUpdate', 'disconnected'],
  ]);
  for (const off of offs) off();
  told.length = 0;
  await pass(server, 6_000);
  sendAll(2);
  expect(told).toEqual([]);
  manager.disconnect();
});

test('an interval of 1 s delivers once a second, the last value exact [S0-04]', async () => {
  const { server, manager } = await connected();
  const heard: number[] = [];
  manager.on('priceUpdate', ({ price }) => heard.push(price.price ?? Number.NaN));
  manager.subscribe('price.BTC/USD', { interval: '1s' });
  await pass(server, 50);
  expect(server.heardOf('subscribe')).toMatchObject([{ channels: ['price.BTC-USD'], rate: 1 }]);
  let seq = 0;
  for (let second = 0; second < 10; second += 1) {
    const before = heard.length;
    for (let each = 0; each < 200; each += 1) {
      seq += 1;
      server.publish(priceUpdate('BTC-USD', seq, seq));
      server.clock.advance(5);
    }
    expect(Math.abs(heard.length - before - 1)).toBeLessThanOrEqual(1);
  }
  await pass(server, 1_000);
  expect(heard.at(-1)).toBe(2_000);
  expect(heard.length).toBeLessThanOrEqual(12);
  manager.disconnect();
});

test('each of the four kinds has its channel and its pace [S0-04]', async () => {
  const { server, manager } = await connected();
  const heard: string[] = [];
  manager.on('orderbookUpdate', ({ seq }) => heard.push(`book ${seq}`));
  manager.on('tickerUpdate', ({ seq }) => heard.push(`ticker ${seq}`));
  manager.on('tradeUpdate', ({ seq }) => heard.push(`trade ${seq}`));
  for (const kind of ['price', 'orderbook', 'trades', 'ticker']) {
    manager.subscribe(`${kind}.BTC/USD`, { interval: '1s' });
  }
  await pass(server, 50);
  const asked = server.heardOf('subscribe').flatMap(({ channels = [] }) => channels);
  expect(asked).toEqual(['price.BTC-USD', 'orderbook.BTC-USD', 'trades.BTC-USD', 'ticker.BTC-USD']);
  for (let seq = 1; seq <= 3; seq += 1) {
    server.publish({ ...bookUpdate, seq }, { ...tickerUpdate, seq }, tradeUpdate('BTC-USD', seq));
  }
  await pass(server, 2_000);
  const of = (name: string): readonly string[] => heard.filter((each) => each.startsWith(name));
  expect([of('book'), of('ticker')]).toEqual([
    ['book 1', 'book 3'],
    ['ticker 1', 'ticker 3'],
  ]);
  expect(of('trade')).toEqual(['trade 1', 'trade 2', 'trade 3']);
  for (const kind of ['volume', 'prices', 'book']) {
    expect(() => manager.subscribe(`${kind}.BTC/USD`)).toThrow(/is no channel/);
  }
  manager.disconnect();
});

test('an interval gathers trades and loses none', async () => {
  const { server, manager } = await connected();
  const heard: number[] = [];
  manager.on('tradeUpdate', ({ seq }) => heard.push(seq));
  manager.subscribe('trades.BTC/USD', { interval: 1_000 });
  await pass(server, 50);
  for (let seq = 1; seq <= 400; seq += 1) {
    server.publish(tradeUpdate('BTC-USD', seq));
    server.clock.advance(5);
  }
  await pass(server, 1_000);
  expect(heard).toEqual(Array.from({ length: 400 }, (_, at) => at + 1));
  expect(() => manager.subscribe('price.BTC/USD', { interval: 'soon' })).toThrow(/250ms/);
  manager.disconnect();
});

test('send tells whether it went out; what did not waits [S0-05]', async () => {
  const { server, manager } = setUp();
  expect(manager.send({ type: 'note', text: 'early' })).toBe(false);
  void manager.connect();
  await pass(server, 50);
  expect(manager.send({ type: 'note', text: 'now' })).toBe(true);
  await pass(server, 50);
  expect(server.heardOf('note').map(({ text }) => text)).toEqual(['early', 'now']);
  manager.disconnect();
  expect(manager.send({ type: 'note' })).toBe(false);
});

test('attempts back off exponentially from the base, as many as configured [S0-06]', async () => {
  const { server, manager } = setUp({ reconnectInterval: 100, maxReconnectAttempts: 4 });
  server.mode.websocket = 'refuse';
  const attemptsMs: number[] = [];
  manager.on('reconnect_attempt', () => attemptsMs.push(server.clock.monotonicMs()));
  manager.connect().catch(() => undefined);
  await pass(server, 20_000, 1);
  const delays = attemptsMs.map((atMs, at) => atMs - (attemptsMs[at - 1] ?? 1));
  // Each attempt itself takes the refusal's millisecond.
  expect(delays.map((delay) => Math.round(delay / 100) * 100)).toEqual([100, 200, 400, 800]);
  expect(manager.state).toBe('CLOSED');
});

test('the six counters equal what was driven [S0-10]', async () => {
  const { server, manager } = await connected();
  manager.subscribe('price.BTC/USD');
  manager.subscribe('trades.BTC/USD');
  await pass(server, 50);
  const { messagesReceived } = manager.metrics;
  for (let seq = 1; seq <= 9; seq += 1) server.publish(priceUpdate('BTC-USD', seq, seq));
  expect(manager.metrics.messagesReceived - messagesReceived).toBe(9);
  expect(manager.metrics).toMatchObject({ reconnectCount: 0, subscriptions: 2, queuedMessages: 0 });
  expect(manager.metrics.messagesSent).toBe(server.heard.length);
  const uptime = manager.metrics.uptime;
  await pass(server, 2_000);
  expect(manager.metrics.uptime - uptime).toBe(2_000);
  server.cut();
  manager.send({ type: 'note' });
  expect(manager.metrics).toMatchObject({ uptime: 0, subscriptions: 2, queuedMessages: 1 });
  await pass(server, 5_100);
  expect(manager.metrics).toMatchObject({
    ...{ reconnectCount: 1, subscriptions: 2, queuedMessages: 0 },
    messagesSent: server.heard.length,
  });
  manager.disconnect();
});

test.each(['json', 'msgpack'] as const)(
  'the nine message types survive %s there and back [S0-13]',
  async (encoding) => {
    const { server, manager } = await connected();
    const updates = [
      priceUpdate('BTC-USD', 1, 0.1),
      bookUpdate,
      tradeUpdate('BTC-USD', 1),
      tickerUpdate,
    ];
    const said: readonly ServerMessage[] = [
      ...updates.map(
        (update) => ({ type: 'updates', time: 1, cursor: 'e1.1', updates: [update] }) as const,
      ),
      { type: 'error', id: null, time: 1, error: { code: 'INTERNAL', message: 'Failed.' } },
      { type: 'pong', id: 'p1', time: 1 },
    ];
    for (const message of said) {
      const parsed = decodeMessage(encodeMessage(message, encoding));
      expect(parsed).toEqual({ message, refused: 0 });
    }
    // Without a token it has asked on opening whether it is let in.
    server.heard.length = 0;
    manager.send({ type: 'heartbeat', id: 'h' });
    const unsubscribe = manager.subscribe('price.BTC/USD');
    await pass(server, 50);
    unsubscribe();
    await pass(server, 50);
    expect(server.heard.map(({ type }) => type)).toEqual(['heartbeat', 'subscribe', 'unsubscribe']);
    manager.disconnect();
  },
);
