import { cleanup, render, screen } from '@testing-library/react';
import { StrictMode } from 'react';
import { afterEach, expect, test } from 'vitest';
import type { DebugEntry, TruetapeClient } from '../../src/client/clientContract.ts';
import {
  RealTimeDataProvider,
  providerDefaults,
} from '../../src/client/react/RealTimeDataProvider.tsx';
import type { RealTimeData } from '../../src/client/react/realTimeStore.ts';
import { useRealTimeData } from '../../src/client/react/useRealTimeData.ts';
import { useTruetapeClient } from '../../src/client/react/useConnection.ts';
import type { PriceUpdate } from '../../src/shared/gateway/wire.ts';
import {
  FakeGateway,
  orderbookUpdate,
  priceUpdate,
  tickerUpdate,
  tradeUpdate,
} from './support/fakeGateway.ts';
import { TestClock, createWorld } from './support/renderWithGateway.tsx';

afterEach(cleanup);

function State() {
  return <output>{useRealTimeData(({ connectionState }) => connectionState)}</output>;
}

test('a provider alone shows DISCONNECTED before it connects, and without autoConnect opens nothing [S0-35]', async () => {
  const world = createWorld(false);
  await world.show(<State />);
  expect(screen.getByRole('status').textContent).toBe('DISCONNECTED');
  await world.advance(60_000);
  expect(world.gateway.sockets).toHaveLength(0);
});

test('the provider has the documented props and defaults, and makes its client with them [S0-14]', async () => {
  expect(providerDefaults).toEqual({
    ...{ autoConnect: true, reconnectInterval: 5_000, maxReconnectAttempts: 10, debug: false },
  });
  const gateway = new FakeGateway();
  const ports = { WebSocket: gateway.WebSocket, clock: new TestClock(), random: () => 0 };
  const heard: DebugEntry[] = [];
  const seen: { attempts: number; initialMs: number; url: string }[] = [];
  function Options() {
    const { options } = useTruetapeClient();
    const { maxAttempts, initialMs } = options.reconnect;
    seen.push({ attempts: maxAttempts, initialMs, url: options.url });
    return null;
  }
  const own = { ports, snapshots: false, debug: (entry: DebugEntry) => void heard.push(entry) };
  render(
    <RealTimeDataProvider wsUrl="ws://a.test" autoConnect={false} options={own}>
      <Options />
    </RealTimeDataProvider>,
  );
  render(
    <RealTimeDataProvider
      {...{ wsUrl: 'ws://b.test', reconnectInterval: 100, maxReconnectAttempts: 3, options: own }}
    >
      <Options />
    </RealTimeDataProvider>,
  );
  expect(seen.slice(0, 2)).toEqual([
    { attempts: 10, initialMs: 5_000, url: 'http://a.test' },
    { attempts: 3, initialMs: 100, url: 'http://b.test' },
  ]);
  expect(gateway.sockets).toHaveLength(1);
  cleanup();
  expect(gateway.openCount).toBe(0);
  const linesWith = async (debug?: boolean): Promise<number> => {
    const clients: TruetapeClient[] = [];
    function Kept() {
      clients.push(useTruetapeClient());
      return null;
    }
    const props = { wsUrl: 'ws://c.test', ...(debug === undefined ? {} : { debug }) };
    render(
      <RealTimeDataProvider {...props} options={{ ports, snapshots: false }}>
        <Kept />
      </RealTimeDataProvider>,
    );
    await createWorld(false).doing(() => undefined);
    const lines = clients.at(-1)?.debugLog().length ?? 0;
    cleanup();
    return lines;
  };
  expect([await linesWith(), await linesWith(false)]).toEqual([0, 0]);
  expect(await linesWith(true)).toBeGreaterThan(0);
});

test('options written in a component do not make another client at each render, other ones do', async () => {
  const gateway = new FakeGateway();
  const ports = { WebSocket: gateway.WebSocket, clock: new TestClock(), random: () => 0 };
  const page = (url: string) => (
    <RealTimeDataProvider
      wsUrl={url}
      options={{ ports, snapshots: false, tokenProvider: () => 'token' }}
    />
  );
  const world = createWorld(false);
  const { rerender } = render(page('ws://a.test'));
  await world.doing(() => rerender(page('ws://a.test')));
  await world.doing(() => rerender(page('ws://a.test')));
  expect(gateway.sockets).toHaveLength(1);
  await world.doing(() => rerender(page('ws://b.test')));
  expect([gateway.sockets.length, gateway.openCount]).toEqual([2, 1]);
});

test('connect makes isConnected true, and a price_update reaches the handler [S0-34]', async () => {
  const world = createWorld(false);
  const shown: RealTimeData[] = [];
  function Probe() {
    shown.push(useRealTimeData());
    return null;
  }
  await world.show(<Probe />);
  expect(shown.at(-1)?.isConnected).toBe(false);
  await world.doing(() => void shown.at(-1)?.connect());
  expect(shown.at(-1)).toMatchObject({ isConnected: true, connectionState: 'CONNECTED' });
  const heard: PriceUpdate[] = [];
  const off = world.client.on('priceUpdate', (update) => heard.push(update));
  await world.doing(() => void shown.at(-1)?.subscribe('price.BTC-USDT'));
  await world.push(priceUpdate('BTC-USDT', 1));
  expect(heard).toEqual([priceUpdate('BTC-USDT', 1)]);
  off();
  await world.push(priceUpdate('BTC-USDT', 2));
  expect([heard.length, shown.at(-1)?.getPrice('BTC-USDT')?.price.price]).toEqual([1, 43_252]);
});

