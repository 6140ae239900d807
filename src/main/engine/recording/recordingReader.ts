import { basename } from 'node:path';
import type { EpochMs } from '../../../shared/market.ts';
import type { CoreSaved } from '../core.ts';
import { InputCursor } from './inputCursor.ts';
import type { HistoryAnswer } from './recordBlock.ts';
import type { RecordedItem } from './readRecords.ts';
import { RecordReader } from './readRecords.ts';
import type { SegmentDamage } from './readSegment.ts';
import { readSegment } from './readSegment.ts';
import { RecordingError } from './recordingError.ts';
import type { RecordingOrigin } from './recordingOrigin.ts';
import { parseOrigin } from './recordingOrigin.ts';
import { readEnd, unpackState } from './savedState.ts';
import { SegmentFile } from './segmentFile.ts';
import type { IndexedCheckpoint, SegmentIndex } from './segmentIndex.ts';
import { emptyIndex, parseIndex, scanSegment } from './segmentIndex.ts';
import { SegmentStream } from './segmentStream.ts';

export interface SegmentHead {
  readonly path: string;
  readonly startTime: EpochMs;
  /** Inputs of the session before its first one. */
  readonly inputs: number;
  /** Of an imported session; null: the program heard it itself. */
  readonly origin: RecordingOrigin | null;
}

/** A page of history that a live window asked for. */
export interface RecordedHistory {
  readonly time: EpochMs;
  readonly answer: HistoryAnswer;
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

/** Where to begin: with the last state before a moment, or before an input. */
export type Place = { readonly time: EpochMs } | { readonly inputs: number };

/** A state of the live run that playing may start from; `time` as that of `RecordedStart`. */
export interface StatePlace {
  readonly inputs: number;
  readonly time: EpochMs;
}

/** A state of the live run, and the inputs behind it. */
export interface RecordedStart {
  readonly inputs: number;
  /** No later than the first input behind it. */
  readonly time: EpochMs;
  readonly state: CoreSaved;
  readonly cursor: InputCursor;
}

interface HistorySearch {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly limit: number;
  readonly newest: boolean;
}

/** Pages that end a frame came after its last input, by less than until the next tick. */
const placeSlackMs = 60_000;

interface FoundCheckpoint {
  readonly segment: number;
  readonly index: SegmentIndex;
  readonly checkpoint: IndexedCheckpoint;
  readonly state: CoreSaved;
}

/**
 * Reads a session's segments in order. Damage ends a segment and is told; the next segment starts with a state of its own, so
 * that what follows is right again.
 */
export class RecordingReader {
  heads: readonly SegmentHead[];
  readonly damages: DamagedSegment[] = [];
  /** Of the live run at its end; null when it was killed, or until everything was read. */
  liveEnd: { readonly inputs: number; readonly hash: string } | null = null;
  /** Somebody still writes at it: what it ends with is no damage. */
  isGrowing = false;
  private readonly indexByName = new Map<string, SegmentIndex>();

  private constructor(heads: readonly SegmentHead[]) {
    this.heads = heads;
  }

  /** Throws `RecordingError` when no segment can be read. */
  static async open(paths: readonly string[]): Promise<RecordingReader> {
    const { heads, problem } = await readHeads(paths);
    if (heads.length === 0) {
      throw problem ?? new RecordingError('Nothing of this recording can be read.');
    }
    return new RecordingReader(heads);
  }

  /** Segments that have come since; those that are known keep their place. */
  async add(paths: readonly string[]): Promise<void> {
    const known = new Set(this.heads.map(({ path }) => segmentName(path)));
    const { heads } = await readHeads(paths.filter((path) => !known.has(segmentName(path))));
    const last = this.heads.at(-1)?.inputs ?? 0;
    this.heads = [...this.heads, ...heads.filter(({ inputs }) => inputs >= last)];
  }

  /** Of the last input that was written whole, or of a state behind it; null where there is none. */
  /** As far as it was read: its last segment cannot be read to its end. */
  get isCutShort(): boolean {
    const last = this.heads.at(-1);
    return last !== undefined && this.damages.some(({ path }) => path === last.path);
  }

  /** Until when the last state holds: behind damage it is not that of any later moment. */
  knownEnd(lastTime: EpochMs): EpochMs {
    return this.isCutShort ? Number.NEGATIVE_INFINITY : lastTime;
  }

  async lastTime(): Promise<EpochMs | null> {
    for (let at = this.heads.length - 1; at >= 0; at -= 1) {
      const isOpen = this.isGrowing && at === this.heads.length - 1;
      const index = await this.indexOf(at, isOpen);
      if (index.last !== null) return index.last.time;
      // What was lost until the recording was stopped leaves a state without an input.
      if (index.end !== null && index.checkpoints.length > 0)
        return this.heads[at]?.startTime ?? null;
    }
    return null;
  }

