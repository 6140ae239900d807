import { decode, encode } from '@msgpack/msgpack';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import {
  PackedPacketDecoder,
  PackedPacketEncoder,
} from '../../../../src/main/gateway/socketio/packedParser.ts';
import { readPacked } from '../../../../src/main/gateway/socketio/packedReader.ts';
import {
  TextPacketDecoder,
  TextPacketEncoder,
} from '../../../../src/main/gateway/socketio/textParser.ts';
import {
  WrittenPayload,
  writtenUpdates,
} from '../../../../src/main/gateway/socketio/writtenPayload.ts';

interface OfficialParser {
  readonly Encoder: new () => { encode(packet: object): readonly unknown[] };
  readonly Decoder: new () => {
    add(frame: unknown): void;
    on(event: 'decoded', listener: (packet: object) => void): void;
  };
}

const load = createRequire(import.meta.url);
// The parsers of the official client: what ours writes they read, and the other way round.
const fromClient = createRequire(load.resolve('socket.io-client'));
const officialText: OfficialParser = parseModule(fromClient('socket.io-parser'));
const officialPacked: OfficialParser = parseModule(load('socket.io-msgpack-parser'));

function parseModule(loaded: unknown): OfficialParser {
  return loaded as OfficialParser;
}

const packets = [
  { type: 0, nsp: '/', data: { token: 'abc' } },
  { type: 0, nsp: '/pnl' },
  { type: 1, nsp: '/' },
  { type: 2, nsp: '/', data: ['subscribe', { symbols: ['BTC', 'ETH'] }] },
  { type: 2, nsp: '/', id: 0, data: ['ping'] },
  {
    type: 2,
    nsp: '/pnl',
    id: 417,
    data: ['subscribe', { rate: 0.5, depth: -3, name: 'Ünïcode ✓' }],
  },
  { type: 3, nsp: '/', id: 12, data: [{ ok: true, none: null, large: 1_763_766_000_123 }] },
];

function decodeWith(decoder: InstanceType<OfficialParser['Decoder']>, frames: readonly unknown[]) {
  const decoded: unknown[] = [];
  decoder.on('decoded', (packet) => decoded.push(JSON.parse(JSON.stringify(packet))));
  for (const frame of frames) decoder.add(frame);
  return decoded[0];
}

test.each(packets)('packets are those of the official parser, text: %j', (packet) => {
  const written = new TextPacketEncoder().encode(packet);
  expect(written).toEqual(new officialText.Encoder().encode(packet));
  expect(decodeWith(new TextPacketDecoder(), written)).toEqual(packet);
  expect(decodeWith(new officialText.Decoder(), written)).toEqual(packet);
});

test.each(packets)('packets are those of the official parser, MessagePack: %j', (packet) => {
  const written = new PackedPacketEncoder().encode(packet);
  expect(decodeWith(new officialPacked.Decoder(), written)).toEqual(packet);
  const theirs = new officialPacked.Encoder().encode({ ...packet, options: { compress: true } });
  expect(decodeWith(new PackedPacketDecoder(), theirs)).toEqual(packet);
});

test('both encodings of updates carry the same, and no record is written twice [S1-21]', () => {
  let written = 0;
  const update = {
    type: 'trade_update',
    seq: 7,
    trade: { price: 0.000123, size: 1e-8, late: false },
  };
  const record = {
    update: parseUpdate(update),
    json: () => (written++, JSON.stringify(update)),
    packed: () => (written++, encode(update)),
  };
  for (const count of [0, 1, 15, 16, 300]) {
    written = 0;
    const payload = writtenUpdates({
      time: 1_763_766_000_123,
      cursor: 'k3.91"',
      records: Array.from({ length: count }, () => record),
    });
    const message = { type: 2, nsp: '/', data: ['updates', payload] };
    const text = decodeWith(new officialText.Decoder(), new TextPacketEncoder().encode(message));
    expect(written).toBe(count);
    const packed = new PackedPacketEncoder().encode(message);
    expect(decodeWith(new officialPacked.Decoder(), packed)).toEqual(text);
    expect(decode(packed[0] ?? [])).toEqual(text);
    expect(text).toEqual({
      type: 2,
      nsp: '/',
      data: [
        'updates',
        {
          type: 'updates',
          time: 1_763_766_000_123,
          cursor: 'k3.91"',
          updates: Array.from({ length: count }, () => update),
        },
      ],
    });
  }
});

