import { join } from 'node:path';
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import type { CoreEffect, CoreInput, InputTime } from '../inputs.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { FilesPort } from '../ports/files.ts';
import type { HistoryAnswer, LostInputs } from './recordBlock.ts';
import { RecordBlock } from './recordBlock.ts';
import { checkpointFrame, jsonFrame, writePreamble } from './segmentFormat.ts';
import { WriteQueue } from './writeQueue.ts';

export interface RecorderLimits {
  /** What a kill can lose. */
  readonly flushMs: number;
  /** What a power cut can lose. */
  readonly syncMs: number;
  readonly blockBytes: number;
  readonly segmentBytes: number;
  readonly segmentMs: number;
  /** Between two checkpoints at most; in lively markets one comes sooner, so that a seek has little to play. */
  readonly checkpointMs: number;
  /** As soon as it is small beside what was written since. */
  readonly checkpointInputs: number;
  readonly maxCheckpointInputs: number;
  /** Of the loop's time, whatever a seek would like. */
  readonly checkpointShare: number;
  /** Beyond this the disk is too slow: inputs are counted as lost until it has caught up. */
  readonly waitingBytes: number;
  /** Between two tries after a failure. */
  readonly retryMs: number;
  readonly spaceCheckMs: number;
  readonly warnFreeBytes: number;
  readonly pauseFreeBytes: number;
}

const mebibyte = 1024 * 1024;

export const recorderLimits: RecorderLimits = {
  flushMs: 200,
  syncMs: 1_000,
  blockBytes: 256 * 1024,
  segmentBytes: 64 * mebibyte,
  segmentMs: 600_000,
  checkpointMs: 60_000,
  checkpointInputs: 20_000,
  maxCheckpointInputs: 50_000,
  checkpointShare: 0.02,
  waitingBytes: 32 * mebibyte,
  retryMs: 5_000,
  spaceCheckMs: 5_000,
  warnFreeBytes: 500 * mebibyte,
  pauseFreeBytes: 100 * mebibyte,
};

/** State of an engine at an input, as a segment begins with. */
export interface Checkpoint {
  /** Inputs handled so far. */
  readonly inputs: number;
  readonly state: unknown;
}

export interface RecorderOptions {
  readonly files: FilesPort;
  readonly clock: ClockPort;
  /** Exists; this recorder alone writes in it. */
  readonly folder: string;
  /** Goes into each segment's header: versions, source, venues, settings, instruments. */
  readonly describe: () => Readonly<Record<string, unknown>>;
  readonly checkpoint: () => Checkpoint;
  /** Stands at the end of a session, so that a replay can be held against it. */
  readonly stateHash: () => string;
  /** Inputs that the core has handled by now. */
  readonly inputsHandled: number;
  readonly onSegment: (path: string) => void;
  /** What went wrong, as the file call had it; the recorder goes on by itself. */
  readonly onFailure?: (reason: unknown) => void;
  readonly limits?: Partial<RecorderLimits>;
  /** A checkpoint's JSON as zstd; absent: packed off the loop. */
  readonly packState?: (text: string) => Promise<Buffer>;
}

export type RecorderStatus =
  | 'recording'
  /** A file call failed: tried again by itself. */
  | 'failing'
  /** Too little room on the disk: continues on command. */
  | 'paused'
  | 'stopped';

export interface RecorderState {
  readonly status: RecorderStatus;
  readonly bytes: number;
  readonly inputs: number;
  readonly lostInputs: number;
  /** For a person: why it fails or waits, or that the disk is nearly full. */
  readonly problem: string | null;
}

interface Loss {
  readonly reason: LostInputs['reason'];
  count: number;
  fromTime: number;
  toTime: number;
}

const pack = promisify(zstdCompress);
const tooSlow =
  'The disk is too slow for what comes: the recording has a gap. Live data continues; it goes on as soon as the disk has caught up.';
/** Records pack about seven times smaller: a checkpoint of a sixteenth of their bytes takes a third of the room. */
const checkpointPart = 16;

/**
 * Writes down every input before the core handles it. Nothing here waits for a disk: blocks of records go out every 200 ms
 * and are synced once a second. Whatever is lost ends the segment; the next one starts with what was lost and the state of
 * the core, so that each segment plays by itself.
 */
export class Recorder {
  private readonly options: RecorderOptions;
  private readonly limits: RecorderLimits;
  private readonly queue: WriteQueue;
  private readonly block = new RecordBlock();
  private status: RecorderStatus = 'recording';
  private problem: string | null = null;
  private segments = 0;
  private segmentBytes = 0;
  private segmentMs = 0;
  private checkpointMs = 0;
  private checkpointSequence = 0;
  /** Bytes of the segment before the last one, and its own. */
  private checkpointAt = 0;
  private checkpointBytes = 0;
  /** What the last one held up the loop. */
  private checkpointCostMs = 0;
  private syncMs = 0;
  private spaceMs = 0;
  private retryMs = 0;
  private isUnsynced = false;
  private isOpen = false;
  private loss: Loss | null = null;
  private sequence = 0;
  private writtenBytes = 0;
  private writtenInputs = 0;
  private lostInputs = 0;
  private cancelTimer: () => void = () => undefined;

