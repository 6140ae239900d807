import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TapePanel } from '../../../../src/renderer/panels/tape/TapePanel.tsx';
import { MarketStoreContext } from '../../../../src/renderer/store/hooks.ts';
import { refreshPalette } from '../../../../src/renderer/theme/palette.ts';
import { venueIds } from '../../../../src/shared/venues.ts';
import { CanvasStub } from '../../canvas/canvasStub.ts';
import { TestPage } from '../../store/testPage.ts';
import { createPanelProps } from '../../support/panelPage.tsx';

const market = 'BTC-USDT';
let canvas: CanvasStub;

beforeEach(() => {
  canvas = new CanvasStub({ width: 248, height: 840 });
});

afterEach(() => {
  cleanup();
  canvas.close();
});

async function run(page: TestPage, ms: number): Promise<void> {
  page.frames.around = (frame) => act(frame);
  await act(() => page.run(ms));
}

function show(page: TestPage, savedOptions: unknown = null) {
  return render(
    <MarketStoreContext value={page.store}>
      <TapePanel {...createPanelProps({ savedOptions })} />
    </MarketStoreContext>,
  );
}

function painted(): readonly { id: string; ordinal: number }[] {
  const text = document.querySelector('.tape')?.getAttribute('data-painted');
  return JSON.parse(text ?? '[]');
}

function list(): Element {
  const element = document.querySelector('.tape-list');
  if (element === null) throw new Error('there is no list');
  return element;
}

test('the newest trades stand on top, none missing between them', async () => {
  const page = new TestPage();
  show(page);
  await run(page, 200);
  const ids: string[] = [];
  for (let index = 0; index < 40; index++) ids.unshift(page.host.core.trade(market, 'okx').id);
  await run(page, 300);
  expect(painted().map((row) => row.id)).toEqual(ids.slice(0, 20));
});

test('fifty thousand trades keep the page small [S0-39]', async () => {
  const page = new TestPage();
  show(page);
  await run(page, 100);
  for (let round = 0; round < 25; round++) {
    for (let index = 0; index < 2_000; index++) page.host.core.trade(market);
    await run(page, 100);
  }
  expect(document.querySelectorAll('*').length).toBeLessThan(250);
  expect(screen.getAllByRole('row').length).toBeLessThanOrEqual(21);
  expect(page.store.trades(market).length).toBeLessThanOrEqual(2_000);
});

test('rows keep still under the pointer and new ones are counted, not lost', async () => {
  const page = new TestPage();
  show(page);
  await run(page, 100);
  for (let index = 0; index < 30; index++) page.host.core.trade(market);
  await run(page, 300);
  const before = painted();
  fireEvent.pointerEnter(list());
  for (let index = 0; index < 12; index++) page.host.core.trade(market);
  await run(page, 300);
  expect(painted()).toEqual(before);
  expect(screen.getByRole('button', { name: '12 new' })).toBeTruthy();
  fireEvent.pointerLeave(list());
  await run(page, 300);
  expect(painted()[0]?.ordinal).toBe((before[0]?.ordinal ?? 0) + 12);
  expect(screen.queryByRole('button', { name: /new|Paused/ })).toBeNull();
});

test('pace and share of buys are unknown while no venue is live', async () => {
  const page = new TestPage();
  show(page);
  for (let second = 0; second < 5; second++) {
    for (let index = 0; index < 12; index++) page.host.core.trade(market);
    await run(page, 1000);
  }
  const head = () => canvas.texts.filter((drawn) => drawn.y < 36).map((drawn) => drawn.text);
  expect(head()).toEqual(['12', 'trades/s', 'buy', expect.stringMatching(/^\d+%$/)]);
  for (const venue of venueIds) page.host.core.setVenueStatus(venue, 'stale');
  await run(page, 1500);
  expect(head()).toEqual(['–', 'trades/s', 'buy', '–']);
});

