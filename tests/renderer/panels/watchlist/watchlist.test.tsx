import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { sparkValues } from '../../../../src/renderer/panels/watchlist/sparkHistory.ts';
import { nextSort } from '../../../../src/renderer/panels/watchlist/WatchlistHeader.tsx';
import type { FigureWidths } from '../../../../src/renderer/panels/watchlist/figureWidths.ts';
import {
  figureWidth,
  measureFigures,
  widest,
} from '../../../../src/renderer/panels/watchlist/figureWidths.ts';
import type { OptionalColumn } from '../../../../src/renderer/panels/watchlist/watchlistOptions.ts';
import { createColumns } from '../../../../src/renderer/panels/watchlist/watchlistColumns.tsx';
import { parseWatchlistOptions } from '../../../../src/renderer/panels/watchlist/watchlistOptions.ts';
import {
  computeRows,
  sortMarkets,
} from '../../../../src/renderer/panels/watchlist/watchlistRows.ts';
import { WatchlistPanel } from '../../../../src/renderer/panels/watchlist/WatchlistPanel.tsx';
import { FlashBudget } from '../../../../src/renderer/widgets/flashBudget.ts';
import { firstChange } from '../../../../src/renderer/widgets/FlashingDigits.tsx';
import type { MarketId } from '../../../../src/shared/market.ts';
import type { PriceValue } from '../../../../src/shared/values.ts';
import { venueIds } from '../../../../src/shared/venues.ts';
import {
  createPage,
  createPanelProps,
  installPageStubs,
  run,
  show,
  until,
} from '../../support/panelPage.tsx';

beforeAll(installPageStubs);
afterEach(cleanup);

async function settleGrid(page: ReturnType<typeof createPage>): Promise<void> {
  for (let turn = 0; turn < 6; turn++) {
    await act(() => new Promise((resolve) => setTimeout(resolve, 10)));
    await run(page, 60);
  }
}

