import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { ByteWriter, DamagedBytesError } from '../../../../src/shared/bytes.ts';
import type { Publication } from '../../../../src/main/gateway/hub/marketFeed.ts';
import { parseAnswer, parseQuestion } from '../../../../src/main/gateway/redis/candleQuestions.ts';
import { parseIngesterRecord } from '../../../../src/main/gateway/redis/ingesterRecord.ts';
import {
  decodePublications,
  encodePublications,
} from '../../../../src/main/gateway/redis/publicationCodec.ts';
import { openRedisPort } from '../../../../src/main/gateway/redis/openRedisPort.ts';
import { parseRedisAddress } from '../../../../src/main/gateway/redis/redisAddress.ts';
import { markStale } from '../../../../src/main/gateway/redis/staleValue.ts';
import { eventually } from '../../../support/eventually.ts';
import { madePrice, madeTrade } from './support/madeFeed.ts';

const common = { epoch: 'z.1.e', source: 'live', time: 1_790_000_000_000.25 } as const;

const publications: readonly Publication[] = [
  {
    ...{ ...common, channel: 'trades.BTC-USDT', type: 'event', seq: 1 },
    value: { kind: 'trades', market: 'BTC-USDT', trade: madeTrade('BTC-USDT', 1) },
  },
  {
    ...{ ...common, channel: 'trades.BTC-USDT', type: 'event', seq: 2, isPast: true },
    value: { kind: 'trades', market: 'BTC-USDT', trade: madeTrade('BTC-USDT', 2) },
  },
  {
    ...{ ...common, channel: 'price.BTC-USDT', type: 'state', seq: 9 },
    value: { kind: 'price', price: madePrice('BTC-USDT', 27_123.45) },
  },
  {
    ...{ ...common, channel: 'price.BTC-USDT', type: 'state', seq: 9, isDoubted: true },
    value: { kind: 'price', price: madePrice('BTC-USDT', 27_123.45) },
  },
];

test('publications come back as they were', () => {
  const bytes = encodePublications(new ByteWriter(), 77, publications);
  expect(decodePublications(bytes)).toEqual({ fence: 77, publications, ended: [] });
});

test('damaged and foreign bytes are refused, whatever they are', () => {
  const bytes = encodePublications(new ByteWriter(), 77, publications);
  for (let at = 0; at < bytes.length; at++) {
    expect(() => decodePublications(bytes.subarray(0, at))).toThrow(DamagedBytesError);
  }
  let refused = 0;
  for (let at = 0; at < bytes.length; at++) {
    for (const change of [1, 0x80, 0xff]) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] ?? 0) ^ change;
      try {
        decodePublications(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(DamagedBytesError);
        refused += 1;
      }
    }
  }
  expect(refused).toBeGreaterThan(bytes.length);
  const [trade] = publications;
  const elsewhere = trade === undefined ? [] : [{ ...trade, channel: 'trades.ETH-USDT' }];
  const foreign = encodePublications(new ByteWriter(), 1, elsewhere);
  expect(() => decodePublications(foreign)).toThrow('value of another channel');
});

test('what is no record, question or answer is null', () => {
  const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{"source":"live"}',
    '{"id":1e999}',
    'x'.repeat(9_000),
  ]) {
    expect(parseIngesterRecord(text)).toBeNull();
    expect(parseQuestion(bytes(text))).toBeNull();
    expect(parseAnswer(bytes(text))).toBeNull();
  }
});

test('a value without a publisher is marked in every place that says how far it holds', () => {
  const [, , price] = publications;
  const marked = price === undefined ? null : markStale(price);
  const value = marked?.value.kind === 'price' ? marked.value.price : null;
  expect(value?.status).toBe('stale');
  expect(value?.price).toBe(27_123.45);
  expect(value?.contributors).toMatchObject([{ weight: 0, exclusion: 'stale', status: 'stale' }]);
  expect(marked?.epoch).not.toBe(price?.epoch);
});

test('addresses of Redis: what is shown of them has no user and no password', () => {
  const parsed = parseRedisAddress('rediss://desk:s3cret@redis.example:6380/2', null);
  expect(parsed).toMatchObject({ shown: 'rediss://redis.example:6380/2', isEncrypted: true });
  expect(parseRedisAddress('redis://h:1', 'p@ss/word')).toMatchObject({
    url: 'redis://:p%40ss%2Fword@h:1',
    shown: 'redis://h:1',
  });
  for (const text of [
    '',
    'localhost:6379',
    'http://h:1',
    'redis://',
    'redis://h/x',
    'redis://h?a=b',
  ]) {
    expect(typeof parseRedisAddress(text, null)).toBe('string');
  }
});

test('a Redis that is not there is told once, without its password', async () => {
  const address = parseRedisAddress('redis://desk:s3cret@127.0.0.1:1', null);
  if (typeof address === 'string') throw new Error(address);
  const logged: string[] = [];
  const port = openRedisPort({ address, log: ({ text }) => logged.push(text) });
  await eventually(() => expect(logged).not.toEqual([]));
  // It tries again meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 2_300));
  const failure = await port.notify('x', new Uint8Array()).catch((error: unknown) => String(error));
  await port.close();
  expect(failure).toContain('ECONNREFUSED');
  expect(logged).toEqual(['Redis at redis://127.0.0.1:1 is away: ECONNREFUSED']);
  expect([...logged, failure].join(' ')).not.toMatch(/s3cret|desk/);
});

test.each([
  ['-NOAUTH Authentication required.', 'set TRUETAPE_REDIS_PASSWORD'],
  ['-WRONGPASS invalid username-password pair or user is disabled.', 'does not take this user'],
])('a Redis that says %s: the log says what to do', async (answer, advice) => {
  const redis = createServer((socket) => {
    socket.on('error', () => undefined).setEncoding('latin1');
    socket.on('data', (text: string) => {
      // One answer for each command.
      const commands = [...text.matchAll(/^\*\d+\r$/gm)].length;
      socket.write(`${answer}\r\n`.repeat(commands));
    });
  }).listen(0, '127.0.0.1');
  await once(redis, 'listening');
  const bound = redis.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const address = parseRedisAddress(`redis://127.0.0.1:${port}`, null);
  if (typeof address === 'string') throw new Error(address);
  const logged: string[] = [];
  const opened = openRedisPort({ address, log: ({ text }) => logged.push(text) });
  await eventually(() => expect(logged.join()).toContain(advice));
  await opened.close();
  redis.close();
});
