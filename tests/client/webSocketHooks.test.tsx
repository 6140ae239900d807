import { cleanup, renderHook } from '@testing-library/react';
import { act } from 'react';
import { afterEach, expect, expectTypeOf, test } from 'vitest';
import type {
  MarketFigures,
  MarketService,
  MarketServiceEvents,
  TradingSignal,
} from '../../src/client/clientContract.ts';
import { Emitter } from '../../src/client/emitter.ts';
import type { EnvelopeWebSocket } from '../../src/client/react/envelopeView.ts';
import type { MarketWebSocket } from '../../src/client/react/marketView.ts';
import { useWebSocket } from '../../src/client/react/useWebSocket.ts';
import { useWebSocketSubscription } from '../../src/client/react/useWebSocketSubscription.ts';
import { FakeEnvelopeServer } from './support/fakeEnvelopeServer.ts';
import { FakeGateway, priceUpdate } from './support/fakeGateway.ts';
import { TestClock, settle } from './support/renderWithGateway.tsx';

afterEach(cleanup);

async function doing(run: () => void): Promise<void> {
  await act(async () => {
    run();
    await settle();
  });
}

function count(payload: unknown): number {
  if (typeof payload !== 'number') throw new TypeError('A count is a number.');
  return payload;
}

test('with a url it is a socket of envelopes: state in four words, messages sent, queued and heard [S3-08]', async () => {
  const server = new FakeEnvelopeServer();
  const ports = { WebSocket: server.WebSocket, clock: new TestClock(), random: () => 0 };
  const { result, unmount } = renderHook(() => useWebSocket({ url: 'ws://any.test', ports }));
  expectTypeOf(result.current).toEqualTypeOf<EnvelopeWebSocket>();
  expect(result.current).toMatchObject({ connectionState: 'connecting', isConnected: false });
  expect(result.current.sendMessage({ type: 'early', payload: 1 })).toBe(false);
  await doing(() => undefined);
  expect(result.current).toMatchObject({ connectionState: 'connected', isConnected: true });
  expect(result.current.sendMessage({ type: 'late', payload: 2 })).toBe(true);
  expect(server.received.map((text): unknown => JSON.parse(text))).toMatchObject([
    { type: 'early', payload: 1 },
    { type: 'late', payload: 2 },
  ]);
  const heard: unknown[] = [];
  const leave = result.current.subscribe('note', ({ payload }) => heard.push(payload));
  await doing(() => server.say({ type: 'note', payload: 'a', id: 'n1', timestamp: 5 }));
  leave();
  await doing(() => server.say({ type: 'note', payload: 'b', id: 'n2', timestamp: 6 }));
  expect([heard, result.current.lastMessage]).toEqual([
    ['a'],
    { type: 'note', payload: 'b', id: 'n2', timestamp: 6 },
  ]);
  unmount();
  await doing(() => undefined);
  expect([server.openCount, ports.clock.pending]).toEqual([0, 0]);
});

test('a lost socket says so and comes back by itself; one that is closed, or never was, is told so [S3-08]', async () => {
  const server = new FakeEnvelopeServer();
  const clock = new TestClock();
  const ports = { WebSocket: server.WebSocket, clock, random: () => 0 };
  const { result } = renderHook(() =>
    useWebSocket({ url: 'ws://any.test', reconnectAttempts: 2, ports }),
  );
  await doing(() => undefined);
  server.isRefusing = true;
  await doing(() => server.drop());
  expect(result.current).toMatchObject({ connectionState: 'connecting', isConnected: false });
  server.isRefusing = false;
  await doing(() => clock.advance(1_000));
  expect(result.current).toMatchObject({ connectionState: 'connected', error: null });
  await doing(() => result.current.disconnect());
  expect(result.current).toMatchObject({ connectionState: 'disconnected', isConnected: false });
  await doing(() => void result.current.connect());
  expect(result.current.connectionState).toBe('connected');
  server.isRefusing = true;
  await doing(() => server.drop());
  for (let second = 0; second < 10; second += 1) await doing(() => clock.advance(1_000));
  expect(result.current).toMatchObject({
    ...{ connectionState: 'disconnected', isConnected: false },
    error: { type: 'connection' },
  });
});

test('one type of message is read into its own type, and what is none is an error beside the last [S3-09]', async () => {
  const server = new FakeEnvelopeServer();
  const ports = { WebSocket: server.WebSocket, clock: new TestClock(), random: () => 0 };
  const { result, unmount } = renderHook(() => {
    const socket = useWebSocket({ url: 'ws://any.test', ports });
    return useWebSocketSubscription(socket, 'count', (payload) => count(payload));
  });
  expectTypeOf(result.current.data).toEqualTypeOf<number | null>();
  expect(result.current).toEqual({ data: null, error: null, connectionState: 'connecting' });
  await doing(() => undefined);
  await doing(() => server.say({ type: 'count', payload: 7 }));
  await doing(() => server.say({ type: 'other', payload: 8 }));
  expect(result.current).toEqual({ data: 7, error: null, connectionState: 'connected' });
  await doing(() => server.say({ type: 'count', payload: 'seven' }));
  expect(result.current).toMatchObject({ data: 7, error: 'A count is a number.' });
  await doing(() => server.say({ type: 'count', payload: 9 }));
  expect(result.current).toMatchObject({ data: 9, error: null });
  unmount();
});

/** A service whose events a test emits. */
class ToldService implements MarketService {
  readonly client = null;
  readonly symbols: string[] = [];
  connects = 0;
  isUp = false;
  private readonly emitter = new Emitter<MarketServiceEvents>(() => undefined);

