import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemFiles } from '../../src/main/engine/ports/files.ts';
import { packSegment } from '../../src/main/engine/recording/packSegment.ts';
import type { SegmentDamage } from '../../src/main/engine/recording/readSegment.ts';
import { readSegment } from '../../src/main/engine/recording/readSegment.ts';
import { RecordingError } from '../../src/main/engine/recording/recordingError.ts';
import type { RecordedSession } from '../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../src/main/engine/recording/recordingLibrary.ts';
import { repairTail } from '../../src/main/engine/recording/repairTail.ts';
import { verifySession } from '../../src/main/engine/replay/verifySession.ts';
import { recordEngine } from '../support/recordEngine.ts';

let root = '';
let made: RecordedSession;
let packed = '';

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'truetape-damage-'));
  const library = new RecordingLibrary(systemFiles, join(root, 'recordings'));
  made = await recordEngine(library, { segmentMs: 1_000, blockBytes: 8_192 }, (engine) => {
    engine.want(['BTC-USDT']);
    engine.run(3_300);
  });
  packed = join(root, 'packed.rec');
  copyFileSync(pathOf(1), packed);
  await packSegment(packed);
  packed += '.zst';
});
afterAll(() => rmSync(root, { recursive: true }));

function pathOf(index: number): string {
  const path = made.segments[index]?.path;
  if (path === undefined) throw new Error(`no segment ${index}`);
  return path;
}

interface ReadBack {
  /** Of its records frames. */
  readonly bodies: readonly Buffer[];
  readonly damage: SegmentDamage | null;
  /** Not even its beginning was a segment. */
  readonly refusal: string | null;
}

async function readBack(path: string): Promise<ReadBack> {
  const bodies: Buffer[] = [];
  const found: { damage: SegmentDamage | null } = { damage: null };
  try {
    for await (const frame of readSegment(path, (damage) => (found.damage = damage))) {
      if (frame.type === 'records') bodies.push(Buffer.from(frame.body));
    }
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    return { bodies, damage: found.damage, refusal: error.message };
  }
  return { bodies, damage: found.damage, refusal: null };
}

function isBeginningOf(bodies: readonly Buffer[], whole: readonly Buffer[]): boolean {
  return bodies.every((body, index) => whole[index]?.equals(body) === true);
}

test('[S02] cut anywhere in a packed segment, what is read is a beginning of it, and where it ends is said', async () => {
  const bytes = readFileSync(packed);
  const whole = await readBack(packed);
  expect(whole).toMatchObject({ damage: null, refusal: null });
  expect(whole.bodies.length).toBeGreaterThan(5);
  const path = join(root, 'cut.rec.zst');
  let whollyRead = 0;
  const step = Math.max(1, Math.floor(bytes.length / 120));
  for (
    let length = bytes.length - 1;
    length >= 0;
    length -= length > bytes.length - 120 ? 1 : step
  ) {
    writeFileSync(path, bytes.subarray(0, length));
    const { bodies, damage, refusal } = await readBack(path);
    expect(isBeginningOf(bodies, whole.bodies), `cut at ${length}`).toBe(true);
    // The index at the end says nothing that the data does not: without it everything is still there.
    if (bodies.length === whole.bodies.length) whollyRead += 1;
    else expect(damage !== null || refusal !== null, `cut at ${length}`).toBe(true);
  }
  expect(whollyRead).toBeGreaterThan(0);
});

test('[S02] a flipped bit anywhere in a packed segment never gives a wrong record', async () => {
  const bytes = readFileSync(packed);
  const whole = await readBack(packed);
  const path = join(root, 'flipped.rec.zst');
  const step = Math.max(1, Math.floor(bytes.length / 150));
  for (let at = 0; at < bytes.length; at += at > bytes.length - 400 ? 1 : step) {
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    writeFileSync(path, flipped);
    const { bodies, damage, refusal } = await readBack(path);
    expect(isBeginningOf(bodies, whole.bodies), `byte ${at}`).toBe(true);
    if (bodies.length < whole.bodies.length) {
      expect(damage !== null || refusal !== null, `byte ${at}`).toBe(true);
    }
  }
});

test('[S02] a replay stops at the damage of a segment, says where, and goes on at the next one to the state of the live run', async () => {
  const path = pathOf(1);
  const bytes = readFileSync(path);
  const live = (await verifySession(made, 1)).live;
  expect(made.segments.length).toBeGreaterThan(3);
  try {
    for (const share of [0.3, 0.8]) {
      const at = Math.floor(bytes.length * share);
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      for (const damaged of [bytes.subarray(0, at), flipped]) {
        writeFileSync(path, damaged);
        const verification = await verifySession(made, 2);
        const [damage, ...others] = verification.damages;
        expect(others).toEqual([]);
        expect(damage).toMatchObject({ path });
        expect(damage?.offset).toBeLessThanOrEqual(at);
        expect(new Set(verification.hashes)).toEqual(new Set([live?.hash]));
      }
    }
  } finally {
    writeFileSync(path, bytes);
  }
});

test('[S02] a repair takes the torn end alone, and only once', async () => {
  const bytes = readFileSync(pathOf(2));
  const path = join(root, 'torn.rec');
  const step = Math.max(1, Math.floor(bytes.length / 60));
  for (let length = bytes.length; length > 12; length -= step) {
    writeFileSync(path, bytes.subarray(0, length));
    await repairTail(path);
    const repaired = readFileSync(path);
    expect(bytes.subarray(0, repaired.length).equals(repaired)).toBe(true);
    expect((await readBack(path)).damage).toBeNull();
    expect(await repairTail(path)).toBeNull();
  }
});

test('[S02] what is no segment is refused by name, and left as it is', async () => {
  for (const [name, content] of [
    ['empty.rec', ''],
    ['short.rec', 'TRUETA'],
    ['other.rec', 'PK\u0003\u0004'.repeat(100)],
  ] as const) {
    const path = join(root, name);
    writeFileSync(path, content);
    const { bodies, damage, refusal } = await readBack(path);
    expect(bodies).toEqual([]);
    expect(refusal ?? damage?.reason, name).toContain(refusal === null ? 'ends' : basename(path));
    await repairTail(path).catch(() => null);
    expect(readFileSync(path, 'utf8')).toBe(content);
  }
});
