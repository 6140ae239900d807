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

/** Reads the records of one segment's frames in order; names hold from frame to frame. */
export class RecordReader {
  private readonly names: string[] = [];

  /** Each record of a records frame. Null for one of a type that this version does not know: it is stepped over. */
  *read(body: Buffer): Generator<RecordedItem> {
    for (let at = 0; at + 5 <= body.length;) {
      const length = body.readUInt32LE(at);
      const record = body.subarray(at + 4, at + 4 + length);
      at += 4 + length;
      const item = this.readOne(record);
      if (item !== null) yield item;
    }
  }

  private readOne(record: Buffer): RecordedItem | null {
    const type = record[0];
    if (type === recordTypes.name) {
      this.names[record.readUInt32LE(1)] = record.toString('utf8', 5);
      return null;
    }
    const time = { receivedTime: record.readDoubleLE(1), monotonicMs: record.readDoubleLE(9) };
    switch (type) {
      case recordTypes.frame: {
        const connection = this.names[record.readUInt32LE(17)] ?? '';
        const generation = record.readUInt32LE(21);
        const text = record.toString('utf8', 25);
        return { type: 'input', input: { type: 'frame', connection, generation, text, ...time } };
      }
      case recordTypes.tick:
        return { type: 'input', input: { type: 'tick', ...time } };
      case recordTypes.input:
        return { type: 'input', input: { ...parseValue(record, isInput), ...time } };
      case recordTypes.effect:
        return { type: 'effect', time, effect: parseValue(record, isEffect) };
      case recordTypes.history:
        return { type: 'history', time, answer: parseValue(record, isHistory) };
      case recordTypes.lost:
        return { type: 'lost', time, lost: parseValue(record, isLost) };
      default:
        return null;
    }
  }
}

const jsonAt = 17;

// The frame's checksum was right, so these are values of our own writer: the guards look as far as another version's could differ.

function parseValue<Value>(
  record: Buffer,
  isValue: (value: object) => value is Value & object,
): Value {
  const value: unknown = JSON.parse(record.toString('utf8', jsonAt));
  if (typeof value === 'object' && value !== null && isValue(value)) return value;
  throw new RecordingError('A record is not of this version of Truetape.');
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
