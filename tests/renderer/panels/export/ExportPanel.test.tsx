import { act, cleanup, fireEvent, screen, within } from '@testing-library/react';
import * as v from 'valibot';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { ExportPanel } from '../../../../src/renderer/panels/export/ExportPanel.tsx';
import type { ExportForm } from '../../../../src/renderer/panels/export/exportForm.ts';
import {
  checkExport,
  emptyForm,
  parseUtc,
} from '../../../../src/renderer/panels/export/exportForm.ts';
import { exportedThings } from '../../../../src/renderer/panels/export/exportContents.ts';
import { useToasts } from '../../../../src/renderer/workspace/toasts.ts';
import type { PanelProps } from '../../../../src/renderer/workspace/panel.ts';
import { commandSchema } from '../../../../src/shared/bridge.ts';
import type { ExportJob } from '../../../../src/shared/exports.ts';
import { tableFormats } from '../../../../src/shared/exports.ts';
import type { Mark } from '../../../../src/shared/marks.ts';
import type { TestPage } from '../../store/testPage.ts';
import type { Answer } from '../../support/panelPage.tsx';
import {
  createPage,
  createPanelProps,
  installPageStubs,
  run,
  show,
} from '../../support/panelPage.tsx';
import {
  recordingList,
  recordingStatus,
  sessionSummary,
  sessionsNow,
} from '../../support/sessionValues.ts';

beforeAll(installPageStubs);
afterEach(() => {
  cleanup();
  useToasts.setState({ toasts: [] });
});

const minuteMs = 60_000;
const evening = sessionSummary({ id: 'evening', name: 'FOMC evening' });
const running = sessionSummary({
  ...{ id: 'now', isRecording: true, endTime: null, startTime: sessionsNow - 120 * minuteMs },
});
const mark = (id: string, time: number): Mark => ({
  ...{ id, kind: 'user', time, toTime: null, venue: null, market: null, text: id },
});
const marks = [mark('open', evening.startTime + 1000), mark('close', evening.startTime + 9000)];
const subject = { session: evening, marks, now: sessionsNow };
const check = (changes: Partial<ExportForm>) => checkExport({ ...emptyForm, ...changes }, subject);
const problems = (changes: Partial<ExportForm>) =>
  check(changes).problems.map(({ field, text }) => `${field}: ${text}`);

test('every content in every format is a request that the host takes', () => {
  for (const thing of exportedThings) {
    for (const format of tableFormats) {
      const { request } = check({ thing, format, fileName: 'a' });
      expect(() => v.parse(commandSchema, { type: 'startExport', request })).not.toThrow();
    }
  }
  expect(
    check({
      ...{ thing: 'book', format: 'parquet', range: 'custom', from: '2023-11-14 12:15' },
      ...{ to: '2023-11-14T13:00:00.5Z', markets: 'btc-usdt, ETH-USDT-PERP btc-usdt' },
      ...{ everyMs: 100, levels: '50', fileName: ' fomc ' },
    }).request,
  ).toEqual({
    session: 'evening',
    content: { type: 'table', table: 'book', format: 'parquet' },
    from: Date.UTC(2023, 10, 14, 12, 15),
    to: Date.UTC(2023, 10, 14, 13, 0, 0, 500),
    markets: ['BTC-USDT', 'ETH-USDT-PERP'],
    everyMs: 100,
    interval: '1m',
    levels: 50,
    fileName: 'fomc.parquet',
  });
});

test('a time range is of the session, however it is given', () => {
  const range = (changes: Partial<ExportForm>, about = subject) => {
    const { request } = checkExport({ ...emptyForm, ...changes }, about);
    return request === null ? null : [request.from, request.to];
  };
  const end = evening.endTime ?? 0;
  expect(range({})).toEqual([null, null]);
  expect(range({ range: 'last5' })).toEqual([end - 5 * minuteMs, null]);
  const live = { session: running, marks: [], now: sessionsNow };
  expect(range({ range: 'last60' }, live)).toEqual([sessionsNow - 60 * minuteMs, null]);
  const young = { ...live, session: { ...running, startTime: sessionsNow - 1000 } };
  expect(range({ range: 'last60' }, young)).toEqual([sessionsNow - 1000, null]);
  expect(range({ range: 'marks', fromMark: 'open', toMark: 'close' })).toEqual([
    evening.startTime + 1000,
    evening.startTime + 9000,
  ]);
  expect(range({ range: 'marks', toMark: 'open' })).toEqual([null, evening.startTime + 1000]);
});

