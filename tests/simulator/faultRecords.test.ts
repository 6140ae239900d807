import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { createFaultSchedule } from '../../src/simulator/faults/schedule.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import type { ControlCommand, Simulator, SimVenueId } from '../../src/simulator/simulator.ts';
import type { MemoryClient } from './support/memoryClient.ts';
import { connect, get, MemoryClient as Client, parseBody } from './support/memoryClient.ts';
import { startTime } from './support/start.ts';

const paths = { binance: '/ws', bybit: '/v5/public/spot', okx: '/ws/v5/public' } as const;

function makeSimulator(): Simulator {
  return createSimulator({
    seed: 51,
    startTime,
    messagesPerSec: 2000,
    assets: ['BTC', 'ETH'],
    historyDays: 2,
  });
}

function later(simulator: Simulator, ms: number): void {
  simulator.advanceTo(simulator.now() + ms);
}

function subscribe(client: MemoryClient, venue: SimVenueId, id = '7'): void {
  if (venue === 'binance') {
    const params = ['btcusdt@trade', 'btcusdt@depth@100ms', 'ethusdt@trade'];
    client.sendJson({ method: 'SUBSCRIBE', params, id: Number(id) });
  } else if (venue === 'bybit') {
    const args = ['publicTrade.BTCUSDT', 'orderbook.200.BTCUSDT', 'orderbook.1.BTCUSDT'];
    client.sendJson({ op: 'subscribe', req_id: id, args });
  } else {
    const args = ['trades', 'books', 'bbo-tbt'].map((channel) => ({ channel, instId: 'BTC-USDT' }));
    client.sendJson({ op: 'subscribe', id, args });
  }
}

interface Stage {
  readonly simulator: Simulator;
  readonly client: MemoryClient;
}

/** A subscribed client, and what came in the five seconds after the command. */
function strike(venue: SimVenueId, command: ControlCommand): Stage & { readonly texts: string[] } {
  const simulator = makeSimulator();
  const client = connect(simulator, venue, paths[venue]);
  subscribe(client, venue);
  later(simulator, 2000);
  client.clear();
  expect(simulator.control(command)).toEqual({ ok: true });
  later(simulator, 5000);
  return { simulator, client, texts: client.texts() };
}

interface Depth {
  readonly e: string;
  readonly U: number;
  readonly u: number;
  readonly s: string;
}

const depths = (texts: readonly string[]): Depth[] =>
  texts.filter((text) => text.includes('depthUpdate')).map((text) => parseBody<Depth>(text));
const tradeIds = (texts: readonly string[]): number[] =>
  texts
    .filter((text) => text.includes('"e":"trade"') && text.includes('BTCUSDT'))
    .map((text) => parseBody<{ t: number }>(text).t);
const steps = (ids: readonly number[]): number[] =>
  ids.slice(1).map((id, index) => id - (ids[index] ?? 0));
const missing = (ids: readonly number[]): number =>
  steps(ids).reduce((sum, step) => sum + step - 1, 0);
const isWhole = (ids: readonly number[]): boolean => steps(ids).every((step) => step === 1);

const binance = 'binance' as const;

