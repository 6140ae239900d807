import { zstdCompressSync } from 'node:zlib';

/** In this turn: virtual time does not wait for the threads that other tests keep busy too. */
export function packState(text: string): Promise<Buffer> {
  return Promise.resolve(zstdCompressSync(text));
}
