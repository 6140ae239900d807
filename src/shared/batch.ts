import { bridgeSchemaVersion } from './bridge.ts';
import type { ByteWriter } from './bytes.ts';
import { ByteReader, DamagedBytesError } from './bytes.ts';
import type { TopicUpdate } from './topics.ts';
import { decodeTopicUpdate, topicOfCode } from './topics.ts';
import type { EpochMs } from './market.ts';
import type { DataSource } from './values.ts';

/** First byte of a batch; every JSON message starts with `{`. */
export const batchMagic = 0xb7;
export const maxBatchBytes = 65_536;
/** Room left for the header when a value is cut into parts. */
export const maxHeaderBytes = 512;
/** Bounds what a page puts together from parts: about 16 MB. */
export const maxParts = 256;

export interface BatchHeader {
  /** Counts the batches of one session, from 1; acknowledgements name it. */
  readonly sequence: number;
  /** Inputs that the engine had handled. */
  readonly engineSequence: number;
  readonly source: DataSource;
  /** The clock that the values' times are on, when the batch left. */
  readonly hostTime: EpochMs;
  /** 0-based; the records of a batch in `parts` parts are applied when the last has come. */
  readonly part: number;
  readonly parts: number;
}

export interface BatchRecord {
  /** The page's id of the subscription. */
  readonly subscription: number;
  /** The present value of the subscription starts here: forget what was held for it. */
  readonly reset: boolean;
  /** Null: a reset of a subscription that has no value yet. */
  readonly update: TopicUpdate | null;
}

export interface MarketBatch extends BatchHeader {
  readonly records: readonly BatchRecord[];
}

/** The host has another version of the messages: the page reloads. */
export class SchemaMismatchError extends Error {
  override readonly name = 'SchemaMismatchError';

  constructor(received: number) {
    super(`batch of schema ${received}, this page reads ${bridgeSchemaVersion}`);
  }
}

export function writeBatchHeader(writer: ByteWriter, header: BatchHeader): void {
  writer.u8(batchMagic);
  writer.varuint(bridgeSchemaVersion);
  writer.varuint(header.sequence);
  writer.varuint(header.engineSequence);
  writer.string(header.source);
  writer.f64(header.hostTime);
  writer.varuint(header.part);
  writer.varuint(header.parts);
}

const resetFlag = 1;
const valueFlag = 2;

/**
 * Subscription, kind, flags, length; the value is written between begin and end. Returns what `endRecord` wants. Without
 * a value the record is a reset of a subscription that has none yet.
 */
export function beginRecord(
  writer: ByteWriter,
  subscription: number,
  code: number,
  reset: boolean,
  hasValue: boolean,
): number {
  writer.varuint(subscription);
  writer.u8(code);
  writer.u8((reset ? resetFlag : 0) | (hasValue ? valueFlag : 0));
  const lengthAt = writer.length;
  writer.u32(0);
  return lengthAt;
}

export function endRecord(writer: ByteWriter, lengthAt: number): void {
  writer.patchU32(lengthAt, writer.length - lengthAt - 4);
}

function readBatchHeader(reader: ByteReader): BatchHeader {
  if (reader.u8() !== batchMagic) throw new DamagedBytesError('not a batch');
  const schema = reader.varuint();
  if (schema !== bridgeSchemaVersion) throw new SchemaMismatchError(schema);
  const header = {
    sequence: reader.varuint(),
    engineSequence: reader.varuint(),
    source: parseSource(reader.string()),
    hostTime: reader.f64(),
    part: reader.varuint(),
    parts: reader.varuint(),
  };
  if (header.parts < 1 || header.parts > maxParts || header.part >= header.parts) {
    throw new DamagedBytesError('impossible part');
  }
  return header;
}

function parseSource(text: string): DataSource {
  if (text === 'live' || text === 'simulated') return text;
  if (text.startsWith('replay:')) return `replay:${text.slice('replay:'.length)}`;
  throw new DamagedBytesError('unknown source');
}

function readRecords(reader: ByteReader): BatchRecord[] {
  const records: BatchRecord[] = [];
  while (reader.remaining > 0) {
    const subscription = reader.varuint();
    const topic = topicOfCode(reader.u8());
    const flags = reader.u8();
    if (flags === 0 || flags > (resetFlag | valueFlag)) throw new DamagedBytesError('record flags');
    const outerEnd = reader.enter(reader.u32());
    const update = (flags & valueFlag) === 0 ? null : decodeTopicUpdate(topic, reader);
    reader.leave(outerEnd);
    records.push({ subscription, reset: (flags & resetFlag) !== 0, update });
  }
  return records;
}

/** Puts parts together; a message that is only a part yields a batch without records. */
export class BatchDecoder {
  #held: Uint8Array[] = [];

  /** Throws `DamagedBytesError` or `SchemaMismatchError`; nothing of such a message is kept. */
  decode(bytes: Uint8Array): MarketBatch {
    const reader = new ByteReader(bytes);
    const header = readBatchHeader(reader);
    // A first part starts over: the host gave the rest of an older value up.
    if (header.part === 0) this.#held = [];
    if (header.part !== this.#held.length) {
      this.#held = [];
      throw new DamagedBytesError('a part is missing');
    }
    if (header.parts === 1) return { ...header, records: readRecords(reader) };
    this.#held.push(reader.rest());
    if (header.part < header.parts - 1) return { ...header, records: [] };
    const whole = joined(this.#held);
    this.#held = [];
    return { ...header, records: readRecords(new ByteReader(whole)) };
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
