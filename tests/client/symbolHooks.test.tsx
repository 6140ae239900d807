import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { cleanup } from '@testing-library/react';
import type { ReactNode } from 'react';
import { Profiler, StrictMode } from 'react';
import { afterEach, expect, test } from 'vitest';
import type {
  OrderbookSubscription,
  PriceSubscription,
} from '../../src/client/react/useKindSubscription.ts';
import {
  useOrderbookSubscription,
  usePriceSubscription,
} from '../../src/client/react/useKindSubscription.ts';
import type { RealtimeTickerView } from '../../src/client/react/useRealtimeTicker.ts';
import { useRealtimeTicker } from '../../src/client/react/useRealtimeTicker.ts';
import type { SymbolData } from '../../src/client/react/useSymbolData.ts';
import { useSymbolData } from '../../src/client/react/useSymbolData.ts';
import { orderbookUpdate, priceUpdate, tickerUpdate, tradeUpdate } from './support/fakeGateway.ts';
import { createWorld } from './support/renderWithGateway.tsx';

afterEach(cleanup);

test('useSymbolData has the four kinds, and lastUpdated of one moves alone [S0-16]', async () => {
  const world = createWorld();
  const shown: SymbolData[] = [];
  function Probe() {
    shown.push(useSymbolData('BTC-USDT'));
    return null;
  }
  await world.show(<Probe />);
  expect(shown[0]).toMatchObject({ price: null, orderbook: null, trades: [], isSubscribed: false });
  expect(shown.at(-1)).toMatchObject({ isSubscribed: true });
  await world.push(orderbookUpdate('BTC-USDT', 1), tickerUpdate('BTC-USDT', 2));
  await world.push(tradeUpdate('BTC-USDT', 1), priceUpdate('BTC-USDT', 3));
  const before = shown.at(-1);
  expect(before?.lastUpdated).toEqual({
    price: 3_000,
    orderbook: 1_000,
    trades: 1_000,
    ticker: 2_000,
  });
  await world.push(priceUpdate('BTC-USDT', 4));
  const after = shown.at(-1);
  expect(after?.lastUpdated).toEqual({ ...before?.lastUpdated, price: 4_000 });
  expect(after?.orderbook).toBe(before?.orderbook);
  expect(after?.trades).toBe(before?.trades);
  expect(after?.ticker).toBe(before?.ticker);
});

test('price, book and trades have the documented payloads in the hook [S0-22] [S0-23] [S0-24]', async () => {
  const world = createWorld();
  const shown: SymbolData[] = [];
  function Probe() {
    shown.push(useSymbolData('BTC-USDT'));
    return null;
  }
  await world.show(<Probe />);
  await world.push(
    priceUpdate('BTC-USDT', 1),
    orderbookUpdate('BTC-USDT', 1),
    tradeUpdate('BTC-USDT', 1),
  );
  const { price, orderbook, trades } = shown.at(-1) ?? {};
  expect(price).toMatchObject({
    ...{ type: 'price_update', symbol: 'BTC-USDT', status: 'live', ageMs: 5, source: 'simulated' },
    price: { price: 43_251, change: 250, changePercent: 0.58, volume: 1_000.5, timestamp: 995 },
  });
  expect(orderbook?.bids.map((level) => level.price)).toEqual([43_249, 43_248, 43_247]);
  expect(orderbook?.asks.map((level) => level.price)).toEqual([43_251, 43_252, 43_253]);
  expect(Object.keys(orderbook?.bids[0] ?? {})).toEqual(['price', 'size', 'timestamp']);
  await world.push(tradeUpdate('BTC-USDT', 2, 'sell'));
  expect(shown.at(-1)?.trades).toMatchObject([
    { price: 43_250, size: 0.1, side: 'buy', timestamp: 1_000 },
    { price: 43_250, size: 0.1, side: 'sell', timestamp: 2_000 },
  ]);
  expect(trades).toHaveLength(1);
});

test('three components of one market are one subscription, all of them gone one unsubscription [S0-17]', async () => {
  const world = createWorld();
  function Probe() {
    usePriceSubscription('BTC-USDT');
    return null;
  }
  const three = [1, 2, 3].map((key) => <Probe key={key} />);
  const { rerender } = await world.show(three);
  expect(world.gateway.subscribed).toEqual(['price.BTC-USDT']);
  await world.doing(() => rerender(world.within(three.slice(1))));
  await world.advance(1_000);
  expect(world.gateway.unsubscribed).toEqual([]);
  await world.doing(() => rerender(world.within([])));
  await world.advance(1_000);
  expect(world.gateway.unsubscribed).toEqual(['price.BTC-USDT']);
});