test('useRealTimeData has its 14 members, and lastUpdated is per kind [S0-15]', async () => {
  const world = createWorld();
  const shown: RealTimeData[] = [];
  function Probe() {
    shown.push(useRealTimeData());
    return null;
  }
  await world.show(<Probe />);
  const [first] = shown;
  expect(Object.keys(first ?? {}).toSorted()).toEqual(
    [
      ...['clearErrors', 'connect', 'connectionState', 'disconnect', 'errors', 'getOrderbook'],
      ...['getPrice', 'getTicker', 'getTrades', 'isConnected', 'lastUpdated', 'metrics'],
      ...['subscribe', 'unsubscribe'],
    ].toSorted(),
  );
  const type: Record<keyof RealTimeData, true> = {
    ...{ connectionState: true, isConnected: true, connect: true, disconnect: true },
    ...{ subscribe: true, unsubscribe: true, getPrice: true, getOrderbook: true },
    ...{ getTrades: true, getTicker: true, metrics: true, errors: true, clearErrors: true },
    lastUpdated: true,
  };
  expect(Object.keys(type)).toHaveLength(14);
  first?.subscribe('price.BTC-USDT');
  first?.subscribe('ticker.BTC-USDT');
  await world.push(priceUpdate('BTC-USDT', 7));
  await world.advance(250);
  expect(shown.at(-1)?.lastUpdated).toEqual({
    ...{ price: 7_000, orderbook: null, trades: null, ticker: null },
  });
  await world.push(tickerUpdate('BTC-USDT', 9));
  await world.advance(250);
  expect(shown.at(-1)?.lastUpdated).toMatchObject({ price: 7_000, ticker: 9_000 });
  expect(shown.at(-1)?.metrics.subscriptions).toBe(2);
  first?.subscribe('orderbook.BTC-USDT');
  first?.subscribe('trades.BTC-USDT');
  await world.push(orderbookUpdate('BTC-USDT', 10), tradeUpdate('BTC-USDT', 11));
  await world.advance(250);
  expect(shown.at(-1)?.lastUpdated).toEqual({
    ...{ price: 7_000, orderbook: 10_000, trades: 11_000, ticker: 9_000 },
  });
  first?.unsubscribe('price.BTC-USDT');
  await world.advance(15_000);
  expect(world.gateway.unsubscribed).toEqual(['price.BTC-USDT']);
});

test('without a selector values alone render four times a second at most', async () => {
  const world = createWorld();
  const renders: RealTimeData[] = [];
  function Probe() {
    renders.push(useRealTimeData());
    return null;
  }
  await world.show(<Probe />);
  await world.doing(() => void world.client.subscribe('price.BTC-USDT'));
  const before = renders.length;
  for (let seq = 1; seq <= 200; seq += 1) {
    await world.push(priceUpdate('BTC-USDT', seq));
    await world.advance(10);
  }
  // Each push is a frame of 16 ms later.
  expect(renders.length - before).toBeLessThanOrEqual((200 * 26) / 250 + 2);
});

test('errors reach the hook, and clearErrors empties them', async () => {
  const world = createWorld();
  const shown: RealTimeData[] = [];
  function Probe() {
    shown.push(useRealTimeData());
    return null;
  }
  await world.show(<Probe />);
  await world.doing(() => void shown.at(-1)?.subscribe('price.NOTHING-USDT'));
  expect(shown.at(-1)?.errors.map(({ type }) => type)).toEqual(['subscription']);
  await world.doing(() => shown.at(-1)?.clearErrors());
  expect(shown.at(-1)?.errors).toEqual([]);
});

test('in strict mode one connection lives, and none after the provider', async () => {
  const world = createWorld();
  const { unmount } = await world.show(<StrictMode>{world.within(<State />)}</StrictMode>);
  expect(world.gateway.openCount).toBe(1);
  unmount();
  const own = new FakeGateway();
  const ports = { WebSocket: own.WebSocket, clock: world.clock, random: () => 0 };
  const page = render(
    <StrictMode>
      <RealTimeDataProvider wsUrl="ws://a.test" options={{ ports, snapshots: false }}>
        <State />
      </RealTimeDataProvider>
    </StrictMode>,
  );
  await world.doing(() => undefined);
  expect([own.openCount, screen.getByRole('status').textContent]).toEqual([1, 'CONNECTED']);
  page.unmount();
  await world.doing(() => undefined);
  expect(own.openCount).toBe(0);
});

test('a hook outside a provider says what is missing', () => {
  expect(() => render(<State />)).toThrow('Put <RealTimeDataProvider> around');
});
