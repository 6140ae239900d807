import type { CoreSaved } from '../core.ts';
import type { CoreInput } from '../inputs.ts';
import { RecordReader } from './readRecords.ts';
import type { SegmentDamage } from './segmentStream.ts';
import { SegmentStream } from './segmentStream.ts';
import { SegmentFile } from './segmentFile.ts';
import { readEnd, unpackState } from './savedState.ts';

export interface CursorSource {
  /** Null: there is no such segment, or not yet. */
  segment(index: number): { readonly path: string; readonly inputs: number } | null;
  /** The last segment may still grow. */
  isGrowing(): boolean;
  onDamage(path: string, damage: SegmentDamage): void;
  onEnd(end: { readonly inputs: number; readonly hash: string }): void;
}

export interface CursorStart {
  readonly segment: number;
  readonly offset: number;
  /** Of connections in this segment; empty at its beginning. */
  readonly names: readonly string[];
  /** Inputs handled before. */
  readonly inputs: number;
}

/** What `fill` has found. */
export type Filled =
  | { readonly type: 'ready' }
  /** Inputs are missing: the state to go on from. */
  | { readonly type: 'state'; readonly inputs: number; readonly state: CoreSaved }
  /** Nothing more, or nothing yet. */
  | { readonly type: 'end' };

export interface PassedCheckpoint {
  readonly inputs: number;
  readonly packed: Buffer;
}

const ready: Filled = { type: 'ready' };
const end: Filled = { type: 'end' };

/** A place in a session's inputs: `next` gives what was read without a promise, `fill` reads on. */
export class InputCursor {
  /** The newest checkpoint that `next` has come by; who looks at it takes it away. */
  passed: PassedCheckpoint | null = null;
  private readonly source: CursorSource;
  private segment: number;
  private path = '';
  private file: SegmentFile | null = null;
  private stream: SegmentStream | null = null;
  private records: RecordReader;
  private offset: number;
  /** Number of the last input that was given. */
  private given: number;
  private isMissing = false;
  private missed: PassedCheckpoint | null = null;
  private isClosed = false;

  constructor(source: CursorSource, start: CursorStart) {
    this.source = source;
    this.segment = start.segment;
    this.offset = start.offset;
    this.records = new RecordReader(start.names);
    this.given = start.inputs;
  }

  /** Null: `fill` first. */
  next(): CoreInput | null {
    for (;;) {
      const input = this.records.nextInput();
      if (input !== null) {
        this.given += 1;
        return input;
      }
      if (!this.nextFrame()) return null;
    }
  }

  /** Throws `RecordingError`. */
  async fill(): Promise<Filled> {
    while (!this.isClosed) {
      const { missed, stream } = this;
      if (missed !== null) {
        const state = await unpackState(missed.packed);
        this.missed = null;
        this.isMissing = false;
        this.given = missed.inputs;
        return { type: 'state', inputs: missed.inputs, state };
      }
      if (stream === null) {
        if (!(await this.openSegment())) return end;
      } else if (await stream.load()) return ready;
      else if (!(await this.leaveSegment(stream))) return end;
    }
    return end;
  }

  close(): void {
    this.isClosed = true;
    void this.file?.close();
    this.file = null;
    this.stream = null;
  }

  private async openSegment(): Promise<boolean> {
    const segment = this.source.segment(this.segment);
    if (segment === null) return false;
    const file = await SegmentFile.open(segment.path);
    if (this.isClosed) {
      await file.close();
      return false;
    }
    this.path = segment.path;
    this.file = file;
    this.stream = new SegmentStream(file, this.offset);
    this.isMissing = segment.inputs > this.given;
    return true;
  }

  /** False: there is nothing behind it yet. */
  private async leaveSegment(stream: SegmentStream): Promise<boolean> {
    const isLast = this.source.segment(this.segment + 1) === null;
    if (isLast && this.source.isGrowing() && stream.damage === null) return false;
    if (stream.damage === null) stream.endsHere();
    if (stream.damage !== null) this.source.onDamage(this.path, stream.damage);
    if (isLast) return false;
    await this.file?.close();
    this.file = null;
    this.stream = null;
    this.segment += 1;
    this.offset = 0;
    this.records = new RecordReader();
    return true;
  }

  /** False: none is there, or one that has to be waited for. */
  private nextFrame(): boolean {
    if (this.missed !== null) return false;
    const frame = this.stream?.next() ?? null;
    if (frame === null) return false;
    if (frame.type === 'records') this.beginRecords(frame.firstInput, frame.body);
    else if (frame.type === 'checkpoint') {
      const checkpoint = { inputs: frame.inputs, packed: frame.packed };
      if (this.isMissing) {
        this.missed = checkpoint;
        return false;
      }
      this.passed = checkpoint;
    } else if (frame.type === 'end') {
      const live = readEnd(frame.value);
      if (live !== null) this.source.onEnd(live);
    }
    return true;
  }

  /** What was given before this cursor began, or what a state holds already, is stepped over. */
  private beginRecords(firstInput: number, body: Buffer): void {
    this.records.begin(body);
    const before = this.given - (firstInput - 1);
    if (before > 0) this.records.skipInputs(before);
    else this.given = firstInput - 1;
  }
}
