import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { Profiler } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { OrderBookPanel } from '../../../../src/renderer/panels/orderBook/OrderBookPanel.tsx';
import { MarketStoreContext } from '../../../../src/renderer/store/hooks.ts';
import { refreshPalette } from '../../../../src/renderer/theme/palette.ts';
import { CanvasStub } from '../../canvas/canvasStub.ts';
import { TestPage } from '../../store/testPage.ts';
import { createPanelProps } from '../../support/panelPage.tsx';

const market = 'BTC-USDT';
let canvas: CanvasStub;

beforeEach(() => {
  canvas = new CanvasStub({ width: 330, height: 790 });
});

afterEach(() => {
  cleanup();
  canvas.close();
});

async function run(page: TestPage, ms: number): Promise<void> {
  page.frames.around = (frame) => act(frame);
  await act(() => page.run(ms));
}

function show(page: TestPage, onRender: () => void = () => undefined) {
  const panel = (
    <MarketStoreContext value={page.store}>
      <Profiler id="book" onRender={onRender}>
        <OrderBookPanel
          {...createPanelProps({ savedOptions: { groupByMarket: { [market]: '0.01' } } })}
        />
      </Profiler>
    </MarketStoreContext>
  );
  return render(panel);
}

function attribute(name: string): string {
  return document.querySelector('.order-book')?.getAttribute(name) ?? '';
}

test('the painted ladder is the book of the update ids that it names [S0-20]', async () => {
  const page = new TestPage();
  show(page);
  await run(page, 400);
  for (let round = 0; round < 20; round++) {
    for (let step = 0; step < 30; step++) page.host.core.step([market]);
    await run(page, 300);
    const book = page.host.core.bookView({
      market,
      venue: null,
      group: '0.01',
      rows: 20,
      muted: [],
    });
    const painted = JSON.parse(attribute('data-painted'));
    const sequence = book.parts.map((part) => `${part.venue}:${part.sequence}`).join(',');
    expect(attribute('data-sequence')).toBe(sequence);
    expect(painted.sequence).toBe(sequence);
    const price = (units: number) => (units / 100).toFixed(2);
    expect(painted.bids.map((level: { price: string }) => level.price)).toEqual(
      book.bids.slice(0, 10).map((level) => price(level.priceUnits)),
    );
    expect(painted.asks[0].sizes).toEqual({ binance: '0.1000', bybit: '0.1011', okx: '0.1022' });
    expect(attribute('data-best-bid')).toBe(price(book.parts[0]?.bestBidUnits ?? 0));
    // And the canvas shows those very digits.
    for (const level of [...painted.asks, ...painted.bids]) {
      expect(canvas.words.join('|')).toContain(level.sizeText);
    }
  }
});

test('a venue that stops counting leaves sums and names in the frame that hears of it', async () => {
  const page = new TestPage();
  show(page);
  await run(page, 400);
  expect(attribute('data-sequence')).toContain('bybit');
  expect(canvas.words).toContain('0.303');
  page.host.core.setVenueStatus('bybit', 'resyncing');
  await run(page, 200);
  expect(attribute('data-sequence')).not.toContain('bybit');
  expect(canvas.words).not.toContain('0.303');
  expect(canvas.words).toContain('2 of 3 venues');
  const row = document.querySelector('.book-venue[data-venue="bybit"]');
  expect(row?.getAttribute('data-state')).toBe('resyncing');
});

test('a page that loses its host shows no level as live', async () => {
  const page = new TestPage();
  show(page);
  await run(page, 400);
  expect(attribute('data-state')).toBe('live');
  page.host.refuse = new Error('gone');
  page.host.pair.host.close();
  await run(page, 3_000);
  expect(attribute('data-state')).toBe('held');
  expect(attribute('data-sequence')).toBe('');
  expect(screen.getByRole('status').textContent).toMatch(/^No data for/);
});

test('five thousand changes a second render React ten times a second and paint each frame [S0-28]', async () => {
  const page = new TestPage();
  let renders = 0;
  show(page, () => renders++);
  await run(page, 500);
  renders = 0;
  canvas.draws = 0;
  const stop = page.host.run(5_000, [market]);
  await run(page, 1_000);
  stop();
  expect(canvas.draws).toBeGreaterThan(50);
  expect(canvas.draws).toBeLessThanOrEqual(61);
  // Figures and words around the canvas, and the hidden rows twice a second.
  expect(renders).toBeLessThanOrEqual(24);
});

test('nothing is painted while nothing changes but ages', async () => {
  const page = new TestPage();
  show(page);
  await run(page, 500);
  canvas.draws = 0;
  await run(page, 1_000);
  expect(canvas.draws).toBeLessThanOrEqual(6);
});

