import * as v from 'valibot';
import { assertNever } from '../../../shared/assert.ts';
import type { EpochMs } from '../../../shared/market.ts';
import { isInputType } from './readRecords.ts';
import type { SegmentFile } from './segmentFile.ts';
import { recordTypes } from './segmentFormat.ts';
import type { SegmentFrame } from './segmentStream.ts';
import { SegmentStream } from './segmentStream.ts';

const placeSchema = v.object({ offset: v.number(), time: v.number() });

const indexSchema = v.object({
  version: v.literal(1),
  /** Up to the end of the last whole frame. */
  bytes: v.number(),
  checkpoints: v.array(
    v.object({
      ...placeSchema.entries,
      inputs: v.number(),
      /** Of the first frame that holds what is not in it. */
      readFrom: v.number(),
    }),
  ),
  /** Names of connections by their number. */
  names: v.array(v.string()),
  /** Frames that hold pages of history. */
  histories: v.array(placeSchema),
  /** Number and time of the last input; null where there is none. */
  last: v.nullable(v.object({ inputs: v.number(), time: v.number() })),
  end: v.nullable(v.object({ inputs: v.nullable(v.number()), hash: v.nullable(v.string()) })),
});

/**
 * Where things lie in one segment, by offsets into its unpacked bytes. `time` of a checkpoint is that of the first record behind
 * it: a state that is needed for this time or a later one may be taken from there.
 */
export type SegmentIndex = v.InferOutput<typeof indexSchema>;
export type IndexedCheckpoint = SegmentIndex['checkpoints'][number];

/** Null: of another version, or none. */
export function parseIndex(text: string): SegmentIndex | null {
  try {
    const result = v.safeParse(indexSchema, JSON.parse(text));
    return result.success ? result.output : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export const emptyIndex: SegmentIndex = {
  version: 1,
  bytes: 0,
  checkpoints: [],
  names: [],
  histories: [],
  last: null,
  end: null,
};

/** Of a file that has none of its own, or the part that it has grown by since `known`. Throws `RecordingError`. */
export async function scanSegment(
  file: SegmentFile,
  known: SegmentIndex = emptyIndex,
  onFrame: (frame: SegmentFrame) => void = () => undefined,
): Promise<SegmentIndex> {
  const scan = new IndexScan(known);
  const stream = new SegmentStream(file, known.bytes);
  for (;;) {
    const frame = stream.next();
    if (frame !== null) {
      scan.add(frame);
      onFrame(frame);
    } else if (!(await stream.load())) break;
  }
  return scan.index(stream.position);
}

/** Frames in front of a checkpoint that may hold what it does not contain: inputs that waited while it was made. */
const lookBack = 64;

class IndexScan {
  private readonly known: SegmentIndex;
  private readonly checkpoints: IndexedCheckpoint[];
  private readonly names: string[];
  private readonly histories: SegmentIndex['histories'];
  private readonly waiting: Omit<IndexedCheckpoint, 'time'>[] = [];
  private readonly recent: { readonly offset: number; readonly lastInput: number }[] = [];
  private last: SegmentIndex['last'];
  private end: SegmentIndex['end'];
  private startTime: EpochMs = 0;

  constructor(known: SegmentIndex) {
    this.known = known;
    this.checkpoints = [...known.checkpoints];
    this.names = [...known.names];
    this.histories = [...known.histories];
    this.last = known.last;
    this.end = known.end;
  }

  add(frame: SegmentFrame): void {
    switch (frame.type) {
      case 'header':
        this.startTime = readNumber(frame.value, 'startTime') ?? 0;
        return;
      case 'checkpoint': {
        const { offset, inputs } = frame;
        const before = this.recent.find(({ lastInput }) => lastInput > inputs);
        this.waiting.push({ offset, inputs, readFrom: before?.offset ?? offset });
        return;
      }
      case 'records':
        this.addRecords(frame.offset, frame.firstInput, frame.body);
        return;
      case 'end':
        this.end = {
          inputs: readNumber(frame.value, 'inputs'),
          hash: readText(frame.value, 'hash'),
        };
        return;
      default:
        assertNever(frame);
    }
  }

  index(bytes: number): SegmentIndex {
    // What no record follows yet begins where the last one ended.
    const time = this.last?.time ?? this.startTime;
    const { known, names, histories, last, end } = this;
    const checkpoints = [...this.checkpoints, ...this.waiting.map((place) => ({ ...place, time }))];
    return { version: known.version, bytes, checkpoints, names, histories, last, end };
  }

  private addRecords(offset: number, firstInput: number, body: Buffer): void {
    let number = firstInput - 1;
    let time = this.last?.time ?? this.startTime;
    let hasHistory = false;
    for (let at = 0; at + 5 <= body.length; at += 4 + body.readUInt32LE(at)) {
      const type = body[at + 4] ?? 0;
      if (type === recordTypes.name) {
        const end = at + 4 + body.readUInt32LE(at);
        const name = body.readUInt32LE(at + 5);
        while (this.names.length < name) this.names.push('');
        this.names[name] = body.toString('utf8', at + 9, end);
      } else if (type === recordTypes.history) hasHistory = true;
      else if (isInputType(type)) {
        time = body.readDoubleLE(at + 5);
        number += 1;
        if (this.waiting.length > 0) this.place(number, time);
      }
    }
    if (hasHistory) this.histories.push({ offset, time });
    if (number >= firstInput) this.last = { inputs: number, time };
    this.recent.push({ offset, lastInput: number });
    if (this.recent.length > lookBack) this.recent.shift();
  }

  /** A checkpoint is good from the first input on that it does not contain. */
  private place(number: number, time: EpochMs): void {
    for (let first = this.waiting[0]; first !== undefined; first = this.waiting[0]) {
      if (number <= first.inputs) return;
      this.checkpoints.push({ ...first, time });
      this.waiting.shift();
    }
  }
}

function readNumber(value: unknown, key: string): number | null {
  const found = field(value, key);
  return typeof found === 'number' ? found : null;
}

function readText(value: unknown, key: string): string | null {
  const found = field(value, key);
  return typeof found === 'string' ? found : null;
}

function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return null;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}
