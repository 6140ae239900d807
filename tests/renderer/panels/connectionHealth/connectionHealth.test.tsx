import { act, cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { ConnectionHealthPanel } from '../../../../src/renderer/panels/connectionHealth/ConnectionHealthPanel.tsx';
import {
  computeVenueRows,
  gapsBase,
  gapsPerMillion,
  hasTrouble,
  isLostStream,
  mergeStreams,
} from '../../../../src/renderer/panels/connectionHealth/healthRows.ts';
import {
  connectionNext,
  lagWords,
  shortSocketWords,
  socketWords,
  streamNext,
} from '../../../../src/renderer/panels/connectionHealth/healthWords.ts';
import type { KnownPast } from '../../../../src/renderer/workspace/healthHistory.ts';
import { HealthHistory } from '../../../../src/renderer/workspace/healthHistory.ts';
import { connection, feedHealth, healthNow, incident, stream } from '../../support/healthValues.ts';
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
const health = feedHealth;
const noPast: KnownPast = { gaps: [], spans: [], watchedSince: null };

test('a venue line tells the budget of requests, and another one only when it runs out', () => {
  const budget = (name: string, used: number, limit: number) => ({
    ...{ name, used, limit, windowMs: 1_000 },
  });
  const words = (frames: number) =>
    socketWords(
      [connection({ budgets: [budget('frames', frames, 5), budget('requests', 40, 6_000)] })],
      now,
    );
  expect(words(2)).toContain(' 40 of 6,000 requests ');
  expect(words(3)).toContain(' 3 of 5 frames ');
});

test('a venue line says what is known', () => {
  expect(socketWords([connection()], now)).toBe(
    '1 socket, up 46 min · RTT 54 ms · clock +0.3 ± 0.2 ms · 2 of 5 msg/s · 1.00 KB/s',
  );
  expect(
    socketWords(
      [connection({ openedTime: null, roundTripMs: 54, clockOffsetMs: null, budgets: [] })],
      now,
    ),
  ).toBe('no socket');
  expect(shortSocketWords([connection({ openedTime: null })], now)).toBe('no socket');
});

test('a connection that is down says when it tries next and why it waits', () => {
  const down = { status: 'reconnecting', nextAttemptTime: now + 8_000, attempt: 5 } as const;
  expect([
    connectionNext(connection({ ...down, reason: 'backoff' }), now),
    connectionNext(connection({ ...down, reason: 'rate-limited' }), now),
    connectionNext(connection({ ...down, reason: 'banned' }), now),
    connectionNext(connection({ status: 'closed', reason: 'paused' }), now),
    connectionNext(connection({ status: 'connecting', since: now - 400 }), now),
    connectionNext(connection(), now),
  ]).toEqual([
    'Next try in 8.0 s, attempt 6',
    'Rate limit, next try in 8.0 s, attempt 6',
    'Banned, next try in 8.0 s, attempt 6',
    'Paused by you until you resume it',
    'Connecting, 400 ms',
    null,
  ]);
  expect(streamNext(stream({ status: 'stale' }), now)).toBe('Not counted in any price');
});

test('streams of one market, the rest only when they are in a trouble of their own', () => {
  const streams = [
    stream({ channel: 'trade' }),
    stream({ channel: 'book' }),
    stream({ channel: 'bbo', status: 'stale' }),
    stream({ channel: 'ticker' }),
    stream({ instrument: 'okx:ETH-USDT', channel: 'trade', status: 'stale' }),
  ];
  const channels = (market: string | null, allChannels = false) =>
    computeVenueRows(health(streams), { market, allChannels })[0]?.streams.map(
      (row) => `${row.channel} ${row.health.status} ${row.count}`,
    );
  expect(channels('BTC-USDT')).toEqual(['trade live 1', 'book live 1', 'bbo stale 1']);
  expect(channels(null)).toEqual(['trade stale 2', 'book live 1']);
  expect(channels('BTC-USDT', true)).toHaveLength(4);
  expect(
    hasTrouble(computeVenueRows(health(streams), { market: 'BTC-USDT', allChannels: false })),
  ).toBe(true);
});

test('a stream whose socket is gone is disconnected as its venue is, not stale', () => {
  const stale = [stream({ status: 'stale' })];
  const rowOf = (changes: Parameters<typeof connection>[0]) =>
    computeVenueRows(health(stale, [connection(changes)]), { market: null, allChannels: false })[0];
  const lost = [{ status: 'subscribing', attempt: 2 }, { status: 'live' }] as const;
  expect(
    lost.map((changes) => {
      const row = rowOf(changes);
      const first = row?.streams[0];
      return row !== undefined && first !== undefined && isLostStream(row, first);
    }),
  ).toEqual([true, false]);
});

test('several streams as one show the worst, never the best', () => {
  const merged = mergeStreams([
    stream({ lastReceivedTime: now - 10, lagP99Ms: 20 }),
    stream({ status: 'stale', lastReceivedTime: now - 8_400, lagP99Ms: null }),
    stream({ status: 'quiet', lagP99Ms: 90 }),
  ]);
  expect(merged).toMatchObject({
    status: 'stale',
    lastReceivedTime: now - 8_400,
    lagP99Ms: 90,
    messages: 3_000_000,
    gaps: 3,
  });
  expect(gapsPerMillion(stream())).toBe(1);
  // One gap in the first minute is no storm.
  expect(gapsPerMillion(stream({ messages: 480 }))).toBeNull();
  expect(gapsBase(stream({ messages: 480 }))).toBe('1 in 480 messages');
});

test('the ribbon knows nothing before it was seen, and marks what was not live', () => {
  const history = new HealthHistory();
  history.observe(health([stream({ since: now - 600_000 })]));
  history.observe(health([stream({ status: 'stale', since: now + 5_000 })]));
  history.observe(health([stream({ status: 'resyncing', since: now + 9_000 })]));
  history.observe(health([stream({ since: now + 10_000 })]));
  const end = now + 20_000;
  expect(history.spans('stream okx:BTC-USDT book', noPast, end)).toEqual([
    { from: end - 3_600_000, to: now - 600_000, state: 'unknown' },
    { from: now + 5_000, to: now + 9_000, state: 'stale' },
    { from: now + 9_000, to: now + 10_000, state: 'resyncing' },
  ]);
});

test('a stream that starts is unknown until it lives, a connection that fails from the start is cut off', () => {
  const history = new HealthHistory();
  const down = connection({ status: 'reconnecting', since: now });
  history.observe(health([stream({ status: 'subscribing', since: now })], [down]));
  history.observe(health([stream({ since: now + 2_000 })], [down]));
  const end = now + 10_000;
  const start = end - 3_600_000;
  expect(history.spans('stream okx:BTC-USDT book', noPast, end)).toEqual([
    { from: start, to: now, state: 'unknown' },
  ]);
  expect(history.spans('connection okx#1', noPast, end)).toEqual([
    { from: start, to: now, state: 'unknown' },
    { from: now, to: null, state: 'disconnected' },
  ]);
});

test('another interval of candles is no trouble, and no cut in the ribbon', () => {
  const history = new HealthHistory();
  const candles = { channel: 'candle', topic: 'candle1m', since: now - 60_000 } as const;
  const asked = { status: 'subscribing', lastReceivedTime: null, messages: 0, since: now } as const;
  const starting = stream({ ...candles, ...asked, topic: 'candle5m' });
  history.observe(health([stream(candles)]));
  history.observe(health([stream(candles), starting]));
  history.observe(health([starting]));
  history.observe(health([stream({ ...candles, topic: 'candle5m', since: now + 400 })]));
  const spans = history.spans('stream okx:BTC-USDT candle', noPast, now + 5_000);
  expect(spans.map(({ state }) => state)).toEqual(['unknown']);
  const rows = computeVenueRows(health([stream(), starting]), { market: null, allChannels: true });
  expect(hasTrouble(rows)).toBe(false);
});

test('a lost socket of candles alone leaves the venue live, and says which part is down', () => {
  const candles = stream({ channel: 'candle', connection: 'okx-business#1', status: 'stale' });
  const business = connection({ connection: 'okx-business#1', status: 'reconnecting' });
  const [row] = computeVenueRows(health([stream(), candles], [connection({}), business]), {
    market: null,
    allChannels: true,
  });
  expect(row?.priceConnections.map((each) => each.connection)).toEqual(['okx#1']);
  expect(row?.connections).toHaveLength(2);
});

test('a negative lag is a matter of clocks and is not shown as a lag', () => {
  expect([lagWords(0).text, lagWords(12.34).text, lagWords(null).text]).toEqual([
    '0.0',
    '12.3',
    '–',
  ]);
  expect(lagWords(-1248)).toEqual({ text: '–', title: expect.stringMatching(/1,248\.0 ms/) });
});

test('what happened while the page had no host is cut off, then unknown, never live', () => {
  const history = new HealthHistory();
  history.observe(health([stream({ since: now - 3_700_000 })]));
  history.observeLink(false, now);
  expect(history.spans('stream okx:BTC-USDT book', noPast, now + 1_000).at(-1)).toEqual({
    from: now,
    to: null,
    state: 'disconnected',
  });
  history.observeLink(true, now + 60_000);
  expect(history.spans('stream okx:BTC-USDT book', noPast, now + 90_000)).toEqual([
    { from: now, to: now + 60_000, state: 'unknown' },
  ]);
});

test('trouble turns the lags into what happens next, and a press reconnects the venue', async () => {
  const page = createPage();
  show(page, <ConnectionHealthPanel {...createPanelProps()} />);
  await run(page, 1200);
  expect(screen.getByText('Lag p50 ms')).toBeTruthy();
  page.host.core.setVenueStatus('okx', 'stale');
  await run(page, 1500);
  expect(screen.getByText('What happens next')).toBeTruthy();
  expect(screen.getByRole('img', { name: 'OKX disconnected' })).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Menu of OKX' }));
  fireEvent.click(screen.getByRole('menuitem', { name: /Reconnect OKX/ }));
  await run(page, 50);
  expect(page.host.commands).toContainEqual({ type: 'reconnectVenue', venue: 'okx' });
});

test('[D14] a venue that arrives late looks it while its data flows, until it has caught up', async () => {
  const page = createPage();
  show(page, <ConnectionHealthPanel {...createPanelProps()} />);
  await run(page, 1200);
  const shown = () =>
    ['OKX', 'Trades', 'Book', 'Binance'].map((name) =>
      screen
        .getAllByRole('img', { name: new RegExp(`^${name} \\w+$`) })
        .map((mark) => mark.getAttribute('aria-label'))
        .join(),
    );
  const healthy = shown();
  expect(healthy[0]).toBe('OKX live');
  const late = { id: 7, kind: 'late', connection: null, to: null, durationMs: null } as const;
  act(() => page.host.core.incident(incident({ ...late, outcome: 'running' })));
  await run(page, 300);
  expect(shown()).toEqual([
    'OKX stale',
    'Trades live,Trades live,Trades stale',
    'Book live,Book live,Book stale',
    'Binance live',
  ]);
  expect(screen.getAllByText(/^Arrives .* late, not counted/).length).toBeGreaterThan(1);
  const ended = { ...late, to: healthNow, durationMs: 5000, outcome: 'recovered' } as const;
  act(() => page.host.core.incident(incident(ended)));
  await run(page, 300);
  expect(shown()).toEqual(healthy);
});
