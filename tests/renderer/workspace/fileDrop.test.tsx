import { act, cleanup, createEvent, fireEvent, screen } from '@testing-library/react';
import * as v from 'valibot';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { FileDrop } from '../../../src/renderer/workspace/FileDrop.tsx';
import { ToastStack } from '../../../src/renderer/workspace/ToastStack.tsx';
import { Workspace, WorkspaceContext } from '../../../src/renderer/workspace/dock.ts';
import { useToasts } from '../../../src/renderer/workspace/toasts.ts';
import type { Command, CommandResult } from '../../../src/shared/bridge.ts';
import { commandSchema, uploadChunkBytes } from '../../../src/shared/bridge.ts';
import { TestPage } from '../store/testPage.ts';
import { installPageStubs, run, show, until } from '../support/panelPage.tsx';

type Piece = Extract<Command, { type: 'uploadRecording' }>;
type Taken = CommandResult<{ received: number; session: string | null }>;

beforeAll(installPageStubs);
let mayOpen = true;
const windowOpen = vi.fn(() => {
  mayOpen = false;
  return null;
});
beforeEach(() => {
  mayOpen = true;
  windowOpen.mockClear();
  vi.stubGlobal('open', windowOpen);
  const userActivation = { get: () => ({ isActive: mayOpen }), configurable: true };
  Object.defineProperty(navigator, 'userActivation', userActivation);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  useToasts.setState({ toasts: [] });
});

/** What a host does: each piece behind the last, the session with the last one. */
class Receiver {
  readonly pieces: Piece[] = [];
  readonly replays: Command[] = [];
  readonly cancelled: string[] = [];
  session = 'taken';
  intercept: (piece: Piece) => Taken | Promise<Taken> | undefined = () => undefined;

  readonly answer = async (command: Command): Promise<CommandResult<unknown>> => {
    if (command.type === 'openReplay') {
      this.replays.push(command);
      return { ok: true, value: { window: 'w2', address: '/?window=w2' } };
    }
    if (command.type === 'cancelUpload') this.cancelled.push(command.upload);
    if (command.type !== 'uploadRecording') return { ok: true, value: null };
    v.parse(commandSchema, command);
    this.pieces.push(command);
    const given = await this.intercept(command);
    if (given !== undefined) return given;
    const received = command.offset + atob(command.base64).length;
    return { ok: true, value: { received, session: command.last ? this.session : null } };
  };
}

async function open(receiver: Receiver) {
  const page: TestPage = new TestPage({ runCommand: receiver.answer });
  page.frames.around = (frame) => act(frame);
  const notify = useToasts.getState().show;
  const workspace = new Workspace(page.store, 'main', ({ fault, ...notice }) =>
    notify({ mark: fault ? 'error' : 'live', stays: true, ...notice }),
  );
  const view = (
    <WorkspaceContext value={workspace}>
      <FileDrop />
      <ToastStack />
    </WorkspaceContext>
  );
  show(page, view);
  await run(page, 100);
  return page;
}

function fileOf(name: string, bytes = 10): File {
  return new File([new Uint8Array(bytes).map((_, index) => index % 251)], name);
}

function drop(...files: readonly File[]): boolean {
  return fireEvent.drop(document.body, { dataTransfer: { types: ['Files'], files } });
}

const toasts = () => useToasts.getState().toasts;

