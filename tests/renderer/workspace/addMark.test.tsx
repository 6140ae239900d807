import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { MarkNoteCard } from '../../../src/renderer/workspace/MarkNoteCard.tsx';
import { useAddMark, useNewMark } from '../../../src/renderer/workspace/addMark.ts';
import { useToasts } from '../../../src/renderer/workspace/toasts.ts';
import type { Mark } from '../../../src/shared/marks.ts';
import type { TestPage } from '../store/testPage.ts';
import type { Answer } from '../support/panelPage.tsx';
import { createPage, installPageStubs, run, show } from '../support/panelPage.tsx';

beforeAll(installPageStubs);
beforeEach(() => {
  useToasts.setState({ toasts: [] });
  useNewMark.setState({ mark: null });
});
afterEach(cleanup);

function Adder() {
  const add = useAddMark();
  return (
    <button type="button" onClick={() => void add()}>
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

test('where nothing can be marked, the host’s words are told', async () => {
  const page = await open(({ type }) =>
    type === 'addMark'
      ? { ok: false, code: 'not-available', message: 'Nothing is recorded.', candidates: [] }
      : undefined,
  );
  await press(page);
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(useToasts.getState().toasts).toMatchObject([{ text: 'Nothing is recorded.' }]);
});