test('books are shared in the same way, and one venue alone is another channel [S0-18]', async () => {
  const world = createWorld();
  const shown: OrderbookSubscription[] = [];
  function Probe({ symbol }: { readonly symbol: string }) {
    shown.push(useOrderbookSubscription(symbol));
    return null;
  }
  const three = [1, 2, 3].map((key) => <Probe key={key} symbol="BTC-USDT" />);
  const { rerender } = await world.show([...three, <Probe key="okx" symbol="BTC-USDT@okx" />]);
  expect(world.gateway.subscribed.toSorted()).toEqual([
    ...['orderbook.BTC-USDT', 'orderbook.BTC-USDT@okx'],
  ]);
  await world.push(orderbookUpdate('BTC-USDT', 1));
  expect(shown.filter(({ orderbook }) => orderbook !== null)).toHaveLength(3);
  await world.doing(() => rerender(world.within([])));
  await world.advance(60_000);
  expect(world.gateway.unsubscribed.toSorted()).toEqual([
    ...['orderbook.BTC-USDT', 'orderbook.BTC-USDT@okx'],
  ]);
});

test.each([
  ['price', usePriceSubscription],
  ['orderbook', useOrderbookSubscription],
] as const)(
  'without auto no %s is asked for until subscribe, and no more after unsubscribe [S0-17] [S0-18]',
  async (kind, useSubscription) => {
    const world = createWorld();
    const shown: (PriceSubscription | OrderbookSubscription)[] = [];
    function Probe() {
      shown.push(useSubscription('BTC-USDT', false));
      return null;
    }
    await world.show(<Probe />);
    expect([world.gateway.subscribed, shown.at(-1)?.isSubscribed]).toEqual([[], false]);
    await world.doing(() => shown.at(-1)?.subscribe());
    const channels = [`${kind}.BTC-USDT`];
    expect([world.gateway.subscribed, shown.at(-1)?.isSubscribed]).toEqual([channels, true]);
    await world.doing(() => shown.at(-1)?.unsubscribe());
    expect([world.gateway.unsubscribed, shown.at(-1)?.isSubscribed]).toEqual([channels, false]);
  },
);

test('a refused market says why in the hook, and never shows as subscribed', async () => {
  const world = createWorld();
  const shown: PriceSubscription[] = [];
  function Probe({ symbol }: { readonly symbol: string }) {
    shown.push(usePriceSubscription(symbol));
    return null;
  }
  await world.show(<Probe symbol="NOTHING-USDT" />);
  expect(shown.at(-1)).toMatchObject({
    ...{ isSubscribed: false, error: 'There is no market NOTHING.', price: null },
  });
  cleanup();
  await world.show(<Probe symbol="" />);
  expect(shown.at(-1)?.error).not.toBeNull();
});

test('a lost connection makes every shown value stale with its age, and losses stand beside it', async () => {
  const world = createWorld();
  const shown: SymbolData[] = [];
  function Probe() {
    shown.push(useSymbolData('BTC-USDT'));
    return null;
  }
  await world.show(<Probe />);
  await world.push(priceUpdate('BTC-USDT', 1), tradeUpdate('BTC-USDT', 1));
  expect(shown.at(-1)?.validity.price).toMatchObject({
    ...{ status: 'live', source: 'simulated', isWhole: true, gaps: [] },
  });
  world.gateway.isRefusing = true;
  await world.doing(() => world.gateway.drop());
  expect(shown.at(-1)).toMatchObject({
    ...{ isSubscribed: false, price: { status: 'stale' }, lastUpdated: { price: 1_000 } },
    validity: { price: { status: 'stale' }, trades: { status: 'stale' } },
  });
  await world.advance(7_500);
  expect(shown.at(-1)?.validity.price.ageMs).toBeGreaterThanOrEqual(7_000);
  world.gateway.isRefusing = false;
  await world.advance(20_000);
  await world.push(priceUpdate('BTC-USDT', 2), tradeUpdate('BTC-USDT', 2));
  expect(shown.at(-1)?.validity.price.status).toBe('live');
  await world.push(tradeUpdate('BTC-USDT', 6));
  expect(shown.at(-1)?.validity.trades.isWhole).toBe(false);
  expect(shown.at(-1)?.validity.trades.gaps).toMatchObject([
    { reason: 'hole', firstSeq: 3, lastSeq: 5, missing: 3 },
  ]);
  expect(shown.at(-1)?.validity.price.gaps).toEqual([]);
});

test('of 50 panels an update of one market renders those of that market alone [S0-26]', async () => {
  const world = createWorld();
  const renders = new Map<string, number>();
  function Panel({ symbol }: { readonly symbol: string }) {
    usePriceSubscription(symbol);
    useSymbolData(symbol);
    return null;
  }
  const panels = Array.from({ length: 50 }, (_, index): [string, string] => [
    `panel ${index}`,
    `C${index % 25}-USDT`,
  ]);
  const count = (id: string): void => void renders.set(id, (renders.get(id) ?? 0) + 1);
  const all: readonly ReactNode[] = panels.map(([id, symbol]) => (
    <Profiler key={id} id={id} onRender={count}>
      <Panel symbol={symbol} />
    </Profiler>
  ));
  await world.show(all);
  await world.push(...panels.slice(0, 25).map(([, symbol]) => priceUpdate(symbol, 1)));
  renders.clear();
  await world.push(priceUpdate('C7-USDT', 2));
  expect(Object.fromEntries(renders)).toEqual({ 'panel 7': 1, 'panel 32': 1 });
});

function collectedHeapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}

test('after a thousand mounts no listener, subscription, timer or memory is left [S0-27]', async () => {
  const world = createWorld();
  let listeners = 0;
  const { on } = world.client;
  Object.assign(world.client, {
    on: (...given: Parameters<typeof on>) => {
      listeners += 1;
      const off = Reflect.apply(on, world.client, given);
      return () => {
        listeners -= 1;
        off();
      };
    },
  });
  function Probe() {
    useSymbolData('BTC-USDT');
    usePriceSubscription('BTC-USDT');
    useRealtimeTicker({ symbol: 'BTC-USDT' });
    return null;
  }
  const mountAll = async (count: number): Promise<void> => {
    for (let round = 0; round < count; round += 1) {
      await world.show(<Probe />);
      cleanup();
    }
  };
  // The first rounds also fill what the runtime itself keeps.
  await mountAll(300);
  const before = collectedHeapBytes();
  await mountAll(700);
  expect((collectedHeapBytes() - before) / 1_048_576).toBeLessThan(5);
  await world.advance(60_000);
  expect([listeners, world.client.subscriptions()]).toEqual([0, []]);
  world.client.disconnect();
  expect(world.clock.pending).toBe(0);
});

test('in strict mode a subscription is sent once', async () => {
  const world = createWorld();
  function Probe() {
    usePriceSubscription('BTC-USDT');
    return null;
  }
  await world.show(
    <StrictMode>
      <Probe />
    </StrictMode>,
  );
  expect([world.gateway.subscribed, world.gateway.unsubscribed]).toEqual([['price.BTC-USDT'], []]);
});

test('useRealtimeTicker connects for the first, disconnects after the last, and tells its error [S2-06]', async () => {
  const world = createWorld(false);
  const shown: RealtimeTickerView[] = [];
  function Probe({ enabled }: { readonly enabled: boolean }) {
    shown.push(useRealtimeTicker({ symbol: 'BTC-USDT', enabled }));
    return null;
  }
  const { rerender } = await world.show(<Probe enabled={false} />);
  expect([world.gateway.openCount, shown.at(-1)]).toMatchObject([
    0,
    { ticker: null, isConnected: false, error: null },
  ]);
  await world.doing(() => rerender(world.within(<Probe enabled />)));
  await world.push(priceUpdate('BTC-USDT', 1));
  expect(shown.at(-1)).toMatchObject({
    ...{ isConnected: true, error: null, validity: { status: 'live' } },
    ticker: {
      ...{ symbol: 'BTC-USDT', market: 'BTC-USDT', quote: 'USDT', price: 43_251 },
      ...{ changePercent24h: 0.58, status: 'live', source: 'simulated' },
    },
  });
  world.gateway.isRefusing = true;
  await world.doing(() => world.gateway.drop());
  expect(shown.at(-1)).toMatchObject({ isConnected: false, ticker: { status: 'stale' } });
  expect(shown.at(-1)?.error).not.toBeNull();
  world.gateway.isRefusing = false;
  await world.advance(10_000);
  expect(shown.at(-1)).toMatchObject({ isConnected: true, error: null });
  await world.doing(() => rerender(world.within(<Probe enabled={false} />)));
  expect([world.gateway.openCount, shown.at(-1)?.isConnected]).toEqual([0, false]);
});

test('the hook stands in three panels that know nothing of each other [S2-22]', async () => {
  const world = createWorld(false);
  function Card() {
    return <p>{useRealtimeTicker({ symbol: 'BTC-USDT' }).ticker?.price}</p>;
  }
  function Row() {
    const { ticker } = useRealtimeTicker({ symbol: 'BTC-USDT' });
    return <li>{ticker?.changePercent24h}</li>;
  }
  function Badge() {
    const { isConnected, validity } = useRealtimeTicker({ symbol: 'BTC-USDT' });
    return <b>{isConnected ? validity.status : 'offline'}</b>;
  }
  const { container, rerender } = await world.show([
    <Card key="1" />,
    <Row key="2" />,
    <Badge key="3" />,
  ]);
  await world.push(priceUpdate('BTC-USDT', 1));
  expect(container.textContent).toBe('432510.58live');
  expect([world.gateway.sockets.length, world.gateway.subscribed]).toEqual([1, ['price.BTC-USDT']]);
  await world.doing(() => rerender(world.within([<Badge key="3" />])));
  expect([world.gateway.openCount, container.textContent]).toEqual([1, 'live']);
});
