import { cleanup, render, screen } from '@testing-library/react';
import { StrictMode } from 'react';
import { afterEach, expect, test } from 'vitest';
import type { TruetapeClient } from '../../src/client/clientContract.ts';
import { RealTimeDataProvider } from '../../src/client/react/RealTimeDataProvider.tsx';
import { useConnection, useTruetapeClient } from '../../src/client/react/useConnection.ts';
import { useGaps } from '../../src/client/react/useGaps.ts';
import { usePriceSubscription } from '../../src/client/react/useKindSubscription.ts';
import { useOptimizedRealtime } from '../../src/client/react/useOptimizedRealtime.ts';
import { useRealtimeTicker } from '../../src/client/react/useRealtimeTicker.ts';
import type { SymbolData } from '../../src/client/react/useSymbolData.ts';
import { useSymbolData } from '../../src/client/react/useSymbolData.ts';
import { WebSocketManager } from '../../src/client/webSocketManager.ts';
import type { GapUpdate } from '../../src/shared/gateway/wire.ts';
import { FakeGateway, orderbookUpdate, priceUpdate, tradeUpdate } from './support/fakeGateway.ts';
import { TestClock, createWorld, settle } from './support/renderWithGateway.tsx';

afterEach(cleanup);

function Connection() {
  const { state, authState } = useConnection();
  return <output>{`${state} ${authState}`}</output>;
}

function setUp() {
  const gateway = new FakeGateway();
  const ports = { WebSocket: gateway.WebSocket, clock: new TestClock(), random: () => 0 };
  return { gateway, options: { ports, snapshots: false, transports: ['websocket'] } as const };
}

test('in strict mode a provider of tokens that takes its time is asked once, and connects', async () => {
  const world = createWorld(false);
  const { options } = setUp();
  const answers: ((token: string) => void)[] = [];
  const tokenProvider = (): Promise<string> => new Promise((resolve) => void answers.push(resolve));
  render(
    <StrictMode>
      <RealTimeDataProvider wsUrl="ws://a.test" options={{ ...options, tokenProvider }}>
        <Connection />
      </RealTimeDataProvider>
    </StrictMode>,
  );
  await world.doing(() => undefined);
  expect(screen.getByRole('status').textContent).toBe('CONNECTING refreshing');
  await world.doing(() => answers[0]?.('token'));
  await world.doing(() => undefined);
  expect([answers.length, screen.getByRole('status').textContent]).toEqual([1, 'CONNECTED valid']);
});

test('in strict mode as well a provider without autoConnect shows DISCONNECTED', async () => {
  const world = createWorld(false);
  const { options, gateway } = setUp();
  render(
    <StrictMode>
      <RealTimeDataProvider wsUrl="ws://a.test" autoConnect={false} options={options}>
        <Connection />
      </RealTimeDataProvider>
    </StrictMode>,
  );
  await world.doing(() => undefined);
  expect(screen.getByRole('status').textContent).toBe('DISCONNECTED none');
  expect(gateway.sockets).toEqual([]);
});

test('the provider of tokens that is asked is that of the newest render', async () => {
  const world = createWorld(false);
  const { options } = setUp();
  const asked: string[] = [];
  const clients: TruetapeClient[] = [];
  function Probe() {
    clients.push(useTruetapeClient());
    return null;
  }
  const page = (user: string) => {
    const tokenProvider = (): string => {
      asked.push(user);
      return `token of ${user}`;
    };
    return (
      <RealTimeDataProvider wsUrl="ws://a.test" options={{ ...options, tokenProvider }}>
        <Probe />
      </RealTimeDataProvider>
    );
  };
  const { rerender } = render(page('nobody'));
  await world.doing(() => undefined);
  await world.doing(() => rerender(page('anna')));
  await world.doing(() => void clients.at(-1)?.reconnect());
  expect(asked).toEqual(['nobody', 'anna']);
});

test('a ticker that leaves does not end the connection that the provider asked for', async () => {
  const world = createWorld();
  function Ticker() {
    useRealtimeTicker({ symbol: 'BTC-USDT' });
    return null;
  }
  const { rerender } = await world.show([<Connection key="1" />, <Ticker key="2" />]);
  await world.doing(() => rerender(world.within([<Connection key="1" />])));
  expect(screen.getByRole('status').textContent).toBe('CONNECTED none');
});