test('what cannot be exported is said beside its field, and nothing is sent', () => {
  expect([
    problems({ range: 'custom', from: 'yesterday', to: '2023-02-31 10:00' }),
    problems({ range: 'custom', from: '2023-11-14 15:00' }),
    problems({ range: 'custom', to: '2023-11-14 09:00' }),
    problems({ range: 'custom', from: '2023-11-14 13:00', to: '2023-11-14 13:00' }),
    problems({ range: 'marks', fromMark: 'close', toMark: 'open' }),
    problems({ markets: 'BTC-USDT, bitcoin' }),
    problems({ thing: 'book', levels: '0' }),
    problems({ thing: 'book', levels: '1.5' }),
    problems({ fileName: '../../etc/passwd' }),
    problems({ fileName: '.hidden' }),
    problems({ fileName: 'con' }),
    problems({ fileName: 'x'.repeat(120) }),
  ]).toEqual([
    ['from: Write it as 2026-11-18 09:00:00.', 'to: Write it as 2026-11-18 09:00:00.'],
    ['from: The session ends at 2023-11-14 14:13:20 UTC.'],
    ['to: The session begins at 2023-11-14 12:13:20 UTC.'],
    ['to: It must be later than the start.'],
    ['to: It must be later than the first mark.'],
    ['markets: BITCOIN is no market. Write BTC-USDT, ETH-USDT-PERP.'],
    ['levels: A whole number from 1 to 1000.'],
    ['levels: A whole number from 1 to 1000.'],
    ['fileName: Leave out / \\ : * ? " < > |'],
    ['fileName: It may not begin with a dot.'],
    ['fileName: Windows keeps this name for itself.'],
    ['fileName: At most 120 letters.'],
  ]);
  expect(check({ thing: 'trades', levels: 'many' }).request).not.toBeNull();
  expect(check({ thing: 'marks', markets: 'bitcoin' }).request?.markets).toEqual([]);
  expect([parseUtc('2026-11-18 24:30'), parseUtc('2026-11-18')]).toEqual([null, null]);
});

async function open(
  props: Partial<PanelProps> = {},
  { answer, jobs = [] }: { readonly answer?: Answer; readonly jobs?: readonly ExportJob[] } = {},
): Promise<TestPage> {
  const taken: Answer = ({ type }) =>
    type === 'startExport' ? { ok: true, value: { export: 4 } } : undefined;
  const page = createPage(answer ?? taken);
  page.host.status = { ...page.host.status, recording: recordingStatus() };
  page.host.reports = {
    recordings: () => recordingList([running, evening]),
    exports: () => ({ jobs, folder: 'Profile/exports' }),
    marks: () => ({ session: 'evening', marks, dropped: 0 }),
  };
  show(page, <ExportPanel {...createPanelProps(props)} />);
  await run(page, 1500);
  return page;
}

const start = () => screen.getByRole('button', { name: 'Start export' });

test('opened for a session it names it, takes the focus, and Esc closes it', async () => {
  const close = vi.fn();
  const savedOptions = { session: 'evening', table: 'candles', asked: 7 };
  const page = await open({ close, savedOptions });
  const session = screen.getByRole<HTMLSelectElement>('combobox', { name: 'Session' });
  expect(session.selectedOptions[0]?.textContent).toBe('FOMC evening, 2023-11-14 12:13:20');
  expect(screen.getByRole('radio', { name: /^Candles/ }).ariaChecked).toBe('true');
  fireEvent.change(screen.getByRole('combobox', { name: 'Interval' }), { target: { value: '5m' } });
  fireEvent.click(screen.getByRole('radio', { name: 'JSON' }));
  fireEvent.click(start());
  await run(page, 50);
  expect(page.host.commands.filter(({ type }) => type === 'startExport')).toEqual([
    {
      type: 'startExport',
      request: {
        ...{ session: 'evening', content: { type: 'table', table: 'candles', format: 'json' } },
        ...{ from: null, to: null, markets: [], everyMs: 1000, interval: '5m', levels: 20 },
        fileName: null,
      },
    },
  ]);
  fireEvent.keyDown(session, { key: 'Escape' });
  expect(close).toHaveBeenCalledTimes(1);
});

