import { act, cleanup, render } from '@testing-library/react';
import { memo, Profiler, StrictMode, useState } from 'react';
import type { ReactNode } from 'react';
import { afterEach, expect, test } from 'vitest';
import {
  MarketStoreContext,
  RenderIntervalContext,
  useLinkHealth,
  usePrice,
  useSettings,
  useTopic,
  useTopicValue,
} from '../../../src/renderer/store/hooks.ts';
import { defaultMarkets } from '../../../src/shared/market.ts';
import { TestPage } from './testPage.ts';

afterEach(cleanup);

async function run(page: TestPage, ms: number, sliceMs = 5): Promise<void> {
  page.frames.around = (frame) => act(frame);
  await act(() => page.run(ms, sliceMs));
}

function show(page: TestPage, children: ReactNode) {
  return render(<MarketStoreContext value={page.store}>{children}</MarketStoreContext>);
}

const PricePanel = memo(function PricePanel({ market }: { readonly market: string }) {
  return <span>{usePrice(market)?.price ?? 'none'}</span>;
});

test('a change of one symbol renders only the panels that show it [S0-26]', async () => {
  const page = new TestPage();
  const renders = new Map<string, number>();
  const panels = Array.from({ length: 50 }, (_, index) => ({
    id: `panel ${index}`,
    market: defaultMarkets[index % 10] ?? '',
  }));
  show(
    page,
    panels.map(({ id, market }) => (
      <Profiler key={id} id={id} onRender={() => renders.set(id, (renders.get(id) ?? 0) + 1)}>
        <PricePanel market={market} />
      </Profiler>
    )),
  );
  await run(page, 200);
  renders.clear();
  page.host.core.moveQuote('ETH-USDT');
  await run(page, 200);
  const rendered = panels.filter(({ id }) => renders.has(id));
  expect(rendered.map(({ market }) => market)).toEqual(Array(5).fill('ETH-USDT'));
  expect([...renders.values()]).toEqual([1, 1, 1, 1, 1]);
});

test('a panel whose selected value stays equal is not rendered again [S0-38]', async () => {
  const page = new TestPage();
  let renders = 0;
  function StatusPanel() {
    renders++;
    return useTopicValue(
      [{ topic: 'price', market: 'BTC-USDT' }],
      (store) => store.price('BTC-USDT')?.status ?? 'none',
    );
  }
  show(page, <StatusPanel />);
  await run(page, 200);
  const before = renders;
  const stop = page.host.run(1000, ['BTC-USDT']);
  await run(page, 1000);
  stop();
  expect(renders).toBe(before);
  page.host.core.setVenueStatus('okx', 'stale');
  await run(page, 200);
  expect(renders).toBe(before + 1);
});

test('a panel renders at most ten times a second, or as seldom as it was told [S1-36]', async () => {
  const page = new TestPage();
  const renders = { usual: 0, seldom: 0 };
  show(
    page,
    <>
      <Profiler id="usual" onRender={() => renders.usual++}>
        <PricePanel market="BTC-USDT" />
      </Profiler>
      <RenderIntervalContext value={1000}>
        <Profiler id="seldom" onRender={() => renders.seldom++}>
          <PricePanel market="BTC-USDT" />
        </Profiler>
      </RenderIntervalContext>
    </>,
  );
  await run(page, 200);
  renders.usual = 0;
  renders.seldom = 0;
  const stop = page.host.run(2000, ['BTC-USDT']);
  await run(page, 5000);
  stop();
  expect(renders.usual).toBeGreaterThan(30);
  expect(renders.usual).toBeLessThanOrEqual(51);
  expect(renders.seldom).toBeGreaterThanOrEqual(4);
  expect(renders.seldom).toBeLessThanOrEqual(6);
});

test('what is mounted is subscribed, once each, and nothing else', async () => {
  const page = new TestPage();
  function Panel() {
    const [markets, setMarkets] = useState<readonly string[]>(['BTC-USDT']);
    useTopic({ topic: 'trades', market: 'BTC-USDT' });
    const prices = useTopicValue(
      markets.map((market) => ({ topic: 'price', market })),
      (store) => markets.map((market) => store.price(market)?.price ?? '-').join(' '),
    );
    return (
      <button type="button" onClick={() => setMarkets(['BTC-USDT', 'ETH-USDT'])}>
        {prices}
      </button>
    );
  }
  const { container, unmount } = show(
    page,
    <StrictMode>
      <Panel />
      <PricePanel market="BTC-USDT" />
    </StrictMode>,
  );
  await run(page, 200);
  expect(page.host.session.requests.map((request) => request.topic).toSorted()).toEqual([
    'price',
    'trades',
  ]);
  act(() => container.querySelector('button')?.click());
  expect(container.textContent).toMatch(/^64000 -/);
  await run(page, 200);
  expect(container.textContent).toMatch(/^64000 3100/);
  expect(page.host.session.requests).toHaveLength(3);
  unmount();
  await run(page, 100);
  expect(page.host.session.requests).toEqual([]);
});

test('panels hear of settings and of a lost host', async () => {
  const page = new TestPage();
  function Panel() {
    return `${useSettings().theme} ${useLinkHealth().status}`;
  }
  const { container } = show(page, <Panel />);
  await run(page, 100);
  expect(container.textContent).toBe('dark open');
  act(() => {
    page.host.session.sendEvent({
      type: 'settingsChanged',
      settings: { ...page.host.settings, theme: 'light' },
    });
  });
  await run(page, 20);
  act(() => page.host.pair.host.fail('gone'));
  expect(container.textContent).toBe('light closed');
});
