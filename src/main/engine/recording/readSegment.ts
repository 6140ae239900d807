import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { crc32, createGunzip, createZstdDecompress } from 'node:zlib';
import {
  formatVersion,
  frameHeadBytes,
  frameKinds,
  maxFrameBytes,
  preambleBytes,
  recordsHeadBytes,
  segmentMagic,
} from './segmentFormat.ts';
import { RecordingError } from './recordingError.ts';

export type SegmentFrame =
  | { readonly type: 'header'; readonly value: unknown }
  | { readonly type: 'checkpoint'; readonly inputs: number; readonly packed: Buffer }
  | { readonly type: 'records'; readonly firstInput: number; readonly body: Buffer }
  | { readonly type: 'end'; readonly value: unknown };

/** Where a segment stops being readable; what came before it is whole. */
export interface SegmentDamage {
  /** In the unpacked bytes. */
  readonly offset: number;
  readonly reason: string;
}

/**
 * The frames of a segment, plain or packed, until its end or the first damage, which is told once and ends the reading.
 * Throws `RecordingError` where the file is no segment or of a version that is not known.
 */
export async function* readSegment(
  file: string,
  onDamage: (damage: SegmentDamage) => void,
): AsyncGenerator<SegmentFrame> {
  const source = new ByteSource(await openSegment(file));
  try {
    await checkPreamble(source, file);
    for (;;) {
      const offset = source.position;
      const frame = await nextFrame(source);
      if (frame === null) return;
      if ('damage' in frame) {
        onDamage({ offset, reason: frame.damage });
        return;
      }
      const body = readBody(frame.body);
      if (body === null) {
        onDamage({ offset, reason: 'a frame of unknown kind' });
        return;
      }
      yield body;
    }
  } finally {
    source.close();
  }
}

async function checkPreamble(source: ByteSource, file: string): Promise<void> {
  const preamble = await source.take(preambleBytes);
  if (preamble === null || !preamble.subarray(0, segmentMagic.length).equals(segmentMagic)) {
    throw new RecordingError(`${file} is not a recording of Truetape.`);
  }
  const version = preamble.readUInt32LE(segmentMagic.length);
  if (version !== formatVersion) {
    throw new RecordingError(
      `${file} has format ${version}; this version reads format ${formatVersion}. Open it with a newer Truetape.`,
    );
  }
}

async function nextFrame(
  source: ByteSource,
): Promise<{ readonly body: Buffer } | { readonly damage: string } | null> {
  const head = await source.take(frameHeadBytes);
  if (head === null) {
    if (source.failure !== null) return { damage: source.failure };
    return source.isAtEnd ? null : { damage: 'the file ends inside of a frame' };
  }
  const length = head.readUInt32LE(0);
  if (length === 0 || length > maxFrameBytes) return { damage: `a frame of ${length} bytes` };
  const body = await source.take(length);
  if (body === null) return { damage: source.failure ?? 'the file ends inside of a frame' };
  if (crc32(body) !== head.readUInt32LE(4)) return { damage: 'a frame whose checksum is wrong' };
  return { body };
}

function readBody(body: Buffer): SegmentFrame | null {
  switch (body[0]) {
    case frameKinds.header:
      return { type: 'header', value: parseJson(body) };
    case frameKinds.end:
      return { type: 'end', value: parseJson(body) };
    case frameKinds.checkpoint:
      if (body.length < recordsHeadBytes) return null;
      return {
        type: 'checkpoint',
        inputs: body.readDoubleLE(1),
        packed: body.subarray(recordsHeadBytes),
      };
    case frameKinds.records:
      if (body.length < recordsHeadBytes) return null;
      return {
        type: 'records',
        firstInput: body.readDoubleLE(1),
        body: body.subarray(recordsHeadBytes),
      };
    default:
      return null;
  }
}

/** Its checksum was right: what does not parse was written so, by another program. */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8', 1));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function openSegment(file: string): Promise<Readable> {
  const magic = Buffer.alloc(4);
  try {
    const handle = await open(file, 'r');
    try {
      await handle.read(magic, 0, 4, 0);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RecordingError(`${file} cannot be read: ${reason}.`);
  }
  const source = createReadStream(file, { highWaterMark: 256 * 1024 });
  if (magic.readUInt32LE(0) === 0xfd2fb528) {
    return pipeline(source, createZstdDecompress(), () => undefined);
  }
  if (magic[0] === 0x1f && magic[1] === 0x8b) {
    return pipeline(source, createGunzip(), () => undefined);
  }
  return source;
}

/** Exactly so many bytes at a time from a stream. */
class ByteSource {
  position = 0;
  failure: string | null = null;
  private readonly stream: Readable;
  private readonly chunks: AsyncIterator<unknown>;
  private held: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.stream = stream;
    this.chunks = stream[Symbol.asyncIterator]();
  }

  /** Nothing is left that was not taken. */
  get isAtEnd(): boolean {
    return this.held.length === 0;
  }

  /** Null: there are fewer. */
  async take(count: number): Promise<Buffer | null> {
    if (this.held.length < count && !(await this.fill(count))) return null;
    const taken = this.held.subarray(0, count);
    this.held = this.held.subarray(count);
    this.position += count;
    return taken;
  }

  close(): void {
    this.stream.destroy();
  }

  private async fill(count: number): Promise<boolean> {
    const parts = [this.held];
    let length = this.held.length;
    while (length < count) {
      const chunk = await this.next();
      if (chunk === null) break;
      parts.push(chunk);
      length += chunk.length;
    }
    this.held = parts.length === 1 ? this.held : Buffer.concat(parts, length);
    return length >= count;
  }

  private async next(): Promise<Buffer | null> {
    try {
      const result = await this.chunks.next();
      return result.done !== true && Buffer.isBuffer(result.value) ? result.value : null;
    } catch (error) {
      this.failure = `the packed data is damaged (${error instanceof Error ? error.message : String(error)})`;
      return null;
    }
  }
}
