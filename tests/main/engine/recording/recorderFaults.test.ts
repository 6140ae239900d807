import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CoreInput } from '../../../../src/main/engine/inputs.ts';
import { RecordReader } from '../../../../src/main/engine/recording/readRecords.ts';
import type { RecordedItem } from '../../../../src/main/engine/recording/readRecords.ts';
import type { SegmentDamage } from '../../../../src/main/engine/recording/readSegment.ts';
import { readSegment } from '../../../../src/main/engine/recording/readSegment.ts';
import type { RecorderLimits } from '../../../../src/main/engine/recording/recorder.ts';
import { Recorder } from '../../../../src/main/engine/recording/recorder.ts';
import { MemoryFiles } from '../../../support/memoryFiles.ts';
import { packState } from '../../../support/packState.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-segments-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

class Bench {
  readonly clock = new VirtualClock();
  readonly files: MemoryFiles;
  readonly recorder: Recorder;
  readonly given: CoreInput[] = [];

  constructor(files = new MemoryFiles(), limits: Partial<RecorderLimits> = {}) {
    this.files = files;
    this.recorder = new Recorder({
      files,
      clock: createClockPort(this.clock),
      folder: '/recordings/one',
      describe: () => ({ source: 'simulated' }),
      checkpoint: () => ({ inputs: this.given.length, state: { at: this.given.length } }),
      stateHash: () => '',
      inputsHandled: 0,
      onSegment: () => undefined,
      limits: { blockBytes: 600, ...limits },
      packState,
    });
  }

  input(): void {
    const monotonicMs = this.clock.monotonicMs();
    const index = this.given.length;
    const input: CoreInput = {
      type: 'frame',
      connection: index % 3 === 0 ? 'okx#1' : 'binance#1',
      generation: 1 + (index % 2),
      text: `{"n":${index},"t":"é币🚀"}`,
      receivedTime: 1_790_000_000_000.125 + monotonicMs,
      monotonicMs,
    };
    this.recorder.tap(input);
    this.given.push(input);
  }

  async run(inputs: number, everyMs = 10): Promise<void> {
    for (let count = 0; count < inputs; count += 1) {
      this.input();
      this.clock.advance(everyMs);
      await settle();
    }
  }
}

/** Promises of the file calls in between. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function readBack(
  bytes: Buffer,
): Promise<{ items: RecordedItem[]; damage: SegmentDamage | null }> {
  const file = join(folder, 'segment.rec');
  writeFileSync(file, bytes);
  const reader = new RecordReader();
  const items: RecordedItem[] = [];
  const found: { damage: SegmentDamage | null } = { damage: null };
  for await (const frame of readSegment(file, (damage) => (found.damage = damage))) {
    if (frame.type === 'records') items.push(...reader.read(frame.body));
  }
  return { items, damage: found.damage };
}

function inputsOf(items: readonly RecordedItem[]): CoreInput[] {
  return items.flatMap((item) => (item.type === 'input' ? [item.input] : []));
}

test('[S02] cut at every byte, a segment gives the whole blocks before the cut and says where it ends', async () => {
  const bench = new Bench();
  await bench.run(14);
  await bench.recorder.stop();
  const whole = bench.files.contentByPath.get('/recordings/one/000001.rec') ?? Buffer.alloc(0);
  expect(inputsOf((await readBack(whole)).items)).toEqual(bench.given);
  let shortest = bench.given.length;
  for (let length = whole.length - 1; length >= 12; length -= 1) {
    const { items, damage } = await readBack(whole.subarray(0, length));
    const inputs = inputsOf(items);
    expect(inputs).toEqual(bench.given.slice(0, inputs.length));
    expect(inputs.length).toBeLessThanOrEqual(shortest);
    shortest = inputs.length;
    if (damage !== null) expect(damage.offset).toBeLessThan(length);
  }
  expect(shortest).toBe(0);
});

test('[S02] a flipped bit anywhere is found, and nothing wrong is read', async () => {
  const bench = new Bench();
  await bench.run(12);
  await bench.recorder.stop();
  const whole = bench.files.contentByPath.get('/recordings/one/000001.rec') ?? Buffer.alloc(0);
  for (let at = 12; at < whole.length; at += 1) {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    const { items, damage } = await readBack(flipped);
    expect(damage, `byte ${at}`).not.toBeNull();
    const inputs = inputsOf(items);
    expect(inputs).toEqual(bench.given.slice(0, inputs.length));
  }
});

test('[S05] whichever file call fails, the next segment tells the loss and nothing stays open', async () => {
  let failures = 0;
  for (let failing = 1; ; failing += 1) {
    const failed: string[] = [];
    const files = new MemoryFiles({
      before: (call, number) => {
        if (number !== failing) return;
        failed.push(call);
        throw new Error('EIO: i/o error');
      },
    });
    const bench = new Bench(files, { retryMs: 300, segmentMs: 500, spaceCheckMs: 400 });
    await bench.run(150);
    await bench.recorder.stop();
    if (failed.length === 0) break;
    failures += 1;
    expect(files.openFiles, failed[0]).toBe(0);
    await expectWholeOrTold(bench, failed[0] ?? '');
  }
  expect(failures).toBeGreaterThan(20);
});

test('[S04] a disk that is too slow costs inputs that are counted, never memory', async () => {
  const gate: { open: boolean } = { open: true };
  const files = new MemoryFiles({
    before: async (call) => {
      if (call !== 'write') return;
      while (!gate.open) await new Promise((resolve) => setImmediate(resolve));
    },
  });
  const bench = new Bench(files, { waitingBytes: 4_000 });
  await bench.run(20);
  gate.open = false;
  await bench.run(200);
  expect(bench.recorder.state.lostInputs).toBeGreaterThan(50);
  gate.open = true;
  await bench.run(50);
  await bench.recorder.stop();
  await expectWholeOrTold(bench, 'overflow');
});

test('[S03] without room on the disk recording waits for the command, and live data does not', async () => {
  const disk = { free: 2e9 };
  const bench = new Bench(new MemoryFiles({ freeBytes: () => disk.free }), { spaceCheckMs: 400 });
  await bench.run(100);
  disk.free = 300 * 1024 * 1024;
  await bench.run(60);
  expect(bench.recorder.state).toMatchObject({
    status: 'recording',
    problem: expect.stringContaining('nearly full'),
  });
  disk.free = 50 * 1024 * 1024;
  await bench.run(60);
  expect(bench.recorder.state.status).toBe('paused');
  disk.free = 2e9;
  await bench.run(60);
  expect(bench.recorder.state.status).toBe('paused');
  bench.recorder.resume();
  await bench.run(60);
  await bench.recorder.stop();
  await expectWholeOrTold(bench, 'disk-full');
});

/** Every input is in its segment, or counted by the one after. */
async function expectWholeOrTold(bench: Bench, why: string): Promise<void> {
  const paths = [...bench.files.contentByPath.keys()].sort();
  const read: CoreInput[] = [];
  for (const path of paths) {
    const bytes = bench.files.contentByPath.get(path) ?? Buffer.alloc(0);
    if (bytes.length < 12) continue;
    read.push(...inputsOf((await readBack(bytes)).items));
  }
  const given = new Map(bench.given.map((input) => [input.monotonicMs, input]));
  for (const input of read) expect(given.get(input.monotonicMs), why).toEqual(input);
  const missing = bench.given.length - new Set(read.map(({ monotonicMs }) => monotonicMs)).size;
  expect(missing, why).toBeLessThanOrEqual(bench.recorder.state.lostInputs);
}
