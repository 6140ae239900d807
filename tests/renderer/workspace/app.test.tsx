import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { RefusedError } from '../../../src/renderer/bridge/bridge.ts';
import { App } from '../../../src/renderer/App.tsx';
import { useToasts } from '../../../src/renderer/workspace/toasts.ts';
import { defaultLayout } from '../../../src/renderer/workspace/layout.ts';
import type { Command } from '../../../src/shared/bridge.ts';
import { TestPage } from '../store/testPage.ts';
import type { Answer } from '../support/panelPage.tsx';
import { createPage, installPageStubs, run, setSource, until } from '../support/panelPage.tsx';

// The chart library draws on a canvas or throws; its own tests are those of its panel.
vi.mock('../../../src/renderer/panels/chart/ChartPanel.tsx', () => ({ ChartPanel: () => null }));

// Panels arrive by real imports, which no virtual clock waits for. Loading them here counts for no test, and a window
// that opens finds them at hand.
beforeAll(async () => {
  installPageStubs();
  await Promise.all([
    import('../../../src/renderer/panels/watchlist/WatchlistPanel.tsx'),
    import('../../../src/renderer/panels/orderBook/OrderBookPanel.tsx'),
    import('../../../src/renderer/panels/tape/TapePanel.tsx'),
    import('../../../src/renderer/panels/connectionHealth/ConnectionHealthPanel.tsx'),
    import('../../../src/renderer/panels/incidents/IncidentsPanel.tsx'),
  ]);
});
afterEach(() => {
  cleanup();
  useToasts.setState({ toasts: [] });
});

const shownPanels = ['watchlist', 'orderBook', 'tape', 'connectionHealth', 'incidents'];

function isFilled(kind: string): boolean {
  return document.querySelector(`[data-panel="${kind}"]`)?.hasChildNodes() === true;
}

/** A turn lets real promises settle; half a second later every panel has its first values. */
async function open(page: TestPage): Promise<void> {
  render(<App store={page.store} />);
  await until(page, () => shownPanels.every(isFilled));
  let turns = 0;
  await until(page, () => turns++ === 4);
  await run(page, 500);
}

function savedWith(change: (layout: ReturnType<typeof defaultLayout>) => unknown): Answer {
  const layout = defaultLayout({ width: 1592, height: 894, scale: 1 });
  const text = JSON.stringify({ version: 1, dock: change(layout) });
  return (command) => (command.type === 'loadWorkspace' ? { ok: true, value: text } : undefined);
}

function sent(page: TestPage, type: Command['type']): readonly Command[] {
  return page.host.commands.filter((command) => command.type === type);
}

function panel(kind: string): Element {
  const found = document.querySelector(`[data-panel="${kind}"]`);
  if (found === null) throw new Error(`no panel of kind ${kind}`);
  return found;
}

function titles(): readonly (string | null)[] {
  return [...document.querySelectorAll('.panel-tab-title')].map((node) => node.textContent);
}

test('a first run shows every panel of the default layout with data [S2-17]', async () => {
  const page = createPage();
  await open(page);
  expect(new Set(titles())).toEqual(
    new Set([
      'Watchlist',
      'Chart',
      'Connection health',
      'Incidents',
      'Latency',
      'Errors',
      'Order book',
      'Tape',
    ]),
  );
  expect(panel('watchlist').textContent).toContain('BTC-USDT64,000.00');
  expect(panel('connectionHealth').textContent).toContain('Binance1 socket');
  const messages = (): readonly (string | null)[] =>
    [...document.querySelectorAll('.panel-message-title')].map(({ textContent }) => textContent);
  // Nothing has gone wrong yet: the one panel that has nothing to show, once it was told so.
  await until(page, () => messages().length > 0);
  expect(messages()).toEqual(['No incident since Truetape watches']);
});

test('a layout with a panel that this version does not know keeps its place and the others', async () => {
  const page = createPage(
    savedWith((layout) => {
      const { errors, ...panels } = layout.panels;
      const params = { ...errors?.params, kind: 'timeMachine', options: { speed: 3 } };
      return {
        ...layout,
        panels: { ...panels, errors: { ...errors, title: 'Time machine', params } },
      };
    }),
  );
  await open(page);
  expect(titles()).toContain('Time machine');
  fireEvent.pointerDown(screen.getByText('Time machine'));
  fireEvent.click(screen.getByText('Time machine'));
  await until(page, () => screen.queryByText(/no panel named timeMachine/) !== null);
  const layoutNow = (): string => {
    const saved = sent(page, 'saveWorkspace').at(-1);
    return saved?.type === 'saveWorkspace' ? saved.layout : '{}';
  };
  await until(page, () => layoutNow().includes('timeMachine'));
  const layout: unknown = JSON.parse(layoutNow());
  expect(layout).toMatchObject({
    dock: { panels: { errors: { params: { kind: 'timeMachine', options: { speed: 3 } } } } },
  });
});

test.each([
  ['text that is no layout', 'not json'],
  ['a layout of another version', '{"version":99,"dock":{}}'],
  [
    'a layout with a broken grid',
    '{"version":1,"dock":{"grid":{"root":{"type":"leaf","data":{"views":["gone"]}},"width":1,"height":1,"orientation":"HORIZONTAL"},"panels":{}}}',
  ],
])('%s gives the default layout and says so', async (_, text) => {
  const page = createPage((command) =>
    command.type === 'loadWorkspace' ? { ok: true, value: text } : undefined,
  );
  await open(page);
  expect(titles()).toHaveLength(8);
  expect(screen.getByText('The saved layout could not be read')).toBeTruthy();
});

