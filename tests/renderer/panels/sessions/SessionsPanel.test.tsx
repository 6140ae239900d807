import { act, cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { SessionsPanel } from '../../../../src/renderer/panels/sessions/SessionsPanel.tsx';
import { useToasts } from '../../../../src/renderer/workspace/toasts.ts';
import type { Command } from '../../../../src/shared/bridge.ts';
import type { RecordingList } from '../../../../src/shared/recordings.ts';
import { noRecordings } from '../../../../src/shared/recordings.ts';
import type { PanelProps } from '../../../../src/renderer/workspace/panel.ts';
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
  manySessions,
  recordingList,
  recordingStatus,
  sessionsNow,
  sessionSummary,
} from '../../support/sessionValues.ts';

beforeAll(installPageStubs);
afterEach(() => {
  cleanup();
  useToasts.setState({ toasts: [] });
});

const refusal = (message: string) =>
  ({ ok: false, code: 'storage-failed', message, candidates: [] }) as const;

async function open(
  list: RecordingList,
  props: Partial<PanelProps> = {},
  answer: Answer = () => undefined,
): Promise<TestPage> {
  const page = createPage(answer);
  page.host.status = { ...page.host.status, recording: recordingStatus() };
  page.host.reports = { recordings: () => list };
  show(page, <SessionsPanel {...createPanelProps(props)} />);
  await run(page, 1500);
  return page;
}

function sent(page: TestPage, ...types: readonly Command['type'][]): readonly Command[] {
  return page.host.commands.filter(({ type }) => types.includes(type));
}

const grid = () => screen.getByRole('grid', { name: 'Recorded sessions' });
const rows = () => within(grid()).getAllByRole('row');
const chosen = () => document.getElementById(grid().getAttribute('aria-activedescendant') ?? '');

async function press(page: TestPage, key: string): Promise<void> {
  fireEvent.keyDown(grid(), { key });
  await run(page, 50);
}

const evening = sessionSummary({ id: 'evening', name: 'FOMC evening', pinned: true });
const broken = sessionSummary({
  ...{ id: 'broken', name: '', source: 'simulated', startTime: sessionsNow - 90_000_000 },
  ...{ endTime: sessionsNow - 85_000_000, marks: 0, bytes: 12_000, lostInputs: 1204 },
  problem: 'Segment 3 cannot be read from byte 4096.',
});
const running = sessionSummary({
  ...{ id: 'now', isRecording: true, endTime: null, startTime: sessionsNow - 8_077_000 },
});

test('each session says what it is, how long, how large, and what is not whole about it', async () => {
  await open(recordingList([running, evening, broken]));
  const [first, second, third] = rows().map((row) => row.textContent);
  expect(first).toContain('recording since 2023-11-14 19:58:43 UTC');
  expect(first).toContain('2 h 14 min');
  expect(second).toBe(
    'FOMC evening2023-11-14 12:13:20 to 14:13:20 UTCLIVE2 h 00 min1.24 GB3Replay',
  );
  expect(third).toContain('1,204 inputs lost. Segment 3 cannot be read from byte 4096.');
  expect(third).toContain('damaged');
  expect(third).toContain('SIMULATED');
  expect(within(rows()[1] ?? document.body).getByRole('img', { name: 'pinned' })).toBeTruthy();
});

test('the running recording shows length, size, rate and loss, and the quota has words', async () => {
  const page = await open(recordingList([running, evening]));
  const head = screen.getByRole('region', { name: 'Recording' });
  expect(head.textContent).toContain('Recording02:14:38412 MB written38.4 KB/s');
  expect(screen.getByRole('meter').getAttribute('aria-valuetext')).toBe(
    '8.20 GB of 10.0 GB used, 1.24 GB pinned, 212 GB free on the disk',
  );
  page.host.status = {
    ...page.host.status,
    recording: recordingStatus({
      ...{ status: 'paused', lostInputs: 12 },
      problem: 'The disk is full. Make room, then press Resume.',
    }),
  };
  await run(page, 500);
  expect(head.textContent).toContain('Recording waits');
  expect(head.textContent).toContain('12 inputs lost');
  expect(within(head).getByText('The disk is full. Make room, then press Resume.')).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Record' }));
  fireEvent.click(screen.getByRole('button', { name: 'Stop' }));
  page.host.status = {
    ...page.host.status,
    recording: recordingStatus({ status: 'stopped', session: null, since: null, bytes: 0 }),
  };
  await run(page, 500);
  fireEvent.click(screen.getByRole('button', { name: 'Record' }));
  await run(page, 50);
  expect(sent(page, 'controlRecording')).toEqual(
    ['resume', 'stop', 'start'].map((action) => ({ type: 'controlRecording', action })),
  );
});

