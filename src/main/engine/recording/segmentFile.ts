import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { RecordingError } from './recordingError.ts';
import type { PackedFrame } from './zstdFrames.ts';
import {
  findZstdFrames,
  indexMagic,
  readSeekTable,
  seekFooterBytes,
  seekTableBytes,
  skippableHeadBytes,
  zstdMagic,
} from './zstdFrames.ts';

const unzstd = promisify(zstdDecompress);
const ungzip = promisify(gunzip);
/** Of a plain file at a time. */
const readBytes = 1024 * 1024;
/** What an unpacked block may grow by where its size is not known. */
const unpackStep = 4 * 1024 * 1024;
const unpackSlack = 64;
const maxIndexBytes = 64 * 1024 * 1024;
/** Of one block: a segment of ours has a tenth of it, and a few packed bytes must not ask for all memory. */
const maxUnpackedBytes = 512 * 1024 * 1024;

/** The packed bytes are not whole; what came before them is. */
export class PackedDamage extends Error {
  override readonly name = 'PackedDamage';
}

/**
 * The unpacked bytes of one segment from any place on, whatever it is packed with. A plain file may grow meanwhile, and one
 * that was packed since is found under its new name. Throws `RecordingError` where there is no such file.
 */
export class SegmentFile {
  readonly path: string;
  private readonly handle: FileHandle;
  /** Null: plain. */
  private readonly frames: readonly PackedFrame[] | null;
  private readonly isGzip: boolean;
  /** Our index, as it stands in the file; null where it has none. */
  readonly indexText: string | null;

  private constructor(path: string, handle: FileHandle, packing: Packing) {
    this.path = path;
    this.handle = handle;
    this.frames = packing.frames;
    this.isGzip = packing.isGzip;
    this.indexText = packing.indexText;
  }

  static async open(path: string): Promise<SegmentFile> {
    const { handle, found } = await openEither(path);
    try {
      return new SegmentFile(found, handle, await readPacking(handle));
    } catch (error) {
      await handle.close();
      throw unreadable(path, error);
    }
  }

  /** From `offset` to the end of the block that it lies in; empty: nothing is there, or not yet. */
  async read(offset: number): Promise<Buffer> {
    if (this.frames === null) return this.readPlain(offset);
    const frame = this.frames.find((each) => offset < each.offset + each.bytes);
    if (frame === undefined) return Buffer.alloc(0);
    const maxOutputLength = Math.min(frame.bytes, maxUnpackedBytes);
    // One byte more than there are: a full chunk would ask for another.
    const chunkSize = Math.min(unpackStep, maxOutputLength + unpackSlack);
    const packed = await readAt(this.handle, frame.fileOffset, frame.fileBytes);
    try {
      const limits = { chunkSize, maxOutputLength };
      const bytes = this.isGzip ? await ungzip(packed, limits) : await unzstd(packed, limits);
      if (Number.isFinite(frame.bytes) && bytes.length !== frame.bytes) {
        throw new Error('a block has another length than the table says');
      }
      return bytes.subarray(offset - frame.offset);
    } catch (error) {
      throw new PackedDamage(`the packed data is damaged (${unpackReason(error)})`);
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  private async readPlain(offset: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(readBytes);
    const { bytesRead } = await this.handle.read(buffer, 0, readBytes, offset);
    return buffer.subarray(0, bytesRead);
  }
}

interface Packing {
  readonly frames: readonly PackedFrame[] | null;
  readonly isGzip: boolean;
  readonly indexText: string | null;
}

async function openEither(
  path: string,
): Promise<{ readonly handle: FileHandle; readonly found: string }> {
  try {
    return { handle: await open(path, 'r'), found: path };
  } catch (error) {
    // Packed, or the plain one is back, since the folder was looked at.
    const other = path.endsWith('.zst') ? path.slice(0, -'.zst'.length) : `${path}.zst`;
    const handle = await open(other, 'r').catch(() => null);
    if (handle === null) throw unreadable(path, error);
    return { handle, found: other };
  }
}

async function readPacking(handle: FileHandle): Promise<Packing> {
  const magic = await readAt(handle, 0, 4);
  if (magic.length === 4 && magic.readUInt32LE(0) === zstdMagic) return readZstdPacking(handle);
  const isGzip = magic[0] === 0x1f && magic[1] === 0x8b;
  if (!isGzip) return { frames: null, isGzip, indexText: null };
  const { size } = await handle.stat();
  const whole = { fileOffset: 0, fileBytes: size, offset: 0, bytes: Number.POSITIVE_INFINITY };
  return { frames: [whole], isGzip, indexText: null };
}

async function readZstdPacking(handle: FileHandle): Promise<Packing> {
  const { size } = await handle.stat();
  const footer = await readAt(handle, Math.max(0, size - seekFooterBytes), seekFooterBytes);
  const tableBytes = seekTableBytes(footer);
  const start = size - (tableBytes ?? 0);
  const frames =
    tableBytes === null || start < 0
      ? null
      : readSeekTable(await readAt(handle, start, tableBytes));
  const last = frames?.at(-1);
  const dataEnd = last === undefined ? 0 : last.fileOffset + last.fileBytes;
  const indexBytes = start - dataEnd;
  const index =
    dataEnd === 0 || indexBytes < 0 || indexBytes > maxIndexBytes
      ? null
      : await readAt(handle, dataEnd, indexBytes);
  const isIndex =
    index !== null &&
    index.length > skippableHeadBytes &&
    index.readUInt32LE(0) === indexMagic &&
    index.readUInt32LE(4) === indexBytes - skippableHeadBytes;
  // Frames that do not end where the index begins: the table is damaged, and would lose what lies between without a word.
  if (frames === null || index === null || (indexBytes > 0 && !isIndex)) {
    return { frames: await findFrames(handle, size), isGzip: false, indexText: null };
  }
  return {
    frames,
    isGzip: false,
    indexText: isIndex ? index.toString('utf8', skippableHeadBytes) : null,
  };
}

/** A file without a table: of before there was one, or damaged at its end. Rare, so it may take its time. */
async function findFrames(handle: FileHandle, size: number): Promise<readonly PackedFrame[]> {
  const file = await readAt(handle, 0, size);
  const spans = findZstdFrames(file).filter(({ isSkippable }) => !isSkippable);
  const frames: PackedFrame[] = [];
  let offset = 0;
  for (const [index, span] of spans.entries()) {
    const isLast = index === spans.length - 1;
    const bytes = isLast ? Number.POSITIVE_INFINITY : await unpackedBytes(file, span);
    frames.push({ fileOffset: span.offset, fileBytes: span.bytes, offset, bytes });
    if (bytes === Number.POSITIVE_INFINITY) break;
    offset += bytes;
  }
  return frames;
}

/** Infinity: damaged, so that nothing behind it has a known place. */
async function unpackedBytes(
  file: Buffer,
  span: { readonly offset: number; readonly bytes: number },
): Promise<number> {
  const packed = file.subarray(span.offset, span.offset + span.bytes);
  const limits = { chunkSize: unpackStep, maxOutputLength: maxUnpackedBytes };
  return unzstd(packed, limits).then(
    ({ length }) => length,
    () => Number.POSITIVE_INFINITY,
  );
}

function unpackReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isTooLong = 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
  return isTooLong ? 'a block is longer than it may be' : error.message;
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await handle.read(buffer, read, length - read, offset + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return buffer.subarray(0, read);
}

function unreadable(path: string, error: unknown): RecordingError {
  if (error instanceof RecordingError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new RecordingError(`${path} cannot be read: ${reason}.`);
}
