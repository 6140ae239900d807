import type { CoreEffect, CoreInput, InputTime } from '../inputs.ts';
import type { UntimedInput } from '../shell/shell.ts';
import { RecordingError } from './recordingError.ts';
import type { HistoryAnswer, LostInputs } from './recordBlock.ts';
import { recordTypes } from './segmentFormat.ts';

export type RecordedItem =
  | { readonly type: 'input'; readonly input: CoreInput }
  | { readonly type: 'effect'; readonly time: InputTime; readonly effect: CoreEffect }
  | { readonly type: 'history'; readonly time: InputTime; readonly answer: HistoryAnswer }
  | { readonly type: 'lost'; readonly time: InputTime; readonly lost: LostInputs };

const noBody = Buffer.alloc(0);
const lengthBytes = 4;
/** Length and type. */
const headBytes = 5;

/** Reads the records of one segment's frames in order; names hold from frame to frame. */
export class RecordReader {
  private readonly names: string[];
  private body: Buffer = noBody;
  private view: DataView = new DataView(noBody.buffer, 0, 0);
  private at = 0;

  /** `names`: of the segment, where its beginning is not read. */
  constructor(names: readonly string[] = []) {
    this.names = [...names];
  }

  /** Each record of a records frame. */
  *read(body: Buffer): Generator<RecordedItem> {
    this.begin(body);
    for (let item = this.next(); item !== null; item = this.next()) yield item;
  }

  begin(body: Buffer): void {
    this.body = body;
    this.view = new DataView(body.buffer, body.byteOffset, body.length);
    this.at = 0;
  }

  /** Null: the frame has no more. One of a type that this version does not know is stepped over. */
  next(): RecordedItem | null {
    while (this.at + headBytes <= this.body.length) {
      const item = this.take(false);
      if (item !== null) return item;
    }
    return null;
  }

  /** As `next`, but inputs alone: for playing, where the others say nothing. */
  nextInput(): CoreInput | null {
    while (this.at + headBytes <= this.body.length) {
      const item = this.take(true);
      if (item !== null && item.type === 'input') return item.input;
    }
    return null;
  }

  /** Steps over so many inputs and what lies between them, unread but for names; returns how many there were. */
  skipInputs(count: number): number {
    let skipped = 0;
    while (skipped < count && this.at + headBytes <= this.body.length) {
      const type = this.body[this.at + lengthBytes] ?? 0;
      const end = this.endOf(this.at);
      if (type === recordTypes.name) this.learnName(this.at + lengthBytes, end);
      if (isInputType(type)) skipped += 1;
      this.at = end;
    }
    return skipped;
  }

  /** Number of the last market frame of the records at hand with a number below `before`; `first`: that of their first input. */
  lastFrameBefore(first: number, before: number): number | null {
    let found: number | null = null;
    for (let number = first; number < before && this.at + headBytes <= this.body.length;) {
      const type = this.body[this.at + lengthBytes] ?? 0;
      if (type === recordTypes.frame) found = number;
      if (isInputType(type)) number += 1;
      this.at = this.endOf(this.at);
    }
    return found;
  }

  private endOf(at: number): number {
    return at + lengthBytes + this.view.getUint32(at, true);
  }

  private take(isInputAlone: boolean): RecordedItem | null {
    const { body, view } = this;
    const at = this.at + lengthBytes;
    const end = this.endOf(this.at);
    this.at = end;
    const type = body[at] ?? 0;
    if (type === recordTypes.name) this.learnName(at, end);
    else if (!isInputAlone || isInputType(type))
      return readRecord(type, body, view, at, end, this.names);
    return null;
  }

  private learnName(at: number, end: number): void {
    this.names[this.view.getUint32(at + 1, true)] = this.body.toString('utf8', at + 5, end);
  }
}

/** Many more than there are connections: a number that is damaged must not ask for a list of that length. */
export const maxNames = 4_096;
const timesBytes = 16;
/** What one of a type has at least, its type included. */
const leastBytes: ReadonlyMap<number, number> = new Map([
  [recordTypes.name, 1 + 4],
  [recordTypes.frame, 1 + timesBytes + 8],
  [recordTypes.tick, 1 + timesBytes],
  [recordTypes.input, 1 + timesBytes],
  [recordTypes.effect, 1 + timesBytes],
  [recordTypes.history, 1 + timesBytes],
  [recordTypes.lost, 1 + timesBytes],
]);