  /** From the last checkpoint at or before `time`; from the first one where there is none. */
  async from(time: EpochMs): Promise<RecordedPart> {
    const found = await this.find({ time });
    const { inputs } = found.checkpoint;
    return { inputs, state: found.state, portions: this.portions(found) };
  }

  /** As `from`, for playing. Throws `RecordingError`. */
  async startAt(place: Place): Promise<RecordedStart> {
    const { segment, index, checkpoint, state } = await this.find(place);
    const cursor = new InputCursor(
      {
        segment: (at) => this.heads[at] ?? null,
        isGrowing: () => this.isGrowing,
        onDamage: (path, damage) => this.tell(path, damage),
        onEnd: (live) => {
          this.liveEnd = live;
        },
      },
      { segment, offset: checkpoint.readFrom, names: index.names, inputs: checkpoint.inputs },
    );
    return { inputs: checkpoint.inputs, time: checkpoint.time, state, cursor };
  }

  /** In the order in which they were written. */
  async *places(): AsyncGenerator<StatePlace> {
    for (const [at, head] of this.heads.entries()) {
      const index = await this.indexOf(at, this.isGrowing && at === this.heads.length - 1);
      yield* index.checkpoints.filter(({ inputs }) => inputs >= head.inputs);
    }
  }

  /** Number of the last market frame before input `before`; null: there is none. */
  async lastFrameBefore(before: number): Promise<number | null> {
    for (let limit = before; limit > 1;) {
      const { segment, checkpoint } = await this.find({ inputs: limit - 1 });
      if (checkpoint.inputs >= limit) return null;
      const found = await this.frameBehind(segment, checkpoint, before);
      if (found !== null) return found;
      limit = checkpoint.inputs;
    }
    return null;
  }

  /** Pages of history that were asked for until `time`, newest first. Throws `RecordingError`. */
  async histories(time: EpochMs, limit: number): Promise<readonly RecordedHistory[]> {
    const found: RecordedHistory[] = [];
    for (let at = this.heads.length - 1; at >= 0 && found.length < limit; at -= 1) {
      const pages = await this.historiesIn(at, { from: -Infinity, to: time, limit, newest: true });
      found.push(...pages.slice(0, limit - found.length));
    }
    return found;
  }

  /** Those that were asked for after `from` and until `to`, oldest first. Throws `RecordingError`. */
  async historiesAfter(
    from: EpochMs,
    to: EpochMs,
    limit: number,
  ): Promise<readonly RecordedHistory[]> {
    const found: RecordedHistory[] = [];
    for (let at = 0; at < this.heads.length && found.length < limit; at += 1) {
      const pages = await this.historiesIn(at, { from, to, limit, newest: false });
      found.push(...pages.slice(0, limit - found.length));
    }
    return found;
  }

  /** At least `limit` of them where there are so many: those that are newest, or oldest, in this order. */
  private async historiesIn(
    at: number,
    { from, to, limit, newest }: HistorySearch,
  ): Promise<readonly RecordedHistory[]> {
    const head = this.heads[at];
    if (head === undefined || head.startTime > to) return [];
    const next = this.heads[at + 1]?.startTime ?? Infinity;
    if (next < from) return [];
    const { histories } = await this.indexOf(at);
    // The time of a place is that of its last input: what stands there came after the place before it.
    const places = histories.filter((place, index) => {
      const before = histories[index - 1]?.time ?? -Infinity;
      return before <= to && place.time + placeSlackMs > from;
    });
    if (places.length === 0) return [];
    const found: RecordedHistory[] = [];
    const file = await SegmentFile.open(head.path);
    try {
      for (const { offset } of newest ? places.toReversed() : places) {
        if (found.length >= limit) break;
        const pages = (await historiesAt(file, offset)).filter(
          ({ time }) => time > from && time <= to,
        );
        found.push(...(newest ? pages.toReversed() : pages));
      }
    } finally {
      await file.close();
    }
    return found;
  }

  private async frameBehind(
    segment: number,
    checkpoint: IndexedCheckpoint,
    before: number,
  ): Promise<number | null> {
    const reader = new RecordReader();
    let found: number | null = null;
    for (const [at, { path, inputs }] of this.heads.entries()) {
      if (at < segment || inputs + 1 >= before) continue;
      const offset = at === segment ? checkpoint.readFrom : 0;
      for await (const frame of readSegment(path, (damage) => this.tell(path, damage), offset)) {
        if (frame.type !== 'records') continue;
        if (frame.firstInput >= before) break;
        reader.begin(frame.body);
        found = reader.lastFrameBefore(frame.firstInput, before) ?? found;
      }
    }
    return found;
  }

