import { decode, encode } from '@msgpack/msgpack';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import {
  jsonEncoding,
  packedEncoding,
} from '../../../../src/main/gateway/streams/socketEncoding.ts';
import type { SocketEncoding } from '../../../../src/main/gateway/streams/socketEncoding.ts';
import { claimsMoreThanItHas } from '../../../../src/main/gateway/streams/packedClaims.ts';
import type { DeltaRecord } from '../../../../src/shared/gateway/delta.ts';
import { clientMessageSchema } from '../../../../src/shared/gateway/requests.ts';
import type { WireUpdate } from '../../../../src/shared/gateway/wire.ts';
import {
  bookRecord,
  gapRecord,
  healthRecord,
  outbound,
  priceRecord,
  tickerRecord,
  tradeRecord,
} from './wireRecords.ts';

const time = 1_700_000_000_123;
const cursor = 'k1-1.42 "\\';
const updates: readonly WireUpdate[] = [
  priceRecord(),
  bookRecord(),
  tradeRecord(),
  tickerRecord(),
  gapRecord(),
  healthRecord(),
];
const deltas: readonly DeltaRecord[] = [
  { channel: 'price.BTC-USDT', epoch: 'k', seq: 2, base: 1, changes: { note: [null] } },
];
const encodings = [
  ['json', jsonEncoding],
  ['msgpack', packedEncoding],
] as const;

function read(encoding: SocketEncoding, text: string | Uint8Array): unknown {
  if (typeof text === 'string') return JSON.parse(text);
  expect(encoding.isBinary).toBe(true);
  return decode(text);
}

function written(encoding: SocketEncoding, message: object): Buffer {
  return Buffer.from(encoding.isBinary ? encode(message) : JSON.stringify(message));
}

test.each(encodings)('[S0-13] nine kinds of message go through %s and back', (_, encoding) => {
  const requests = [
    { type: 'subscribe', id: 'a', channels: ['price.BTC-USDT'], rate: 2 },
    { type: 'unsubscribe', id: null, channels: ['price.BTC-USDT'] },
    { type: 'heartbeat', id: 'b', time: 5 },
  ];
  for (const request of requests) {
    const parsed = v.parse(clientMessageSchema, encoding.parse(written(encoding, request)));
    expect(parsed).toEqual(request);
  }
  for (const update of [priceRecord(), bookRecord(), tradeRecord(), tickerRecord()]) {
    const batch = { time, cursor, records: [outbound(update)], deltas: [] };
    expect(read(encoding, encoding.updates(batch))).toEqual({
      type: 'updates',
      time,
      cursor,
      updates: [update],
    });
  }
  const error = { code: 'INVALID_SYMBOL', message: 'no "btc"', candidates: ['BTC-USDT'] } as const;
  const messages = [
    { type: 'error', id: 'c', error, time },
    { type: 'pong', id: null, time },
  ] as const;
  for (const message of messages)
    expect(read(encoding, encoding.message(message))).toEqual(message);
});

test.each([0, 1, 15, 16, 17, 70_000])(
  'JSON and MessagePack of %i records say the same',
  (count) => {
    const records = Array.from({ length: count }, (_, seq) => outbound(tradeRecord(seq)));
    for (const some of [[], deltas]) {
      const batch = { time, cursor, records, deltas: some };
      const json = read(jsonEncoding, jsonEncoding.updates(batch));
      expect(read(packedEncoding, packedEncoding.updates(batch))).toEqual(json);
    }
  },
);

test('[S1-21] both encodings of all records are deep-equal, and the packed one is shorter', () => {
  const batch = { time, cursor, records: updates.map(outbound), deltas: [] };
  const text = jsonEncoding.updates(batch);
  const bytes = packedEncoding.updates(batch);
  expect(read(packedEncoding, bytes)).toEqual(read(jsonEncoding, text));
  const ratio = bytes.length / text.length;
  process.stdout.write(
    `MessagePack: ${bytes.length} bytes for ${text.length} of JSON (${ratio.toFixed(2)})\n`,
  );
  expect(ratio).toBeLessThan(0.9);
});

test('[G06] a message that claims more elements than it has bytes is refused before room is made', () => {
  const nested = Buffer.alloc(60_000);
  for (let at = 0; at + 3 <= nested.length; at += 3) nested.set([0xdc, 0x03, 0xe8], at);
  expect(claimsMoreThanItHas(nested)).toBe(true);
  const before = process.memoryUsage().heapUsed;
  expect(() => packedEncoding.parse(nested)).toThrow(RangeError);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(8 * 1_048_576);
  expect(() => packedEncoding.parse(Buffer.of(0xdd, 0xff, 0xff, 0xff, 0xff))).toThrow();
  expect(() => packedEncoding.parse(Buffer.of(0xdf, 0xff, 0xff, 0xff, 0xff))).toThrow();
  expect(() => packedEncoding.parse(Buffer.of(0xdb, 0xff))).toThrow();
});

test('every kind of MessagePack value is walked over as the decoder reads it', () => {
  const value = {
    numbers: [0, -1, 127, 128, 255, 256, 65_536, 2 ** 33, -129, -32_769, -(2 ** 33), 0.5],
    texts: ['', 'a'.repeat(31), 'b'.repeat(40), 'c'.repeat(300), 'd'.repeat(70_000)],
    bytes: [new Uint8Array(3), new Uint8Array(300), new Uint8Array(70_000)],
    dates: [new Date(0), new Date(2 ** 35), new Date(-1)],
    lists: [Array.from({ length: 20 }, () => null), Array.from({ length: 70_000 }, () => true)],
    empty: {},
    map: Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`k${at}`, at])),
  };
  const bytes = Buffer.from(encode(value));
  expect(claimsMoreThanItHas(bytes)).toBe(false);
  // Behind all of it, at the right place: a claim that does not hold.
  expect(claimsMoreThanItHas(Buffer.concat([bytes, Buffer.of(0xdd, 0x7f, 0, 0, 0)]))).toBe(true);
});