/** Why no reader may step through these records, though their checksum is right; null: it may. */
export function findFault(body: Buffer): string | null {
  let at = 0;
  while (at + headBytes <= body.length) {
    const length = body.readUInt32LE(at);
    const type = body[at + lengthBytes] ?? 0;
    const end = at + lengthBytes + length;
    if (length < (leastBytes.get(type) ?? 1) || end > body.length) {
      return `a record of type ${type} with ${length} bytes`;
    }
    if (type === recordTypes.name && body.readUInt32LE(at + headBytes) >= maxNames) {
      return 'a name whose number is out of range';
    }
    if (hasTimes(type) && !areTimes(body, at + headBytes)) return 'a time that no clock tells';
    at = end;
  }
  return at === body.length ? null : 'a record that is cut short';
}

/** Of a date. Far beyond it a step of milliseconds is lost in rounding: who goes on by steps would never arrive. */
const farthestMs = 8.64e15;

function hasTimes(type: number): boolean {
  return type !== recordTypes.name && leastBytes.has(type);
}

function areTimes(body: Buffer, at: number): boolean {
  return (
    Math.abs(body.readDoubleLE(at)) <= farthestMs &&
    Math.abs(body.readDoubleLE(at + 8)) <= farthestMs
  );
}

export function isInputType(type: number): boolean {
  return type >= recordTypes.frame && type <= recordTypes.input;
}

function readRecord(
  type: number,
  body: Buffer,
  view: DataView,
  at: number,
  end: number,
  names: readonly string[],
): RecordedItem | null {
  const receivedTime = view.getFloat64(at + 1, true);
  const monotonicMs = view.getFloat64(at + 9, true);
  switch (type) {
    case recordTypes.frame: {
      const connection = names[view.getUint32(at + 17, true)] ?? '';
      const generation = view.getUint32(at + 21, true);
      const text = body.toString('utf8', at + 25, end);
      return {
        type: 'input',
        input: { type: 'frame', connection, generation, text, receivedTime, monotonicMs },
      };
    }
    case recordTypes.tick:
      return { type: 'input', input: { type: 'tick', receivedTime, monotonicMs } };
    case recordTypes.input: {
      const input = parseValue(body, at, end, isInput);
      return { type: 'input', input: { ...input, receivedTime, monotonicMs } };
    }
    case recordTypes.effect: {
      const effect = parseValue(body, at, end, isEffect);
      return { type: 'effect', time: { receivedTime, monotonicMs }, effect };
    }
    case recordTypes.history: {
      const answer = parseValue(body, at, end, isHistory);
      return { type: 'history', time: { receivedTime, monotonicMs }, answer };
    }
    case recordTypes.lost: {
      const lost = parseValue(body, at, end, isLost);
      return { type: 'lost', time: { receivedTime, monotonicMs }, lost };
    }
    default:
      return null;
  }
}

const jsonAt = 17;

// The frame's checksum was right, so these are values of our own writer: the guards look as far as another version's could differ.

function parseValue<Value>(
  body: Buffer,
  at: number,
  end: number,
  isValue: (value: object) => value is Value & object,
): Value {
  const value = parseJson(body.toString('utf8', at + jsonAt, end));
  if (typeof value === 'object' && value !== null && isValue(value)) return value;
  throw new RecordingError('A record is not of this version of Truetape.');
}

/** Undefined: it is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isInput(value: object): value is UntimedInput {
  return 'type' in value && inputTypes.has(value.type);
}

function isEffect(value: object): value is CoreEffect {
  return 'type' in value && effectTypes.has(value.type);
}

function isHistory(value: object): value is HistoryAnswer {
  return 'path' in value && 'body' in value && 'status' in value && 'venue' in value;
}

function isLost(value: object): value is LostInputs {
  return 'count' in value && 'fromTime' in value && 'toTime' in value && 'reason' in value;
}

const inputTypes: ReadonlySet<unknown> = new Set([
  'opened',
  'closed',
  'pinged',
  'restAnswered',
  'restFailed',
  'attemptScheduled',
  'command',
]);
const effectTypes: ReadonlySet<unknown> = new Set([
  'connect',
  'scheduleAttempt',
  'send',
  'terminate',
  'fetch',
]);
