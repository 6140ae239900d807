import { encode as encodePacked } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import type { BatchHeader } from '../../src/shared/batch.ts';
import {
  BatchDecoder,
  beginRecord,
  endRecord,
  SchemaMismatchError,
  writeBatchHeader,
} from '../../src/shared/batch.ts';
import type { TopicName } from '../../src/shared/bridge.ts';
import { ByteReader, ByteWriter, DamagedBytesError } from '../../src/shared/bytes.ts';
import type { TopicUpdate } from '../../src/shared/topics.ts';
import { decodeTopicUpdate, topicKey, topics } from '../../src/shared/topics.ts';
import { Random, randomUpdate } from './randomValues.ts';

const names = Object.values(topics).map((kind) => kind.name);
const header: BatchHeader = {
  sequence: 3,
  engineSequence: 2 ** 40,
  source: 'simulated',
  hostTime: 1_700_000_000_000.125,
  part: 0,
  parts: 1,
};

function encode<Name extends TopicName>(
  writer: ByteWriter,
  name: Name,
  update: Extract<TopicUpdate, { topic: Name }>,
): void {
  topics[name].encode(writer, update.value as never);
}

function batchOf(updates: readonly TopicUpdate[], changed: Partial<BatchHeader> = {}): Uint8Array {
  const writer = new ByteWriter(64);
  writeBatchHeader(writer, { ...header, ...changed });
  updates.forEach((update, index) => {
    const lengthAt = beginRecord(writer, index, topics[update.topic].code, index % 2 === 0, true);
    encode(writer, update.topic, update as never);
    endRecord(writer, lengthAt);
  });
  return writer.copy();
}

test.each(names)('%s comes out of its bytes as it went in', (name) => {
  const random = new Random(7);
  const writer = new ByteWriter(16);
  for (let round = 0; round < 200; round++) {
    const update = randomUpdate(name, random);
    writer.truncate(0);
    encode(writer, name, update as never);
    const reader = new ByteReader(writer.copy());
    expect(decodeTopicUpdate(name, reader)).toEqual(update);
    expect(reader.remaining).toBe(0);
  }
});

test('text of every script and length comes out as it went in', () => {
  const texts = [
    '',
    'a',
    'é币🚀',
    'x'.repeat(127),
    'x'.repeat(128),
    '币'.repeat(6000),
    '🚀'.repeat(9000),
  ];
  const writer = new ByteWriter(1);
  for (const text of texts) writer.string(text);
  const reader = new ByteReader(writer.copy());
  expect(texts.map(() => reader.string())).toEqual(texts);
  writer.truncate(0);
  writer.string('a\ud800b');
  expect(new ByteReader(writer.copy()).string()).toBe('a\ufffdb');
});

test('a batch keeps header, order, resets and values', () => {
  const random = new Random(11);
  const updates = names.map((name) => randomUpdate(name, random));
  const batch = new BatchDecoder().decode(batchOf(updates));
  expect(batch).toEqual({
    ...header,
    records: updates.map((update, index) => ({
      subscription: index,
      reset: index % 2 === 0,
      update,
    })),
  });
});

test('a batch is far smaller than the same in JSON or MessagePack [S1-47]', () => {
  const random = new Random(13);
  const kinds = ['trades', 'book', 'quote'] as const;
  const updates = Array.from({ length: 60 }, (_, at) =>
    randomUpdate(kinds[at % kinds.length] ?? 'trades', random),
  );
  const values = updates.map(({ topic, value }) => ({ topic, value }));
  const ways = [
    { name: 'as a batch', write: () => batchOf(updates) },
    { name: 'in MessagePack', write: () => encodePacked(values) },
    { name: 'in JSON', write: () => JSON.stringify(values) },
  ];
  const [bytes = 0, packed = 0, text = 0] = ways.map(({ write }) => write().length);
  expect(bytes).toBeLessThan(packed * 0.5);
  expect(bytes).toBeLessThan(text * 0.4);
  // What writing costs is told and not judged: machines differ.
  const costs = ways.map(({ name, write }) => {
    for (let round = 0; round < 5; round += 1) write();
    const before = process.cpuUsage();
    for (let round = 0; round < 20; round += 1) write();
    const { user, system } = process.cpuUsage(before);
    return `${write().length} bytes and ${Math.round((user + system) / 20)} us ${name}`;
  });
  process.stdout.write(`60 records: ${costs.join(', ')}\n`);
});