  get status(): 'connected' | 'disconnected' {
    return this.isUp ? 'connected' : 'disconnected';
  }
  readonly isConnected = (): boolean => this.isUp;
  connect(): Promise<void> {
    this.connects += 1;
    this.isUp = true;
    this.emitter.emit('connect', { transport: 'websocket' });
    return Promise.resolve();
  }
  disconnect(): void {
    this.isUp = false;
    this.emitter.emit('disconnect', { reason: 'test' });
  }
  subscribe(symbols: readonly string[]): void {
    this.symbols.push(...symbols);
  }
  readonly on: MarketService['on'] = (name, listener) => this.emitter.on(name, listener);
  readonly off: MarketService['off'] = (name, listener) => this.emitter.off(name, listener);
  tell<Name extends keyof MarketServiceEvents>(name: Name, event: MarketServiceEvents[Name]): void {
    this.emitter.emit(name, event);
  }
}

function figures(symbol: string, price: number): MarketFigures {
  return {
    ...{ symbol, price, change_24h: 1.5, volume_24h: 10, timestamp: '2026-01-01T00:00:00.000Z' },
    ...{ market: `${symbol}-USDT`, quote: 'USDT', status: 'live', age_ms: 5, source: 'simulated' },
  };
}

function signal(index: number): TradingSignal {
  return {
    ...{ symbol: 'BTC', signal: 'BUY', strength: 0.8, reason: `${index}`, status: 'computed' },
    timestamp: '2026-01-01T00:00:00.000Z',
  };
}

test('without a url it is the market application, over a gateway of its own [S1-13]', async () => {
  const gateway = new FakeGateway();
  const clock = new TestClock();
  const ports = { WebSocket: gateway.WebSocket, clock, random: () => 0 };
  const { result, unmount } = renderHook(() =>
    useWebSocket({ symbols: ['BTC', 'ETH'], token: 'a.b.c', gateway: 'ws://gateway.test', ports }),
  );
  expectTypeOf(result.current).toEqualTypeOf<MarketWebSocket>();
  expect(Object.keys(result.current)).toEqual(
    expect.arrayContaining([
      ...['isConnected', 'connectionStatus', 'marketData', 'sentimentData', 'tradingSignals'],
      ...['lastUpdate', 'connect', 'disconnect', 'subscribe'],
    ]),
  );
  expect(result.current).toMatchObject({ isConnected: false, marketData: {}, lastUpdate: null });
  await doing(() => undefined);
  expect(result.current).toMatchObject({
    ...{ isConnected: true, connectionStatus: 'connected', tradingSignals: [] },
    sentimentData: { market_fear_greed: null, status: 'not-computed' },
  });
  expect(result.current.signalsNote).toContain('Not computed');
  expect(gateway.subscribed).toEqual(['price.BTC', 'price.ETH']);
  expect(gateway.tokens).toEqual(['a.b.c']);
  await doing(() => gateway.push({ ...priceUpdate('BTC-USDT', 1), channel: 'price.BTC' }));
  await doing(() => clock.advance(2_000));
  expect(result.current.marketData).toMatchObject({
    BTC: { symbol: 'BTC', price: 43_251, status: 'live', source: 'simulated' },
  });
  expect(result.current.lastUpdate).toBe(1_700_000_002_000);
  gateway.isRefusing = true;
  await doing(() => gateway.drop());
  expect(result.current).toMatchObject({
    isConnected: false,
    marketData: { BTC: { status: 'stale' } },
  });
  unmount();
  await doing(() => undefined);
  expect([gateway.openCount, clock.pending]).toEqual([0, 0]);
});

test('nothing happens until connect, what is lost is stale, and a shared service outlives its hooks', async () => {
  const service = new ToldService();
  const { result, unmount } = renderHook(() =>
    useWebSocket({ service, autoConnect: false, symbols: ['BTC'] }),
  );
  expect([service.connects, service.symbols]).toEqual([0, ['BTC']]);
  await doing(() => void result.current.connect());
  expect(result.current).toMatchObject({ isConnected: true, connectionStatus: 'connected' });
  await doing(() => service.tell('market_update', { BTC: figures('BTC', 1) }));
  await doing(() => service.disconnect());
  expect(result.current).toMatchObject({
    ...{ isConnected: false, connectionStatus: 'disconnected' },
    marketData: { BTC: { price: 1, status: 'stale' } },
  });
  await doing(() => void result.current.connect());
  unmount();
  expect(service.isUp).toBe(true);
});

test('the last ten signals are kept, newest first [S1-14]', async () => {
  const service = new ToldService();
  const { result } = renderHook(() => useWebSocket({ service }));
  await doing(() => {
    for (let index = 1; index <= 25; index += 1) service.tell('trading_signal', signal(index));
  });
  expect(result.current.tradingSignals.map(({ reason }) => Number(reason))).toEqual([
    ...[25, 24, 23, 22, 21, 20, 19, 18, 17, 16],
  ]);
  expect(result.current.signalsNote).toBeNull();
});

test('an update of one ticker leaves the figures of the others the same objects [S1-22]', async () => {
  const service = new ToldService();
  const { result } = renderHook(() => useWebSocket({ service }));
  const watched = ['BTC', 'ETH', 'ADA', 'DOT', 'LINK'];
  const all = (changed: Readonly<Record<string, number>>) =>
    Object.fromEntries(watched.map((name) => [name, figures(name, changed[name] ?? 1)]));
  await doing(() => service.tell('market_update', all({})));
  const before = result.current.marketData;
  await doing(() => service.tell('market_update', { ETH: figures('ETH', 2) }));
  await doing(() => service.tell('market_update', all({ ETH: 3 })));
  const after = result.current.marketData;
  expect(after['ETH']?.price).toBe(3);
  for (const name of ['BTC', 'ADA', 'DOT', 'LINK']) expect(after[name]).toBe(before[name]);
});