  /** The nearest state that can be read: earlier ones where one is damaged, the first where none is early enough. */
  private async find(place: Place): Promise<FoundCheckpoint> {
    const isEarly = (checkpoint: IndexedCheckpoint): boolean =>
      'time' in place ? checkpoint.time <= place.time : checkpoint.inputs <= place.inputs;
    // What waited while a segment began stands at the end of the one before it.
    const isWhole = ({ inputs }: IndexedCheckpoint, at: number): boolean =>
      inputs >= (this.heads[at]?.inputs ?? 0);
    const start = this.heads.findLastIndex((head) =>
      'time' in place ? head.startTime <= place.time : head.inputs <= place.inputs,
    );
    for (let at = start; at >= 0; at -= 1) {
      const index = await this.indexOf(at, this.isGrowing && at === this.heads.length - 1);
      for (const checkpoint of index.checkpoints.toReversed()) {
        if (!isEarly(checkpoint) || !isWhole(checkpoint, at)) continue;
        const state = await this.readState(at, checkpoint);
        if (state !== null) return { segment: at, index, checkpoint, state };
      }
    }
    for (let at = Math.max(0, start); at < this.heads.length; at += 1) {
      const index = await this.indexOf(at);
      for (const checkpoint of index.checkpoints) {
        const state = await this.readState(at, checkpoint);
        if (state !== null) return { segment: at, index, checkpoint, state };
      }
    }
    throw new RecordingError('The recording has no state to start from.');
  }

  /** Null: it is damaged, which is told. */
  private async readState(at: number, { offset }: IndexedCheckpoint): Promise<CoreSaved | null> {
    const path = this.pathOf(at);
    const file = await SegmentFile.open(path);
    try {
      const stream = new SegmentStream(file, offset);
      let frame = stream.next();
      while (frame === null && (await stream.load())) frame = stream.next();
      if (stream.damage !== null) this.tell(path, stream.damage);
      return frame?.type === 'checkpoint' ? await unpackState(frame.packed) : null;
    } finally {
      await file.close();
    }
  }

  /** `isFresh`: what was written since it was last looked at counts. */
  private async indexOf(at: number, isFresh = false): Promise<SegmentIndex> {
    const path = this.pathOf(at);
    const name = segmentName(path);
    const known = this.indexByName.get(name);
    if (known !== undefined && (!isFresh || known.end !== null)) return known;
    const file = await SegmentFile.open(path);
    try {
      const own = file.indexText === null ? null : parseIndex(file.indexText);
      const index = own ?? (await scanSegment(file, known ?? emptyIndex));
      this.indexByName.set(name, index);
      return index;
    } finally {
      await file.close();
    }
  }

  /** Every record after the checkpoint, over all segments from its own on. */
  private async *portions(from: FoundCheckpoint): AsyncGenerator<RecordedPortion> {
    let handled = from.checkpoint.inputs;
    for (const [at, { path, inputs }] of this.heads.entries()) {
      if (at < from.segment) continue;
      const isFirst = at === from.segment;
      const reader = new RecordReader(isFirst ? from.index.names : []);
      const offset = isFirst ? from.checkpoint.readFrom : 0;
      let isMissing = inputs > handled;
      for await (const frame of readSegment(path, (damage) => this.tell(path, damage), offset)) {
        if (frame.type === 'checkpoint' && isMissing) {
          isMissing = false;
          handled = frame.inputs;
          yield { type: 'state', inputs: handled, state: await unpackState(frame.packed) };
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

  private pathOf(at: number): string {
    return this.heads[at]?.path ?? '';
  }

  private tell(path: string, damage: SegmentDamage): void {
    if (this.damages.some((known) => known.path === path)) return;
    this.damages.push({ path, ...damage });
  }
}

async function historiesAt(file: SegmentFile, offset: number): Promise<RecordedHistory[]> {
  const stream = new SegmentStream(file, offset);
  let frame = stream.next();
  while (frame === null && (await stream.load())) frame = stream.next();
  if (frame?.type !== 'records') return [];
  return [...new RecordReader().read(frame.body)].flatMap((item) =>
    item.type === 'history' ? [{ time: item.time.receivedTime, answer: item.answer }] : [],
  );
}

/** The same whether it is packed by now or not. */
function segmentName(path: string): string {
  return basename(path).replace(/\.(zst|gz)$/, '');
}

async function readHeads(
  paths: readonly string[],
): Promise<{ readonly heads: readonly SegmentHead[]; readonly problem: RecordingError | null }> {
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
  return { heads: heads.sort((a, b) => a.inputs - b.inputs), problem };
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
