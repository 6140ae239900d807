import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { importRecording } from '../../../../src/main/engine/recording/importRecording.ts';
import { RecordReader, maxNames } from '../../../../src/main/engine/recording/readRecords.ts';
import type { SegmentDamage } from '../../../../src/main/engine/recording/readSegment.ts';
import { readSegment } from '../../../../src/main/engine/recording/readSegment.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { SegmentFile } from '../../../../src/main/engine/recording/segmentFile.ts';
import {
  checkpointFrame,
  frameHeadBytes,
  frameKinds,
  jsonFrame,
  recordTypes,
  sealFrame,
  writePreamble,
} from '../../../../src/main/engine/recording/segmentFormat.ts';
import { scanSegment } from '../../../../src/main/engine/recording/segmentIndex.ts';

const folder = mkdtempSync(join(tmpdir(), 'truetape-foreign-'));
const library = new RecordingLibrary(systemFiles, join(folder, 'recordings'));
const startTime = 1_790_000_000_000;
let files = 0;
afterAll(() => rmSync(folder, { recursive: true }));

const goodHeader = { source: 'live', segment: 1, startTime, inputs: 0, session: 'x' };

function record(type: number, rest: Uint8Array): Buffer {
  const bytes = Buffer.alloc(5 + rest.length);
  bytes.writeUInt32LE(1 + rest.length, 0);
  bytes[4] = type;
  bytes.set(rest, 5);
  return bytes;
}

function name(number: number, text = 'okx#1'): Buffer {
  const rest = Buffer.alloc(4 + text.length);
  rest.writeUInt32LE(number, 0);
  rest.write(text, 4);
  return record(recordTypes.name, rest);
}

function tick(time: number, monotonicMs = 0): Buffer {
  const rest = Buffer.alloc(16);
  rest.writeDoubleLE(time, 0);
  rest.writeDoubleLE(monotonicMs, 8);
  return record(recordTypes.tick, rest);
}

function recordsFrame(records: readonly Buffer[]): Buffer {
  const body = Buffer.concat(records);
  const frame = Buffer.alloc(frameHeadBytes + 9 + body.length);
  frame[frameHeadBytes] = frameKinds.records;
  frame.writeDoubleLE(1, frameHeadBytes + 1);
  body.copy(frame, frameHeadBytes + 9);
  return sealFrame(frame);
}

/** With right checksums all through. */
function segment(
  records: readonly Buffer[],
  header: Readonly<Record<string, unknown>> = goodHeader,
): string {
  files += 1;
  const path = join(folder, `${files}.rec`);
  const state = checkpointFrame(0, zstdCompressSync('{}'));
  const parts = [writePreamble(), jsonFrame('header', header), state, recordsFrame(records)];
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

async function damagesOf(path: string): Promise<readonly SegmentDamage[]> {
  const damages: SegmentDamage[] = [];
  for await (const frame of readSegment(path, (damage) => damages.push(damage))) {
    if (frame.type === 'records') for (const item of new RecordReader().read(frame.body)) void item;
  }
  return damages;
}

function importing(path: string) {
  const options = { venue: null, marketKind: null, library, files: systemFiles, name: null };
  return importRecording({ ...options, paths: [path], appVersion: '1.2.3' });
}

describe('records that no recorder wrote, under right checksums', () => {
  const cases: readonly (readonly [string, Buffer])[] = [
    ['a name of number 4,294,967,295', name(0xffff_ffff)],
    ['a name of number 4,096', name(maxNames)],
    ['a name without its number', record(recordTypes.name, Buffer.alloc(3))],
    ['a market frame without its connection', record(recordTypes.frame, Buffer.alloc(20))],
    ['a tick without its second time', record(recordTypes.tick, Buffer.alloc(8))],
    ['an input without times', record(recordTypes.input, Buffer.from('{}'))],
    ['a tick of no time', tick(Number.NaN)],
    ['a tick of a time that no clock tells', tick(8.64e15 + 2)],
    ['a tick of a time before all of them', tick(-8.64e15 - 2)],
    ['a tick of a second time that no clock tells', tick(startTime, 1e19)],
    ['a record of no bytes', Buffer.from([0, 0, 0, 0, 9])],
    ['a record longer than its frame', Buffer.from([200, 0, 0, 0, recordTypes.tick, 1])],
    ['less than the head of a record', Buffer.from([1, 0])],
  ];

  test.each(cases)('%s is damage of the segment, and is not imported', async (_what, bytes) => {
    const path = segment([name(0), tick(startTime), bytes]);
    expect(await damagesOf(path)).toMatchObject([{ isForeign: true }]);
    const file = await SegmentFile.open(path);
    expect((await scanSegment(file)).names).toEqual([]);
    await file.close();
    await expect(importing(path)).rejects.toThrow(
      'holds a record that was not written by Truetape',
    );
    expect(readdirSync(library.folder)).toEqual([]);
  });

  test('one of a type that is not known yet is stepped over', async () => {
    expect(await damagesOf(segment([record(77, Buffer.alloc(0)), tick(startTime)]))).toEqual([]);
  });

  test('names out of their order fill no list with holes, and are not imported', async () => {
    const path = segment([name(0, 'a'), name(3, 'd')]);
    const file = await SegmentFile.open(path);
    expect((await scanSegment(file)).names).toEqual(['a', '', '', 'd']);
    await file.close();
    await expect(importing(path)).rejects.toThrow(
      'holds a record that was not written by Truetape',
    );
  });

  test('text that is no JSON is refused in words', () => {
    const times = Buffer.alloc(16);
    const body = record(recordTypes.input, Buffer.concat([times, Buffer.from('{"type":')]));
    expect(() => [...new RecordReader().read(body)]).toThrow(
      'A record is not of this version of Truetape.',
    );
  });
});

describe('a header whose numbers name no segment or no time is refused', () => {
  test.each([
    ['half a number', { segment: 1.5 }],
    ['number 0', { segment: 0 }],
    ['more than six digits', { segment: 1_000_000 }],
    ['a number in quotes', { segment: '1' }],
    ['half an input', { inputs: 0.5 }],
    ['fewer inputs than none', { inputs: -1 }],
    ['a time before all recordings', { startTime: -1 }],
    ['a time that has no date', { startTime: 8.64e15 + 1 }],
    ['a year of five digits', { startTime: Date.UTC(10_000, 0) }],
  ])('%s', async (_what, wrong) => {
    const path = segment([tick(startTime)], { ...goodHeader, ...wrong });
    await expect(importing(path)).rejects.toThrow('its header is not of this version of Truetape');
    expect(readdirSync(library.folder)).toEqual([]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e17])('a record of time %s', async (time) => {
    const importingIt = importing(segment([tick(startTime), tick(time)]));
    await expect(importingIt).rejects.toThrow('holds a record that was not written by Truetape');
    expect(readdirSync(library.folder)).toEqual([]);
  });

  test('one that is right is imported', async () => {
    const session = await importing(segment([tick(startTime), tick(startTime + 50)]));
    expect(session).toMatchObject({ startTime, endTime: startTime + 50 });
    expect(session.segments).toMatchObject([{ number: 1 }]);
    await library.delete(session);
  });
});
