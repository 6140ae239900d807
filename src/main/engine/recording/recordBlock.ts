import type { CoreEffect, CoreInput } from '../inputs.ts';
import {
  frameHeadBytes,
  frameKinds,
  recordTypes,
  recordsHeadBytes,
  sealFrame,
} from './segmentFormat.ts';

const startBytes = 128 * 1024;
const bodyStart = frameHeadBytes + recordsHeadBytes;
/** Length, type and two times. */
const timedHeadBytes = 4 + 1 + 16;

/** Inputs that a full recorder had to let go: the only thing that a reader must not step over silently. */
export interface LostInputs {
  readonly count: number;
  readonly fromTime: number;
  readonly toTime: number;
  readonly reason: 'overflow' | 'write-failed' | 'disk-full' | 'stopped';
}

/** What an answer to a page of history was: evidence, not an input of the core. */
export interface HistoryAnswer {
  readonly venue: string;
  readonly path: string;
  readonly status: number;
  readonly body: string;
}

/**
 * Records on their way to the disk, in one growing buffer that becomes one frame. Adding a market frame costs two copies of
 * its text and no object.
 */
export class RecordBlock {
  private buffer = Buffer.allocUnsafe(startBytes);
  private length = bodyStart;
  private firstInput = 0;
  private readonly indexByName = new Map<string, number>();
  inputs = 0;

  get isEmpty(): boolean {
    return this.length === bodyStart;
  }

  get bytes(): number {
    return this.length;
  }

  /** Names of connections are told once per segment. */
  forgetNames(): void {
    this.indexByName.clear();
  }

  addInput(input: CoreInput, sequence: number): void {
    if (this.inputs === 0) this.firstInput = sequence;
    this.inputs += 1;
    if (input.type === 'frame') {
      const name = this.nameOf(input.connection);
      const start = this.begin(recordTypes.frame, input, 8 + input.text.length * 3);
      this.length = this.buffer.writeUInt32LE(name, this.length);
      this.length = this.buffer.writeUInt32LE(input.generation, this.length);
      this.length += this.buffer.write(input.text, this.length, 'utf8');
      this.finish(start);
    } else if (input.type === 'tick') {
      this.finish(this.begin(recordTypes.tick, input, 0));
    } else {
      const { receivedTime, monotonicMs, ...rest } = input;
      this.addJson(recordTypes.input, { receivedTime, monotonicMs }, rest);
    }
  }

  addEffect(
    effect: CoreEffect,
    time: { readonly receivedTime: number; readonly monotonicMs: number },
  ): void {
    this.addJson(recordTypes.effect, time, effect);
  }

  addHistory(
    answer: HistoryAnswer,
    time: { readonly receivedTime: number; readonly monotonicMs: number },
  ): void {
    this.addJson(recordTypes.history, time, answer);
  }

  addLost(
    lost: LostInputs,
    time: { readonly receivedTime: number; readonly monotonicMs: number },
  ): void {
    this.addJson(recordTypes.lost, time, lost);
  }

  /** The block as one frame, and empty afterwards; `nextInput` names the frame when it holds no input of its own. */
  seal(nextInput: number): Buffer {
    const frame = this.buffer.subarray(0, this.length);
    frame[frameHeadBytes] = frameKinds.records;
    frame.writeDoubleLE(this.inputs === 0 ? nextInput : this.firstInput, frameHeadBytes + 1);
    sealFrame(frame);
    this.buffer = Buffer.allocUnsafe(
      Math.max(startBytes, Math.min(this.length * 2, 4 * 1024 * 1024)),
    );
    this.clear();
    return frame;
  }

  clear(): void {
    this.length = bodyStart;
    this.inputs = 0;
  }

  private addJson(
    type: number,
    time: { readonly receivedTime: number; readonly monotonicMs: number },
    value: unknown,
  ): void {
    const text = JSON.stringify(value);
    const start = this.begin(type, time, text.length * 3);
    this.length += this.buffer.write(text, this.length, 'utf8');
    this.finish(start);
  }

  private nameOf(connection: string): number {
    const known = this.indexByName.get(connection);
    if (known !== undefined) return known;
    const index = this.indexByName.size;
    this.indexByName.set(connection, index);
    this.reserve(9 + connection.length * 3);
    const start = this.length;
    this.length = this.buffer.writeUInt8(recordTypes.name, start + 4);
    this.length = this.buffer.writeUInt32LE(index, this.length);
    this.length += this.buffer.write(connection, this.length, 'utf8');
    this.finish(start);
    return index;
  }

  private begin(
    type: number,
    time: { readonly receivedTime: number; readonly monotonicMs: number },
    room: number,
  ): number {
    this.reserve(timedHeadBytes + room);
    const start = this.length;
    const { buffer } = this;
    buffer[start + 4] = type;
    buffer.writeDoubleLE(time.receivedTime, start + 5);
    this.length = buffer.writeDoubleLE(time.monotonicMs, start + 13);
    return start;
  }

  private finish(start: number): void {
    this.buffer.writeUInt32LE(this.length - start - 4, start);
  }

  private reserve(room: number): void {
    const needed = this.length + room;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }
}
