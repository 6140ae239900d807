import { act, cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { MarksPanel } from '../../../../src/renderer/panels/marks/MarksPanel.tsx';
import {
  computeMarkRows,
  parseMarkOptions,
} from '../../../../src/renderer/panels/marks/markRows.ts';
import {
  jumpTime,
  markDate,
  markLength,
  markSpoken,
} from '../../../../src/renderer/panels/marks/markWords.ts';
import type { PanelProps } from '../../../../src/renderer/workspace/panel.ts';
import { useToasts } from '../../../../src/renderer/workspace/toasts.ts';
import type { Mark, MarkList } from '../../../../src/shared/marks.ts';
import { notRecording } from '../../../../src/shared/recordings.ts';
import { replayState } from '../../../support/hostViews.ts';
import type { TestPage } from '../../store/testPage.ts';
import {
  createPage,
  createPanelProps,
  installPageStubs,
  run,
  setSource,
  show,
} from '../../support/panelPage.tsx';

beforeAll(installPageStubs);
beforeEach(() => useToasts.setState({ toasts: [] }));
afterEach(cleanup);

const session = '2026-11-18t09-00-00-live';
const now = 1_700_000_000_000;

function mark(changes: Partial<Mark>): Mark {
  return {
    ...{ id: 'm1', kind: 'user', time: now - 60_000, toTime: null, venue: null, market: null },
    ...{ text: 'look here' },
    ...changes,
  };
}

const three: readonly Mark[] = [
  mark({
    id: 'm1',
    kind: 'gap',
    time: now - 90_000,
    toTime: now - 81_600,
    venue: 'okx',
    text: 'Sequence gap in trades, 3 trades missing',
    market: 'BTC-USDT',
  }),
  mark({ id: 'm2' }),
  mark({
    id: 'm3',
    kind: 'disconnect',
    time: now - 5_000,
    venue: 'bybit',
    text: 'Disconnected: close code 1006',
  }),
];

interface Opened {
  readonly page: TestPage;
  readonly replays: unknown[];
}

async function open(
  marks: readonly Mark[] | null,
  { list = {}, props = {} }: { list?: Partial<MarkList>; props?: Partial<PanelProps> } = {},
  isReplay = false,
): Promise<Opened> {
  const page = createPage();
  const replays: unknown[] = [];
  if (marks !== null) {
    page.host.reports = { marks: () => ({ session, marks, dropped: 0, ...list }) };
  }
  const recording = { ...notRecording, status: 'recording' as const, session };
  if (isReplay) {
    const replay = replayState({
      session,
      time: now - 30_000,
      startTime: now - 3_600_000,
      endTime: now,
    });
    setSource(page, `replay:${session}`, { replay });
  } else page.host.status = { ...page.host.status, recording };
  show(
    page,
    <MarksPanel
      {...createPanelProps({
        openReplay: (wanted) => {
          replays.push(wanted);
          return Promise.resolve();
        },
        ...props,
      })}
    />,
  );
  await run(page, 600);
  return { page, replays };
}

function rows(): readonly HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('.marks-row')];
}

function commandsOf(page: TestPage, ...types: readonly string[]) {
  return page.host.commands.filter(({ type }) => types.includes(type));
}

test('rows are newest first, found by kind and by any word, and counted', () => {
  const all = [...three, mark({ id: 'm4', text: 'Gap in my coffee' })];
  const find = (kinds: Mark['kind'][], text: string, limit = 10) => {
    const { rows: found, more, counts } = computeMarkRows(all, { kinds }, text, limit);
    return { ids: found.map(({ id }) => id), more, counts };
  };
  expect(find([], '').ids).toEqual(['m4', 'm3', 'm2', 'm1']);
  expect(find([], 'gap').ids).toEqual(['m4', 'm1']);
  expect(find([], 'OKX btc')).toMatchObject({ ids: ['m1'], counts: { gap: 1, user: 0 } });
  expect(find(['user', 'disconnect'], '').ids).toEqual(['m4', 'm3', 'm2']);
  expect(find([], '', 2)).toMatchObject({ ids: ['m4', 'm3'], more: 2 });
  expect(parseMarkOptions({ kinds: ['gap', 'nonsense'] })).toEqual({ kinds: [] });
  expect(parseMarkOptions({ kinds: ['gap'] })).toEqual({ kinds: ['gap'] });
});