  constructor(options: RecorderOptions) {
    this.options = options;
    this.limits = { ...recorderLimits, ...options.limits };
    this.sequence = options.inputsHandled;
    this.queue = new WriteQueue(options.files, {
      onWritten: (bytes, inputs) => {
        this.writtenBytes += bytes;
        this.writtenInputs += inputs;
      },
      onClosed: (path) => options.onSegment(path),
      onFailed: (reason, inputs) => this.onFailed(reason, inputs),
    });
    this.schedule();
  }

  get state(): RecorderState {
    const { status, problem, lostInputs } = this;
    return { status, problem, lostInputs, bytes: this.writtenBytes, inputs: this.writtenInputs };
  }

  /** Bytes on their way to the disk. */
  get waitingBytes(): number {
    return this.queue.waitingBytes + this.block.bytes;
  }

  /** Before the core handles it. */
  tap(input: CoreInput): void {
    this.sequence += 1;
    if (this.status === 'stopped') return;
    if (!this.mayWrite(input)) {
      this.lose(input);
      return;
    }
    if (!this.isOpen || this.isSegmentFull(input.monotonicMs)) this.startSegment(input);
    else if (this.isCheckpointDue(input.monotonicMs)) this.addCheckpoint(input);
    this.block.addInput(input, this.sequence);
    if (this.block.bytes >= this.limits.blockBytes) this.flush();
  }

  /** What goes out, for whoever reads the recording; a replay does not need it. */
  tapEffect(effect: CoreEffect, time: InputTime): void {
    if (this.isOpen) this.block.addEffect(effect, time);
  }

  tapHistory(answer: HistoryAnswer, time: InputTime): void {
    if (this.isOpen) this.block.addHistory(answer, time);
  }

  /** After the disk had no room, or a stop. */
  resume(): void {
    if (this.status === 'recording') return;
    if (this.status === 'stopped') this.schedule();
    this.status = 'recording';
    this.problem = null;
  }

  /** Until all that it was told is with the system: for a teller that is faster than the disk. */
  async drain(): Promise<void> {
    this.flush();
    await this.queue.idle();
  }

  /** Ends the segment whole; what was lost until now is told by one of its own. */
  async stop(): Promise<void> {
    if (this.status === 'stopped') return this.queue.idle();
    this.status = 'stopped';
    this.cancelTimer();
    if (this.loss !== null) {
      const { clock } = this.options;
      const time = { receivedTime: clock.wallMs(), monotonicMs: clock.monotonicMs() };
      this.startSegment(time, this.sequence);
    }
    this.endSegment('stopped', { inputs: this.sequence, hash: this.options.stateHash() });
    await this.queue.idle();
  }

  private mayWrite(input: CoreInput): boolean {
    if (this.status === 'paused') return false;
    if (this.status === 'failing') {
      if (input.monotonicMs < this.retryMs) return false;
      this.status = 'recording';
    }
    const waiting = this.waitingBytes;
    // Once it overflowed it has to come half way down first, or each input would be lost in turn.
    const bound =
      this.loss?.reason === 'overflow' ? this.limits.waitingBytes / 2 : this.limits.waitingBytes;
    return waiting <= bound;
  }

  private lose(input: CoreInput): void {
    this.lostInputs += 1;
    if (this.loss === null) {
      const reason = this.status === 'paused' ? 'disk-full' : 'overflow';
      this.loss = { reason, count: 0, fromTime: input.receivedTime, toTime: input.receivedTime };
      this.endSegment(reason);
      if (reason === 'overflow') this.problem = tooSlow;
    }
    this.loss.count += 1;
    this.loss.toTime = input.receivedTime;
  }

  private isSegmentFull(nowMs: number): boolean {
    const { segmentBytes, segmentMs } = this.limits;
    return this.segmentBytes >= segmentBytes || nowMs - this.segmentMs >= segmentMs;
  }

  private isCheckpointDue(nowMs: number): boolean {
    const { checkpointMs, checkpointInputs, maxCheckpointInputs, checkpointShare } = this.limits;
    const passedMs = nowMs - this.checkpointMs;
    if (passedMs * checkpointShare < this.checkpointCostMs) return false;
    const inputs = this.sequence - this.checkpointSequence;
    if (passedMs >= checkpointMs || inputs >= maxCheckpointInputs) return true;
    const bytes = this.segmentBytes - this.checkpointAt;
    return inputs >= checkpointInputs && bytes >= this.checkpointBytes * checkpointPart;
  }

