import { act, cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { ConnectionHealthPanel } from '../../../../src/renderer/panels/connectionHealth/ConnectionHealthPanel.tsx';
import { connectionFacts } from '../../../../src/renderer/panels/connectionHealth/ConnectionDetails.tsx';
import {
  clockWords,
  nextStepWords,
} from '../../../../src/renderer/panels/connectionHealth/healthWords.ts';
import { formatUptime } from '../../../../src/renderer/format/duration.ts';
import { streamFacts } from '../../../../src/renderer/panels/connectionHealth/StreamDetails.tsx';
import { HealthHistory } from '../../../../src/renderer/workspace/healthHistory.ts';
import type {
  ConnectionHealth,
  FeedHealth,
  StreamHealth,
} from '../../../../src/shared/feedHealth.ts';
import type { PanelProps } from '../../../../src/renderer/workspace/panel.ts';
import type { TestPage } from '../../store/testPage.ts';
import { connection, feedHealth, healthNow, stream } from '../../support/healthValues.ts';
import {
  createPage,
  createPanelProps,
  installPageStubs,
  run,
  show,
} from '../../support/panelPage.tsx';

beforeAll(installPageStubs);
afterEach(cleanup);

const now = healthNow;

async function openPanel(props: Partial<PanelProps> = {}): Promise<TestPage> {
  const page = createPage();
  show(page, <ConnectionHealthPanel {...createPanelProps(props)} />);
  await run(page, 1200);
  return page;
}

/** As if the engine said so of one venue. */
async function change(
  page: TestPage,
  venue: string,
  ofConnection: Partial<ConnectionHealth>,
  ofStream: Partial<StreamHealth> = {},
): Promise<void> {
  page.host.core.healthChange = (health: FeedHealth) => ({
    ...health,
    connections: health.connections.map((each) =>
      each.venue === venue ? { ...each, ...ofConnection } : each,
    ),
    streams: health.streams.map((each) => (each.venue === venue ? { ...each, ...ofStream } : each)),
  });
  await run(page, 600);
}

function row(venue: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[data-venue="${venue}"]`);
  if (found === null) throw new Error(`no row of ${venue}`);
  return found;
}

test('every field of a connection and of a stream stands in its details', () => {
  const odd = connection({
    status: 'reconnecting',
    reason: 'banned',
    nextAttemptTime: now + 61_000,
    attempt: 7,
    roundTripMs: 41.5,
    bytesPerSec: 84_000,
    messages: 1_234_567,
    bytes: 5_500_000,
    sent: 17,
    decodeErrors: 3,
    gaps: 4,
    resyncs: 5,
    reconnects: 6,
    circuit: 'half-open',
    lastError: {
      time: now,
      type: 'rate-limit',
      venue: 'okx',
      code: '418',
      detail: 'raw',
      message: 'OKX has banned this address.',
    },
  });
  const facts = connectionFacts(odd, now).map(([name, value]) => `${name}: ${value}`);
  expect(facts).toEqual([
    'Status: reconnecting, 1 min 0 s',
    'Reason: banned',
    expect.stringMatching(/^Socket open: 46 min 0 s, from \d/),
    'Attempt: 7',
    expect.stringMatching(/^Next try: banned until \d\d:\d\d:\d\d, in 1 min 1 s$/),
    'Round trip: 42 ms',
    'Clock offset: +0.3 ± 0.2 ms',
    expect.stringMatching(/^Last data: 0 ms/),
    'Messages/s: 10',
    'Bytes/s: 84.0 KB',
    'Messages: 1,234,567',
    'Bytes: 5.50 MB',
    'Sent: 17',
    'Reconnects: 6',
    'Decode errors: 3',
    'Gaps: 4',
    'Resyncs: 5',
    'REST circuit: half-open: one request decides',
    'Budget, connects: 1 of 300 per 5 min',
    'Budget, msg/s: 2 of 5 per s',
    expect.stringMatching(/^Last error: .*OKX has banned this address\. \(418\)$/),
  ]);
  const health = stream({
    status: 'stale',
    crossed: 2,
    mismatches: 8,
    decodeErrors: 9,
    next: { action: 'replaceSocket', time: now + 1600 },
    note: 'no message for 3.3 s',
  });
  const names = streamFacts({ channel: 'book', count: 1, health }, now).map(
    ([name, value]) => `${name}: ${value}`,
  );
  expect(names).toEqual([
    'Stream: Book of BTC-USDT',
    'Topic: books',
    'Connection: okx#1',
    'Status: stale, 3.3 s',
    expect.stringMatching(/^Since: \d/),
    'Last data / limit: 92 ms / 1.1 s',
    'Messages/s: 10',
    'Messages: 1,000,000',
    'Lag p50: 27.2 ms',
    'Lag p99: 54.0 ms',
    'Gaps: 1 in 1,000,000 messages',
    'Gaps per million: 1.0',
    'Resyncs: 3',
    'Crossed books: 2',
    'Other than best price: 8',
    'Odd venue times: 0',
    'Decode errors: 9',
    'Next step: Replacing the socket in 1.6 s',
    'Note: no message for 3.3 s',
  ]);
});

test('what is not known is not invented', () => {
  expect([clockWords(null, 0.2), clockWords(-2.44, null), formatUptime(null)]).toEqual([
    '–',
    '−2.4 ms',
    '–',
  ]);
  expect(formatUptime(93_784_500)).toBe('1 d 02 h 03 min 04 s');
  expect(nextStepWords({ action: 'probe', time: null }, now)).toBe('Waiting for the REST answer');
  expect(nextStepWords({ action: 'snapshot', time: now - 5 }, now)).toBe('Fetching a snapshot now');
});

test('[S0-32] the panel shows the six counters of the engine, uptime in days to seconds', async () => {
  const page = await openPanel();
  page.host.status = {
    ...page.host.status,
    watchedSince: page.host.wallMs() - 93_784_000,
    queuedMessages: 12,
  };
  page.host.core.healthChange = (health) => ({
    ...health,
    connections: health.connections.map((each, index) => ({
      ...each,
      messages: 1_000_000 + index,
      sent: 40 + index,
    })),
    reconnectsTotal: 7,
  });
  await run(page, 600);
  const totals = screen.getByRole('region', { name: 'All venues together' });
  const figures = [...totals.querySelectorAll('dt')].map((name) => [
    name.textContent,
    name.nextElementSibling?.textContent,
  ]);
  const { streams } = page.host.core.health();
  expect(figures.slice(0, 6)).toEqual([
    ['Messages received', '3,000,003'],
    ['Messages sent', '123'],
    ['Reconnects', '7'],
    ['Uptime', expect.stringMatching(/^1 d 02 h 03 min 0[4-6] s$/)],
    ['Subscriptions', String(streams.length)],
    ['Queued', '12'],
  ]);
});

test('a ban counts down in the row, and the row says no more than it knows', async () => {
  const page = await openPanel();
  await change(page, 'okx', {
    status: 'closed',
    reason: 'banned',
    nextAttemptTime: page.host.wallMs() + 30_000,
    attempt: 2,
  });
  const words = () => row('okx').querySelector('.health-next')?.textContent ?? '';
  expect(words()).toMatch(/^Banned, next try in 30 s, attempt 3$/);
  await run(page, 5000);
  expect(words()).toMatch(/next try in 2[45] s/);
});

test('Enter opens a row, letters act on its venue, and the why leads to its section', async () => {
  const openHelp = vi.fn();
  const page = await openPanel({ openHelp });
  await change(page, 'bybit', { status: 'closed', reason: 'paused', nextAttemptTime: null });
  const line = row('bybit');
  line.focus();
  fireEvent.keyDown(line, { key: 'Enter' });
  expect(line.getAttribute('aria-expanded')).toBe('true');
  expect(screen.getByText(/You paused this venue\. It stays out of every price/)).toBeTruthy();
  expect(screen.getByRole('img', { name: 'Bybit paused' })).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Why' }));
  expect(openHelp).toHaveBeenCalledWith('paused-by-you');
  fireEvent.keyDown(line, { key: 'p' });
  fireEvent.keyDown(row('okx'), { key: 'p' });
  fireEvent.keyDown(row('okx'), { key: 'r' });
  expect(fireEvent.keyDown(row('okx'), { key: 'x' })).toBe(true);
  await run(page, 50);
  expect(page.host.commands).toEqual(
    expect.arrayContaining([
      { type: 'resumeVenue', venue: 'bybit' },
      { type: 'pauseVenue', venue: 'okx' },
      { type: 'reconnectVenue', venue: 'okx' },
    ]),
  );
});

test('a stream in trouble says its next step with its time', async () => {
  const page = await openPanel();
  const next = { action: 'replaceSocket', time: page.host.wallMs() + 2200 } as const;
  await change(page, 'okx', {}, { status: 'stale', next, note: 'silent' });
  const words = [...document.querySelectorAll('[data-venue="okx"] .health-next')];
  expect(words[0]?.textContent).toMatch(/^Replacing the socket in 1\.\d s$/);
});

test('a venue that changed its API says so in its row and names the fields', async () => {
  const page = await openPanel();
  page.host.core.healthChange = (health) => ({
    ...health,
    apiChanges: [
      {
        venue: 'binance',
        message: 'depthUpdate',
        field: 'u',
        change: 'missing',
        count: 3,
        firstTime: now,
        lastTime: now,
      },
    ],
  });
  await run(page, 600);
  expect(row('binance').textContent).toContain('API changed');
  expect(row('okx').textContent).not.toContain('API changed');
  fireEvent.click(row('binance'));
  expect(screen.getByText(/depthUpdate: field u is missing, 3 times/)).toBeTruthy();
});

test('a page opened now shows the hour that the engine watched', () => {
  const history = new HealthHistory();
  history.observe(feedHealth([stream({ since: now - 1000 })]));
  const gone = { from: now - 900_000, to: now - 840_000, state: 'disconnected' } as const;
  const key = 'stream okx:BTC-USDT book';
  const start = now - 3_600_000;
  expect(
    history.spans(key, { gaps: [], spans: [gone], watchedSince: now - 1_800_000 }, now),
  ).toEqual([{ from: start, to: now - 1_800_000, state: 'unknown' }, gone]);
  expect(history.spans(key, { gaps: [], spans: [], watchedSince: null }, now)).toEqual([
    { from: start, to: now - 1000, state: 'unknown' },
  ]);
});

test('what the page saw itself is not listed twice beside the incident', () => {
  const history = new HealthHistory();
  history.observe(feedHealth([stream({ since: now - 60_000 })]));
  history.observe(feedHealth([stream({ status: 'stale', since: now - 9000 })]));
  history.observe(feedHealth([stream({ since: now - 4000 })]));
  const told = { from: now - 9100, to: now - 4100, state: 'stale' } as const;
  const key = 'stream okx:BTC-USDT book';
  const watched = { gaps: [], watchedSince: now - 7_200_000 };
  expect(history.spans(key, { ...watched, spans: [told] }, now)).toEqual([told]);
  expect(history.spans(key, { ...watched, spans: [] }, now)).toEqual([
    { from: now - 9000, to: now - 4000, state: 'stale' },
  ]);
});

test('time that the page missed is known again where the engine watched it', () => {
  const history = new HealthHistory();
  history.observe(feedHealth([stream({ since: now - 60_000 })]));
  history.observeLink(false, now);
  history.observeLink(true, now + 30_000);
  const key = 'stream okx:BTC-USDT book';
  const spans = (watchedSince: number) =>
    history.spans(key, { gaps: [], spans: [], watchedSince }, now + 40_000).slice(-1);
  expect(spans(now - 7_200_000)).toEqual([]);
  expect(spans(now + 20_000)).toEqual([{ from: now, to: now + 30_000, state: 'unknown' }]);
});

test('rows do not move when trouble begins', async () => {
  const page = await openPanel();
  const order = () =>
    [...document.querySelectorAll('.health-row')].map((each) => each.className).join('\n');
  const before = order();
  await act(() => change(page, 'okx', {}, { status: 'resyncing' }));
  expect(order()).toBe(before);
});
