import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import type { EpochMs } from '../../../shared/market.ts';
import type { CoreSaved } from '../core.ts';
import type { RecordedItem } from './readRecords.ts';
import { RecordReader } from './readRecords.ts';
import type { SegmentDamage } from './readSegment.ts';
import { readSegment } from './readSegment.ts';
import { RecordingError } from './recordingError.ts';
import type { RecordingOrigin } from './recordingOrigin.ts';
import { parseOrigin } from './recordingOrigin.ts';

const unpack = promisify(zstdDecompress);

export interface SegmentHead {
  readonly path: string;
  readonly startTime: EpochMs;
  /** Inputs of the session before its first one. */
  readonly inputs: number;
  /** Of an imported session; null: the program heard it itself. */
  readonly origin: RecordingOrigin | null;
}

export interface DamagedSegment extends SegmentDamage {
  readonly path: string;
}

/** The state to start from, then everything that happened after it. */
export interface RecordedPart {
  readonly inputs: number;
  readonly state: CoreSaved;
  /** Portions of one frame each, so that reading costs no promise per record. */
  readonly portions: AsyncGenerator<RecordedPortion>;
}

/** What follows, or the state to go on from where inputs are missing: damaged, or lost when it was recorded. */
export type RecordedPortion =
  | { readonly type: 'items'; readonly items: readonly RecordedItem[] }
  | { readonly type: 'state'; readonly inputs: number; readonly state: CoreSaved };

/**
 * Reads a session's segments in order. Damage ends a segment and is told; the next segment starts with a state of its own, so
 * that what follows is right again.
 */
export class RecordingReader {
  readonly heads: readonly SegmentHead[];
  readonly damages: DamagedSegment[] = [];
  /** Of the live run at its end; null when it was killed, or until everything was read. */
  liveEnd: { readonly inputs: number; readonly hash: string } | null = null;

  private constructor(heads: readonly SegmentHead[]) {
    this.heads = heads;
  }

  /** Throws `RecordingError` when no segment can be read. */
  static async open(paths: readonly string[]): Promise<RecordingReader> {
    const heads: SegmentHead[] = [];
    let problem: RecordingError | null = null;
    for (const path of paths) {
      try {
        const head = await readHead(path);
        if (head !== null) heads.push(head);
      } catch (error) {
        if (!(error instanceof RecordingError)) throw error;
        problem ??= error;
      }
    }
    if (heads.length === 0) {
      throw problem ?? new RecordingError('Nothing of this recording can be read.');
    }
    return new RecordingReader(heads.sort((a, b) => a.inputs - b.inputs));
  }

  /** From the last checkpoint at or before `time`; from the first one where there is none. */
  async from(time: EpochMs): Promise<RecordedPart> {
    const index = Math.max(
      0,
      this.heads.findLastIndex((head) => head.startTime <= time),
    );
    for (let at = index; at < this.heads.length; at += 1) {
      const part = await this.partOf(at, time);
      if (part !== null) return part;
    }
    throw new RecordingError('The recording has no state to start from after this time.');
  }

  /** Null: the segment holds no checkpoint that can be read. */
  private async partOf(index: number, time: EpochMs): Promise<RecordedPart | null> {
    const head = this.heads[index];
    if (head === undefined) return null;
    const found = await this.lastCheckpoint(head.path, time);
    if (found === null) return null;
    const state = parseState(await unpack(found.packed));
    return { inputs: found.inputs, state, portions: this.portions(index, found.inputs) };
  }

  private async lastCheckpoint(
    path: string,
    time: EpochMs,
  ): Promise<{ readonly inputs: number; readonly packed: Buffer } | null> {
    let last: { readonly inputs: number; readonly packed: Buffer } | null = null;
    for await (const frame of readSegment(path, (damage) => this.tell(path, damage))) {
      if (frame.type === 'checkpoint') last = frame;
      else if (frame.type === 'records' && last !== null && firstTime(frame.body) > time) break;
    }
    return last;
  }

  /** Every record after input number `after`, over all segments from `index` on. */
  private async *portions(index: number, after: number): AsyncGenerator<RecordedPortion> {
    let handled = after;
    for (const { path, inputs } of this.heads.slice(index)) {
      const reader = new RecordReader();
      let isMissing = inputs > handled;
      for await (const frame of readSegment(path, (damage) => this.tell(path, damage))) {
        if (frame.type === 'checkpoint' && isMissing) {
          isMissing = false;
          handled = frame.inputs;
          const state = parseState(await unpack(frame.packed));
          yield { type: 'state', inputs: frame.inputs, state };
        }
        if (frame.type === 'end') this.liveEnd = readEnd(frame.value);
        if (frame.type !== 'records') continue;
        let number = frame.firstInput - 1;
        const items: RecordedItem[] = [];
        for (const item of reader.read(frame.body)) {
          if (item.type === 'input') number += 1;
          if (number > handled || (item.type !== 'input' && number === handled)) items.push(item);
        }
        handled = Math.max(handled, number);
        if (items.length > 0) yield { type: 'items', items };
      }
    }
  }

  private tell(path: string, damage: SegmentDamage): void {
    if (this.damages.some((known) => known.path === path)) return;
    this.damages.push({ path, ...damage });
  }
}

/** Null: the file ends before its header. */
async function readHead(path: string): Promise<SegmentHead | null> {
  for await (const frame of readSegment(path, () => undefined)) {
    if (frame.type !== 'header' || typeof frame.value !== 'object' || frame.value === null) break;
    const { value } = frame;
    if (!('startTime' in value) || !('inputs' in value)) break;
    const { startTime, inputs } = value;
    if (typeof startTime !== 'number' || typeof inputs !== 'number') break;
    return { path, startTime, inputs, origin: readOrigin(path, value) };
  }
  return null;
}

function readOrigin(path: string, header: object): RecordingOrigin | null {
  try {
    return parseOrigin('origin' in header ? header.origin : null);
  } catch {
    throw new RecordingError(
      `${path} was imported by another version of Truetape; import the original files again.`,
    );
  }
}

/** Receive time of the first timed record of a frame. */
function firstTime(body: Buffer): EpochMs {
  for (let at = 0; at + 13 <= body.length;) {
    if (body[at + 4] !== 0) return body.readDoubleLE(at + 5);
    at += 4 + body.readUInt32LE(at);
  }
  return Number.NEGATIVE_INFINITY;
}

/** Its shape is that of the core of one version: another one is refused here. */
function parseState(text: Buffer): CoreSaved {
  const value: unknown = JSON.parse(text.toString('utf8'));
  if (typeof value === 'object' && value !== null && isState(value)) return value;
  throw new RecordingError('The state in this recording is of another version of Truetape.');
}

const stateParts = ['context', 'instruments', 'feeds', 'board', 'gaps', 'incidents'] as const;

function isState(value: object): value is CoreSaved {
  return stateParts.every((part) => part in value);
}

function readEnd(value: unknown): RecordingReader['liveEnd'] {
  if (typeof value !== 'object' || value === null) return null;
  if (!('inputs' in value) || !('hash' in value)) return null;
  const { inputs, hash } = value;
  return typeof inputs === 'number' && typeof hash === 'string' ? { inputs, hash } : null;
}
