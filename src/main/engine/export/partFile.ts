import { join } from 'node:path';
import type { AppendFile, FilesPort } from '../ports/files.ts';
import { ExportError } from './exportError.ts';

const partName = /\.(\d{1,10})-[0-9a-z]{1,16}\.part$/;

export interface PartFileOptions {
  readonly files: FilesPort;
  readonly folder: string;
  /** Checked already. */
  readonly name: string;
  readonly overwrite: boolean;
  /** Tells our part files of the same name apart. */
  readonly tag: string;
}

/**
 * A file that appears under its name when it is whole, and not before: until then it is a part file beside it, which is
 * removed when anything fails, and by `removeLeftParts` when the program was killed.
 */
export class PartFile {
  readonly path: string;
  bytes = 0;
  private readonly options: PartFileOptions;
  private readonly file: AppendFile;
  private readonly partPath: string;
  private isOver = false;

  private constructor(options: PartFileOptions, file: AppendFile, partPath: string) {
    this.options = options;
    this.path = join(options.folder, options.name);
    this.file = file;
    this.partPath = partPath;
  }

  static async create(options: PartFileOptions): Promise<PartFile> {
    await refuseTaken(options);
    const { files, folder, name, tag } = options;
    const path = join(folder, `${name}.${process.pid}-${tag}.part`);
    // Exclusive: a link that somebody laid there is not followed.
    return new PartFile(options, await files.create(path), path);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    await this.file.write(bytes);
    this.bytes += bytes.length;
  }

  /** Throws with nothing left, or the file is there whole. */
  async finish(): Promise<void> {
    const { files, folder } = this.options;
    try {
      await this.file.sync();
      await this.close();
      await refuseTaken(this.options);
    } catch (error) {
      await this.abandon();
      throw error;
    }
    try {
      await files.rename(this.partPath, this.path);
    } catch (error) {
      await removeQuietly(files, this.partPath);
      throw error;
    }
    // Without it a power cut may lose the name, never the half of a file: it is whole now and stays.
    await files.syncFolder(folder).catch(() => undefined);
  }

  /** Safe after `finish`, and twice. */
  async abandon(): Promise<void> {
    await this.close().catch(() => undefined);
    await removeQuietly(this.options.files, this.partPath);
  }

  private async close(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    await this.file.close();
  }
}

/** Part files of `name`, or of all, whose programs are not there any more. Returns how many there were. */
export async function removeLeftParts(
  files: FilesPort,
  folder: string,
  name: string | null = null,
  isRunning: (processId: number) => boolean = isProcess,
): Promise<number> {
  let removed = 0;
  for (const each of await files.list(folder).catch(() => [])) {
    const match = partName.exec(each);
    if (match === null || (name !== null && each.slice(0, match.index) !== name)) continue;
    if (isRunning(Number(match[1]))) continue;
    await removeQuietly(files, join(folder, each));
    removed += 1;
  }
  return removed;
}

async function refuseTaken({ files, folder, name, overwrite }: PartFileOptions): Promise<void> {
  if (overwrite) return;
  const folded = name.toLowerCase();
  const names = await files.list(folder);
  if (names.some((each) => each.toLowerCase() === folded)) {
    throw new ExportError(
      `${name} exists already: nothing was exported. Choose another name (on the command line also: --overwrite).`,
    );
  }
}

/** What cannot be removed now is removed at the next start. */
async function removeQuietly(files: FilesPort, path: string): Promise<void> {
  await files.remove(path).catch(() => undefined);
}

function isProcess(processId: number): boolean {
  if (processId === process.pid) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
