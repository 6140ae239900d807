import * as fs from 'node:fs/promises';

/** A disk is not filled to its last byte with what can be made again: the recording goes on beside it. */
export const keptFreeBytes = 200 * 1024 * 1024;

/** An open file that is only appended to. */
export interface AppendFile {
  /** All of it, or it throws. */
  write(bytes: Uint8Array): Promise<void>;
  /** Down to the disk, as far as the system promises that. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The file calls of recorder, exporter and diagnostics, so that each one can be made to fail. Every one may reject. */
export interface FilesPort {
  /** Creates it; an existing file is an error. */
  create(path: string): Promise<AppendFile>;
  /** Goes on behind what is there; creates it where there is nothing. */
  append(path: string): Promise<AppendFile>;
  makeFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** An empty one. */
  removeFolder(path: string): Promise<void>;
  list(folder: string): Promise<readonly string[]>;
  sizeOf(path: string): Promise<number>;
  read(path: string): Promise<Buffer>;
  /** The entries of a folder: without it a rename may be lost with the power. */
  syncFolder(path: string): Promise<void>;
  freeBytes(folder: string): Promise<number>;
}

async function openToAppend(path: string, flags: 'wx' | 'a'): Promise<AppendFile> {
  const handle = await fs.open(path, flags, 0o600);
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, at, bytes.length - at);
        if (bytesWritten === 0) throw new Error('nothing was written');
        at += bytesWritten;
      }
    },
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

export const systemFiles: FilesPort = {
  create: (path) => openToAppend(path, 'wx'),
  append: (path) => openToAppend(path, 'a'),
  async makeFolder(path) {
    await fs.mkdir(path, { recursive: true, mode: 0o700 });
  },
  rename: (from, to) => fs.rename(from, to),
  remove: (path) => fs.rm(path, { force: true }),
  removeFolder: (path) => fs.rmdir(path),
  list: (folder) => fs.readdir(folder),
  sizeOf: async (path) => (await fs.stat(path)).size,
  read: (path) => fs.readFile(path),
  async syncFolder(path) {
    const handle = await fs.open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  async freeBytes(folder) {
    const disk = await fs.statfs(folder);
    return disk.bavail * disk.bsize;
  },
};
