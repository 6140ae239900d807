import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { SegmentDamage } from '../../../../src/main/engine/recording/readSegment.ts';
import { readSegment } from '../../../../src/main/engine/recording/readSegment.ts';
import { unpackState } from '../../../../src/main/engine/recording/savedState.ts';
import { jsonFrame, writePreamble } from '../../../../src/main/engine/recording/segmentFormat.ts';
import { readRecordedText } from '../../../../src/main/engine/recording/tardisLines.ts';
import { seekTable } from '../../../../src/main/engine/recording/zstdFrames.ts';

const folder = mkdtempSync(join(tmpdir(), 'truetape-bombs-'));
afterAll(() => rmSync(folder, { recursive: true }));
const mebibyte = 1024 * 1024;

/** A zstd frame of four bytes for each 128 KiB of blanks behind `begin`. */
function bomb(mebibytes: number, begin: Uint8Array): Buffer {
  // Window of 128 KiB, no length, no checksum.
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3]);
  const raw = Buffer.alloc(3 + begin.length);
  raw.writeUIntLE(begin.length << 3, 0, 3);
  raw.set(begin, 3);
  const count = mebibytes * 8;
  const blanks = Buffer.alloc(count * 4, 0x20);
  for (let index = 0; index < count; index += 1) {
    const last = index === count - 1 ? 1 : 0;
    blanks.writeUIntLE(((128 * 1024) << 3) | 2 | last, index * 4, 3);
  }
  return Buffer.concat([head, raw, blanks]);
}

const segmentBegin = Buffer.concat([writePreamble(), jsonFrame('header', { segment: 1 })]);

async function readBack(name: string, bytes: Uint8Array) {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  const damages: SegmentDamage[] = [];
  const before = process.memoryUsage().rss;
  for await (const frame of readSegment(path, (damage) => damages.push(damage))) void frame;
  return { damages, grownMebibytes: (process.memoryUsage().rss - before) / mebibyte };
}

const tooLong = 'the packed data is damaged (a block is longer than it may be)';

test('a few packed bytes that unpack to more than the table says are damage', async () => {
  const packed = bomb(2_000, segmentBegin);
  expect(packed.length).toBeLessThan(70_000);
  const table = seekTable([{ fileOffset: 0, fileBytes: packed.length, offset: 0, bytes: 5_000 }]);
  const { damages, grownMebibytes } = await readBack(
    'table.rec.zst',
    Buffer.concat([packed, table]),
  );
  expect(damages).toEqual([{ offset: 0, reason: tooLong }]);
  expect(grownMebibytes).toBeLessThan(200);
});

test('without a table no block unpacks to more than 512 MiB', async () => {
  const { damages } = await readBack('alone.rec.zst', bomb(2_000, segmentBegin));
  expect(damages).toEqual([{ offset: 0, reason: tooLong }]);
  const both = Buffer.concat([bomb(1_000, segmentBegin), bomb(1_000, Buffer.alloc(1))]);
  expect((await readBack('two.rec.zst', both)).damages).toEqual([{ offset: 0, reason: tooLong }]);
});

test('a state that unpacks to more than a frame may have is refused', async () => {
  await expect(unpackState(bomb(300, Buffer.alloc(1)))).rejects.toThrow(
    /^A state in this recording cannot be unpacked: /,
  );
});

test('what should be a snapshot is not read beyond 64 MiB', async () => {
  const path = join(folder, 'book.depth-snapshot.json');
  writeFileSync(path, bomb(2_000, Buffer.from('{')));
  const before = process.memoryUsage().rss;
  await expect(readRecordedText(path)).rejects.toThrow(/holds more than 64 MiB/);
  expect((process.memoryUsage().rss - before) / mebibyte).toBeLessThan(400);
});