test('a length is only said where one is known', () => {
  expect(markLength(mark({ kind: 'gap', toTime: now - 51_600 }), true)).toBe('8.4 s');
  expect(markLength(mark({ kind: 'gap' }), true)).toBe('running');
  expect(markLength(mark({ kind: 'gap' }), false)).toBe('to the end');
  expect(markLength(mark({}), true)).toBe('');
  expect(markDate(mark({}), now)).toBeNull();
  expect(markDate(mark({}), now + 86_400_000)).toBe('2023-11-14');
  expect(markSpoken(mark({ venue: 'okx', kind: 'gap', text: 'x' }), '2 s', null)).toBe(
    'Gap, 22:12:20, OKX, x, 2 s',
  );
});

test('in a live window a press offers a replay from two seconds before, in a window of its own', async () => {
  const { replays, page } = await open(three);
  expect(rows().map((row) => row.getAttribute('aria-label'))).toEqual([
    'Disconnect, 22:13:15, Bybit, Disconnected: close code 1006, running',
    'Note, 22:12:20, look here',
    'Gap, 22:11:50, OKX, BTC-USDT, Sequence gap in trades, 3 trades missing, 8.4 s',
  ]);
  const gap = rows()[2];
  if (gap === undefined) throw new Error('no row');
  fireEvent.click(gap);
  expect(replays).toEqual([]);
  const offer = document.querySelector<HTMLElement>('.marks-offer button');
  expect(document.activeElement).toBe(offer);
  if (offer !== null) fireEvent.click(offer);
  expect(replays).toEqual([{ session, at: now - 92_000, where: 'newWindow' }]);
  expect(commandsOf(page, 'controlReplay')).toEqual([]);
});

test('in a replay a press jumps there, and the list says where the replay stands', async () => {
  const ahead = mark({ id: 'm9', kind: 'signal', time: now + 60_000, text: 'ahead' });
  const { page, replays } = await open([...three, ahead], {}, true);
  const current = document.querySelector('[aria-current="time"]');
  expect(current?.getAttribute('aria-label')).toContain('Disconnect');
  const gap = rows()[3];
  if (gap === undefined) throw new Error('no row');
  fireEvent.click(gap);
  await run(page, 50);
  expect(commandsOf(page, 'controlReplay')).toEqual([
    { type: 'controlReplay', action: { do: 'seek', time: jumpTime(three[0] ?? mark({})) } },
  ]);
  expect(replays).toEqual([]);
});

test('one tab stop for the list: arrows move in it', async () => {
  await open(three);
  expect(rows().map(({ tabIndex }) => tabIndex)).toEqual([0, -1, -1]);
  act(() => rows()[0]?.focus());
  for (const key of ['ArrowDown', 'ArrowDown']) {
    if (document.activeElement !== null) fireEvent.keyDown(document.activeElement, { key });
  }
  expect(document.activeElement).toBe(rows()[2]);
  expect(rows().map(({ tabIndex }) => tabIndex)).toEqual([-1, -1, 0]);
  for (const button of document.querySelectorAll<HTMLElement>('.marks-actions button')) {
    expect(button.tabIndex).toBe(-1);
  }
});

test('a note is deleted by Delete, with an undo; a mark of the engine is not', async () => {
  const { page } = await open(three);
  const [disconnect, note] = rows();
  if (disconnect === undefined || note === undefined) throw new Error('no row');
  fireEvent.keyDown(disconnect, { key: 'Delete' });
  fireEvent.keyDown(disconnect, { key: 'F2' });
  act(() => note.focus());
  fireEvent.keyDown(note, { key: 'Delete' });
  await run(page, 50);
  expect(commandsOf(page, 'removeMark', 'changeMark')).toEqual([
    { type: 'removeMark', mark: 'm2' },
  ]);
  // The focus stays in the list.
  expect(document.activeElement).toBe(rows()[2]);
  const [toast] = useToasts.getState().toasts;
  toast?.action?.act();
  await run(page, 50);
  expect(commandsOf(page, 'addMark')).toEqual([
    { type: 'addMark', time: now - 60_000, market: null, note: 'look here' },
  ]);
});

