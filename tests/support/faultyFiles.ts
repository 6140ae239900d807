import type { AppendFile, FilesPort } from '../../src/main/engine/ports/files.ts';
import { systemFiles } from '../../src/main/engine/ports/files.ts';

/** The real disk, whose calls can be made to fail or to wait; counts what is open. */
export class FaultyFiles implements FilesPort {
  readonly calls: string[] = [];
  openFiles = 0;
  /** Calls that are with the real disk. */
  working = 0;
  /** Called before each call with its name and number from 1; what it throws is the call's failure. */
  before: (call: string, number: number) => void | Promise<void> = () => undefined;
  freeSpace: number | null = null;

  async create(path: string): Promise<AppendFile> {
    await this.call('open', path);
    return this.opened(await this.work(() => systemFiles.create(path)), path);
  }

  async append(path: string): Promise<AppendFile> {
    await this.call('append', path);
    return this.opened(await this.work(() => systemFiles.append(path)), path);
  }

  makeFolder(path: string): Promise<void> {
    return this.run('mkdir', path, () => systemFiles.makeFolder(path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.run('rename', from, () => systemFiles.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.run('remove', path, () => systemFiles.remove(path));
  }

  removeFolder(path: string): Promise<void> {
    return this.run('rmdir', path, () => systemFiles.removeFolder(path));
  }

  list(folder: string): Promise<readonly string[]> {
    return this.run('list', folder, () => systemFiles.list(folder));
  }

  sizeOf(path: string): Promise<number> {
    return this.run('stat', path, () => systemFiles.sizeOf(path));
  }

  read(path: string): Promise<Buffer> {
    return this.run('read', path, () => systemFiles.read(path));
  }

  syncFolder(path: string): Promise<void> {
    return this.run('syncFolder', path, () => systemFiles.syncFolder(path));
  }

  freeBytes(folder: string): Promise<number> {
    return this.run('statfs', folder, () =>
      this.freeSpace === null ? systemFiles.freeBytes(folder) : Promise.resolve(this.freeSpace),
    );
  }

  private opened(file: AppendFile, path: string): AppendFile {
    this.openFiles += 1;
    let isOpen = true;
    return {
      write: (bytes) => this.run('write', path, () => file.write(bytes)),
      sync: () => this.run('sync', path, () => file.sync()),
      close: async () => {
        // As on a real disk: a close that fails has closed all the same.
        if (isOpen) {
          this.openFiles -= 1;
          isOpen = false;
          await this.work(() => file.close());
        }
        await this.call('close', path);
      },
    };
  }

  private async run<Result>(
    name: string,
    path: string,
    work: () => Promise<Result>,
  ): Promise<Result> {
    await this.call(name, path);
    return this.work(work);
  }

  private async work<Result>(work: () => Promise<Result>): Promise<Result> {
    this.working += 1;
    try {
      return await work();
    } finally {
      this.working -= 1;
    }
  }

  private async call(name: string, path: string): Promise<void> {
    this.calls.push(`${name} ${path}`);
    await this.before(name, this.calls.length);
  }
}