function row(market: MarketId): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[row-id="${market}"]`);
  if (found === null) throw new Error(`no row of ${market}`);
  return found;
}

test('[S2-21] every market of the list has a row with its consolidated price', async () => {
  const page = createPage();
  show(page, <WatchlistPanel {...createPanelProps()} />);
  await settleGrid(page);
  expect(row('BTC-USDT').textContent).toContain('64,000.00');
  expect(row('BTC-USDT').textContent).toContain('+0.02%');
  expect(row('DOT-USDT').querySelectorAll('.coverage-cell[data-state="live"]')).toHaveLength(3);
});

test('[S2-19] a stale market is dotted, without direction, with its age, and no cell of it is live', async () => {
  const page = createPage();
  show(page, <WatchlistPanel {...createPanelProps()} />);
  await settleGrid(page);
  for (const venue of venueIds) page.host.core.setVenueStatus(venue, 'stale');
  await settleGrid(page);
  const btc = row('BTC-USDT');
  expect(btc.querySelector('.price-text')?.getAttribute('data-look')).toBe('stale');
  expect(btc.querySelector('.price-text')?.getAttribute('data-direction')).toBe('none');
  expect(btc.querySelector('.watch-age')?.textContent).toMatch(/ms|s$/);
  expect(btc.querySelector('.watch-change')).toBeNull();
  expect(btc.querySelectorAll('.coverage-cell[data-state="live"]')).toHaveLength(0);
  expect(btc.querySelector('.coverage')?.getAttribute('aria-label')).toMatch(
    /^0 of 3 venues: Binance stale/,
  );
});

test('one venue that is stale leaves the price, its direction color and its cell', async () => {
  const page = createPage();
  show(page, <WatchlistPanel {...createPanelProps()} />);
  await settleGrid(page);
  page.host.core.setVenueStatus('bybit', 'stale');
  await settleGrid(page);
  const states = [...row('BTC-USDT').querySelectorAll('.coverage-cell')].map((cell) =>
    cell.getAttribute('data-state'),
  );
  expect(states).toEqual(['live', 'stale', 'live']);
  expect(row('BTC-USDT').querySelector('.price-text')?.getAttribute('data-look')).toBe('partial');
  const bybit = screen.getByText('Bybit').parentElement;
  expect(bybit?.textContent).toMatch(/stale \d/);
});

test('a press on a row chooses its market, and the chosen row is the selected one', async () => {
  const page = createPage();
  const chosen: MarketId[] = [];
  const props = createPanelProps({ chooseMarket: (market) => void chosen.push(market) });
  const { rerender } = show(page, <WatchlistPanel {...props} />);
  await settleGrid(page);
  fireEvent.click(row('ETH-USDT').querySelector('.watch-market') ?? row('ETH-USDT'));
  await settleGrid(page);
  expect(chosen).toEqual(['ETH-USDT']);
  expect(row('BTC-USDT').getAttribute('aria-selected')).toBe('true');
  rerender(<span />);
});

function priceWith(changes: Partial<PriceValue>): PriceValue {
  return {
    market: 'X-USDT',
    price: null,
    priceDecimals: 2,
    status: 'live',
    receivedTime: null,
    contributors: [],
    equalWeights: false,
    venueSpreadBps: null,
    change24hAbs: null,
    change24hPct: null,
    high24h: null,
    low24h: null,
    volume24hBase: null,
    volume24hQuote: null,
    statsVenues: [],
    ...changes,
  };
}

test('the last price is the last to go where the list is narrow', () => {
  const ids = (
    width: number,
    columns: readonly OptionalColumn[] = [],
    figures: FigureWidths = {},
  ) =>
    createColumns({
      columns,
      sort: null,
      onSort: () => undefined,
      scale: 1,
      width,
      figures,
    }).columns.map((column) => column.colId);
  expect(ids(292)).toEqual(['coverage', 'market', 'spark', 'last', 'change']);
  expect(ids(270)).toEqual(['coverage', 'market', 'last', 'change']);
  expect(ids(200)).toEqual(['coverage', 'market', 'last']);
  expect(ids(160)).toEqual(['market', 'last']);
  expect(ids(200, ['age'])).toEqual(['coverage', 'market', 'last', 'age']);
  const long = { last: figureWidth('104,250.12345') };
  expect(ids(292, [], long)).toEqual(['coverage', 'market', 'last', 'change']);
  expect(ids(215, [], long)).toEqual(['coverage', 'market', 'last']);
});

test('columns are as wide as the widest figure so far, and never narrower again', () => {
  const short = measureFigures(priceWith({ price: 9.5, priceDecimals: 1, change24hPct: 1 }));
  const long = measureFigures(
    priceWith({ price: 1_234_567.25, priceDecimals: 2, change24hPct: -1234.5 }),
  );
  expect(long['last']).toBeGreaterThan(72);
  expect(long['change']).toBeGreaterThan(56);
  const grown = widest(short, long);
  expect(grown).toMatchObject({ last: long['last'], change: long['change'] });
  expect(widest(grown, short)).toBe(grown);
});

test('sorts by value with the unknown last either way', () => {
  const changes: Readonly<Record<MarketId, number | null>> = { A: 1, B: null, C: -3, D: 2 };
  const read = (market: MarketId) => priceWith({ change24hPct: changes[market] ?? null });
  const sorted = (descending: boolean) =>
    sortMarkets(['A', 'B', 'C', 'D'], { key: 'change', descending }, read);
  expect([sorted(true), sorted(false)]).toEqual([
    ['D', 'A', 'C', 'B'],
    ['C', 'A', 'D', 'B'],
  ]);
  expect(nextSort(nextSort(nextSort(null, 'last'), 'last'), 'last')).toBeNull();
});

test('groups keep the order of the list and can be folded', () => {
  const options = parseWatchlistOptions({ collapsed: ['Majors'], groups: { 'DOT-USDT': 'Mine' } });
  const rows = computeRows(['BTC-USDT', 'ADA-USDT', 'ETH-USDT', 'DOT-USDT'], options, () => null);
  expect(
    rows.map((item) => (item.type === 'group' ? `${item.name} ${item.count}` : item.market)),
  ).toEqual(['Majors 2', 'Rotation 1', 'ADA-USDT', 'Mine 1', 'DOT-USDT']);
});

test('damaged options fall back one by one', () => {
  expect(parseWatchlistOptions({ columns: ['age'], sort: 'sideways', groups: 7 })).toEqual({
    groups: {},
    collapsed: [],
    columns: ['age'],
    sort: null,
  });
  expect(parseWatchlistOptions('nothing').columns).toEqual([]);
});

test('a quarter hour without data is a hole in the sparkline, not a line across it', () => {
  const barMs = 15 * 60_000;
  const now = 1000 * barMs + 5;
  const candle = (bars: number, close: number) => ({
    openTime: (1000 - bars) * barMs,
    open: close,
    high: close,
    low: close,
    close,
    volume: 0,
    quoteVolume: 0,
    trades: 1,
    closed: true,
    origin: 'consolidated' as const,
  });
  const values = sparkValues(
    {
      market: 'BTC-USDT',
      venue: null,
      interval: '15m',
      candles: [candle(3, 10), candle(1, 12), candle(0, 13)],
      gaps: [],
      complete: true,
      problem: null,
    },
    now,
  );
  expect([values.length, values.slice(-4)]).toEqual([96, [10, null, 12, 13]]);
});

test('at most one value in twenty flashes at once', () => {
  const budget = new FlashBudget();
  for (let cell = 0; cell < 40; cell++) budget.addCell();
  const taken = Array.from({ length: 10 }, () => budget.take(1000)).filter(Boolean);
  expect(taken).toHaveLength(2);
  expect(budget.take(1251)).toBe(true);
  expect([firstChange('84,250.1', '84,251.3'), firstChange('999.9', '1,000.0')]).toEqual([5, 0]);
});

test('an empty list offers a search, and a wrong name is refused with what was meant', async () => {
  const page = createPage((command) =>
    command.type === 'searchMarkets'
      ? {
          ok: false,
          code: 'unknown-market',
          message: 'No market XYZ. Did you mean XYO-USDT?',
          candidates: [],
        }
      : undefined,
  );
  show(page, <WatchlistPanel {...createPanelProps()} />);
  await run(page, 300);
  const settings = { ...page.host.settings, watchlist: [] };
  page.host.session.sendEvent({ type: 'settingsChanged', settings });
  await run(page, 100);
  fireEvent.change(screen.getByLabelText('Add a market'), { target: { value: 'xyz' } });
  await until(page, () => screen.queryByRole('alert') !== null);
  expect(screen.getByRole('alert').textContent).toContain('Did you mean XYO-USDT?');
  render(<span />);
});
