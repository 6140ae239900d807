import { act, cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { MarkNoteCard } from '../../../src/renderer/workspace/MarkNoteCard.tsx';
import { useAddMark, useNewMark } from '../../../src/renderer/workspace/addMark.ts';
import { useReplayKeys } from '../../../src/renderer/workspace/replay/useReplayKeys.ts';
import { useSession } from '../../../src/renderer/workspace/session.ts';
import { useToasts } from '../../../src/renderer/workspace/toasts.ts';
import { useShortcuts } from '../../../src/renderer/workspace/useShortcuts.ts';
import type { Command, CommandResult } from '../../../src/shared/bridge.ts';
import type { Mark } from '../../../src/shared/marks.ts';
import { replayState } from '../../support/hostViews.ts';
import type { TestPage } from '../store/testPage.ts';
import type { Answer } from '../support/panelPage.tsx';
import { createPage, installPageStubs, run, setSource, show } from '../support/panelPage.tsx';

beforeAll(installPageStubs);
beforeEach(() => {
  useToasts.setState({ toasts: [] });
  useNewMark.setState({ mark: null });
});
afterEach(cleanup);

function Adder() {
  const add = useAddMark();
  return (
    <button type="button" onClick={add}>
      M
    </button>
  );
}

async function open(answer?: Answer): Promise<TestPage> {
  let count = 0;
  const made = (): Mark => {
    count += 1;
    const mark = { id: `m${count}`, kind: 'user' as const, time: 1_700_000_000_000, toTime: null };
    return { ...mark, venue: null, market: 'BTC-USDT', text: '' };
  };
  const page = createPage(
    answer ?? (({ type }) => (type === 'addMark' ? { ok: true, value: made() } : undefined)),
  );
  show(
    page,
    <>
      <Adder />
      <MarkNoteCard />
    </>,
  );
  await run(page, 600);
  return page;
}

async function press(page: TestPage): Promise<void> {
  const button = screen.getByRole('button', { name: 'M' });
  button.focus();
  fireEvent.click(button);
  await run(page, 50);
}

function sent(page: TestPage): readonly unknown[] {
  return page.host.commands.filter(({ type }) => type.endsWith('Mark'));
}

function note(): HTMLElement {
  return screen.getByRole('textbox', { name: 'Note' });
}

const added = { type: 'addMark', time: null, market: 'BTC-USDT', note: '' };

test('a mark is made at once; its note follows when it is written', async () => {
  const page = await open();
  await press(page);
  expect(sent(page)).toEqual([added]);
  expect(document.activeElement).toBe(note());
  fireEvent.change(note(), { target: { value: 'odd print' } });
  fireEvent.submit(note());
  await run(page, 50);
  expect(sent(page)).toEqual([added, { type: 'changeMark', mark: 'm1', note: 'odd print' }]);
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'M' }));
});

test('without words nothing more is sent, and a mark can be taken back', async () => {
  const page = await open();
  await press(page);
  fireEvent.keyDown(note(), { key: 'Escape' });
  await press(page);
  fireEvent.change(note(), { target: { value: 'no' } });
  fireEvent.click(screen.getByRole('button', { name: 'Remove' }));
  await run(page, 50);
  expect(sent(page)).toEqual([added, added, { type: 'removeMark', mark: 'm2' }]);
});

test('a second mark keeps what was written for the first', async () => {
  const page = await open();
  await press(page);
  fireEvent.change(note(), { target: { value: 'first' } });
  await press(page);
  await run(page, 50);
  expect(sent(page)).toEqual([added, added, { type: 'changeMark', mark: 'm1', note: 'first' }]);
  expect(note()).toHaveProperty('value', '');
});

/** A host that answers when the test says. */
function createSlowHost() {
  let settle: (result: CommandResult<unknown>) => void = () => undefined;
  const commands: Command[] = [];
  const page = createPage();
  const command = (asked: Command): Promise<unknown> => {
    commands.push(asked);
    if (asked.type !== 'addMark') return Promise.resolve({ ok: true, value: null });
    return new Promise((resolve) => {
      settle = resolve;
    });
  };
  page.store.command = command as typeof page.store.command;
  const answer = async (result: CommandResult<unknown>) => {
    settle(result);
    await run(page, 20);
  };
  return { page, commands, answer };
}

