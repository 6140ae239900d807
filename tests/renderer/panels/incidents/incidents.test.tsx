import { act, cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { IncidentsPanel } from '../../../../src/renderer/panels/incidents/IncidentsPanel.tsx';
import {
  computeIncidentRows,
  parseIncidentFilter,
} from '../../../../src/renderer/panels/incidents/incidentRows.ts';
import {
  incidentEffect,
  incidentMark,
  incidentTitle,
  kindNames,
} from '../../../../src/renderer/panels/incidents/incidentWords.ts';
import {
  connectionSpans,
  streamSpans,
  venueSpans,
} from '../../../../src/renderer/workspace/incidentSpans.ts';
import type { Incident } from '../../../../src/shared/incidents.ts';
import { incidentKinds, incidentOutcomes } from '../../../../src/shared/incidents.ts';
import { healthNow, incident } from '../../support/healthValues.ts';
import {
  createPage,
  createPanelProps,
  installPageStubs,
  run,
  show,
} from '../../support/panelPage.tsx';

beforeAll(installPageStubs);
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const now = healthNow;
const running: Partial<Incident> = { to: null, durationMs: null, outcome: 'running' };
const noCost = { streams: 1, missingTrades: 0, repairedTrades: 0, outOfPriceMs: 0 };

function rows(): readonly (string | null)[] {
  return [...document.querySelectorAll('.incident-row')].map((row) => row.textContent);
}

test('running incidents stand on top, the rest by their beginning, and no more than asked for', () => {
  const all = [
    incident({ id: 1, from: now - 5000 }),
    incident({ id: 2, from: now - 9000, ...running, kind: 'stale', venue: 'bybit' }),
    incident({ id: 3, from: now - 3000 }),
    incident({ id: 4, from: now - 1000, venue: null, kind: 'slept' }),
  ];
  const every = { venue: null, kind: null };
  const ids = (filter: Parameters<typeof computeIncidentRows>[1], limit = 60) =>
    computeIncidentRows(all, filter, limit).rows.map(({ id }) => id);
  expect(ids(every)).toEqual([2, 4, 3, 1]);
  expect(computeIncidentRows(all, every, 2)).toMatchObject({
    rows: [{ id: 2 }, { id: 4 }],
    more: 2,
  });
  expect(ids({ venue: 'bybit', kind: null })).toEqual([2, 4]);
  expect(ids({ venue: null, kind: 'disconnected' })).toEqual([3, 1]);
  expect(parseIncidentFilter({ venue: 'nowhere', kind: 'stale' })).toEqual({
    venue: null,
    kind: 'stale',
  });
});

test('an entry says cause and cost, and nothing that is not known', () => {
  const words = (changes: Partial<Incident>) => incidentEffect(incident(changes));
  expect([
    words({}),
    words({ cost: { ...noCost, missingTrades: 12, repairedTrades: 5 } }),
    words({ attempts: 1, cost: { ...noCost, missingTrades: null } }),
    words({
      kind: 'resync',
      instrument: 'okx:BTC-USDT',
      channel: 'book',
      cause: 'expected 48211907, got 48211911',
      attempts: 1,
      cost: noCost,
    }),
  ]).toEqual([
    'Reset by peer (1006). 5 attempts. 38 trades refilled by REST. Out of the price 1 min 52 s.',
    'Reset by peer (1006). 5 attempts. 5 of 12 trades refilled by REST.',
    'Reset by peer (1006). An unknown number of trades missing.',
    'BTC-USDT book. Expected 48211907, got 48211911.',
  ]);
  expect(incidentTitle(incident({ kind: 'resync' }))).toBe('Book resynced');
  expect(incidentTitle(incident({ kind: 'resync', ...running }))).toBe('Book resyncing');
});

test('every kind and outcome has a name and a mark, and only a good end looks repaired', () => {
  for (const kind of incidentKinds) {
    expect(kindNames[kind]).toMatch(/^[A-Z]/);
    for (const outcome of incidentOutcomes) {
      const mark = incidentMark(incident({ kind, outcome }));
      expect(mark === 'repaired').toBe(outcome === 'recovered' || outcome === 'repaired');
      expect(mark).not.toBe('live');
    }
  }
});

test('an incident marks the ribbons of what it concerned, and no other', () => {
  const gone = incident({ from: now - 9000, to: now - 4000 });
  const silent = incident({
    kind: 'stale',
    instrument: 'okx:BTC-USDT',
    channel: 'trade',
    from: now - 3000,
    ...running,
  });
  const slept = incident({ venue: null, connection: null, kind: 'slept', to: now - 90 * 60_000 });
  const all = [gone, silent, slept];
  const off = { from: now - 9000, to: now - 4000, state: 'disconnected' };
  const stale = { from: now - 3000, to: null, state: 'stale' };
  expect(venueSpans(all, 'okx', now)).toEqual([off, stale]);
  expect(venueSpans(all, 'binance', now)).toEqual([]);
  expect(connectionSpans(all, { venue: 'okx', connection: 'okx#1' }, now)).toEqual([off]);
  expect(connectionSpans(all, { venue: 'okx', connection: 'okx-business#1' }, now)).toEqual([]);
  const stream = (instrument: 'okx:BTC-USDT' | 'okx:ETH-USDT', channel: 'trade' | 'book') =>
    streamSpans(all, { venue: 'okx', connection: 'okx#1', instrument, channel }, now);
  expect(stream('okx:BTC-USDT', 'trade')).toEqual([off, stale]);
  expect(stream('okx:BTC-USDT', 'book')).toEqual([off]);
  expect(stream('okx:ETH-USDT', 'trade')).toEqual([off]);
});

test('a healthy hour is one quiet line under the ribbons', async () => {
  const page = createPage();
  show(page, <IncidentsPanel {...createPanelProps()} />);
  expect(page.store.isTold({ topic: 'incidents' })).toBe(false);
  await run(page, 1200);
  expect(rows()).toEqual([]);
  expect(screen.getByText(/^No incident since Truetape watches/)).toBeTruthy();
  expect(screen.getAllByRole('img', { name: /60 minutes: no interruption seen/ })).toHaveLength(3);
});

test('a running incident counts on, ends with its outcome, and opens to the way to the help', async () => {
  const page = createPage();
  const openHelp = vi.fn();
  show(page, <IncidentsPanel {...createPanelProps({ openHelp })} />);
  await run(page, 1200);
  const from = page.host.wallMs() - 3000;
  const stale = { kind: 'stale', cause: 'no message', attempts: 0, cost: noCost, from } as const;
  act(() => page.host.core.incident(incident({ ...stale, ...running })));
  await run(page, 300);
  expect(rows()[0]).toMatch(/OKStale 3\.\d srunningNo message\.$/);
  await run(page, 2000);
  expect(rows()[0]).toMatch(/Stale 5\.\d srunning/);
  act(() =>
    page.host.core.incident(
      incident({ ...stale, to: from + 5400, durationMs: 5400, outcome: 'recovered' }),
    ),
  );
  await run(page, 300);
  expect(rows()).toEqual([expect.stringMatching(/Stale 5\.4 srecovered/)]);
  fireEvent.click(screen.getByRole('button', { expanded: false, name: /Stale/ }));
  fireEvent.click(screen.getByRole('button', { name: 'Why' }));
  expect(openHelp).toHaveBeenCalledWith('stale');
});

test('without the engine nobody claims that an incident still runs', async () => {
  const page = createPage();
  show(page, <IncidentsPanel {...createPanelProps()} />);
  await run(page, 1200);
  act(() => page.host.core.incident(incident(running)));
  await run(page, 300);
  page.host.refuse = new Error('gone');
  page.host.session.close('the engine stopped');
  await run(page, 500);
  expect(rows()[0]).toContain('not known');
});

test('changes are spoken in words without ticking lengths, at most once in five seconds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const page = createPage();
  show(page, <IncidentsPanel {...createPanelProps()} />);
  await run(page, 1200);
  act(() => void vi.advanceTimersByTime(20));
  const region = screen.getByRole('status');
  expect(region.textContent).toBe('No incident is running.');
  act(() => page.host.core.incident(incident(running)));
  await run(page, 300);
  act(() => void vi.advanceTimersByTime(4_900));
  expect(region.textContent).toBe('No incident is running.');
  act(() => void vi.advanceTimersByTime(100));
  expect(region.textContent).toBe('1 incident running: OKX disconnected.');
});

test('the filter says that it filters, and arrows move through the rows by one tab stop', async () => {
  const page = createPage();
  const saveOptions = vi.fn();
  const options = { venue: 'okx', kind: 'disconnected' };
  show(page, <IncidentsPanel {...createPanelProps({ saveOptions, savedOptions: options })} />);
  await run(page, 1200);
  act(() => {
    page.host.core.incident(incident({ id: 1 }));
    page.host.core.incident(incident({ id: 2, from: now - 100 }));
    page.host.core.incident(incident({ id: 3, venue: 'bybit' }));
  });
  await run(page, 300);
  const list = screen.getByRole('list', { name: 'Incidents' });
  const buttons = within(list).getAllByRole('button');
  expect(buttons.map((button) => button.tabIndex)).toEqual([0, -1]);
  buttons[0]?.focus();
  fireEvent.keyDown(buttons[0] ?? list, { key: 'ArrowDown' });
  expect(document.activeElement).toBe(buttons[1]);
  fireEvent.click(screen.getByRole('button', { name: 'Show all' }));
  expect(saveOptions).toHaveBeenCalledWith({ venue: null, kind: null });
});
