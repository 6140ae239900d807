import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { SessionFiles } from '../../../../src/main/engine/hosting/sessionFiles.ts';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { importRecording } from '../../../../src/main/engine/recording/importRecording.ts';
import { packSegment } from '../../../../src/main/engine/recording/packSegment.ts';
import type { RecordedSession } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { repairTail } from '../../../../src/main/engine/recording/repairTail.ts';
import { eventually } from '../../../support/eventually.ts';
import { recordEngine } from '../../../support/recordEngine.ts';
import { framesOf } from '../../../support/sessionFrames.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

const root = mkdtempSync(join(tmpdir(), 'truetape-sessions-'));
let profiles = 0;
let library: RecordingLibrary;
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  profiles += 1;
  library = new RecordingLibrary(systemFiles, join(root, String(profiles)));
});

function record(): Promise<RecordedSession> {
  return recordEngine(library, { segmentMs: 1_000, blockBytes: 8_192 }, (engine) => {
    engine.want(['BTC-USDT']);
    engine.run(3_300);
  });
}

/** As the next start of the program does, until every segment but those named was packed. */
async function startAgain(plain: readonly string[]): Promise<{ readonly problem: string | null }> {
  const log: string[] = [];
  const sessions = new SessionFiles(
    {
      files: systemFiles,
      clock: createClockPort(new VirtualClock()),
      folder: library.folder,
      log: (text) => log.push(text),
    },
    100,
  );
  const found = await library.list();
  const stays = (path: string): boolean => plain.some((name) => path.endsWith(name));
  await eventually(async () => {
    for (const { segments } of await library.list()) {
      for (const { path, isPacked } of segments) expect(isPacked || stays(path)).toBe(true);
    }
    expect(log.filter((text) => stays(text.split(':')[0] ?? ''))).toHaveLength(plain.length);
  });
  await sessions.close();
  return { problem: sessions.problemOf(found[0]?.id ?? '') };
}

function pathOf(session: RecordedSession, index: number): string {
  const path = session.segments[index]?.path;
  if (path === undefined) throw new Error(`no segment ${index}`);
  return path;
}

test('[S02] a flipped bit inside of a segment takes nothing of what lies behind it, and the session says so', async () => {
  const session = await record();
  const path = pathOf(session, 1);
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length * 0.4);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  writeFileSync(path, bytes);
  for (let start = 0; start < 2; start += 1) {
    const { problem } = await startAgain(['000002.rec']);
    expect(problem).toMatch(
      /^000002\.rec is damaged at byte \d+ \(a frame whose checksum is wrong\)/,
    );
    expect(readFileSync(path).equals(bytes)).toBe(true);
  }
});

test('[S02] the torn end that a kill has left goes, and what came before it is packed', async () => {
  const session = await record();
  const before = await framesOf(session);
  const path = pathOf(session, session.segments.length - 1);
  writeFileSync(
    path,
    Buffer.concat([readFileSync(path), Buffer.from([90, 0, 0, 0, 1, 2, 3, 4, 3])]),
  );
  expect(await startAgain([])).toEqual({ problem: null });
  const [again] = await library.list();
  expect(again?.segments.every(({ isPacked }) => isPacked)).toBe(true);
  expect(again === undefined ? [] : await framesOf(again)).toEqual(before);
});

test('[S02] no flipped bit makes a repair take a whole frame that lies behind it', async () => {
  const session = await record();
  const source = pathOf(session, 1);
  const bytes = readFileSync(source);
  const starts = frameStarts(bytes);
  const last = starts.at(-1) ?? 0;
  const path = join(root, 'flipped.rec');
  for (const start of starts.slice(0, -1)) {
    // Each bit of its length, and one of its sum, its kind and its content.
    for (const bit of [...Array(32).keys(), 40, 65, 190]) {
      const flipped = Buffer.from(bytes);
      const at = start + Math.floor(bit / 8);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit % 8));
      writeFileSync(path, flipped);
      expect(await repairTail(path), `bit ${bit} of ${start}`).toMatchObject({ isCut: false });
      expect(readFileSync(path).equals(flipped)).toBe(true);
    }
  }
  const flipped = Buffer.from(bytes);
  flipped[last + 10] = (flipped[last + 10] ?? 0) ^ 1;
  writeFileSync(path, flipped);
  expect(await repairTail(path)).toMatchObject({ isCut: true, offset: last });
  // Room that a file system gave and nobody wrote to.
  writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(100_000)]));
  expect(await repairTail(path)).toMatchObject({ isCut: true, offset: bytes.length });
});

function frameStarts(bytes: Buffer): readonly number[] {
  const starts: number[] = [];
  for (let at = 12; at < bytes.length; at += 8 + bytes.readUInt32LE(at)) starts.push(at);
  return starts;
}

test('packed segments that were imported under any name are whole after the next start', async () => {
  const made = await record();
  expect(made.segments.length).toBeGreaterThan(3);
  const before = await framesOf(made);
  const names = ['session.zst', 'x.ndjson.zst', '000003.REC.ZST', 'y.rec'];
  const paths: string[] = [];
  for (const [index, { path }] of made.segments.entries()) {
    const name = join(root, names[index] ?? `${index}.rec.zst`);
    if (index === 1) writeFileSync(name, gzipSync(readFileSync(path)));
    else if (name.endsWith('.rec')) writeFileSync(name, readFileSync(path));
    else {
      await packSegment(path);
      renameSync(`${path}.zst`, name);
    }
    paths.push(name);
  }
  const options = { venue: null, marketKind: null, files: systemFiles, name: null };
  await library.delete(made);
  const session = await importRecording({ ...options, paths, library, appVersion: '1.2.3' });
  const stored = session.segments.map(({ path }) => basename(path));
  expect(stored.slice(0, 4)).toEqual([
    ...['000001.rec.zst', '000002.rec.gz', '000003.rec.zst', '000004.rec'],
  ]);
  await startAgain([]);
  const [again] = await library.list();
  expect(again === undefined ? [] : await framesOf(again)).toEqual(before);
});

test('what is packed is neither cut nor packed again, whatever its name', async () => {
  const session = await record();
  const path = pathOf(session, 0);
  const packed = join(root, 'packed.rec');
  await packSegment(path);
  const bytes = readFileSync(`${path}.zst`);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(packed, bytes);
  await expect(repairTail(packed)).rejects.toThrow('does not begin as a plain segment');
  await expect(packSegment(packed)).rejects.toThrow('does not begin as a plain segment');
  expect(readFileSync(packed).equals(bytes)).toBe(true);
});