test('a click mutes a venue, Alt and a number shows one alone', async () => {
  const page = new TestPage();
  show(page);
  await run(page, 400);
  const muted = () =>
    page.host.requestSets
      .at(-1)
      ?.flatMap((wanted) => (wanted.topic === 'book' ? [wanted.muted] : []));
  fireEvent.click(screen.getByTitle(/^Mute OKX/));
  await run(page, 300);
  expect(muted()).toEqual([['okx']]);
  expect(attribute('data-sequence')).not.toContain('okx');
  fireEvent.keyDown(screen.getByRole('grid'), { code: 'Digit2', key: '2', altKey: true });
  await run(page, 300);
  expect(muted()).toEqual([['binance', 'okx']]);
  expect(attribute('data-sequence')).toMatch(/^bybit:\d+$/);
});

test('the rows for screen readers are those on the canvas, ten of each side', async () => {
  const page = new TestPage();
  show(page);
  await run(page, 1_200);
  const [head, price, ...levels] = screen.getAllByRole('row').map((row) => row.textContent);
  expect(price).toMatch(/^Price [\d,.]+, live, consolidated\. 3 of 3 venues$/);
  const rows = [head, ...levels];
  expect(rows).toHaveLength(21);
  const painted = JSON.parse(attribute('data-painted'));
  expect(rows[10]).toContain(painted.asks[0].priceText);
  expect(rows[11]).toContain(`Bid ${painted.bids[0].priceText} ${painted.bids[0].sizeText}`);
});

test('[S2-19] a venue that falls silent is marked beside the price and the levels, and no more once it is back', async () => {
  const page = new TestPage();
  show(page);
  await run(page, 600);
  expect(attribute('data-mid-look')).toBe('live');
  expect(attribute('data-parts')).toBe('binance:live,bybit:live,okx:live');
  page.host.core.setVenueStatus('bybit', 'stale');
  await run(page, 700);
  expect(attribute('data-mid-look')).toBe('partial');
  expect(attribute('data-mid-label')).toBe('2 of 3 venues');
  expect(attribute('data-mid-cells')).toBe('binance:live,bybit:stale,okx:live');
  // The book of this host is rebuilt then, so that nothing of it stays.
  expect(attribute('data-parts')).toBe('binance:live,bybit:resyncing,okx:live');
  expect(attribute('data-ghosts')).toBe('');
  page.host.core.setVenueStatus('bybit', 'live');
  await run(page, 700);
  expect(attribute('data-mid-look')).toBe('live');
  expect(attribute('data-parts')).toBe('binance:live,bybit:live,okx:live');
});

test('a panel that comes and goes leaves no topic and no listener behind [S0-27]', async () => {
  const page = new TestPage();
  for (let round = 0; round < 50; round++) {
    const panel = show(page);
    await run(page, 40);
    panel.unmount();
  }
  canvas.draws = 0;
  await run(page, 15_000);
  page.host.core.step([market]);
  await run(page, 100);
  expect(page.host.requestSets.at(-1)).toEqual([]);
  expect(canvas.draws).toBe(0);
});

test('rows that were left alone show what painting anew would show', async () => {
  const page = new TestPage();
  show(page);
  await run(page, 400);
  const visible = () =>
    canvas.texts.map(({ text, x, y, color }) => `${y} ${x} ${text} ${color}`).sort();
  for (let round = 0; round < 25; round++) {
    for (let step = 0; step < 1 + (round % 5); step++) page.host.core.step([market]);
    if (round === 8) page.host.core.setVenueStatus('okx', 'stale');
    if (round === 16) page.host.core.setVenueStatus('okx', 'live');
    // Longer than a tick, so that the price between the sides is the newest one.
    await run(page, 130);
    const kept = visible();
    act(refreshPalette);
    await run(page, 17);
    expect(visible()).toEqual(kept);
  }
});

test('a taller panel shows the levels that it has until the longer book is here', async () => {
  const size = { width: 330, height: 790 };
  canvas.close();
  canvas = new CanvasStub(size);
  const resized = new Set<() => void>();
  globalThis.ResizeObserver = class {
    constructor(told: ResizeObserverCallback) {
      resized.add(() => told([], this));
    }
    observe(): void {
      // Told by the test.
    }
    unobserve(): void {
      // As above.
    }
    disconnect(): void {
      // As above.
    }
  };
  let answerMs = 0;
  const pages: TestPage[] = [];
  const page = new TestPage({
    deliver(arrive) {
      const clock = pages[0]?.clock;
      if (clock === undefined) queueMicrotask(arrive);
      else clock.after(answerMs, arrive);
    },
  });
  pages.push(page);
  show(page);
  await run(page, 400);
  expect(attribute('data-state')).toBe('live');
  const asked = () =>
    page.host.requestSets
      .at(-1)
      ?.flatMap((wanted) => (wanted.topic === 'book' ? [wanted.rows] : []));
  expect(asked()).toEqual([20]);
  // As long after the start as a page is usually resized.
  const now = performance.now();
  vi.spyOn(performance, 'now').mockReturnValue(now + 36_000);
  answerMs = 400;
  size.height = 1_200;
  for (const told of resized) told();
  for (let slice = 0; slice < 10; slice++) {
    page.host.core.step([market]);
    await run(page, 100);
    expect(attribute('data-state')).toBe('live');
  }
  expect(asked()).toContain(40);
  expect(canvas.words.some((text) => text.startsWith('Subscribing'))).toBe(false);
  vi.restoreAllMocks();
});