function parseUpdate(value: unknown) {
  return value as Parameters<typeof writtenUpdates>[0]['records'][number]['update'];
}

test('a written payload stands among others', () => {
  const payload = new WrittenPayload(
    () => '{"a":1}',
    () => encode({ a: 1 }),
  );
  const message = { type: 3, nsp: '/pnl', id: 3, data: [payload, undefined, 'x'] };
  expect(new TextPacketEncoder().encode(message)).toEqual(['3/pnl,3[{"a":1},null,"x"]']);
});

test.each([
  '',
  '7',
  '2',
  '2{}',
  '2["disconnect"]',
  '2["connection"]',
  '2["newListener","x"]',
  '2[1]',
  '2[]',
  '3{"a":1}',
  '4{"message":"x"}',
  '51-["subscribe",{"_placeholder":true,"num":0}]',
  '0"text"',
  '0[1]',
  '2/x',
  '2["subscribe"',
  `2/${'n'.repeat(500)},["a"]`,
])('text that is no packet of a client is refused: %s', (frame) => {
  expect(() => decodeWith(new TextPacketDecoder(), [frame])).toThrow();
});

test('a binary frame among text is refused', () => {
  expect(() => decodeWith(new TextPacketDecoder(), [Buffer.from([1])])).toThrow();
});

test('a few bytes of MessagePack do not ask for gigabytes [G06]', () => {
  // Arrays of 2^25 entries, each the first of the one before.
  const bomb = Buffer.alloc(1_000);
  for (let at = 0; at < bomb.length; at += 5) bomb.set([0xdd, 0x02, 0x00, 0x00, 0x00], at);
  const wide = Buffer.from([0xdd, 0x7f, 0xff, 0xff, 0xff]);
  const deep = Buffer.alloc(60_000, 0x91);
  const long = Buffer.from([0xdb, 0x7f, 0xff, 0xff, 0xff, 0x41]);
  const before = process.memoryUsage();
  for (const frame of [bomb, wide, deep, long]) expect(() => readPacked(frame)).toThrow();
  const after = process.memoryUsage();
  expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(8e6);
});

test('values nest as deep as a request does, and no deeper', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
  expect(readPacked(encode(nested(16)))).toEqual(nested(16));
  expect(() => readPacked(encode(nested(17)))).toThrow('nested too deeply');
});

test.each([
  ['two values', Buffer.from([0x01, 0x01])],
  ['binary', Buffer.from(encode({ type: 2, nsp: '/', data: ['x', new Uint8Array(3)] }))],
  ['an extension', Buffer.from(encode({ type: 2, nsp: '/', data: ['x', new Date(0)] }))],
  ['a key that is a number', Buffer.from([0x81, 0x01, 0x02])],
  ['text that is no UTF-8', Buffer.from([0xa1, 0xff])],
  ['no map', Buffer.from(encode(['x']))],
  ['an event of the library', Buffer.from(encode({ type: 2, nsp: '/', data: ['disconnect'] }))],
  ['another number', Buffer.from(encode({ type: 2, nsp: '/', id: -1, data: ['x'] }))],
])('MessagePack that is no packet of a client is refused: %s', (_name, frame) => {
  expect(() => decodeWith(new PackedPacketDecoder(), [frame])).toThrow();
});

test('random bytes throw, and nothing else', () => {
  let seed = 9;
  const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % 256;
  let refused = 0;
  for (let round = 0; round < 5_000; round += 1) {
    const frame = Buffer.from(Array.from({ length: random() % 40 }, random));
    try {
      readPacked(frame);
    } catch {
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(2_500);
});