test('a value in parts is whole only with its last part, and never with one missing', () => {
  const random = new Random(5);
  const whole = batchOf([randomUpdate('health', random), randomUpdate('book', random)]);
  const bodyAt = batchOf([]).length;
  const body = whole.subarray(bodyAt);
  const parts = [0, 1, 2].map((part) => {
    const writer = new ByteWriter();
    writeBatchHeader(writer, { ...header, sequence: part + 1, part, parts: 3 });
    const head = writer.copy();
    const third = Math.ceil(body.length / 3);
    return Uint8Array.from([...head, ...body.subarray(part * third, (part + 1) * third)]);
  });
  const [first, second, last] = parts as [Uint8Array, Uint8Array, Uint8Array];
  const decoder = new BatchDecoder();
  expect(decoder.decode(first).records).toEqual([]);
  expect(decoder.decode(second).records).toEqual([]);
  expect(decoder.decode(last).records).toEqual(new BatchDecoder().decode(whole).records);

  decoder.decode(first);
  expect(() => decoder.decode(last)).toThrow(DamagedBytesError);
  decoder.decode(first);
  expect(decoder.decode(whole).records).toHaveLength(2);
});

test('random and damaged bytes give one clear error or a value, and never hang', () => {
  const random = new Random(23);
  const good = batchOf(names.map((name) => randomUpdate(name, random)));
  for (let round = 0; round < 3000; round++) {
    const bytes = good.slice(0, 1 + random.below(good.length));
    const damages = 1 + random.below(4);
    for (let damage = 0; damage < damages; damage++) {
      bytes[random.below(Math.min(bytes.length, 400))] = random.below(256);
    }
    decodeOrFail(bytes);
    decodeOrFail(Uint8Array.from({ length: random.below(300) }, () => random.below(256)));
  }
});

function decodeOrFail(bytes: Uint8Array): void {
  try {
    new BatchDecoder().decode(bytes);
  } catch (error) {
    if (error instanceof DamagedBytesError || error instanceof SchemaMismatchError) return;
    throw error;
  }
}

test('another schema version is told apart from damage', () => {
  const bytes = batchOf([]);
  bytes[1] = 99;
  expect(() => new BatchDecoder().decode(bytes)).toThrow(SchemaMismatchError);
});

test('requests that mean the same have one key, others do not', () => {
  const book = { topic: 'book', market: 'BTC-USDT', venue: null, group: '0', rows: 20 } as const;
  expect(topicKey({ ...book, muted: ['okx', 'binance'] })).toBe(
    topicKey({ ...book, muted: ['binance', 'okx', 'okx'] }),
  );
  const keys = [
    topicKey({ ...book, muted: [] }),
    topicKey({ ...book, muted: ['okx'] }),
    topicKey({ ...book, muted: [], venue: 'okx' }),
    topicKey({ ...book, muted: [], rows: 21 }),
    topicKey({ topic: 'candle', market: 'BTC-USDT', venue: null, interval: '1m' }),
    topicKey({ topic: 'price', market: 'BTC-USDT' }),
    topicKey({ topic: 'trades', market: 'BTC-USDT' }),
    topicKey({ topic: 'health' }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
});

test('a number that the contract forbids is refused when written, not sent as another', () => {
  const writer = new ByteWriter();
  for (const value of [-1, 0.5, Number.NaN, 2 ** 53]) {
    expect(() => writer.varuint(value)).toThrow(RangeError);
  }
});
