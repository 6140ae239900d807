import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { PassThrough } from 'node:stream';
import { createGzip, createZstdCompress } from 'node:zlib';
import type { AppendFile, FilesPort } from '../ports/files.ts';

/** Text on its way into `PATH.part`, packed as the name says, never more of it in memory than the streams hold. */
export class TextSink {
  private readonly files: FilesPort;
  private readonly path: string;
  private open: {
    readonly file: AppendFile;
    readonly packer: Transform;
    readonly pumped: Promise<void>;
  } | null = null;

  constructor(files: FilesPort, path: string) {
    this.files = files;
    this.path = path;
  }

  async write(text: string): Promise<void> {
    this.open ??= await this.begin();
    const { packer, pumped } = this.open;
    if (packer.destroyed) return pumped;
    // When the disk fails nothing is drained any more: the pump's failure is what ends the wait.
    if (!packer.write(text)) await Promise.race([once(packer, 'drain'), pumped]);
  }

  /** Everything is on the disk, under the name with `.part`. */
  async finish(): Promise<void> {
    this.open ??= await this.begin();
    const { file, packer, pumped } = this.open;
    packer.end();
    await pumped;
    await file.sync();
    this.open = null;
    await file.close();
  }

  async abandon(): Promise<void> {
    const { open } = this;
    this.open = null;
    if (open !== null) {
      open.packer.destroy();
      await open.pumped.catch(() => undefined);
      await open.file.close().catch(() => undefined);
    }
    await this.files.remove(`${this.path}.part`).catch(() => undefined);
  }

  private async begin(): Promise<NonNullable<TextSink['open']>> {
    await this.files.remove(`${this.path}.part`);
    const file = await this.files.create(`${this.path}.part`);
    const packer = packerFor(this.path);
    // It ends with the pump, whose failure is told.
    packer.on('error', () => undefined);
    const pumped = pump(packer, file);
    // Whoever writes next hears of it; until then it must not count as unhandled.
    pumped.catch(() => undefined);
    return { file, packer, pumped };
  }
}

async function pump(packer: Transform, file: AppendFile): Promise<void> {
  for await (const chunk of packer) {
    if (Buffer.isBuffer(chunk)) await file.write(chunk);
  }
}

function packerFor(path: string): Transform {
  if (path.endsWith('.gz')) return createGzip();
  if (path.endsWith('.zst')) return createZstdCompress();
  return new PassThrough();
}
