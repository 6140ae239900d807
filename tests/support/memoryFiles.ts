import { dirname } from 'node:path';
import type { FilesPort } from '../../src/main/engine/ports/files.ts';

export interface MemoryFilesOptions {
  /** Called before every file call with its name and number from 1; what it throws is the call's failure. */
  readonly before?: (call: string, number: number) => void | Promise<void>;
  readonly freeBytes?: () => number;
}

/** A disk in memory whose every call can be made to fail or to wait. */
export class MemoryFiles implements FilesPort {
  readonly contentByPath = new Map<string, Buffer>();
  readonly folders = new Set<string>();
  readonly calls: string[] = [];
  openFiles = 0;
  private readonly options: MemoryFilesOptions;

  constructor(options: MemoryFilesOptions = {}) {
    this.options = options;
  }

  async create(path: string): ReturnType<FilesPort['create']> {
    await this.call('open', path);
    if (this.contentByPath.has(path)) throw new Error(`EEXIST: ${path}`);
    this.contentByPath.set(path, Buffer.alloc(0));
    return this.opened(path);
  }

  async append(path: string): ReturnType<FilesPort['append']> {
    await this.call('append', path);
    if (!this.contentByPath.has(path)) this.contentByPath.set(path, Buffer.alloc(0));
    return this.opened(path);
  }

  private opened(path: string): Awaited<ReturnType<FilesPort['create']>> {
    this.openFiles += 1;
    let isOpen = true;
    return {
      write: async (bytes) => {
        await this.call('write', path);
        this.contentByPath.set(
          path,
          Buffer.concat([this.contentByPath.get(path) ?? Buffer.alloc(0), bytes]),
        );
      },
      sync: () => this.call('sync', path),
      close: async () => {
        // As on a real disk: a close that fails has closed all the same.
        if (isOpen) this.openFiles -= 1;
        isOpen = false;
        await this.call('close', path);
      },
    };
  }

  async makeFolder(path: string): Promise<void> {
    await this.call('mkdir', path);
    this.folders.add(path);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.call('rename', from);
    const content = this.contentByPath.get(from);
    if (content === undefined) throw new Error(`ENOENT: ${from}`);
    this.contentByPath.set(to, content);
    this.contentByPath.delete(from);
  }

  async remove(path: string): Promise<void> {
    await this.call('remove', path);
    this.contentByPath.delete(path);
  }

  async removeFolder(path: string): Promise<void> {
    await this.call('rmdir', path);
    this.folders.delete(path);
  }

  async list(folder: string): Promise<readonly string[]> {
    await this.call('list', folder);
    const entries = [...this.contentByPath.keys(), ...this.folders];
    return entries
      .filter((path) => dirname(path) === folder)
      .map((path) => path.slice(folder.length + 1));
  }

  async sizeOf(path: string): Promise<number> {
    await this.call('stat', path);
    return (await this.read(path)).length;
  }

  read(path: string): Promise<Buffer> {
    const content = this.contentByPath.get(path);
    return content === undefined
      ? Promise.reject(new Error(`ENOENT: ${path}`))
      : Promise.resolve(content);
  }

  async syncFolder(path: string): Promise<void> {
    await this.call('syncFolder', path);
  }

  async freeBytes(folder: string): Promise<number> {
    await this.call('statfs', folder);
    return this.options.freeBytes?.() ?? Number.MAX_SAFE_INTEGER;
  }

  private async call(name: string, path: string): Promise<void> {
    this.calls.push(`${name} ${path}`);
    await this.options.before?.(name, this.calls.length);
  }
}