test('a dropped file goes up piece by piece, whole and in order, and its replay opens', async () => {
  const receiver = new Receiver();
  let outstanding = 0;
  let most = 0;
  receiver.intercept = async () => {
    outstanding++;
    most = Math.max(most, outstanding);
    await Promise.resolve();
    outstanding--;
    return undefined as never;
  };
  const page = await open(receiver);
  const size = uploadChunkBytes * 2 + 5;
  const file = fileOf('000001.rec.zst', size);
  drop(file);
  await until(page, () => receiver.replays.length > 0);
  const { pieces } = receiver;
  expect(pieces.map(({ offset, last }) => [offset, last])).toEqual([
    [0, false],
    [uploadChunkBytes, false],
    [uploadChunkBytes * 2, true],
  ]);
  expect(new Set(pieces.map(({ upload }) => upload)).size).toBe(1);
  expect(pieces.every(({ venue, marketKind }) => venue === null && marketKind === null)).toBe(true);
  const sent = Uint8Array.from(pieces.map(({ base64 }) => atob(base64)).join(''), (letter) =>
    letter.charCodeAt(0),
  );
  expect([sent.length, most]).toEqual([size, 1]);
  expect(sent.every((byte, index) => byte === index % 251)).toBe(true);
  expect(receiver.replays).toEqual([
    { type: 'openReplay', session: 'taken', at: null, where: 'newWindow' },
  ]);
  await until(page, () => windowOpen.mock.calls.length > 0);
  expect(windowOpen.mock.calls).toEqual([['/?window=w2', '_blank', 'noopener']]);
  expect(toasts()).toEqual([]);
  expect(receiver.cancelled).toEqual([]);
});

test('a lost connection is waited for, and the file goes on where the host is', async () => {
  const receiver = new Receiver();
  const page = await open(receiver);
  let isLost = false;
  receiver.intercept = ({ offset }) => {
    if (offset === 0 || isLost) return undefined;
    isLost = true;
    // The piece has arrived; its answer never does.
    page.host.pair.page.fail('the cable');
    return undefined;
  };
  drop(fileOf('a.rec', uploadChunkBytes * 2));
  await until(page, () => receiver.replays.length > 0);
  expect(receiver.pieces.map(({ offset }) => offset)).toEqual([
    ...[0, uploadChunkBytes, uploadChunkBytes],
  ]);
  expect(new Set(receiver.pieces.map(({ upload }) => upload)).size).toBe(1);
});

test('Cancel sends no further piece, tells the host and opens nothing', async () => {
  const receiver = new Receiver();
  let release = (): void => undefined;
  receiver.intercept = ({ offset }) =>
    offset === 0
      ? undefined
      : new Promise<Taken>((resolve) => {
          const value = { received: uploadChunkBytes * 2, session: null };
          release = () => resolve({ ok: true, value });
        });
  const page = await open(receiver);
  drop(fileOf('a.ndjson.gz', uploadChunkBytes * 3));
  await until(page, () => receiver.pieces.length === 2);
  expect(screen.getByText('Importing a.ndjson.gz')).toBeTruthy();
  expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('33');
  fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  release();
  await until(page, () => toasts().length === 0 && receiver.cancelled.length > 0);
  await run(page, 200);
  expect([receiver.pieces.length, receiver.replays.length]).toEqual([2, 0]);
  expect(receiver.cancelled).toEqual([receiver.pieces[0]?.upload]);
});

test('the venue is asked for only when the host cannot tell, and the file is sent anew with it', async () => {
  const receiver = new Receiver();
  receiver.intercept = ({ venue }) =>
    venue === null
      ? {
          ...{ ok: false, code: 'invalid-command' },
          message: 'The frames fit two venues. Say which one recorded them.',
          candidates: ['bybit', 'okx', 'spot', 'linear'],
        }
      : undefined;
  const page = await open(receiver);
  drop(fileOf('lines.ndjson'));
  await until(page, () => screen.queryByRole('dialog') !== null);
  expect(screen.getByRole('dialog').textContent).toContain('The frames fit two venues.');
  expect(document.activeElement?.textContent).toBe('Bybit');
  fireEvent.click(screen.getByRole('radio', { name: 'OKX' }));
  fireEvent.click(screen.getByRole('radio', { name: 'Perpetuals' }));
  fireEvent.click(screen.getByRole('button', { name: 'Import' }));
  await until(page, () => receiver.replays.length > 0);
  const [first, second] = receiver.pieces;
  expect([second?.venue, second?.marketKind]).toEqual(['okx', 'linear']);
  expect(second?.upload).not.toBe(first?.upload);
});

