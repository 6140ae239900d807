import { act, cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { formatUptime } from '../../../../src/renderer/format/duration.ts';
import { formatTime } from '../../../../src/renderer/format/time.ts';
import { formatCount } from '../../../../src/renderer/format/quantity.ts';
import type { Figures } from '../../../../src/renderer/panels/sessionMetrics/figures.ts';
import { figuresOf } from '../../../../src/renderer/panels/sessionMetrics/figures.ts';
import {
  computeTrend,
  formatShare,
} from '../../../../src/renderer/panels/sessionMetrics/metricCards.ts';
import type { MetricsSample } from '../../../../src/renderer/panels/sessionMetrics/metricsHistory.ts';
import {
  MetricsHistory,
  chartValues,
} from '../../../../src/renderer/panels/sessionMetrics/metricsHistory.ts';
import { SessionMetricsPanel } from '../../../../src/renderer/panels/sessionMetrics/SessionMetricsPanel.tsx';
import { refreshPalette } from '../../../../src/renderer/theme/palette.ts';
import type { PanelProps } from '../../../../src/renderer/workspace/panel.ts';
import type {
  ConnectionMetrics,
  SessionMetrics,
  StreamMetrics,
} from '../../../../src/shared/sessionMetrics.ts';
import { connectionName } from '../../../../src/shared/sessionMetrics.ts';
import type { TestPage } from '../../store/testPage.ts';
import {
  createPage,
  createPanelProps,
  installPageStubs,
  run,
  setSource,
  show,
} from '../../support/panelPage.tsx';

const nothing = { count: 0, p50Ms: null, p99Ms: null, maxMs: null };
const noGaps = { disconnect: 0, sequence: 0, stale: 0, overflow: 0, decode: 0, clock: 0 };

function connectionOf(changes: Partial<ConnectionMetrics> = {}): ConnectionMetrics {
  return {
    ...{ connection: 'binance#1', venue: 'binance', status: 'live', openedTime: 0 },
    ...{ uptimeMs: 93_784_000, wantedMs: 93_800_000 },
    ...{ messagesReceived: 1_234_567, messagesSent: 42, bytesReceived: 5e8 },
    ...{ messagesPerSec: 120, bytesPerSec: 30_000, subscriptions: 24, queuedMessages: 3 },
    ...{ reconnects: 7, errors: 9, decodeErrors: 1, clockOffsetMs: 2.4 },
    roundTrip: { count: 80, p50Ms: 41.2, p99Ms: 92.4, maxMs: 101 },
    roundTripMeanMs: 44,
    ...changes,
  };
}

function streamOf(changes: Partial<StreamMetrics> = {}): StreamMetrics {
  return {
    ...{ connection: 'binance#1', venue: 'binance', instrument: 'binance:BTC-USDT' },
    ...{ channel: 'trade', interval: null, status: 'live', uptimeMs: 61_000 },
    ...{ messages: 812, messagesPerSec: 11.5, gapMs: 4_200, gapsRepaired: 1, resyncs: 2 },
    lag: { count: 812, p50Ms: 21, p99Ms: 48, maxMs: 90 },
    gaps: { ...noGaps, disconnect: 2, sequence: 1 },
    decodeErrors: 0,
    ...changes,
  };
}

function metricsAt(time: number, changes: Partial<SessionMetrics> = {}): SessionMetrics {
  return {
    ...{ version: 1, source: 'live', startTime: time - 93_784_000, time },
    roundTrip: { count: 80, p50Ms: 41.2, p99Ms: 92.4, maxMs: 101 },
    lag: { count: 812, p50Ms: 21, p99Ms: 48, maxMs: 90 },
    venues: [],
    connections: [
      connectionOf(),
      connectionOf({ connection: 'okx-business#1', venue: 'okx', reconnects: 0 }),
    ],
    streams: [streamOf(), streamOf({ channel: 'candle', interval: '1m', status: 'closed' })],
    ...changes,
  };
}

let testsMs = 0;

interface Opened {
  readonly page: TestPage;
  /** What the engine reports from now on. */
  tell(changes: Partial<SessionMetrics>): void;
  /** Reports stop, as when the engine hangs. */
  hang(): void;
}

async function openPanel(props: Partial<PanelProps> = {}): Promise<Opened> {
  const page = createPage();
  let changes: Partial<SessionMetrics> = {};
  let hungAt: number | null = null;
  const startTime = page.host.wallMs();
  // Each test later than the one before: the budget of flashes is that of the whole window.
  testsMs += 1e6;
  const pageMs = testsMs;
  vi.spyOn(performance, 'now').mockImplementation(() => pageMs + page.clock.monotonicMs());
  page.host.reports = {
    metrics: () => metricsAt(hungAt ?? page.host.wallMs(), { startTime, ...changes }),
  };
  show(page, <SessionMetricsPanel {...createPanelProps(props)} />);
  await run(page, 2_200);
  return {
    page,
    tell: (next) => {
      changes = next;
    },
    hang: () => {
      hungAt = page.host.wallMs();
    },
  };
}

function card(name: string): HTMLElement {
  return within(screen.getByRole('list', { name: 'Totals of the session' })).getByRole('listitem', {
    name,
  });
}

function valueOf(name: string): string | undefined {
  return card(name).querySelector('.metric-value')?.textContent?.trim();
}

function cellsOf(connection: string): ReadonlyMap<string, string> {
  const row = document.querySelector(`[data-connection="${connection}"]`);
  const cells = [...(row?.querySelectorAll<HTMLElement>('[data-label]') ?? [])];
  return new Map(cells.map((cell) => [cell.dataset['label'] ?? '', cell.textContent ?? '']));
}

beforeAll(installPageStubs);
beforeEach(() => {
  delete document.documentElement.dataset['flash'];
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

test('[S0-32] every connection shows its six counters, uptime in days to seconds', async () => {
  await openPanel();
  const own = connectionOf();
  expect(Object.fromEntries(cellsOf('binance#1'))).toMatchObject({
    Uptime: formatUptime(own.uptimeMs),
    Received: formatCount(own.messagesReceived),
    Sent: formatCount(own.messagesSent),
    Subscriptions: '24',
    Queued: '3',
    Reconnects: '7',
  });
  expect(cellsOf('binance#1').get('Uptime')).toBe('1 d 02 h 03 min 04 s');
  expect(screen.getByText('OKX business')).toBeTruthy();
});

test('a connection opens to its streams with gaps by cause, by press and by key', async () => {
  await openPanel();
  const row = document.querySelector<HTMLElement>('[data-connection="binance#1"]');
  if (row === null) throw new Error('no row');
  fireEvent.click(row);
  const table = screen.getByRole('table', { name: 'Streams of Binance' });
  const [trades, candles] = within(table).getAllByRole('row').slice(1);
  expect(trades?.textContent).toContain('BTC-USDTtrades0 d 00 h 01 min 01 s812');
  expect(trades?.querySelector('[data-column="gaps"]')?.textContent).toBe('3');
  expect(trades?.querySelector('[data-column="gaps"]')?.getAttribute('title')).toBe(
    '2 disconnected, 1 sequence',
  );
  expect(candles?.textContent).toContain('candles 1m');
  expect(candles?.querySelector('[data-column="rate"]')?.textContent).toBe('–');
  fireEvent.keyDown(row, { key: 'ArrowLeft' });
  expect(screen.queryByRole('table', { name: 'Streams of Binance' })).toBeNull();
  fireEvent.keyDown(row, { key: 'Enter' });
  expect(screen.getByRole('table', { name: 'Streams of Binance' })).toBeTruthy();
});

test('[S3-18] a card has value, unit, trend in words, a chart and its age', async () => {
  const { page, tell } = await openPanel();
  expect(valueOf('Messages')).toBe('240 msg/s');
  expect(valueOf('Data')).toBe('60.0 KB/s');
  expect(valueOf('Connected')).toBe('99.98 %');
  expect(valueOf('Round trip p50')).toBe('41.2 ms');
  expect(card('Round trip p50').textContent).toContain('p99 92.4 · max 101.0');
  expect(card('Gaps').textContent).toContain('2 repaired · 8.4 s not');
  expect(within(card('Messages')).queryByRole('img', { name: /trend/ })).toBeNull();
  await run(page, 15_000);
  expect(within(card('Messages')).getByRole('img', { name: 'trend stable' })).toBeTruthy();
  tell({
    connections: [connectionOf({ messagesPerSec: 900, bytesPerSec: 10 })],
    streams: [streamOf(), streamOf({ channel: 'book' })],
  });
  await run(page, 15_000);
  expect(within(card('Messages')).getByRole('img', { name: 'trend up' })).toBeTruthy();
  expect(within(card('Data')).getByRole('img', { name: 'trend down' })).toBeTruthy();
  expect(
    within(card('Messages')).getByRole('img', { name: /^Messages over the last/ }),
  ).toBeTruthy();
  expect(card('Messages').textContent).toMatch(/updated (now|1 s ago)$/);
});

interface Flash {
  readonly metric: string | undefined;
  readonly duration: unknown;
  readonly isTriangle: boolean;
}

function watchFlashes(): Flash[] {
  const flashes: Flash[] = [];
  HTMLElement.prototype.animate = function animate(_frames, options) {
    const duration = typeof options === 'object' ? options.duration : options;
    const metric = this.closest<HTMLElement>('[data-metric]')?.dataset['metric'];
    flashes.push({ metric, duration, isTriangle: this.className === 'flash-triangle' });
    return {} as Animation;
  };
  return flashes;
}

test('[S3-18] what is news flashes for less than 500 ms, a rate that trembles does not', async () => {
  const flashes = watchFlashes();
  const { page, tell } = await openPanel();
  tell({ connections: [connectionOf({ messagesPerSec: 250 })] });
  await run(page, 1_100);
  flashes.length = 0;
  tell({ connections: [connectionOf({ messagesPerSec: 260, bytesPerSec: 31_000 })] });
  await run(page, 1_100);
  expect(flashes).toEqual([]);
  tell({
    connections: [connectionOf({ messagesPerSec: 260, bytesPerSec: 31_000, reconnects: 8 })],
  });
  await run(page, 1_100);
  expect(flashes.map(({ metric }) => metric)).toEqual(['reconnects']);
  expect(flashes.every(({ duration }) => Number(duration) <= 500)).toBe(true);
  expect(flashes.every(({ isTriangle }) => isTriangle)).toBe(false);
  // Without motion: a still mark instead.
  document.documentElement.dataset['motion'] = 'reduced';
  refreshPalette();
  tell({ connections: [connectionOf({ messagesPerSec: 260, errors: 9, reconnects: 12 })] });
  await run(page, 1_100);
  expect(flashes.at(-1)).toMatchObject({ metric: 'reconnects', isTriangle: true });
  delete document.documentElement.dataset['motion'];
  refreshPalette();
  const count = flashes.length;
  document.documentElement.dataset['flash'] = 'off';
  tell({ connections: [connectionOf({ messagesPerSec: 260, reconnects: 19 })] });
  await run(page, 1_100);
  expect(flashes).toHaveLength(count);
});

test('[S3-16] paused, the panel stands still and says so while the engine goes on; resumed it is at the latest', async () => {
  const { page, tell } = await openPanel();
  fireEvent.click(screen.getByRole('button', { name: 'Pause' }));
  const frozen = document.querySelector('.metrics-body')?.innerHTML;
  tell({ connections: [connectionOf({ messagesReceived: 9_999_999, messagesPerSec: 5_000 })] });
  await run(page, 5_000);
  expect(document.querySelector('.metrics-body')?.innerHTML).toBe(frozen);
  expect(screen.getByRole('status').textContent).toMatch(
    /^Paused at \d\d:\d\d:\d\d, the engine goes on$/,
  );
  expect(page.store.metrics()?.connections[0]?.messagesReceived).toBe(9_999_999);
  fireEvent.click(screen.getByRole('button', { name: 'Resume' }));
  expect(valueOf('Messages')).toBe('5,000 msg/s');
  expect(cellsOf('binance#1').get('Received')).toBe('9,999,999');
  expect(screen.getByRole('status').textContent).toBe('Live');
});

test('[S3-16] without its engine the panel shows no figure as present, and says of when they are', async () => {
  const { page } = await openPanel();
  page.host.refuse = new Error('gone');
  await act(async () => {
    page.host.pair.host.close();
    await page.run(1_500);
  });
  expect(screen.getByRole('status').textContent).toMatch(/^Disconnected, figures of /);
  expect(valueOf('Messages')).toBe('–');
  expect(card('Messages').textContent).toContain('last 240 msg/s');
  expect(document.querySelectorAll('.metrics-table .mark[data-state="live"]')).toHaveLength(0);
});

test('reports that stop make the figures stale, in words and marks', async () => {
  const { page, hang } = await openPanel();
  hang();
  await run(page, 8_000);
  expect(screen.getByRole('status').textContent).toMatch(/^No report for \d/);
  expect(card('Messages').dataset['state']).toBe('stale');
});

test('a replay shows recorded values with their own time, whatever its speed', async () => {
  const { page, tell } = await openPanel();
  setSource(page, 'replay:x');
  const time = page.host.wallMs() - 7 * 86_400_000;
  const connections = [connectionOf({ queuedMessages: null })];
  tell({ source: 'replay:x', startTime: time - 60_000, time, connections });
  await run(page, 9_000);
  expect(screen.getByRole('status').textContent).toBe('As recorded');
  expect(card('Messages').dataset['state']).toBe('live');
  expect(card('Messages').textContent).toContain(`updated ${formatTime(time)}`);
  expect(cellsOf('binance#1').get('Queued')).toBe('–');
});

test('before the first report it waits, and without any connection it says so', async () => {
  const page = createPage();
  page.host.reports = {
    metrics: () => metricsAt(page.host.wallMs(), { connections: [], streams: [], lag: nothing }),
  };
  show(page, <SessionMetricsPanel {...createPanelProps()} />);
  expect(screen.getByText('No connection to the engine')).toBeTruthy();
  await run(page, 1_500);
  expect(screen.getByText(/^No connection yet\./)).toBeTruthy();
  expect([valueOf('Messages'), valueOf('Gaps'), valueOf('Lag p99')]).toEqual([
    '– msg/s',
    '–',
    '– ms',
  ]);
});

test('the export opens with the table of these figures', async () => {
  const opened: unknown[] = [];
  await openPanel({ openExport: (wanted) => opened.push(wanted) });
  fireEvent.click(screen.getByRole('button', { name: 'Export' }));
  expect(opened).toEqual([{ table: 'metrics' }]);
});

function samplesOf(values: readonly (number | null)[]): MetricsSample[] {
  const figures = figuresOf(metricsAt(0));
  return values.map((value, time) => ({
    time,
    figures: { ...figures, messages: value, gaps: value, uptime: value } satisfies Figures,
    isAfterBreak: false,
  }));
}

test('[S3-18] a trend compares ten seconds with the minute before, a count tells whether it grew', () => {
  const steady = Array.from({ length: 70 }, (_, at) => 100 + (at % 2));
  const risen = [...steady.slice(10), ...Array.from({ length: 10 }, () => 120)];
  const fallen = [...steady.slice(10), ...Array.from({ length: 10 }, () => 80)];
  expect(
    [steady, risen, fallen].map((values) => computeTrend(samplesOf(values), 'messages')),
  ).toEqual(['stable', 'up', 'down']);
  expect(computeTrend(samplesOf(steady.slice(0, 10)), 'messages')).toBeNull();
  expect(computeTrend(samplesOf(steady.map(() => null)), 'messages')).toBeNull();
  const counts = (last: number) => samplesOf([...Array.from({ length: 30 }, () => 4), last]);
  expect([computeTrend(counts(4), 'gaps'), computeTrend(counts(5), 'gaps')]).toEqual([
    'stable',
    'up',
  ]);
});

test('the charts stop where nothing was heard, and a replay sent back forgets what comes after', () => {
  let pageMs = 0;
  const history = new MetricsHistory(() => pageMs);
  const at = (time: number, reconnects: number) => {
    pageMs += 1_000;
    return history.upTo(
      metricsAt(time, { startTime: 0, connections: [connectionOf({ reconnects })] }),
    );
  };
  for (let second = 1; second <= 5; second += 1) at(second, 1);
  pageMs += 60_000;
  const broken = at(70, 6);
  expect(chartValues(broken, 'reconnects')).toEqual([1, null, 6]);
  expect(history.upTo(null)).toBe(broken);
  expect(at(3, 1).map(({ time }) => time)).toEqual([1, 2, 3]);
  const other = history.upTo(metricsAt(90, { startTime: 80 }));
  expect(other.map(({ time }) => time)).toEqual([90]);
  for (let second = 100; second < 900; second += 1) at(second, 1);
  expect(at(1_000, 1)).toHaveLength(300);
});

test('a share is whole only where nothing is missing, and names are those that a person knows', () => {
  expect([1, 0.99999, 0.5, 0, null].map(formatShare)).toEqual([
    '100',
    '99.99',
    '50.00',
    '0.00',
    '–',
  ]);
  expect(['binance#1', 'okx-business#2', 'bybit#12'].map(connectionName)).toEqual([
    'Binance',
    'OKX business 2',
    'Bybit 12',
  ]);
});
