import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { exportTardis } from '../../../../src/main/engine/recording/exportTardis.ts';
import type { RecordedSession } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import {
  importFiles,
  listSessions,
  openRecording,
  verifyRecording,
} from '../../../../src/main/engine/replay/replayCommand.ts';
import { recordWithLoss } from '../../../support/recordWithLoss.ts';
import { recordEngine } from '../../../support/recordEngine.ts';

let folder = '';
let session: RecordedSession;
let lines = '';
const how = { venue: null, marketKind: null, appVersion: '1.2.3' } as const;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-replay-'));
  const library = new RecordingLibrary(systemFiles, join(folder, 'recordings'));
  session = await recordEngine(library, {}, (engine) => {
    engine.want(['BTC-USDT']);
    engine.run(5_000);
  });
  lines = join(folder, 'lines.ndjson.gz');
  const selection = { from: null, to: null, venue: null };
  await exportTardis({ session, selection, path: lines, files: systemFiles });
});
afterAll(() => rmSync(folder, { recursive: true }));

async function printed(run: (write: (text: string) => void) => Promise<unknown>): Promise<string> {
  let text = '';
  await run((part) => {
    text += part;
  });
  return text;
}

test('a session is listed, and plays to the state of the live run', async () => {
  const recordings = join(folder, 'recordings');
  expect(await printed((write) => listSessions(recordings, write))).toContain(session.id);
  for (const name of [session.id, session.folder]) {
    const opened = await openRecording(recordings, [name], how);
    let code = -1;
    const text = await printed(async (write) => {
      code = await verifyRecording(opened.session, 3, write);
    });
    expect(text).toMatch(
      /\d+ inputs, \d+ a second\nstate [0-9a-f]{64}\nequal in 3 replays and in the live run/,
    );
    expect(code).toBe(0);
    await opened.close();
  }
});

test('what the recorder lost is told, and the replays are compared all the same', async () => {
  const library = new RecordingLibrary(systemFiles, join(folder, 'lossy'));
  const { session: lossy, lostInputs } = await recordWithLoss(library, 'until the end');
  let code = -1;
  const text = await printed(async (write) => {
    code = await verifyRecording(lossy, 2, write);
  });
  expect(text).toMatch(
    /\nmissing: 20\d\d-\S+Z to 20\d\d-\S+Z, \d+ inputs lost: the disk was full\n/,
  );
  expect(text).toContain(` ${lostInputs} inputs lost`);
  expect(text).toContain('equal in 2 replays and in the live run');
  expect(code).toBe(0);
});

test('files are imported for one replay, and go with it', async () => {
  const before = readdirSync(join(folder, 'recordings'));
  const opened = await openRecording(join(folder, 'recordings'), [lines], how);
  expect(opened.session).toMatchObject({ source: 'imported', name: 'lines' });
  const text = await printed((write) => verifyRecording(opened.session, 2, write));
  expect(text).toContain('equal in 2 replays and in the live run');
  expect(readdirSync(join(folder, 'recordings'))).toEqual(before);
  await opened.close();
  expect(existsSync(opened.session.folder)).toBe(false);
});

test('an import joins the recordings of the profile under its name', async () => {
  const recordings = join(folder, 'other', 'recordings');
  const text = await printed((write) =>
    importFiles([lines], recordings, { ...how, name: 'a fine day' }, write),
  );
  expect(text).toMatch(/-imported {2}.* MiB in 1 segments, a fine day\n$/);
  expect(await printed((write) => listSessions(recordings, write))).toBe(text);
});

test('a damaged session says where, and fails', async () => {
  const path = session.segments[0]?.path ?? '';
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * 0.7)));
  let code = -1;
  const text = await printed(async (write) => {
    code = await verifyRecording(session, 2, write);
  });
  expect(text).toMatch(/damaged: .*000001\.rec.* at \d+/);
  expect(code).toBe(1);
  writeFileSync(path, bytes);
});

test('what is neither a session nor a file is refused with what to do', async () => {
  const opening = openRecording(join(folder, 'recordings'), ['../../etc/none'], how);
  await expect(opening).rejects.toThrow(
    'is no recorded session and no file. See what there is with: truetape replay',
  );
});