test('one tab stop; arrows choose, Enter replays, P pins, and the keys are used up', async () => {
  const openReplay = vi.fn(() => Promise.resolve());
  const page = await open(recordingList([running, evening, broken]), { openReplay });
  expect(
    within(grid())
      .queryAllByRole('button')
      .every(({ tabIndex }) => tabIndex === -1),
  ).toBe(true);
  expect(chosen()?.textContent).toContain('2023-11-14 19:58:43');
  await press(page, 'ArrowDown');
  expect(chosen()?.textContent).toContain('FOMC evening');
  await press(page, 'Enter');
  await press(page, 'p');
  expect(fireEvent.keyDown(grid(), { key: 'p' })).toBe(false);
  await press(page, 'End');
  expect(chosen()?.textContent).toContain('1,204 inputs lost');
  expect(openReplay.mock.calls).toEqual([[{ session: 'evening', at: null, where: 'newWindow' }]]);
  expect(sent(page, 'changeSession')[0]).toEqual({
    ...{ type: 'changeSession', session: 'evening', pinned: false },
  });
});

test('F2 renames in place, a refusal stands beside the name, Esc leaves it as it was', async () => {
  let isRefused = true;
  const page = await open(recordingList([evening]), {}, (command) =>
    command.type === 'changeSession' && isRefused ? refusal('The disk is read-only.') : undefined,
  );
  const field = () =>
    screen.getByRole<HTMLInputElement>('textbox', { name: 'Name of the session' });
  await press(page, 'F2');
  expect(document.activeElement).toBe(field());
  fireEvent.change(field(), { target: { value: 'Rate decision' } });
  fireEvent.keyDown(field(), { key: 'Enter' });
  await run(page, 50);
  expect(screen.getByRole('alert').textContent).toBe('The disk is read-only.');
  isRefused = false;
  fireEvent.keyDown(field(), { key: 'Enter' });
  await run(page, 50);
  expect(screen.queryByRole('textbox')).toBeNull();
  expect(document.activeElement).toBe(grid());
  await press(page, 'F2');
  fireEvent.change(field(), { target: { value: 'never' } });
  fireEvent.keyDown(field(), { key: 'Escape' });
  await run(page, 50);
  const renamed = { type: 'changeSession', session: 'evening', name: 'Rate decision' };
  expect(sent(page, 'changeSession')).toEqual([renamed, renamed]);
});

test('deleting asks inside of the row, says what is lost, and Enter alone keeps it', async () => {
  const page = await open(recordingList([running, evening]), {}, (command) =>
    command.type === 'deleteSession'
      ? refusal('It is being replayed. Close that window.')
      : undefined,
  );
  await press(page, 'Delete');
  expect(screen.queryByRole('group')).toBeNull();
  await press(page, 'ArrowDown');
  await press(page, 'Delete');
  const question = screen.getByRole('group', { name: 'Delete this recording?' });
  // A row of a grid holds cells only.
  expect(question.parentElement?.getAttribute('role')).toBe('gridcell');
  expect(rows()[1]?.contains(question)).toBe(true);
  expect(question.textContent).toContain(
    '2 h 00 min of the live market, 1.24 GB and 3 marks. It is pinned. It cannot be brought back.',
  );
  expect(document.activeElement?.textContent).toBe('Keep it');
  fireEvent.click(within(question).getByRole('button', { name: 'Delete' }));
  await run(page, 50);
  expect(question.textContent).toContain('It is being replayed. Close that window.');
  fireEvent.keyDown(document.activeElement ?? question, { key: 'Escape' });
  await run(page, 50);
  expect(screen.queryByRole('group')).toBeNull();
  expect(document.activeElement).toBe(grid());
  expect(sent(page, 'deleteSession')).toEqual([{ type: 'deleteSession', session: 'evening' }]);
});