test('Esc on the question imports nothing; another refusal is shown in the words of the host', async () => {
  const receiver = new Receiver();
  receiver.intercept = ({ fileName }) => ({
    ...{ ok: false, code: 'invalid-command', message: `${fileName}: damaged at byte 12.` },
    candidates: fileName === 'ask.ndjson' ? ['okx'] : [],
  });
  const page = await open(receiver);
  drop(fileOf('ask.ndjson'), fileOf('broken.rec'));
  await until(page, () => screen.queryByRole('dialog') !== null);
  fireEvent.keyDown(screen.getByRole('dialog'), { key: 'Escape' });
  await until(page, () => toasts().some(({ mark }) => mark === 'error'));
  expect(toasts().map(({ title, text }) => [title, text])).toEqual([
    ['broken.rec was not imported', 'broken.rec: damaged at byte 12.'],
  ]);
  expect(receiver.replays).toEqual([]);
});

test('what is no recording is told in one sentence and never sent; the others are', async () => {
  const receiver = new Receiver();
  const page = await open(receiver);
  drop(fileOf('holiday.png'), fileOf('b.rec'), fileOf('a.rec.gz'), fileOf('empty.rec', 0));
  await until(page, () => toasts().some(({ title }) => title === '2 files imported'));
  expect(receiver.pieces.map(({ fileName }) => fileName)).toEqual(['a.rec.gz', 'b.rec']);
  expect(toasts()[0]?.text).toMatch(/^holiday\.png is no recording\. Recordings end in/);
  expect(receiver.replays).toEqual([]);
});

test('where the browser wants a press for a window, the replay waits for one', async () => {
  const receiver = new Receiver();
  const page = await open(receiver);
  mayOpen = false;
  drop(fileOf('a.rec'));
  await until(page, () => toasts().some(({ title }) => title === 'a.rec is imported'));
  expect(receiver.replays).toEqual([]);
  mayOpen = true;
  fireEvent.click(screen.getByRole('button', { name: 'Open replay' }));
  await until(page, () => windowOpen.mock.calls.length === 1);
});

test('a window that was blocked all the same is offered with a button, once', async () => {
  const receiver = new Receiver();
  const page = await open(receiver);
  windowOpen.mockImplementationOnce(() => null);
  drop(fileOf('a.rec'));
  await until(page, () => toasts().length > 0 && receiver.replays.length === 1);
  await until(page, () => screen.queryByText('The browser blocked the window') !== null);
  fireEvent.click(screen.getByRole('button', { name: 'Open window' }));
  expect(windowOpen.mock.calls).toHaveLength(2);
  expect(receiver.replays).toHaveLength(1);
  expect(toasts()).toEqual([]);
});

test('files over the window show an outline and words; a link or a text leads nowhere', async () => {
  const receiver = new Receiver();
  await open(receiver);
  const files = { dataTransfer: { types: ['Files'], files: [] } };
  fireEvent.dragEnter(document.body, files);
  expect(screen.getByText(/^Drop recordings to replay them/)).toBeTruthy();
  expect(fireEvent.dragOver(document.body, files)).toBe(false);
  fireEvent.dragLeave(document.body, files);
  expect(screen.queryByText(/^Drop recordings/)).toBeNull();

  const link = { dataTransfer: { types: ['text/uri-list'], files: [], dropEffect: 'copy' } };
  fireEvent.dragEnter(document.body, link);
  expect(screen.queryByText(/^Drop recordings/)).toBeNull();
  const over = createEvent.dragOver(document.body, link);
  fireEvent(document.body, over);
  expect([over.defaultPrevented, link.dataTransfer.dropEffect]).toEqual([true, 'none']);
  expect(fireEvent.drop(document.body, link)).toBe(false);
  const input = document.body.appendChild(document.createElement('input'));
  expect(fireEvent.drop(input, link)).toBe(true);
  input.remove();
  expect(receiver.pieces).toEqual([]);
});