test('fields come with the content that they matter for, and a wrong one stops the start', async () => {
  const page = await open();
  const shown = () => screen.queryAllByRole('textbox').map((field) => field.getAttribute('id'));
  expect(shown()).toHaveLength(2);
  fireEvent.click(screen.getByRole('radio', { name: /^Book snapshots/ }));
  const levels = screen.getByRole('textbox', { name: 'Levels a side' });
  fireEvent.change(levels, { target: { value: '5000' } });
  const words = screen.getAllByText('A whole number from 1 to 1000.');
  expect(words.map(({ id }) => id)).toEqual([levels.getAttribute('aria-describedby'), '']);
  expect(levels.getAttribute('aria-invalid')).toBe('true');
  expect(start()).toHaveProperty('disabled', true);
  fireEvent.click(screen.getByRole('radio', { name: /^Report/ }));
  expect(screen.queryByRole('radiogroup', { name: 'Format' })).toBeNull();
  expect(start()).toHaveProperty('disabled', false);
  fireEvent.change(screen.getByRole('textbox', { name: 'File name' }), {
    target: { value: 'day' },
  });
  expect(screen.getByText('Becomes day.html')).toBeTruthy();
  fireEvent.change(screen.getByRole('combobox', { name: 'Time' }), { target: { value: 'marks' } });
  // The session that is recorded now is chosen; the marks that this window knows are of another.
  expect(screen.getByText(/^Only marks of the session that this window looks at/)).toBeTruthy();
  act(() => page.host.pair.page.fail('gone'));
  await run(page, 100);
  expect(start()).toHaveProperty('disabled', true);
});

test('a refusal stands beside the button', async () => {
  const answer: Answer = (command) =>
    command.type === 'startExport'
      ? {
          ok: false,
          code: 'storage-failed',
          message: 'The disk is full. Make room.',
          candidates: [],
        }
      : undefined;
  const page = await open({}, { answer });
  fireEvent.click(start());
  await run(page, 50);
  expect(screen.getByRole('alert').textContent).toBe('The disk is full. Make room.');
});

test('exports show progress, can be stopped, and lead to their file', async () => {
  const request = check({}).request;
  if (request === null) throw new Error('the empty form is a request');
  const job = (id: number, changes: Partial<ExportJob>): ExportJob => ({
    ...{ id, request, status: 'done', progress: 1, rows: 1_004_312, bytes: 84_000_000 },
    ...{ startedTime: sessionsNow, endedTime: sessionsNow, fileName: `file-${id}.csv` },
    ...{ problem: null, address: null },
    ...changes,
  });
  const page = await open(
    {},
    {
      jobs: [
        job(5, { status: 'waiting', progress: 0, rows: 0 }),
        job(4, { status: 'running', progress: 0.426, rows: 1200, bytes: 9000 }),
        job(3, { address: '/exports/3/file-3.csv' }),
        job(2, { fileName: '<b>x</b>.csv', address: 'javascript:alert(1)' }),
        job(1, { status: 'failed', problem: 'The disk is full. Make room, then start it again.' }),
      ],
    },
  );
  const entries = within(screen.getByRole('list', { name: 'Exports' })).getAllByRole('listitem');
  expect(entries.map((entry) => entry.textContent)).toEqual([
    'file-5.csv22:13:20 waits for the one beforeCancel',
    'file-4.csv22:13:20 running, 42%, 1,200 rows, 9.00 KBCancel',
    'file-3.csv22:13:20 done, 1,004,312 rows, 84.0 MBDownload',
    '<b>x</b>.csv22:13:20 done, 1,004,312 rows, 84.0 MBShow in folder',
    'file-1.csv22:13:20 failedThe disk is full. Make room, then start it again.',
  ]);
  const link = screen.getByRole('link', { name: 'Download' });
  expect([link.getAttribute('href'), link.getAttribute('download')]).toEqual([
    '/exports/3/file-3.csv',
    'file-3.csv',
  ]);
  fireEvent.click(start());
  await run(page, 50);
  expect(start().previousSibling?.textContent).toBe('running, 42%, 1,200 rows, 9.00 KB');
  fireEvent.click(screen.getByRole('button', { name: 'Cancel file-4.csv' }));
  fireEvent.click(screen.getByRole('button', { name: /^Show <b>/ }));
  await run(page, 50);
  expect(page.host.commands.filter(({ type }) => /^(cancel|reveal)Export$/.test(type))).toEqual([
    { type: 'cancelExport', export: 4 },
    { type: 'revealExport', export: 2 },
  ]);
});
