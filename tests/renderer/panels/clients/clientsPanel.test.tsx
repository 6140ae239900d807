import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createClientColumns } from '../../../../src/renderer/panels/clients/clientColumns.tsx';
import { readingOf } from '../../../../src/renderer/panels/clients/ClientsFeed.ts';
import { ClientsPanel } from '../../../../src/renderer/panels/clients/ClientsPanel.tsx';
import { MarketStoreContext } from '../../../../src/renderer/store/hooks.ts';
import type {
  ClientConnection,
  ClientsReport,
} from '../../../../src/shared/gateway/clientsReport.ts';
import { apiPaths } from '../../../../src/shared/gateway/paths.ts';
import { createPage, installPageStubs, run } from '../../support/panelPage.tsx';

const startTime = Date.UTC(2026, 10, 21, 14, 32, 7);

function connectionOf(changes: Partial<ClientConnection> = {}): ClientConnection {
  return {
    ...{ id: 'aaaa', transport: 'websocket', user: 'anna', address: '10.0.0.7', state: 'reading' },
    ...{ connectedMs: 184_000, channels: 2, channelNames: ['price.BTC-USDT', 'trades.BTC-USDT'] },
    ...{ ratePerSec: 10, recordsSent: 1_000, unreadBytes: 0, conflated: 3 },
    ...changes,
  };
}

/** What the gateway says after it has been asked `seconds` times. */
function reportAt(seconds: number, changes: Partial<ClientsReport> = {}): ClientsReport {
  return {
    ...{ time: startTime + seconds * 1_000, uptimeMs: 60_000 + seconds * 1_000, view: 'all' },
    clients: { websocket: 2, socketio: 1, sse: 0, poll: 0 },
    ...{ windows: 2, channels: 7, slow: 1, recordsSent: 5_000 + seconds * 120, bytesSent: 2e6 },
    ...{ conflated: 40, resyncs: 2, resumed: 5, evicted: 3 },
    deliveryMs: { p50: 0.84, p99: 4.21, max: 12 },
    connectedMs: { average: 184_000, longest: 3_720_000 },
    ended: { count: 12, averageMs: 65_000 },
    visible: 2,
    connections: [
      connectionOf({ id: 'slow1', state: 'slow', unreadBytes: 300_000, transport: 'socketio' }),
      connectionOf({ recordsSent: 1_000 + seconds * 30 }),
    ],
    ...changes,
  };
}

/** What the gateway does with a question: answers, is silent, or is not there. */
type Gateway = () => Promise<Response>;

interface Opened {
  readonly asked: () => number;
  readonly is: (gateway: Gateway) => void;
  readonly wait: (ms: number) => Promise<void>;
}

let shown: ((isShown: boolean) => void) | null = null;

function answering(changes: Partial<ClientsReport> = {}): Gateway {
  return () => {
    const seconds = Math.round((Date.now() - startTime) / 1_000);
    return Promise.resolve(Response.json(reportAt(seconds, changes)));
  };
}

async function wait(ms: number): Promise<void> {
  await act(() => vi.advanceTimersByTimeAsync(ms));
}

async function openPanel(
  first: Gateway = answering(),
  host: 'gateway' | 'desktop' = 'gateway',
): Promise<Opened> {
  let gateway = first;
  let asked = 0;
  vi.stubGlobal('fetch', (address: string, { signal }: { readonly signal: AbortSignal }) => {
    if (address !== apiPaths.clients) throw new Error(`asked ${address}`);
    asked += 1;
    const given = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new TypeError('aborted')));
    });
    return Promise.race([gateway(), given]);
  });
  const page = createPage();
  await run(page, 100);
  const { hello } = page.store.windowState.getState();
  if (hello === null) throw new Error('no hello');
  page.store.windowState.setState({ hello: { ...hello, host } });
  render(
    <MarketStoreContext value={page.store}>
      <ClientsPanel />
    </MarketStoreContext>,
  );
  act(() => shown?.(true));
  await wait(10);
  return {
    asked: () => asked,
    is: (next) => {
      gateway = next;
    },
    wait,
  };
}

function figure(name: string): string | null {
  const list = screen.getByRole('list', { name: 'Figures of the gateway' });
  return within(list).getByRole('listitem', { name }).textContent;
}

