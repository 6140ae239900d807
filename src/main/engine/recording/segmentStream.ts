import { crc32 } from 'node:zlib';
import {
  formatVersion,
  frameHeadBytes,
  frameKinds,
  maxFrameBytes,
  preambleBytes,
  recordsHeadBytes,
  segmentMagic,
} from './segmentFormat.ts';
import { findFault } from './readRecords.ts';
import { RecordingError } from './recordingError.ts';
import type { SegmentFile } from './segmentFile.ts';
import { PackedDamage } from './segmentFile.ts';

export type SegmentFrame = {
  /** Where it begins in the unpacked bytes. */
  readonly offset: number;
} & (
  | { readonly type: 'header'; readonly value: unknown }
  | { readonly type: 'checkpoint'; readonly inputs: number; readonly packed: Buffer }
  | { readonly type: 'records'; readonly firstInput: number; readonly body: Buffer }
  | { readonly type: 'end'; readonly value: unknown }
);

/** Where a segment stops being readable; what came before it is whole. */
export interface SegmentDamage {
  /** In the unpacked bytes. */
  readonly offset: number;
  readonly reason: string;
  /** The bytes are as they were written, but no recorder of ours wrote them. */
  readonly isForeign?: true;
}

const nothing = Buffer.alloc(0);

/**
 * Frames of a segment, one after another: `next` gives what is there without a promise, `load` reads on. From
 * the second block on, the one behind that in work is read and unpacked meanwhile.
 */
export class SegmentStream {
  /** Set once; ends the reading. */
  damage: SegmentDamage | null = null;
  private readonly file: SegmentFile;
  private held: Buffer = nothing;
  private at = 0;
  /** Of the first held byte. */
  private heldOffset: number;
  private isStarted: boolean;
  /** Bytes that the frame at hand is known to need. */
  private needed = frameHeadBytes;
  private ahead: Promise<Buffer> | null = null;
  private blocks = 0;

  /** `offset`: a frame's first byte, or 0: the file's beginning, which is checked. */
  constructor(file: SegmentFile, offset: number) {
    this.file = file;
    this.heldOffset = offset;
    this.isStarted = offset > 0;
  }

  get position(): number {
    return this.heldOffset + this.at;
  }

  /** Nothing but whole frames came so far. */
  get isAtFrame(): boolean {
    return this.at === this.held.length;
  }

  /** Null: `load` has to read on, or damage ends it. Throws `RecordingError` for what is no segment that we know. */
  next(): SegmentFrame | null {
    if (this.damage !== null || !this.checkPreamble()) return null;
    const { held, at } = this;
    this.needed = frameHeadBytes;
    if (held.length - at < frameHeadBytes) return null;
    const length = held.readUInt32LE(at);
    if (length === 0 || length > maxFrameBytes) return this.damaged(`a frame of ${length} bytes`);
    this.needed = frameHeadBytes + length;
    if (held.length - at < this.needed) return null;
    const body = held.subarray(at + frameHeadBytes, at + this.needed);
    if (crc32(body) !== held.readUInt32LE(at + 4)) {
      return this.damaged('a frame whose checksum is wrong');
    }
    const frame = readBody(this.position, body);
    if (frame === null) return this.damaged('a frame of unknown kind');
    const fault = frame.type === 'records' ? findFault(frame.body) : null;
    if (fault !== null) {
      this.damage = { offset: this.position, reason: fault, isForeign: true };
      return null;
    }
    this.at += this.needed;
    return frame;
  }

  /** False: the file has no more, now. */
  async load(): Promise<boolean> {
    if (this.damage !== null) return false;
    const parts = [this.held.subarray(this.at)];
    let length = this.held.length - this.at;
    this.heldOffset = this.position;
    this.at = 0;
    let isMore = false;
    do {
      const bytes = await this.nextBlock(this.heldOffset + length);
      if (bytes === null || bytes.length === 0) break;
      isMore = true;
      parts.push(bytes);
      length += bytes.length;
    } while (length < this.needed);
    this.held = joined(parts);
    return isMore;
  }

  /** The file ended: what is left over is no frame. */
  endsHere(): void {
    if (!this.isStarted)
      throw new RecordingError(`${this.file.path} is not a recording of Truetape.`);
    if (!this.isAtFrame) this.damaged('the file ends inside of a frame');
  }

  private async nextBlock(offset: number): Promise<Buffer | null> {
    const reading = this.ahead ?? this.file.read(offset);
    this.ahead = null;
    try {
      const bytes = await reading;
      // Who reads one block alone, for a header or a state, does not pay for another.
      this.blocks += 1;
      if (bytes.length > 0 && this.blocks > 1) {
        this.ahead = this.file.read(offset + bytes.length);
        // Looked at in its turn: a failure until then must not count as unhandled.
        this.ahead.catch(() => undefined);
      }
      return bytes;
    } catch (error) {
      if (!(error instanceof PackedDamage)) throw error;
      this.damaged(error.message);
      return null;
    }
  }

  private checkPreamble(): boolean {
    if (this.isStarted) return true;
    this.needed = preambleBytes;
    if (this.held.length < preambleBytes) return false;
    const { held } = this;
    if (!held.subarray(0, segmentMagic.length).equals(segmentMagic)) {
      throw new RecordingError(`${this.file.path} is not a recording of Truetape.`);
    }
    const version = held.readUInt32LE(segmentMagic.length);
    if (version !== formatVersion) {
      throw new RecordingError(
        `${this.file.path} has format ${version}; this version reads format ${formatVersion}. Open it with a newer Truetape.`,
      );
    }
    this.at = preambleBytes;
    this.isStarted = true;
    return true;
  }

  private damaged(reason: string): null {
    this.damage = { offset: this.position, reason };
    return null;
  }
}

function joined([first = nothing, second, ...others]: readonly Buffer[]): Buffer {
  if (second === undefined) return first;
  return first.length === 0 && others.length === 0
    ? second
    : Buffer.concat([first, second, ...others]);
}

function readBody(offset: number, body: Buffer): SegmentFrame | null {
  switch (body[0]) {
    case frameKinds.header:
      return { offset, type: 'header', value: parseJson(body) };
    case frameKinds.end:
      return { offset, type: 'end', value: parseJson(body) };
    case frameKinds.checkpoint:
      if (body.length < recordsHeadBytes) return null;
      return {
        offset,
        type: 'checkpoint',
        inputs: body.readDoubleLE(1),
        packed: body.subarray(recordsHeadBytes),
      };
    case frameKinds.records:
      if (body.length < recordsHeadBytes) return null;
      return {
        offset,
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