test('scrolling back holds the rows until the chip is pressed', async () => {
  const page = new TestPage();
  show(page);
  await run(page, 100);
  for (let index = 0; index < 200; index++) page.host.core.trade(market);
  await run(page, 300);
  const newest = painted()[0]?.ordinal ?? 0;
  fireEvent.wheel(list(), { deltaY: 180 });
  await run(page, 300);
  const scrolled = painted();
  page.host.core.trade(market);
  await run(page, 300);
  expect(painted()).toEqual(scrolled);
  fireEvent.click(screen.getByRole('button', { name: '1 new' }));
  await run(page, 300);
  expect(painted()[0]?.ordinal).toBe(newest + 1);
});

test('an open gap stays on top until data returns, then stands where it was', async () => {
  const page = new TestPage();
  show(page);
  await run(page, 100);
  for (let index = 0; index < 5; index++) page.host.core.trade(market);
  const from = page.host.wallMs();
  const gap = {
    id: 1,
    venue: 'bybit',
    instrument: `bybit:${market}`,
    channel: 'trade',
    cause: 'stale',
    from,
    to: null,
    firstId: null,
    lastId: null,
    missing: null,
    repairedBy: null,
  } as const;
  page.host.core.gap(gap);
  await run(page, 300);
  page.host.core.trade(market);
  await run(page, 300);
  const top = () => canvas.texts.findIndex(({ text }) => text === 'Bybit stale');
  expect(canvas.texts[top()]?.y).toBeLessThan(56 + 38);
  page.host.core.gap({ ...gap, to: page.host.wallMs() });
  await run(page, 300);
  page.host.core.trade(market);
  await run(page, 300);
  expect(top()).toBe(-1);
  const closed = canvas.texts.find(({ text }) => text === 'Gap, Bybit');
  // One row newer than the gap stands above it.
  expect(closed?.y).toBe(56 + 18 + 16);
});

test('a page that loses its host says so on top of rows without direction', async () => {
  const page = new TestPage();
  show(page);
  await run(page, 100);
  for (let index = 0; index < 5; index++) page.host.core.trade(market);
  await run(page, 300);
  page.host.refuse = new Error('gone');
  page.host.pair.host.close();
  await run(page, 3_000);
  expect(canvas.words).toContain('No data');
  expect(document.querySelector('.tape')?.getAttribute('data-state')).toBe('held');
});

test('sizes below the filter are not painted', async () => {
  const page = new TestPage();
  show(page, { leastSize: '0.05' });
  await run(page, 100);
  for (let index = 0; index < 300; index++) page.host.core.trade(market);
  await run(page, 300);
  const text = document.querySelector('.tape')?.getAttribute('data-painted') ?? '[]';
  const sizes = JSON.parse(text).map((row: { size: string }) => Number(row.size.replace(',', '')));
  expect(sizes.length).toBe(20);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(0.05);
});

test('rows that were moved stand exactly where painting anew would put them', async () => {
  const page = new TestPage();
  show(page);
  await run(page, 100);
  const visible = () =>
    canvas.texts
      .filter(({ y }) => y > 56 && y < 820)
      .map(({ text, x, y, color }) => `${y} ${x} ${text} ${color}`)
      .sort();
  for (let round = 0; round < 40; round++) {
    for (let count = round % 7; count > 0; count--) page.host.core.trade(market, 'okx');
    if (round % 9 === 4) {
      const from = page.host.wallMs() - 500;
      page.host.core.gap({
        id: round,
        venue: 'okx',
        instrument: `okx:${market}`,
        channel: 'trade',
        cause: 'sequence',
        from,
        to: from + 400,
        firstId: null,
        lastId: null,
        missing: 3,
        repairedBy: null,
      });
    }
    await run(page, 60);
    const moved = visible();
    act(refreshPalette);
    await run(page, 20);
    expect(visible()).toEqual(moved);
  }
});

test('the first trade of dust moves no price', async () => {
  const page = new TestPage();
  show(page);
  await run(page, 100);
  const head = () => canvas.texts.find(({ text }) => text === 'Price')?.x;
  for (let index = 0; index < 30; index++) page.host.core.trade(market);
  await run(page, 300);
  const before = head();
  expect(before).toBeGreaterThan(0);
  Object.assign(page.host.core.trade(market), { sizeUnits: 1, sizeDecimals: 8 });
  await run(page, 300);
  expect(canvas.words.some((text) => text.startsWith('<0.0'))).toBe(true);
  expect(head()).toBe(before);
});
