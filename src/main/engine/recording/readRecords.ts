import type { CoreEffect, CoreInput, InputTime } from '../inputs.ts';
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
        return { type: 'input', input: { ...parseUntimed(record), ...time } };
      case recordTypes.effect:
        return { type: 'effect', time, effect: parseEffect(record) };
      case recordTypes.history:
        return { type: 'history', time, answer: parseHistory(record) };
      case recordTypes.lost:
        return { type: 'lost', time, lost: parseLost(record) };
      default:
        return null;
    }
  }
}

const jsonAt = 17;

// The frame's checksum was right, so these are our own writer's values: the parse functions name their type.

function parseUntimed(record: Buffer): CoreInput {
  return JSON.parse(record.toString('utf8', jsonAt)) as CoreInput;
}

function parseEffect(record: Buffer): CoreEffect {
  return JSON.parse(record.toString('utf8', jsonAt)) as CoreEffect;
}

function parseHistory(record: Buffer): HistoryAnswer {
  return JSON.parse(record.toString('utf8', jsonAt)) as HistoryAnswer;
}

function parseLost(record: Buffer): LostInputs {
  return JSON.parse(record.toString('utf8', jsonAt)) as LostInputs;
}
