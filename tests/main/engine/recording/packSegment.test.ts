import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CoreInput } from '../../../../src/main/engine/inputs.ts';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { packSegment } from '../../../../src/main/engine/recording/packSegment.ts';
import { Recorder } from '../../../../src/main/engine/recording/recorder.ts';
import type { SegmentFrame } from '../../../../src/main/engine/recording/readSegment.ts';
import { readSegment } from '../../../../src/main/engine/recording/readSegment.ts';
import { SegmentFile } from '../../../../src/main/engine/recording/segmentFile.ts';
import { parseIndex, scanSegment } from '../../../../src/main/engine/recording/segmentIndex.ts';
import { findZstdFrames } from '../../../../src/main/engine/recording/zstdFrames.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

let folder = '';
let plain: Buffer;
let packed: Buffer;
let frames: readonly string[];
let scanned: Awaited<ReturnType<typeof scanSegment>>;
let file = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-pack-'));
  const path = await writeSegment();
  plain = readFileSync(path);
  frames = (await read(path)).frames;
  const opened = await SegmentFile.open(path);
  scanned = await scanSegment(opened);
  await opened.close();
  await packSegment(path);
  packed = readFileSync(`${path}.zst`);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Five megabytes with checkpoints every two thousand inputs. */
async function writeSegment(): Promise<string> {
  const clock = new VirtualClock();
  let given = 0;
  const recorder = new Recorder({
    files: systemFiles,
    clock: createClockPort(clock),
    folder,
    describe: () => ({ source: 'simulated' }),
    checkpoint: () => ({ inputs: given, state: { at: given } }),
    stateHash: () => 'the end',
    inputsHandled: 0,
    onSegment: () => undefined,
    limits: { checkpointMs: 2_000 },
  });
  for (; given < 20_000; given += 1) {
    recorder.tap(madeInput(given, clock.monotonicMs()));
    if (given === 10_500) {
      const answer = { venue: 'binance', path: '/x', status: 200, body: '[]' };
      recorder.tapHistory(answer, { receivedTime: 1_790_000_010_500, monotonicMs: given });
    }
    clock.advance(1);
    if (given % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await recorder.stop();
  return join(folder, '000001.rec');
}

function madeInput(index: number, monotonicMs: number): CoreInput {
  return {
    type: 'frame',
    connection: index % 3 === 0 ? 'okx#1' : 'binance#1',
    generation: 1,
    text: `{"n":${index},"noise":"${String((index * 7_919) % 99_991).repeat(40)}"}`,
    receivedTime: 1_790_000_000_000 + monotonicMs,
    monotonicMs,
  };
}

/** Kind, place and checksum of each frame. */
async function read(path: string, offset = 0) {
  const found: string[] = [];
  const damages: { readonly offset: number; readonly reason: string }[] = [];
  const onDamage = (damage: (typeof damages)[number]) => damages.push(damage);
  for await (const frame of readSegment(path, onDamage, offset)) found.push(digest(frame));
  return { frames: found, damages };
}

function digest(frame: SegmentFrame): string {
  const content =
    frame.type === 'records'
      ? [frame.firstInput, crc32(frame.body)]
      : frame.type === 'checkpoint'
        ? [frame.inputs, crc32(frame.packed)]
        : [JSON.stringify(frame.value)];
  return [frame.type, frame.offset, ...content].join(' ');
}

function write(bytes: Buffer): string {
  file += 1;
  const path = join(folder, `changed-${file}.rec.zst`);
  writeFileSync(path, bytes);
  return path;
}

test('packed in blocks a segment is the same, read from its beginning and from each checkpoint', async () => {
  expect(findZstdFrames(packed).length).toBeGreaterThan(10);
  const path = write(packed);
  expect(await read(path)).toEqual({ frames, damages: [] });
  const opened = await SegmentFile.open(path);
  const index = parseIndex(opened.indexText ?? '');
  await opened.close();
  expect(index).toEqual(scanned);
  expect(index).toMatchObject({
    bytes: plain.length,
    last: { inputs: 20_000, time: 1_790_000_019_999 },
    end: { inputs: 20_000, hash: 'the end' },
  });
  expect([...(index?.names ?? [])].sort()).toEqual(['binance#1', 'okx#1']);
  expect(index?.histories).toHaveLength(1);
  expect(index?.checkpoints.length).toBeGreaterThan(8);
  for (const { offset, inputs, time } of index?.checkpoints ?? []) {
    const from = frames.findIndex((frame) => frame.startsWith(`checkpoint ${offset} ${inputs} `));
    expect(from).toBeGreaterThan(0);
    expect(time).toBe(1_790_000_000_000 + inputs);
    expect((await read(path, offset)).frames).toEqual(frames.slice(from));
  }
});

test('without its index, and as one zstd frame as it once was, a segment reads the same', async () => {
  const data = findZstdFrames(packed).filter(({ isSkippable }) => !isSkippable);
  const last = data.at(-1);
  const bare = packed.subarray(0, (last?.offset ?? 0) + (last?.bytes ?? 0));
  expect(await read(write(bare))).toEqual({ frames, damages: [] });
  expect(await read(write(packed.subarray(0, packed.length - 3)))).toEqual({ frames, damages: [] });
  expect(await read(write(zstdCompressSync(plain)))).toEqual({ frames, damages: [] });
});

test('[S02] a flipped bit in a packed segment is told, and what is read before it is right', async () => {
  const data = findZstdFrames(packed).filter(({ isSkippable }) => !isSkippable);
  const end = data.reduce((sum, { bytes }) => sum + bytes, 0);
  for (let round = 1; round < 40; round += 1) {
    const at = Math.floor((end * round) / 40);
    const flipped = Buffer.from(packed);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (round % 8));
    const result = await read(write(flipped));
    expect(result.damages, `byte ${at}`).toHaveLength(1);
    expect(result.frames).toEqual(frames.slice(0, result.frames.length));
  }
});
