import { constants, zstdCompress } from 'node:zlib';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { AppendFile, FilesPort } from '../ports/files.ts';
import { systemFiles } from '../ports/files.ts';
import { refusePacked } from './repairTail.ts';
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
 * `docs/recording-format.md`. Throws `RecordingError` for what is no plain segment, which stays.
 */
export async function packSegment(path: string, files: FilesPort = systemFiles): Promise<void> {
  await refusePacked(path);
  const packed = `${path}.zst`;
  const part = `${packed}.part`;
  await files.remove(part);
  const source = await open(path, 'r');
  try {
    const target = await files.create(part);
    try {
      await packInto(target, source, path);
      await target.sync();
    } catch (error) {
      // The reason is known already; a second complaint of the same disk adds nothing.
      await target.close().catch(() => undefined);
      await files.remove(part).catch(() => undefined);
      throw error;
    }
    await target.close();
  } finally {
    await source.close();
  }
  await files.rename(part, packed);
  await files.syncFolder(dirname(path));
  await files.remove(path);
}

async function packInto(target: AppendFile, source: FileHandle, path: string): Promise<void> {
  const { size } = await source.stat();
  const { ends, index } = await findBlocks(path, size);
  const frames: PackedFrame[] = [];
  let offset = 0;
  for (const end of ends) {
    const plain = await readBlock(source, offset, end - offset);
    const bytes = await compress(plain, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
    const last = frames.at(-1);
    const fileOffset = last === undefined ? 0 : last.fileOffset + last.fileBytes;
    frames.push({ fileOffset, fileBytes: bytes.length, offset, bytes: plain.length });
    await target.write(bytes);
    offset = end;
  }
  await target.write(skippableFrame(indexMagic, Buffer.from(JSON.stringify(index))));
  await target.write(seekTable(frames));
}

/** All of it: one call may give less than was asked for. */
async function readBlock(source: FileHandle, offset: number, length: number): Promise<Buffer> {
  const block = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length;) {
    const { bytesRead } = await source.read(block, at, length - at, offset + at);
    if (bytesRead === 0) throw new Error('the segment became shorter while it was packed');
    at += bytesRead;
  }
  return block;
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
