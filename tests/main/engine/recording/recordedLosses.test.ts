import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { packSegment } from '../../../../src/main/engine/recording/packSegment.ts';
import {
  describeLosses,
  lostInputsOf,
  readLosses,
} from '../../../../src/main/engine/recording/recordedLosses.ts';
import type { RecordedSession } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingReader } from '../../../../src/main/engine/recording/recordingReader.ts';
import { verifySession } from '../../../../src/main/engine/replay/verifySession.ts';
import type { LossyRecording } from '../../../support/recordWithLoss.ts';
import { recordWithLoss } from '../../../support/recordWithLoss.ts';

let root = '';
let library: RecordingLibrary;
let ended: LossyRecording;
let resumed: LossyRecording;
let whole: LossyRecording;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'truetape-losses-'));
  library = new RecordingLibrary(systemFiles, root);
  ended = await recordWithLoss(library, 'until the end');
  resumed = await recordWithLoss(library, 'in the middle');
  whole = await recordWithLoss(library, 'none');
});
afterAll(() => rmSync(root, { recursive: true }));

async function reopened({ id }: RecordedSession): Promise<RecordedSession> {
  const session = await library.open(id);
  if (session === null) throw new Error('the session cannot be read back');
  return session;
}

test('what a full disk did not take until the stop is told, counted, and ends in the live state', async () => {
  const { session, lostInputs } = ended;
  expect(lostInputs).toBeGreaterThan(20);
  const [loss, ...others] = await readLosses(session);
  expect(others).toEqual([]);
  expect(loss).toMatchObject({ count: lostInputs, reason: 'disk-full' });
  expect((loss?.to ?? 0) - (loss?.from ?? 0)).toBeGreaterThan(900);
  expect(loss?.to).toBe(session.endTime);
  const reader = await RecordingReader.open(session.segments.map(({ path }) => path));
  expect(await reader.lastTime()).toBe(session.endTime);
  const { isEqual, live } = await verifySession(session, 2);
  expect(live).not.toBeNull();
  expect(isEqual).toBe(true);
});

test('a loss in the middle reads the same from packed segments, and a whole session has none', async () => {
  const { session, lostInputs } = resumed;
  const losses = await readLosses(session);
  expect(losses).toMatchObject([{ count: lostInputs, reason: 'disk-full' }]);
  for (const { path } of session.segments) await packSegment(path);
  const packed = await reopened(session);
  expect(packed.segments.every(({ isPacked }) => isPacked)).toBe(true);
  expect(await readLosses(packed)).toEqual(losses);
  expect(await readLosses(whole.session)).toEqual([]);
  expect(describeLosses([])).toBeNull();
});

test('a segment that is gone is missing, and an end that was not written is told without a number', async () => {
  const { session } = whole;
  expect(session.segments.length).toBeGreaterThan(2);
  const [first, , ...others] = session.segments;
  if (first === undefined) throw new Error('no segment');
  const holed = await readLosses({ ...session, segments: [first, ...others] });
  expect(holed).toMatchObject([{ reason: 'unreadable' }]);
  expect(lostInputsOf(holed)).toBeGreaterThan(0);
  const cut = { ...session, segments: [first] };
  expect(await readLosses(cut)).toMatchObject([{ reason: 'unreadable', count: null }]);
  expect(await readLosses({ ...cut, endTime: null })).toEqual([]);
  expect(await readLosses({ ...cut, source: 'imported' })).toEqual([]);
  const full = ended.session.segments.slice(0, -1);
  const open = await readLosses({ ...ended.session, segments: full });
  expect(open).toMatchObject([{ reason: 'disk-full', count: null, to: session.endTime }]);
  expect(describeLosses(open)).toBe(
    'Missing in the recording: inputs, in one place (the disk was full).',
  );
});