test('the menu of a row does everything; files are shown only at the screen of the host', async () => {
  const openReplay = vi.fn(() => Promise.resolve());
  const openExport = vi.fn();
  const page = await open(recordingList([evening], { canReveal: true }), {
    openReplay,
    openExport,
  });
  const choose = async (name: RegExp) => {
    await press(page, 'ContextMenu');
    fireEvent.click(screen.getByRole('menuitem', { name }));
    await run(page, 50);
  };
  await choose(/in this window/);
  await choose(/^Export/);
  await choose(/^Show in folder/);
  await choose(/^Unpin/);
  expect(openReplay.mock.calls).toEqual([[{ session: 'evening', at: null, where: 'thisWindow' }]]);
  expect(openExport.mock.calls).toEqual([[{ session: 'evening' }]]);
  expect(sent(page, 'revealSession', 'changeSession')).toEqual([
    { type: 'revealSession', session: 'evening' },
    { type: 'changeSession', session: 'evening', pinned: false },
  ]);
  await choose(/^Rename/);
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Name of the session');
  cleanup();
  const other = await open(recordingList([evening]));
  await press(other, 'ContextMenu');
  expect(screen.queryByRole('menuitem', { name: /^Show in folder/ })).toBeNull();
});

test('a name is text, whatever it says', async () => {
  const name = '<img src=x onerror="alert(1)"> \u202Egnp.exe =1+1';
  await open(recordingList([sessionSummary({ name })]));
  expect(document.querySelector('img')).toBeNull();
  const title = screen.getByTitle(name);
  expect([title.tagName, title.textContent]).toEqual(['BDI', name]);
});

test('a thousand sessions draw what is in sight; search and order find the others', async () => {
  const saveOptions = vi.fn();
  const page = await open(recordingList(manySessions(1000)), { saveOptions });
  expect(grid().getAttribute('aria-rowcount')).toBe('1000');
  expect(rows().length).toBeLessThan(60);
  await press(page, 'End');
  expect(chosen()?.textContent).toContain('Session 0999');
  fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'session 07' } });
  await run(page, 50);
  expect(grid().getAttribute('aria-rowcount')).toBe('100');
  fireEvent.change(screen.getByRole('combobox'), { target: { value: 'largest' } });
  expect(saveOptions).toHaveBeenCalledWith({ sort: 'largest' });
  cleanup();
  await open(recordingList(manySessions(1000)), { savedOptions: { sort: 'largest' } });
  expect(rows()[0]?.textContent).toContain('Session 0999');
  cleanup();
  await open(recordingList(manySessions(20)), { savedOptions: { sort: 'largest' } });
  expect(screen.queryByRole('searchbox')).toBeNull();
  expect(rows()[0]?.textContent).toContain('Session 0000');
});

test('nothing recorded, no profile, no host: each says what to do', async () => {
  await open(recordingList([]));
  expect(screen.getByText('Nothing recorded yet')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Import...' })).toBeTruthy();
  cleanup();
  await open(noRecordings);
  expect(screen.getByText('This host keeps no recordings')).toBeTruthy();
  cleanup();
  const page = await open(recordingList([evening]));
  act(() => page.host.pair.page.fail('gone'));
  await run(page, 100);
  expect(screen.getByText(/No connection to the engine/)).toBeTruthy();
  expect(screen.getByText('Not known whether it records')).toBeTruthy();
  for (const button of within(grid()).getAllByRole('button')) {
    expect(button).toHaveProperty('disabled', true);
  }
  await press(page, 'Delete');
  expect(screen.queryByRole('group')).toBeNull();
});

test('a refused action is told, with the name of what it was about', async () => {
  const page = await open(recordingList([evening]), {}, (command) =>
    command.type === 'changeSession' || command.type === 'controlRecording'
      ? refusal('The profile cannot be written to.')
      : undefined,
  );
  await press(page, 'P');
  fireEvent.click(screen.getByRole('button', { name: 'Stop' }));
  await run(page, 50);
  expect(useToasts.getState().toasts.map(({ title, text }) => [title, text])).toEqual([
    ['FOMC evening', 'The profile cannot be written to.'],
    ['Recording', 'The profile cannot be written to.'],
  ]);
});
