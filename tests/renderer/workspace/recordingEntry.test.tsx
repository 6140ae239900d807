import { act, cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { RecordingEntry } from '../../../src/renderer/workspace/RecordingEntry.tsx';
import { Workspace, WorkspaceContext } from '../../../src/renderer/workspace/dock.ts';
import { useRecordingCommands } from '../../../src/renderer/workspace/recordingCommands.ts';
import type { Command } from '../../../src/shared/bridge.ts';
import type { RecordingStatus } from '../../../src/shared/recordings.ts';
import { notRecording } from '../../../src/shared/recordings.ts';
import { createPage, installPageStubs, run, setSource, show } from '../support/panelPage.tsx';
import { recordingStatus } from '../support/sessionValues.ts';

beforeAll(installPageStubs);
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const sent: Command[] = [];

function Commands() {
  const commands = useRecordingCommands((command) => () => sent.push(command));
  return commands.map(({ label, act: onClick }) => (
    <button key={label} type="button" onClick={onClick}>
      {label}
    </button>
  ));
}

async function open(recording: RecordingStatus) {
  const page = createPage();
  page.host.status = { ...page.host.status, recording };
  const workspace = new Workspace(page.store, 'main', () => undefined);
  const openPanel = vi.spyOn(workspace, 'openPanel').mockImplementation(() => undefined);
  const replay = vi.spyOn(workspace.replays, 'open').mockResolvedValue();
  show(
    page,
    <WorkspaceContext value={workspace}>
      <RecordingEntry />
      <Commands />
    </WorkspaceContext>,
  );
  await run(page, 600);
  return { page, openPanel, replay };
}

const since = (page: { readonly host: { readonly wallMs: () => number } }, agoMs: number) =>
  page.host.wallMs() - agoMs;

test('the status bar says how long it records, and leads to the sessions', async () => {
  const { page, openPanel } = await open(recordingStatus());
  const entry = () => screen.getByRole('button', { name: /^REC/ });
  expect(entry().textContent).toMatch(/^REC02:14:3\d8\.20 GB$/);
  fireEvent.click(entry());
  expect(openPanel).toHaveBeenCalledWith('sessions');
  // What lies on the disk was counted before this session was written.
  page.host.status = { ...page.host.status, recording: recordingStatus({ totalBytes: 0 }) };
  await run(page, 600);
  expect(entry().textContent).toContain('412 MB');
  const problem = 'The disk is full. Make room, then press Record.';
  page.host.status = {
    ...page.host.status,
    recording: recordingStatus({ status: 'paused', problem }),
  };
  await run(page, 600);
  expect(entry().textContent).toBe('REC waits');
  expect(entry().title).toContain(problem);
  act(() => page.host.pair.page.fail('gone'));
  await run(page, 50);
  expect(entry().textContent).toContain('not known');
});

test('a host that cannot record says nothing of it; one that was switched off does', async () => {
  await open(notRecording);
  expect(screen.queryByRole('button', { name: /^REC/ })).toBeNull();
  cleanup();
  await open({ ...notRecording, quotaBytes: 1e9 });
  expect(screen.getByRole('button', { name: /^REC off/ })).toBeTruthy();
});

test('the palette replays the last five minutes, or what there is of them, on the market’s clock', async () => {
  const { page, replay } = await open(recordingStatus());
  const label = 'Replay the last 5 minutes';
  fireEvent.click(screen.getByRole('button', { name: label }));
  const [wanted] = replay.mock.calls[0] ?? [];
  expect(wanted).toMatchObject({ session: 'now', where: 'newWindow' });
  expect(Math.abs((wanted?.at ?? 0) - since(page, 300_000))).toBeLessThan(50);
  const begun = since(page, 20_000);
  page.host.status = { ...page.host.status, recording: recordingStatus({ since: begun }) };
  await run(page, 600);
  fireEvent.click(screen.getByRole('button', { name: label }));
  expect(replay.mock.calls[1]?.[0].at).toBe(begun);
  fireEvent.click(screen.getByRole('button', { name: 'Stop recording' }));
  expect(sent).toEqual([{ type: 'controlRecording', action: 'stop' }]);
  setSource(page, 'replay:now');
  await run(page, 600);
  expect(screen.queryByRole('button', { name: label })).toBeNull();
});