test('auto that changes later counts, and what was chosen by hand holds until then', async () => {
  const world = createWorld();
  const shown: (() => void)[] = [];
  function Probe({ auto }: { readonly auto: boolean }) {
    shown.push(usePriceSubscription('BTC-USDT', auto).subscribe);
    return null;
  }
  const { rerender } = await world.show(<Probe auto={false} />);
  expect(world.gateway.subscribed).toEqual([]);
  await world.doing(() => rerender(world.within(<Probe auto />)));
  expect(world.gateway.subscribed).toEqual(['price.BTC-USDT']);
  await world.doing(() => rerender(world.within(<Probe auto={false} />)));
  expect(world.gateway.unsubscribed).toEqual(['price.BTC-USDT']);
  await world.doing(() => shown.at(-1)?.());
  expect(world.gateway.subscribed).toEqual(['price.BTC-USDT', 'price.BTC-USDT']);
});

test('a component that asked for trades alone has nothing else, and renders for nothing else', async () => {
  const world = createWorld();
  const shown: SymbolData[] = [];
  function Trades() {
    shown.push(useSymbolData('BTC-USDT', { kinds: ['trades'] }));
    return null;
  }
  function Price() {
    usePriceSubscription('BTC-USDT');
    return null;
  }
  await world.show([<Trades key="1" />, <Price key="2" />]);
  await world.push(tradeUpdate('BTC-USDT', 1));
  const before = shown.length;
  await world.push(priceUpdate('BTC-USDT', 1), orderbookUpdate('BTC-USDT', 1));
  expect([shown.length - before, shown.at(-1)?.price]).toEqual([0, null]);
  expect(shown.at(-1)?.validity).toMatchObject({
    ...{ price: { status: 'none' }, trades: { status: 'live', ageMs: expect.any(Number) } },
  });
});

test('a hundred messages within a frame render twice at most, and the last is shown', async () => {
  const world = createWorld();
  const shown: (number | null | undefined)[] = [];
  function Price() {
    shown.push(usePriceSubscription('BTC-USDT').price?.price.price);
    return null;
  }
  await world.show(<Price />);
  await world.push(priceUpdate('BTC-USDT', 1, 1));
  const before = shown.length;
  for (let price = 2; price <= 101; price += 1) {
    await world.doing(() => world.gateway.push(priceUpdate('BTC-USDT', price, price)));
  }
  await world.advance(16);
  expect([shown.at(-1), shown.length - before <= 2]).toEqual([101, true]);
});

test('gaps of another source are not mixed with those of the present one', async () => {
  const world = createWorld();
  const shown: (readonly GapUpdate[])[] = [];
  function Probe() {
    shown.push(useGaps());
    usePriceSubscription('BTC-USDT');
    return null;
  }
  await world.show(<Probe />);
  await world.push({
    ...{ type: 'gap_update', channel: 'gaps', symbol: 'BTC-USDT', epoch: 'e', seq: 1, time: 1 },
    source: 'simulated',
    gap: {
      ...{ id: 1, venue: 'okx', stream: 'trade', cause: 'disconnect', from: 500, to: null },
      ...{ firstId: null, lastId: null, missing: 3, repairedBy: null },
    },
  });
  expect(shown.at(-1)).toHaveLength(1);
  await world.push({ ...priceUpdate('BTC-USDT', 1), source: 'live', epoch: 'f' });
  expect(shown.at(-1)).toEqual([]);
});

test('of a stream of which nothing is to be kept nothing is kept', async () => {
  const world = createWorld(false);
  let say: (message: number) => void = () => undefined;
  const source = (listener: (message: number) => void): (() => void) => {
    say = listener;
    return () => undefined;
  };
  const counts: number[] = [];
  function Probe() {
    const view = useOptimizedRealtime({ source, maxMessages: 0, clock: world.clock });
    counts.push(view.messages.length, view.latest ?? 0);
    return null;
  }
  await world.show(<Probe />);
  for (let message = 1; message <= 200; message += 1) say(message);
  await world.advance(1_000);
  expect(counts.slice(-2)).toEqual([0, 200]);
});

test('a listener of the manager that throws keeps the others from nothing, and connect leaves none', async () => {
  const { gateway, options } = setUp();
  const manager = new WebSocketManager({ url: 'ws://a.test', ports: options.ports });
  const heard: number[] = [];
  manager.on('priceUpdate', () => {
    throw new Error('mine');
  });
  manager.on('priceUpdate', ({ seq }) => heard.push(seq));
  manager.subscribe('price.BTC-USDT');
  await manager.connect();
  await settle();
  gateway.push(priceUpdate('BTC-USDT', 1));
  expect([heard, manager.client.errors.map(({ code }) => code)]).toEqual([
    [1],
    ['LISTENER_FAILED'],
  ]);
  manager.disconnect();
});
