import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Whole or not at all under its name, readable by nobody else. Throws what the file system says. */
export function writeBundle(file: string, bytes: Uint8Array): void {
  const partial = join(dirname(file), `.${basename(file)}.${process.pid}.part`);
  rmSync(partial, { force: true });
  try {
    const descriptor = openSync(partial, 'wx', 0o600);
    try {
      let written = 0;
      while (written < bytes.length) written += writeSync(descriptor, bytes, written);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}