test('a note is edited in its place: Enter keeps it, Esc does not', async () => {
  const { page } = await open(three);
  const edit = () => {
    const note = rows()[1];
    if (note === undefined) throw new Error('no row');
    fireEvent.keyDown(note, { key: 'F2' });
    return screen.getByRole('textbox', { name: 'Note' });
  };
  fireEvent.change(edit(), { target: { value: 'no' } });
  fireEvent.keyDown(screen.getByRole('textbox', { name: 'Note' }), { key: 'Escape' });
  expect(commandsOf(page, 'changeMark')).toEqual([]);
  fireEvent.change(edit(), { target: { value: 'look there' } });
  fireEvent.keyDown(screen.getByRole('textbox', { name: 'Note' }), { key: 'Enter' });
  await run(page, 50);
  expect(commandsOf(page, 'changeMark')).toEqual([
    { type: 'changeMark', mark: 'm2', note: 'look there' },
  ]);
  expect(document.activeElement).toBe(rows()[1]);
});

test('a new mark is of the moment at which its note was begun', async () => {
  const { page } = await open([]);
  const field = screen.getByRole('textbox', { name: 'Note of a new mark' });
  const began = page.store.hostNow();
  fireEvent.change(field, { target: { value: 'o' } });
  await run(page, 3_000);
  fireEvent.change(field, { target: { value: 'odd print' } });
  fireEvent.click(screen.getByRole('button', { name: 'Add' }));
  await run(page, 50);
  const [command] = commandsOf(page, 'addMark');
  expect(command).toMatchObject({ type: 'addMark', market: null, note: 'odd print' });
  if (command?.type !== 'addMark') throw new Error('no mark');
  expect(Math.abs((command.time ?? 0) - began)).toBeLessThan(200);
  expect(field.getAttribute('value')).toBe('');
});

test('chips filter by kind, say their counts and are saved', async () => {
  const saved: unknown[] = [];
  await open(three, { props: { saveOptions: (options) => saved.push(options) } });
  const chips = within(screen.getByRole('toolbar', { name: 'Kinds of marks' }));
  expect(chips.getAllByRole('button').map((chip) => chip.textContent)).toEqual([
    'Notes 1',
    'Gaps 1',
    'Resyncs 0',
    'Disconnects 1',
    'Large moves 0',
  ]);
  fireEvent.click(chips.getByRole('button', { name: 'Gaps 1' }));
  expect(rows()).toHaveLength(1);
  expect(saved).toEqual([{ kinds: ['gap'] }]);
  fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'nowhere' } });
  expect(rows()).toHaveLength(0);
  expect(document.body.textContent).toContain('No mark fits the filter');
});

test('every state says what it is: waiting, nothing recorded, empty, too many, no connection', async () => {
  const first = await open([], { list: { session: null } });
  expect(document.body.textContent).toContain('Nothing is recorded');
  expect(commandsOf(first.page, 'addMark')).toEqual([]);
  cleanup();
  await open([]);
  expect(document.body.textContent).toContain('No marks yet');
  cleanup();
  const { page } = await open(three, { list: { dropped: 1_204 } });
  expect(document.body.textContent).toContain('1,204 automatic marks more were not kept');
  page.host.refuse = new Error('gone');
  act(() => page.host.close());
  await run(page, 3_000);
  expect(document.body.textContent).toContain('No connection to the engine: the list may be old.');
  expect(screen.getByRole('textbox', { name: 'Note of a new mark' })).toHaveProperty(
    'disabled',
    true,
  );
});
