import { dirname } from 'node:path';
import type { FilesPort } from '../ports/files.ts';

/** A file that is either there whole or not at all, also after a power cut. */
export async function writeWhole(files: FilesPort, path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.part`;
  await files.remove(part);
  const file = await files.create(part);
  try {
    await file.write(bytes);
    await file.sync();
    await file.close();
    await files.rename(part, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await files.remove(part).catch(() => undefined);
    throw error;
  }
  await files.syncFolder(dirname(path));
}