test('choosing a market in the palette moves the link group of every panel', async () => {
  const page = createPage((command) =>
    command.type === 'searchMarkets'
      ? {
          ok: true,
          value: [{ market: 'SOL-USDT', base: 'SOL', quote: 'USDT', venues: ['binance', 'okx'] }],
        }
      : undefined,
  );
  await open(page);
  fireEvent.keyDown(document.body, { key: 's' });
  await until(page, () => screen.queryByText(/spot, Binance/) !== null);
  const input = screen.getByPlaceholderText('Search markets, panels, commands');
  expect(input).toHaveProperty('value', 's');
  fireEvent.keyDown(input, { key: 'Enter' });
  await run(page, 100);
  expect(sent(page, 'setLink')).toEqual([
    { type: 'setLink', group: 1, market: 'SOL-USDT', interval: '1m' },
  ]);
  page.host.links = [{ group: 1, market: 'SOL-USDT', interval: '1m' }];
  page.host.session.hostChanged('links');
  await run(page, 300);
  const markets = [...document.querySelectorAll('.panel-tab-market')].map(
    (node) => node.textContent,
  );
  expect(markets).toEqual(['SOL-USDT', 'SOL-USDT', 'SOL-USDT']);
});

test('in the palette Enter runs the command on top, also where markets were listed before', async () => {
  const sol = { market: 'SOL-USDT', base: 'SOL', quote: 'USDT', venues: ['binance'] };
  const page = createPage((command) =>
    command.type === 'searchMarkets'
      ? { ok: true, value: command.text === 's' ? [sol] : [] }
      : undefined,
  );
  await open(page);
  fireEvent.keyDown(document.body, { key: 's' });
  await until(page, () => screen.queryByText(/spot, Binance/) !== null);
  const input = screen.getByPlaceholderText('Search markets, panels, commands');
  // At once, before the search has answered for the new words.
  fireEvent.change(input, { target: { value: 'Theme: light' } });
  fireEvent.keyDown(input, { key: 'Enter' });
  await run(page, 100);
  expect(sent(page, 'changeSettings')).toEqual([
    { type: 'changeSettings', changes: { theme: 'light' } },
  ]);
});

test('a first start counts down to the simulated market', async () => {
  const page = createPage();
  page.host.status = {
    ...page.host.status,
    sourceReason: 'probing',
    decisionTime: page.host.wallMs() + 6_000,
  };
  await open(page);
  expect(document.querySelector('.source-bar')?.textContent).toMatch(/Looking for venues, [56] s/);
  expect(document.querySelector('.title-bar .source-badge')?.textContent).toBe('CONNECTING');
});

test('the simulated market says what it is, everywhere, and offers the way back', async () => {
  const page = createPage();
  setSource(page, 'simulated', { sourceReason: 'fallback' });
  await open(page);
  const badges = [...document.querySelectorAll('.source-badge')].map((badge) =>
    badge.getAttribute('data-kind'),
  );
  expect(new Set(badges)).toEqual(new Set(['simulated']));
  expect(badges.length).toBeGreaterThanOrEqual(6);
  expect(document.documentElement.dataset['source']).toBe('simulated');
  expect(document.title).toBe('SIMULATED · Truetape');
  fireEvent.click(screen.getByText('Retry live'));
  await run(page, 100);
  expect(sent(page, 'switchSource')).toEqual([{ type: 'switchSource', source: 'live' }]);
});

test('a page that is refused says once what to do, and the same after a reload', async () => {
  const refusal = 'Open the newest address that the gateway printed: it carries a new key.';
  const words = `Invalid token: The key in the address is not that of this run of the gateway. ${refusal}`;
  const page = createPage();
  await open(page);
  page.host.refuse = new RefusedError(refusal);
  page.host.session.close('the gateway was started again');
  await run(page, 1000);
  const bar = document.querySelector('.source-bar');
  expect(bar?.querySelector('.source-bar-text')?.textContent).toBe(words);
  const title = 'The engine refused this page';
  expect(bar?.textContent).toContain(title);
  cleanup();

  // Its first line never carries a word, so that it meets the refusal before it knows anything.
  const reloaded = new TestPage({ deliver: () => undefined });
  reloaded.frames.around = (frame) => act(frame);
  reloaded.host.refuse = new RefusedError(refusal);
  render(<App store={reloaded.store} />);
  await run(reloaded, 6000);
  expect(screen.getByRole('status').textContent).toBe(title + words);
});

test('[S1-17] a lost host marks every badge at once and says what happens next', async () => {
  const page = createPage();
  await open(page);
  page.host.refuse = new Error('gone');
  page.host.session.close('the engine stopped');
  await run(page, 600);
  const badges = [...document.querySelectorAll('.source-badge')].map((badge) => badge.textContent);
  expect(new Set(badges)).toEqual(new Set(['OFFLINE']));
  expect(document.querySelectorAll('.mark[data-state="live"]')).toHaveLength(0);
  expect(document.querySelector('.source-bar')?.textContent).toMatch(
    /No connection to the engine.*Attempt 3/,
  );
});