const refusal = {
  ...{ ok: false as const, code: 'not-available' as const, candidates: [] },
  message: 'Nothing is recorded.',
};
const oneMark = {
  ...{ id: 'm1', kind: 'user' as const, time: 1_700_000_000_000, toTime: null },
  ...{ venue: null, market: 'BTC-USDT', text: '' },
};

function Keys({ onLetter }: { readonly onLetter: (letter: string) => void }) {
  useShortcuts(onLetter, useReplayKeys());
  // As the bars of each window do: only what is looked at is told.
  useSession();
  return null;
}

async function openSlow() {
  const host = createSlowHost();
  const letters: string[] = [];
  show(
    host.page,
    <>
      <Keys onLetter={(letter) => letters.push(letter)} />
      <MarkNoteCard />
    </>,
  );
  await run(host.page, 600);
  const pressKey = (key: string) =>
    act(() => {
      fireEvent.keyDown(document.activeElement ?? document.body, { key });
    });
  return { ...host, letters, pressKey };
}

test('before the host has answered, what is typed belongs to the note of the mark', async () => {
  const { commands, answer, letters, pressKey } = await openSlow();
  pressKey('m');
  expect(screen.getByRole('dialog').textContent).toMatch(/^Marking .* …BTC-USDT/);
  for (const key of ['l', 'o', 'm']) pressKey(key);
  expect(letters).toEqual([]);
  expect(commands).toEqual([added]);
  fireEvent.change(note(), { target: { value: 'lom' } });
  fireEvent.submit(note());
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(commands).toEqual([added]);
  await answer({ ok: true, value: oneMark });
  expect(commands).toEqual([added, { type: 'changeMark', mark: 'm1', note: 'lom' }]);
});

test('a mark that is taken back before it is there goes as soon as it is', async () => {
  const { commands, answer, pressKey } = await openSlow();
  pressKey('m');
  fireEvent.click(screen.getByRole('button', { name: 'Remove' }));
  expect(commands).toEqual([added]);
  await answer({ ok: true, value: oneMark });
  expect(commands).toEqual([added, { type: 'removeMark', mark: 'm1' }]);
});

test('where it cannot be marked the card says why, keeps the words and asks for that moment again', async () => {
  const { page, commands, answer, pressKey } = await openSlow();
  const pressed = page.store.hostNow();
  pressKey('m');
  fireEvent.change(note(), { target: { value: 'odd print' } });
  await answer(refusal);
  expect(screen.getByRole('alert').textContent).toBe('Nothing is recorded.');
  fireEvent.pointerDown(document.body);
  expect(note()).toHaveProperty('value', 'odd print');
  await run(page, 5000);
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  fireEvent.submit(note());
  await answer({ ok: true, value: oneMark });
  const again = { ...added, time: Math.round(pressed) };
  const noted = { type: 'changeMark', mark: 'm1', note: 'odd print' };
  expect(commands).toEqual([added, again, noted]);
});

test('words for a mark that is refused after the card was left are told, not lost', async () => {
  const { answer, pressKey } = await openSlow();
  pressKey('m');
  fireEvent.change(note(), { target: { value: 'odd print' } });
  fireEvent.submit(note());
  await answer(refusal);
  const text = 'Nothing is recorded. Your note was: odd print';
  expect(useToasts.getState().toasts).toMatchObject([{ title: 'Not marked', text }]);
});

test('lines of a file have no marks: the key says so and asks for none', async () => {
  const { page, commands, pressKey } = await openSlow();
  const replay = replayState({ session: 'lines of trades.ndjson' });
  setSource(page, 'replay:lines of trades.ndjson', { replay });
  await run(page, 600);
  pressKey('m');
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(commands).toEqual([]);
  expect(useToasts.getState().toasts).toMatchObject([
    { text: 'A file has no marks. Import it in Sessions.' },
  ]);
});
