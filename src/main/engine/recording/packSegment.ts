import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';

/**
 * Packs a closed segment beside itself with zstd, off the loop, then removes the plain one. Killed half way, the plain one is
 * still there.
 */
export async function packSegment(path: string): Promise<void> {
  const packed = `${path}.zst`;
  const part = `${packed}.part`;
  await pipeline(
    createReadStream(path, { highWaterMark: 1024 * 1024 }),
    createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 3 } }),
    createWriteStream(part, { mode: 0o600 }),
  );
  const handle = await open(part, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, packed);
  await rm(path);
}