  /** `inputs`: before the first one of the segment. */
  private startSegment(time: InputTime, inputs = this.sequence - 1): void {
    this.endSegment('continued');
    this.segments += 1;
    this.segmentMs = time.monotonicMs;
    this.segmentBytes = 0;
    this.isOpen = true;
    const name = `${String(this.segments).padStart(6, '0')}.rec`;
    this.queue.add({ type: 'open', path: join(this.options.folder, name) });
    const header = {
      ...this.options.describe(),
      segment: this.segments,
      startTime: time.receivedTime,
      inputs,
    };
    this.put(Buffer.concat([writePreamble(), jsonFrame('header', header)]), 0);
    this.addCheckpoint(time);
    this.block.forgetNames();
    if (this.loss !== null) this.block.addLost(this.loss, time);
    if (this.problem === tooSlow) this.problem = null;
    this.loss = null;
  }

  private endSegment(
    reason: string,
    state: { readonly inputs: number; readonly hash?: string } = { inputs: this.sequence - 1 },
  ): void {
    if (!this.isOpen) return;
    this.flush();
    this.put(jsonFrame('end', { reason, ...state }), 0);
    this.queue.add({ type: 'sync' });
    this.queue.add({ type: 'close' });
    this.isOpen = false;
  }

  private addCheckpoint(time: InputTime): void {
    this.flush();
    this.checkpointMs = time.monotonicMs;
    this.checkpointSequence = this.sequence;
    this.checkpointAt = this.segmentBytes;
    const { clock } = this.options;
    const startedMs = clock.monotonicMs();
    const { inputs, state } = this.options.checkpoint();
    const text = JSON.stringify(state);
    this.checkpointCostMs = clock.monotonicMs() - startedMs;
    const packed = (this.options.packState ?? pack)(text).then((bytes) => {
      this.checkpointBytes = bytes.length;
      return checkpointFrame(inputs, bytes);
    });
    this.queue.add({ type: 'later', bytes: packed });
  }

  private flush(): void {
    if (this.block.isEmpty) return;
    const { inputs } = this.block;
    this.put(this.block.seal(this.sequence + 1), inputs);
  }

  private put(bytes: Buffer, inputs: number): void {
    this.segmentBytes += bytes.length;
    this.isUnsynced = true;
    this.queue.add({ type: 'bytes', bytes, inputs });
  }

  private onFailed(reason: unknown, waitingInputs: number): void {
    this.options.onFailure?.(reason);
    const inputs = waitingInputs + this.block.inputs;
    this.lostInputs += inputs;
    this.block.clear();
    if (this.status === 'stopped') return;
    this.isOpen = false;
    this.status = 'failing';
    const now = this.options.clock.monotonicMs();
    this.retryMs = now + this.limits.retryMs;
    const text = reason instanceof Error ? reason.message : String(reason);
    this.problem = `The recording could not be written (${text}). Live data continues; it is tried again in ${Math.round(this.limits.retryMs / 1000)} s.`;
    const time = this.options.clock.wallMs();
    this.loss ??= { reason: 'write-failed', count: 0, fromTime: time, toTime: time };
    this.loss.count += inputs;
  }

  private schedule(): void {
    const { clock } = this.options;
    this.cancelTimer = clock.setTimer(this.limits.flushMs, () => {
      if (this.status === 'stopped') return;
      this.beat(clock.monotonicMs());
      this.schedule();
    });
  }

  private beat(nowMs: number): void {
    if (this.isOpen) {
      this.flush();
      if (this.isUnsynced && nowMs - this.syncMs >= this.limits.syncMs) {
        this.syncMs = nowMs;
        this.isUnsynced = false;
        this.queue.add({ type: 'sync' });
      }
    }
    if (nowMs - this.spaceMs >= this.limits.spaceCheckMs) {
      this.spaceMs = nowMs;
      void this.checkSpace();
    }
  }

  private async checkSpace(): Promise<void> {
    const free = await this.options.files.freeBytes(this.options.folder).catch(() => null);
    if (free === null || this.status === 'stopped') return;
    const { warnFreeBytes, pauseFreeBytes } = this.limits;
    const left = `${Math.floor(free / mebibyte)} MiB are free`;
    if (free < pauseFreeBytes) {
      this.status = 'paused';
      this.problem = `Recording waits: only ${left}. Live data continues. Make room, then press Record.`;
    } else if (this.status === 'recording' && this.problem !== tooSlow) {
      this.problem = free < warnFreeBytes ? `The disk is nearly full: ${left}.` : null;
    }
  }
}