function cells(id: string): Readonly<Record<string, string>> {
  const row = document.querySelector(`[row-id="${id}"]`);
  const found = [...(row?.querySelectorAll('.ag-cell') ?? [])];
  return Object.fromEntries(
    found.map((cell) => [cell.getAttribute('col-id') ?? '', cell.textContent ?? '']),
  );
}

beforeAll(() => {
  installPageStubs();
  class SeenOnDemand {
    constructor(tell: (entries: readonly { readonly isIntersecting: boolean }[]) => void) {
      shown = (isIntersecting) => tell([{ isIntersecting }]);
    }
    observe(): void {}
    disconnect(): void {}
  }
  vi.stubGlobal('IntersectionObserver', SeenOnDemand);
});
beforeEach(() => {
  vi.useFakeTimers({ now: startTime });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test('[S1-45] active connections, delivery rate, latency and durations, each second anew', async () => {
  const { wait: pass } = await openPanel();
  expect(figure('Records')).toBe('Records– 5,000 sent · 2.00 MB');
  await pass(1_000);
  expect(figure('Programs')).toBe('Programs3 2 WebSocket · 1 Socket.IO');
  expect(figure('Windows')).toBe('Windows2 of the workstation');
  expect(figure('Records')).toBe('Records120 /s5,120 sent · 2.00 MB');
  expect(figure('Delivery p50')).toBe('Delivery p500.84 msp99 4.2 · max 12.0 · last minute');
  expect(figure('Slow now')).toBe('Slow now1 3 evicted · 40 conflated');
  expect(figure('Resyncs')).toBe('Resyncs2 5 resumed');
  expect(figure('Connected')).toBe('Connected3 min 4 s on average · longest 1 h 02 min');
  expect(figure('Ended')).toBe('Ended12 after 1 min 5 s on average');
  expect(screen.getByRole('status').textContent).toBe('Up to date, asked each second');
  expect(cells('aaaa')).toEqual({
    ...{ client: 'WebSocket aaaa', state: 'reading', user: 'anna', address: '10.0.0.7' },
    ...{ connected: '3 min 4 s', channels: '2', rate: '10', recordsPerSec: '30' },
    ...{ records: '1,030', unread: '0 B', conflated: '3' },
  });
  expect(cells('slow1')).toMatchObject({ state: 'slow', unread: '300 KB' });
});

test('a gateway that has gone leaves figures that say so with their age, and is asked on', async () => {
  const { wait: pass, is } = await openPanel();
  is(() => Promise.reject(new TypeError('Failed to fetch')));
  await pass(1_000);
  expect(screen.getByRole('status').textContent).toBe(
    'The gateway does not answer; asked again each second',
  );
  await pass(11_000);
  expect(document.querySelector('.clients')?.getAttribute('data-stale')).toBe('true');
  expect(screen.getByText(/^figures of 14:32:07 UTC, 12 s old$/)).toBeTruthy();
  expect(cells('aaaa')['state']).toBe('was reading');
  expect(document.querySelector('[row-id="aaaa"]')?.className).toContain('client-stale');
  is(answering());
  await pass(1_000);
  expect(document.querySelector('.clients')?.getAttribute('data-stale')).toBe('false');
  expect(screen.getByRole('status').textContent).toBe('Up to date, asked each second');
  expect(figure('Records')).toMatch(/^Records– /);
  expect(cells('aaaa')['state']).toBe('reading');
});

test('a gateway that hangs is not taken for live, and is asked again after the question is given up', async () => {
  const { wait: pass, is, asked } = await openPanel();
  is(() => new Promise(() => undefined));
  await pass(2_000);
  expect(document.querySelector('.clients')?.getAttribute('data-stale')).toBe('false');
  await pass(1_000);
  expect(document.querySelector('.clients')?.getAttribute('data-stale')).toBe('true');
  const before = asked();
  is(answering());
  await pass(4_000);
  expect(asked()).toBeGreaterThan(before);
  expect(screen.getByRole('status').textContent).toBe('Up to date, asked each second');
});

test('a panel that nobody sees asks nothing, and asks at once when it is seen', async () => {
  const { wait: pass, asked } = await openPanel();
  const before = asked();
  act(() => shown?.(false));
  await pass(10_000);
  expect(asked()).toBe(before);
  act(() => shown?.(true));
  expect(document.querySelector('.clients')?.getAttribute('data-stale')).toBe('true');
  await pass(10);
  expect(asked()).toBe(before + 1);
  expect(document.querySelector('.clients')?.getAttribute('data-stale')).toBe('false');
  const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
  act(() => void document.dispatchEvent(new Event('visibilitychange')));
  await pass(10_000);
  expect(asked()).toBe(before + 1);
  hidden.mockRestore();
});

test('on the desktop nothing is asked: the panel says where programs connect', async () => {
  const { wait: pass, asked } = await openPanel(answering(), 'desktop');
  await pass(3_000);
  expect(asked()).toBe(0);
  expect(screen.getByText('Programs connect at a gateway')).toBeTruthy();
  expect(screen.getByText(/Start one with: truetape gateway$/)).toBeTruthy();
});

test('before the first answer there are places without figures; a refusal is told in its words', async () => {
  const error = { code: 'TOKEN_REVOKED', message: 'The access was revoked. Sign in again.' };
  const { is, wait: pass } = await openPanel(() => new Promise(() => undefined));
  expect(screen.getByRole('status').textContent).toBe('Asking the gateway');
  expect(figure('Programs')).toBe('Programs– ');
  is(() => Promise.resolve(Response.json({ error }, { status: 401 })));
  await pass(6_000);
  expect(screen.getByRole('status').textContent).toBe(
    'The access was revoked. Sign in again; asked again each second',
  );
  is(() => Promise.resolve(Response.json({ hello: 'world' })));
  await pass(1_000);
  expect(screen.getByRole('status').textContent).toContain('what this page cannot read');
});

test('a row opens to all that is known of it, and says when the connection has ended', async () => {
  const { is, wait: pass } = await openPanel();
  await pass(1_000);
  const row = document.querySelector('[row-id="slow1"] .ag-cell');
  if (row === null) throw new Error('no row');
  fireEvent.click(row);
  await pass(50);
  const details = screen.getByRole('region', { name: 'Details of the connection' });
  expect(details.textContent).toContain('It does not read fast enough');
  expect(details.textContent).toContain('Channelsprice.BTC-USDT, trades.BTC-USDT');
  is(answering({ connections: [connectionOf()] }));
  await pass(1_000);
  expect(details.textContent).toContain('This connection has ended.');
  fireEvent.keyDown(details, { key: 'Escape' });
  expect(screen.queryByRole('region', { name: 'Details of the connection' })).toBeNull();
});

test('a user is told that the list has own connections and the figures are of all', async () => {
  const own: Partial<ClientsReport> = {
    ...{ view: 'own', visible: 1, connections: [connectionOf({ address: null })] },
  };
  const { is, wait: pass } = await openPanel(answering(own));
  expect(screen.getByText('Your connections; the figures above are of all.')).toBeTruthy();
  expect(cells('aaaa')).not.toHaveProperty('address');
  is(answering({ ...own, visible: 0, connections: [] }));
  await pass(1_000);
  expect(screen.getByText('None of the connections is yours')).toBeTruthy();
  is(answering({ visible: 740 }));
  await pass(1_000);
  expect(screen.getByText(/^738 more are counted and not listed/)).toBeTruthy();
});

test('a rate is of now: none over a long silence, none over a new start of the gateway', () => {
  const first = reportAt(0);
  expect(readingOf(reportAt(2), first).recordsPerSec).toBe(120);
  expect(readingOf(reportAt(60), first).recordsPerSec).toBeNull();
  const restarted = reportAt(1, { uptimeMs: 400, recordsSent: 9 });
  expect(readingOf(restarted, first).recordsPerSec).toBeNull();
  expect(readingOf(reportAt(2), null).recordsPerSec).toBeNull();
});

test('where there is no room columns go, and none of the rest is cut', () => {
  const idsAt = (width: number, scale = 1) =>
    createClientColumns({ width, scale, showsAddress: true }).map(({ colId }) => colId);
  expect(idsAt(1_060)).toHaveLength(11);
  expect(idsAt(384)).toEqual(['client', 'state', 'recordsPerSec']);
  expect(idsAt(1_016, 2)).toEqual(idsAt(508));
});