test.each<[string, ControlCommand, (texts: readonly string[]) => void]>([
  [
    'lost trades leave a hole in the ids',
    {
      type: 'dropFrame',
      venue: binance,
      market: 'BTC-USDT',
      kind: 'trade',
      probability: 0.3,
      count: 3,
    },
    (texts) => expect(missing(tradeIds(texts))).toBeGreaterThan(0),
  ],
  [
    'a doubled trade comes twice',
    { type: 'duplicateFrame', venue: binance, market: 'BTC-USDT', kind: 'trade' },
    (texts) => expect(steps(tradeIds(texts)).filter((step) => step === 0).length).toBe(1),
  ],
  [
    'two diffs change places',
    { type: 'reorderFrame', venue: binance, kind: 'diff' },
    (texts) => expect(steps(depths(texts).map(({ u }) => u)).filter((s) => s < 0).length).toBe(1),
  ],
  [
    'an old diff comes again',
    { type: 'replayFrame', venue: binance, kind: 'diff', probability: 0.2, count: 3 },
    (texts) => {
      const ids = depths(texts).map(({ u }) => u);
      expect(ids.length - new Set(ids).size).toBe(3);
    },
  ],
  [
    'a late trade comes behind younger ones',
    { type: 'delayFrame', venue: binance, market: 'BTC-USDT', kind: 'trade', delayMs: 2000 },
    (texts) => {
      const ids = tradeIds(texts);
      expect(isWhole(ids)).toBe(false);
      expect(isWhole([...ids].sort((a, b) => a - b).slice(1))).toBe(true);
    },
  ],
  [
    'a slow venue sends everything in order, first nothing',
    { type: 'delay', venue: binance, delayMs: 3000, jitterMs: 500, durationMs: 3500 },
    (texts) => {
      expect(tradeIds(texts).length).toBeGreaterThan(10);
      expect(isWhole(tradeIds(texts))).toBe(true);
    },
  ],
  [
    'no heartbeat data: only acks and pongs',
    { type: 'silence', venue: binance, durationMs: 6000 },
    (texts) => expect(texts).toEqual([]),
  ],
  [
    'a clock five minutes ahead',
    { type: 'clockSkew', venue: binance, offsetMs: 300_000 },
    (texts) => {
      const time = parseBody<{ E: number }>(texts[0] ?? '').E;
      expect(time - startTime).toBeGreaterThan(301_000);
    },
  ],
  [
    'microseconds',
    { type: 'timeUnit', venue: binance, unit: 'us', durationMs: 100_000 },
    (texts) => expect(texts[0]).toMatch(/"E":\d{13}000,/),
  ],
  [
    '1970',
    { type: 'timeUnit', venue: binance, unit: 'zero', durationMs: 100_000 },
    (texts) => expect(texts[0]).toContain('"E":0,'),
  ],
  [
    'removals lost inside diffs',
    { type: 'loseDeletes', venue: binance, durationMs: 10_000 },
    (texts) => {
      expect(depths(texts).length).toBeGreaterThan(10);
      expect(texts.filter((text) => text.includes(',"0.00000000"]'))).toEqual([]);
    },
  ],
  [
    'frames that are no JSON',
    { type: 'corruptFrame', venue: binance, form: 'truncated', count: 2 },
    (texts) => expect(texts.slice(0, 3).map((text) => isJson(text))).toEqual([false, false, true]),
  ],
  [
    'a frame of eight MiB',
    { type: 'corruptFrame', venue: binance, form: 'huge', bytes: 8 * 1024 * 1024 },
    (texts) => expect((texts[0] ?? '').length).toBeGreaterThan(8 * 1024 * 1024),
  ],
  [
    'a number where a text belongs',
    { type: 'corruptFrame', venue: binance, kind: 'trade', form: 'number' },
    (texts) => expect(texts.filter((text) => /"p":\d/.test(text)).length).toBe(1),
  ],
  [
    'a key that nobody knows',
    { type: 'corruptFrame', venue: binance, form: 'extra' },
    (texts) => expect(parseBody<object>(texts[0] ?? '')).toHaveProperty('novelty'),
  ],
])('on the wire: %s', (_title, command, check) => {
  check(strike(binance, command).texts);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('a restart of the Bybit service is a snapshot with u 1, and the oracle still knows its ids', () => {
  const { simulator, texts } = strike('bybit', {
    type: 'pushBook',
    venue: 'bybit',
    form: 'restart',
  });
  const books = texts.filter((text) => text.includes('orderbook.200'));
  const read = books.map((text) => parseBody<{ type: string; data: { u: number } }>(text));
  expect(read.slice(0, 3).map(({ type, data }) => [type, data.u])).toEqual([
    ['snapshot', 1],
    ['delta', 2],
    ['delta', 3],
  ]);
  const last = read.at(-1)?.data.u ?? 0;
  const now = simulator.oracle.scaledBook('bybit', 'BTC-USDT', { depth: 200 });
  const named = simulator.oracle.scaledBook('bybit', 'BTC-USDT', { depth: 200, updateId: last });
  expect(named?.bids.length).toBe(400);
  expect(now?.updateId).toBe(last);
});

test('an unasked Bybit snapshot goes on with the numbers', () => {
  const { texts } = strike('bybit', { type: 'pushBook', venue: 'bybit', form: 'snapshot' });
  const read = texts
    .filter((text) => text.includes('orderbook.200'))
    .map((text) => parseBody<{ type: string; data: { u: number } }>(text));
  expect(read[0]?.type).toBe('snapshot');
  expect(isWhole(read.map(({ data }) => data.u))).toBe(true);
});

interface OkxBook {
  readonly action: string;
  readonly data: readonly [
    { asks: string[][]; prevSeqId: number; seqId: number; checksum?: number },
  ];
}

const okxBooks = (texts: readonly string[]): OkxBook[] =>
  texts.filter((text) => text.includes('"action"')).map((text) => parseBody<OkxBook>(text));

test('OKX numbers that start over keep the chain, and the oracle still knows them', () => {
  const { simulator, texts } = strike('okx', { type: 'pushBook', venue: 'okx', form: 'restart' });
  const rows = okxBooks(texts).map(({ data: [row] }) => row);
  const falls = rows.filter(({ seqId, prevSeqId }) => seqId < prevSeqId);
  expect(falls.length).toBe(1);
  expect(rows.slice(1).every((row, index) => row.prevSeqId === rows[index]?.seqId)).toBe(true);
  const last = rows.at(-1)?.seqId ?? 0;
  const book = simulator.oracle.scaledBook('okx', 'BTC-USDT', { depth: 400, updateId: last });
  expect(book?.asks.length).toBe(800);
});

test('an OKX empty update repeats the number', () => {
  const { texts } = strike('okx', { type: 'pushBook', venue: 'okx', form: 'keepalive' });
  const [row] = okxBooks(texts)[0]?.data ?? [];
  expect(row?.asks).toEqual([]);
  expect(row?.seqId).toBe(row?.prevSeqId);
});

test.each(['absent', 'zero', 'valid', 'wrong'] as const)('OKX checksum: %s', (mode) => {
  const simulator = makeSimulator();
  simulator.control({ type: 'checksum', mode });
  const client = connect(simulator, 'okx', paths.okx);
  subscribe(client, 'okx');
  later(simulator, 100);
  const book = okxBooks(client.texts())[0];
  const [row] =
    client.parseFrames<{ data: { asks: string[][]; bids: string[][] }[] }>('"snapshot"')[0]?.data ??
    [];
  const parts: string[] = [];
  for (let rank = 0; rank < 25; rank += 1) {
    for (const level of [row?.bids[rank], row?.asks[rank]]) {
      if (level !== undefined) parts.push(level.slice(0, 2).join(':'));
    }
  }
  const valid = crc32(parts.join(':')) | 0;
  const expected = { absent: undefined, zero: 0, valid, wrong: valid ^ 1 }[mode];
  expect(book?.data[0].checksum).toBe(expected);
});

test('acks are lost, late, doubled or name another request; the data comes all the same', () => {
  const acks = (form: 'lose' | 'delay' | 'duplicate' | 'wrongId'): string[] => {
    const simulator = makeSimulator();
    const client = connect(simulator, 'bybit', paths.bybit);
    simulator.control({ type: 'ack', venue: 'bybit', form, delayMs: 3000 });
    subscribe(client, 'bybit');
    later(simulator, 2000);
    expect(client.texts().some((text) => text.includes('"topic"'))).toBe(true);
    return client.texts().filter((text) => text.includes('"success"'));
  };
  expect([acks('lose').length, acks('delay').length, acks('duplicate').length]).toEqual([0, 0, 2]);
  expect(acks('wrongId')[0]).toContain('"req_id":"987654"');
});

test('pongs are withheld or late, and the pings of Binance stop', () => {
  const simulator = makeSimulator();
  const okx = connect(simulator, 'okx', paths.okx);
  simulator.control({ type: 'pong', venue: 'okx', form: 'delay', delayMs: 1500, count: 1 });
  okx.send('ping');
  later(simulator, 1000);
  expect(okx.texts()).toEqual([]);
  later(simulator, 1000);
  expect(okx.texts()).toEqual(['pong']);
  simulator.control({ type: 'pong', venue: 'okx', form: 'lose', count: 1 });
  okx.send('ping');
  later(simulator, 1000);
  expect(okx.texts()).toEqual(['pong']);
  const quiet = connect(simulator, 'binance', paths.binance);
  simulator.control({ type: 'noPings', venue: 'binance', durationMs: 70_000 });
  later(simulator, 65_000);
  expect([quiet.pings.length, quiet.ended]).toEqual([0, undefined]);
  later(simulator, 20_000);
  expect(quiet.pings.length).toBe(1);
});

test('sockets are accepted and closed that many times, then accepted', () => {
  const simulator = makeSimulator();
  simulator.control({ type: 'flap', venue: 'bybit', count: 2, code: 1011 });
  const ends = [1, 2, 3].map(() => {
    const client = connect(simulator, 'bybit', paths.bybit);
    later(simulator, 1);
    return client.ended?.code;
  });
  expect(ends).toEqual([1011, 1011, undefined]);
});

test.each([403, 418, 429, 503])(
  'a handshake is refused with %i and says for how long',
  (status) => {
    const simulator = makeSimulator();
    simulator.control({ type: 'refuse', venue: 'okx', status, retryAfterSec: 9, count: 1 });
    const link = new Client();
    expect(link.attach(simulator, 'okx', paths.okx, '127.0.0.1')).toBe(status);
    expect(link.attach(simulator, 'okx', paths.okx, '127.0.0.1')).toBe(101);
    simulator.control({ type: 'refuse', venue: 'okx', status: 418, durationMs: 120_000 });
    const reply = get(simulator, 'okx', '/api/v5/public/time');
    expect([reply.status, reply.headers['retry-after']]).toEqual([418, '120']);
  },
);

test('a handshake and a request that nobody ever answers; requests of one path only', () => {
  const simulator = makeSimulator();
  simulator.control({ type: 'refuse', venue: 'okx', how: 'hang', durationMs: 1000 });
  expect(new Client().attach(simulator, 'okx', paths.okx, '127.0.0.1')).toBe(-1);
  const request = { method: 'GET', path: '/api/v5/public/time', ip: '127.0.0.1' };
  expect(simulator.venue('okx').rest(request)).toBe('hang');
  simulator.control({
    type: 'refuse',
    venue: 'binance',
    status: 500,
    path: 'depth',
    durationMs: 1000,
  });
  expect(get(simulator, 'binance', '/api/v3/depth?symbol=BTCUSDT').status).toBe(500);
  expect(get(simulator, 'binance', '/api/v3/time').status).toBe(200);
});

test('a half-open socket sends nothing, reads nothing and stays', () => {
  const { simulator, client, texts } = strike('okx', { type: 'halfOpen', venue: 'okx' });
  client.send('ping');
  later(simulator, 120_000);
  expect([texts, client.texts(), client.ended]).toEqual([[], [], undefined]);
});

test.each<[SimVenueId, string]>([
  ['binance', '{"e":"serverShutdown","E":'],
  ['okx', '"event":"notice","code":"64008"'],
])('%s announces its shutdown, then closes', (venue, notice) => {
  const { simulator, client, texts } = strike(venue, { type: 'shutdown', venue, leadMs: 8000 });
  expect(texts[0]).toContain(notice);
  expect(client.ended).toBeUndefined();
  later(simulator, 3000);
  expect(client.ended?.code).toBe(1001);
});

test('every seventh topic is refused, in each dialect its own way', () => {
  const okx = makeSimulator();
  okx.control({ type: 'rejectTopic', venue: 'okx', every: 2, durationMs: 10_000 });
  const client = connect(okx, 'okx', paths.okx);
  subscribe(client, 'okx');
  expect(client.texts().filter((text) => text.includes('60018')).length).toBe(1);
  const bybit = makeSimulator();
  bybit.control({ type: 'rejectTopic', venue: 'bybit', every: 2, count: 1 });
  const whole = connect(bybit, 'bybit', paths.bybit);
  subscribe(whole, 'bybit');
  expect(whole.texts()[0]).toContain('error:handler not found,topic:orderbook.200.BTCUSDT');
  const quiet = makeSimulator();
  quiet.control({ type: 'rejectTopic', venue: 'binance', stream: 'depth', count: 1 });
  const silent = connect(quiet, 'binance', paths.binance);
  subscribe(silent, 'binance');
  later(quiet, 2000);
  expect(silent.texts()[0]).toContain('"result":null');
  expect([depths(silent.texts()).length, tradeIds(silent.texts()).length > 0]).toEqual([0, true]);
});

test('an unsubscription is acknowledged, and the data goes on', () => {
  const { simulator, client } = strike('binance', {
    type: 'keepSubscribed',
    venue: 'binance',
    count: 1,
  });
  client.clear();
  client.sendJson({ method: 'UNSUBSCRIBE', params: ['btcusdt@depth@100ms'], id: 8 });
  later(simulator, 1000);
  expect(client.texts()).toContain('{"result":null,"id":8}');
  expect(depths(client.texts()).length).toBeGreaterThan(0);
});

test('a REST book stays old for that many requests, an answer takes long, a book comes empty', () => {
  const simulator = makeSimulator();
  const ask = (): { lastUpdateId: number; bids: unknown[] } =>
    parseBody(get(simulator, 'binance', '/api/v3/depth?symbol=BTCUSDT&limit=100').text);
  const old = ask();
  simulator.control({ type: 'staleSnapshot', venue: 'binance', market: 'BTC-USDT', count: 2 });
  later(simulator, 5000);
  expect([ask(), ask()]).toEqual([old, old]);
  expect(ask().lastUpdateId).toBeGreaterThan(old.lastUpdateId);
  simulator.control({ type: 'staleSnapshot', venue: 'binance', form: 'empty', count: 1 });
  expect(ask().bids).toEqual([]);
  simulator.control({ type: 'slowAnswer', venue: 'binance', delayMs: 30_000, count: 1 });
  const request = { method: 'GET', path: '/api/v3/time', ip: '127.0.0.1' };
  const delays = [1, 2].map(() => {
    const result = simulator.venue('binance').rest(request);
    return typeof result === 'string' ? Number.NaN : result.delayMs >= 30_000;
  });
  expect(delays).toEqual([true, false]);
});

test('a halted market says so and stands still, a delisted one is gone, a tick grows', () => {
  const { simulator, client } = strike('okx', {
    type: 'symbol',
    venue: 'okx',
    market: 'BTC-USDT',
    status: 'halted',
  });
  client.clear();
  later(simulator, 3000);
  expect(client.texts().filter((text) => text.includes('"update"'))).toEqual([]);
  const row = (): string =>
    get(simulator, 'okx', '/api/v5/public/instruments?instType=SPOT&instId=BTC-USDT').text;
  expect(row()).toContain('"state":"suspend"');
  simulator.control({ type: 'symbol', venue: 'okx', market: 'BTC-USDT', status: 'delisted' });
  expect(row()).toContain('51001');
  subscribe(client, 'okx');
  expect(client.texts().filter((text) => text.includes('60018')).length).toBe(3);
  simulator.control({ type: 'symbol', venue: 'okx', market: 'BTC-USDT', status: 'trading' });
  simulator.control({ type: 'tickSize', venue: 'okx', market: 'BTC-USDT', decimals: 0 });
  expect(row()).toContain('"tickSz":"1"');
});

test('a burst is ten times the rate, and then over', () => {
  const count = (simulator: Simulator, client: MemoryClient): number => {
    client.clear();
    later(simulator, 4000);
    return client.frames.length;
  };
  const simulator = makeSimulator();
  simulator.control({ type: 'rate', messagesPerSec: 100 });
  const client = connect(simulator, 'binance', '/ws/btcusdt@trade/btcusdt@bookTicker');
  later(simulator, 5000);
  const calm = count(simulator, client);
  simulator.control({ type: 'burst', factor: 5, durationMs: 4000 });
  simulator.control({ type: 'burst', factor: 2, durationMs: 4500 });
  expect(count(simulator, client)).toBeGreaterThan(3 * calm);
  later(simulator, 2000);
  expect(count(simulator, client)).toBeLessThan(2 * calm);
});

test('one seed is one schedule, all of it is accepted, and none comes at the very end', () => {
  const scope = {
    venues: ['binance', 'bybit', 'okx'] as const,
    markets: ['BTC-USDT', 'ETH-USDT'],
    durationMs: 600_000,
  };
  const schedule = createFaultSchedule(5, scope);
  expect(createFaultSchedule(5, scope)).toEqual(schedule);
  expect(createFaultSchedule(6, scope)).not.toEqual(schedule);
  expect(new Set(schedule.map(({ command }) => command.type)).size).toBeGreaterThan(20);
  const simulator = makeSimulator();
  const results = schedule.map(({ command }) => simulator.control(command));
  expect(results).toEqual(results.map(() => ({ ok: true })));
  expect(schedule.at(-1)?.atMs).toBeLessThan(540_000);
});
