import { constants, zstdCompress } from 'node:zlib';
import { open, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { SegmentFile } from './segmentFile.ts';
import type { SegmentFrame } from './segmentStream.ts';
import { emptyIndex, scanSegment } from './segmentIndex.ts';
import type { PackedFrame } from './zstdFrames.ts';
import { indexMagic, seekTable, skippableFrame } from './zstdFrames.ts';

const compress = promisify(zstdCompress);
/** A seek unpacks at most so much that it does not need. */
const blockBytes = 1024 * 1024;

/**
 * Packs a closed segment beside itself with zstd, off the loop, then removes the plain one. Killed half way, the plain one is
 * still there. It is packed in blocks that unpack alone, a checkpoint at the beginning of one, and ends with an index: see
 * `docs/recording-format.md`.
 */
export async function packSegment(path: string): Promise<void> {
  const packed = `${path}.zst`;
  const part = `${packed}.part`;
  const source = await open(path, 'r');
  try {
    const { size } = await source.stat();
    const { ends, index } = await findBlocks(path, size);
    await rm(part, { force: true });
    const target = await open(part, 'wx', 0o600);
    try {
      const frames: PackedFrame[] = [];
      let offset = 0;
      for (const end of ends) {
        const plain = Buffer.allocUnsafeSlow(end - offset);
        await source.read(plain, 0, plain.length, offset);
        const bytes = await compress(plain, {
          params: { [constants.ZSTD_c_compressionLevel]: 3 },
        });
        const last = frames.at(-1);
        const fileOffset = last === undefined ? 0 : last.fileOffset + last.fileBytes;
        frames.push({ fileOffset, fileBytes: bytes.length, offset, bytes: plain.length });
        await target.write(bytes);
        offset = end;
      }
      await target.write(skippableFrame(indexMagic, Buffer.from(JSON.stringify(index))));
      await target.write(seekTable(frames));
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
  await rename(part, packed);
  await rm(path);
}

/** Where blocks end: at a frame's end after a megabyte, and in front of each checkpoint. What is no frame goes along. */
async function findBlocks(
  path: string,
  size: number,
): Promise<{ readonly ends: readonly number[]; readonly index: typeof emptyIndex }> {
  const ends: number[] = [];
  let start = 0;
  const endAt = (offset: number): void => {
    if (offset <= start) return;
    ends.push(offset);
    start = offset;
  };
  const onFrame = (frame: SegmentFrame): void => {
    if (frame.type === 'checkpoint' || frame.offset - start >= blockBytes) endAt(frame.offset);
  };
  const file = await SegmentFile.open(path);
  try {
    const index = await scanSegment(file, emptyIndex, onFrame);
    endAt(size);
    return { ends, index };
  } finally {
    await file.close();
  }
}
