import { expect, test } from 'vitest';
import { createSimulator } from '../../src/simulator/simulator.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { keyOrder } from './support/keys.ts';
import { connect, get, getJson, MemoryClient } from './support/memoryClient.ts';
import { startTime } from './support/start.ts';

function makeSimulator(limits = true, messagesPerSec = 1000): Simulator {
  return createSimulator({
    seed: 21,
    startTime,
    messagesPerSec,
    assets: ['BTC', 'ETH'],
    venues: ['binance'],
    limits,
  });
}

function later(simulator: Simulator, ms: number): void {
  simulator.advanceTo(simulator.now() + ms);
}

test('control requests are answered as documented, never wrapped', () => {
  const streams = ['btcusdt@depth@100ms', 'btcusdt@trade', 'btcusdt@bookTicker'];
  const table: readonly [request: unknown, answer: string][] = [
    [{ method: 'SUBSCRIBE', params: streams, id: 7 }, '{"result":null,"id":7}'],
    [
      { method: 'LIST_SUBSCRIPTIONS', id: 8 },
      '{"result":["btcusdt@depth@100ms","btcusdt@trade","btcusdt@bookTicker"],"id":8}',
    ],
    [{ method: 'UNSUBSCRIBE', params: ['btcusdt@trade'], id: 9 }, '{"result":null,"id":9}'],
    [{ method: 'SET_PROPERTY', params: ['combined', true], id: 10 }, '{"result":null,"id":10}'],
    [{ method: 'GET_PROPERTY', params: ['combined'], id: 11 }, '{"result":true,"id":11}'],
    // Well-formed but unknown: an ack proves syntax, not existence.
    [{ method: 'SUBSCRIBE', params: ['nopeusdt@trade'], id: 'a1' }, '{"result":null,"id":"a1"}'],
    [{ method: 'SUBSCRIBE', params: ['BTCUSDT@trade'], id: 13 }, '{"result":null,"id":13}'],
    [
      { method: 'SET_PROPERTY', params: ['combined', 'x'], id: 14 },
      '{"error":{"code":1,"msg":"Invalid value type: expected Boolean"},"id":14}',
    ],
    [
      { method: 'GET_PROPERTY', params: ['x'], id: 15 },
      '{"error":{"code":0,"msg":"Unknown property"},"id":15}',
    ],
    [{ id: 16 }, '{"error":{"code":2,"msg":"Invalid request: missing field `method`"},"id":16}'],
  ];
  const simulator = makeSimulator();
  const client = connect(simulator, 'binance', '/ws');
  for (const [request, answer] of table) {
    client.clear();
    client.sendJson(request);
    expect(client.texts()).toEqual([answer]);
    later(simulator, 400);
  }
  expect(client.ended).toBeUndefined();
});

test('a malformed stream is answered with a nested error, then the socket is closed', () => {
  const client = connect(makeSimulator(), 'binance', '/ws');
  client.sendJson({ method: 'SUBSCRIBE', params: ['btcusdt'], id: 12 });
  expect(client.texts()).toEqual([
    '{"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":12}',
  ]);
  expect(client.ended?.code).toBe(1008);
});

const shapes: Readonly<Record<string, readonly string[]>> = {
  trade: [
    ...['e:string', 'E:number', 's:string', 't:number', 'p:string', 'q:string', 'T:number'],
    ...['m:boolean', 'M:boolean'],
  ],
  aggTrade: [
    ...['e:string', 'E:number', 's:string', 'a:number', 'p:string', 'q:string', 'f:number'],
    ...['l:number', 'T:number', 'm:boolean', 'M:boolean'],
  ],
  bookTicker: ['u:number', 's:string', 'b:string', 'B:string', 'a:string', 'A:string'],
  'depth@100ms': ['e:string', 'E:number', 's:string', 'U:number', 'u:number', 'b:array', 'a:array'],
  depth: ['e:string', 'E:number', 's:string', 'U:number', 'u:number', 'b:array', 'a:array'],
  'depth5@100ms': ['lastUpdateId:number', 'bids:array', 'asks:array'],
  depth20: ['lastUpdateId:number', 'bids:array', 'asks:array'],
  kline_1m: [
    ...['e:string', 'E:number', 's:string', 'k:object', 'k.t:number', 'k.T:number', 'k.s:string'],
    ...['k.i:string', 'k.f:number', 'k.L:number', 'k.o:string', 'k.c:string', 'k.h:string'],
    ...['k.l:string', 'k.v:string', 'k.n:number', 'k.x:boolean', 'k.q:string', 'k.V:string'],
    ...['k.Q:string', 'k.B:string'],
  ],
  miniTicker: [
    ...['e:string', 'E:number', 's:string', 'c:string', 'o:string', 'h:string', 'l:string'],
    ...['v:string', 'q:string'],
  ],
  ticker: [
    ...['e:string', 'E:number', 's:string', 'p:string', 'P:string', 'w:string', 'x:string'],
    ...['c:string', 'Q:string', 'b:string', 'B:string', 'a:string', 'A:string', 'o:string'],
    ...['h:string', 'l:string', 'v:string', 'q:string', 'O:number', 'C:number', 'F:number'],
    ...['L:number', 'n:number'],
  ],
};

test.each(Object.entries(shapes))('%s has the keys of the venue, in its order', (stream, keys) => {
  const simulator = makeSimulator();
  const raw = connect(simulator, 'binance', `/ws/btcusdt@${stream}`);
  const combined = connect(simulator, 'binance', `/stream?streams=btcusdt@${stream}`);
  const micro = connect(simulator, 'binance', `/ws/btcusdt@${stream}?timeUnit=MICROSECOND`);
  later(simulator, 4000);
  expect(raw.texts().length).toBeGreaterThan(1);
  for (const text of raw.texts()) {
    expect(keyOrder(text)).toEqual(keys);
    // Eight decimals in every price and size, but three in the percentage.
    for (const [, decimals] of text.matchAll(/"-?\d+\.(\d+)"/g)) {
      expect([3, 8]).toContain(decimals?.length);
    }
  }
  expect(combined.texts()).toEqual(
    raw.texts().map((text) => `{"stream":"btcusdt@${stream}","data":${text}}`),
  );
  expect(micro.texts().length).toBe(raw.texts().length);
  const time = /"E":(\d+)/.exec(raw.texts()[0] ?? '')?.[1];
  if (time !== undefined) expect(micro.texts()[0]).toMatch(new RegExp(`"E":${time}\\d{3}[,}]`));
});

interface Trade {
  readonly t: number;
  readonly T: number;
}

interface RestTrade {
  readonly id: number;
}

test('trade ids have no hole, on the stream and joined with REST', () => {
  const simulator = makeSimulator();
  const client = connect(simulator, 'binance', '/ws/btcusdt@trade');
  later(simulator, 20_000);
  const ids = client.parseFrames<Trade>('"trade"').map((trade) => trade.t);
  const first = ids[0] ?? 0;
  expect(ids).toEqual(ids.map((_id, index) => first + index));
  const path = `/api/v3/historicalTrades?symbol=BTCUSDT&limit=1000&fromId=${first - 500}`;
  const rest = getJson<RestTrade[]>(simulator, 'binance', path).map((trade) => trade.id);
  expect(rest.slice(0, 510)).toEqual(
    Array.from({ length: 510 }, (_unused, index) => first - 500 + index),
  );
});

interface Kline {
  readonly k: { readonly t: number; readonly x: boolean; readonly c: string; readonly n: number };
}

test('a candle closes once, and the new one follows it', () => {
  const simulator = makeSimulator();
  const client = connect(simulator, 'binance', '/ws/btcusdt@kline_1m');
  later(simulator, 130_000);
  const frames = client.parseFrames<Kline>('"kline"').map((frame) => frame.k);
  const minute = Math.floor(startTime / 60_000) * 60_000;
  expect(frames.filter((bar) => bar.x).map((bar) => bar.t)).toEqual([minute, minute + 60_000]);
  const closes = frames.map((bar, index) => (bar.x ? frames[index + 1]?.t : undefined));
  expect(closes.filter((time) => time !== undefined)).toEqual([minute + 60_000, minute + 120_000]);
  const rows = getJson<(number | string)[][]>(
    simulator,
    'binance',
    '/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=3',
  );
  const closed = frames.filter((bar) => bar.x);
  expect(rows.slice(0, 2).map((row) => [row[0], row[4], row[8]])).toEqual(
    closed.map((bar) => [bar.t, bar.c, bar.n]),
  );
});

test('klines page in both directions without overlap', () => {
  const simulator = makeSimulator();
  const path = '/api/v3/klines?symbol=BTCUSDT&interval=5m&limit=10';
  const times = (query: string): number[] =>
    getJson<number[][]>(simulator, 'binance', `${path}${query}`).map((row) => row[0] ?? 0);
  const newest = times('');
  const older = times(`&endTime=${(newest[0] ?? 0) - 1}`);
  expect([...older, ...newest]).toEqual(
    Array.from({ length: 20 }, (_unused, index) => (older[0] ?? 0) + index * 300_000),
  );
  expect(times(`&startTime=${older[0]}`)).toEqual(older);
  expect(times(`&startTime=${simulator.now() + 1}`)).toEqual([]);
});

test('more than five frames in any second end the socket, and insisting ends in a ban', () => {
  const simulator = makeSimulator();
  const polite = connect(simulator, 'binance', '/ws');
  for (let sent = 0; sent < 40; sent += 1) {
    polite.sendJson({ method: 'LIST_SUBSCRIPTIONS', id: sent });
    later(simulator, 201);
  }
  expect(polite.ended).toBeUndefined();
  for (let round = 0; round < 5; round += 1) {
    const client = connect(simulator, 'binance', '/ws');
    client.sendJson({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
    client.ping('x');
    for (let sent = 0; sent < 3; sent += 1) client.pong('unsolicited');
    expect(client.ended).toBeUndefined();
    later(simulator, 900);
    client.sendJson({ method: 'LIST_SUBSCRIPTIONS', id: 2 });
    expect(client.ended).toEqual({ code: 1008, reason: 'Too many requests' });
  }
  expect(new MemoryClient().attach(simulator, 'binance', '/ws', '127.0.0.1')).toBe(418);
  expect(new MemoryClient().attach(simulator, 'binance', '/ws', '10.0.0.9')).toBe(101);
  expect(simulator.oracle.counters().binance).toMatchObject({ limitBreaches: 5, bans: 1 });
});

test('the 301st connection in five minutes is refused', () => {
  const simulator = makeSimulator(true, 10);
  for (let attempt = 0; attempt < 300; attempt += 1) connect(simulator, 'binance', '/ws').leave();
  expect(new MemoryClient().attach(simulator, 'binance', '/ws', '127.0.0.1')).toBe(429);
  later(simulator, 300_001);
  expect(new MemoryClient().attach(simulator, 'binance', '/ws', '127.0.0.1')).toBe(101);
});

test('weight over 6,000 a minute: 429 with Retry-After, then growing 418 bans', () => {
  const simulator = makeSimulator(true, 10);
  const path = '/api/v3/depth?symbol=BTCUSDT&limit=5000';
  for (let request = 0; request < 24; request += 1) {
    const { headers } = get(simulator, 'binance', path);
    expect(headers['x-mbx-used-weight-1m']).toBe(String((request + 1) * 250));
  }
  const warned = get(simulator, 'binance', '/api/v3/time');
  expect([warned.status, warned.headers['retry-after']]).toEqual([429, '60']);
  expect(warned.text).toContain('"code":-1003');
  expect([get(simulator, 'binance', '/api/v3/time')].map(bannedFor)).toEqual([[418, '120']]);
  later(simulator, 120_001);
  expect(get(simulator, 'binance', '/api/v3/time').status).toBe(200);
  for (let request = 0; request < 24; request += 1) get(simulator, 'binance', path);
  expect(bannedFor(get(simulator, 'binance', '/api/v3/time'))).toEqual([418, '240']);
  expect(simulator.oracle.counters().binance).toMatchObject({ bans: 2, requestsRefused: 4 });
});

function bannedFor(reply: ReturnType<typeof get>): [number, string | undefined] {
  return [reply.status, reply.headers['retry-after']];
}

test('without limits nothing is punished', () => {
  const simulator = makeSimulator(false);
  const client = connect(simulator, 'binance', '/ws');
  for (let sent = 0; sent < 100; sent += 1) client.ping('x');
  for (let sent = 0; sent < 100; sent += 1) {
    expect(get(simulator, 'binance', '/api/v3/depth?symbol=BTCUSDT&limit=5000').status).toBe(200);
  }
  expect(client.ended).toBeUndefined();
  expect(simulator.oracle.counters().binance).toMatchObject({ bans: 0, limitBreaches: 0 });
});

test('a ping comes every 20 s; who answers stays, who does not is cut after 60 s', () => {
  const simulator = makeSimulator(true, 10);
  const good = connect(simulator, 'binance', '/ws');
  const deaf = connect(simulator, 'binance', '/ws');
  deaf.answersPings = false;
  later(simulator, 79_999);
  expect(good.pings.map((ping) => ping.time - startTime)).toEqual([20_000, 40_000, 60_000]);
  expect(good.pings[0]?.text).toBe(String(startTime + 20_000));
  expect(deaf.ended).toBeUndefined();
  later(simulator, 1);
  expect(deaf.ended).toEqual({ code: 1006, reason: '' });
  later(simulator, 100_000);
  expect(good.ended).toBeUndefined();
});

test('wrong REST questions get the venue errors', () => {
  const simulator = makeSimulator();
  const ask = (path: string): [number, string] => {
    const { status, text } = get(simulator, 'binance', path);
    return [status, text];
  };
  expect(ask('/api/v3/depth?symbol=NOPE')).toEqual([400, '{"code":-1121,"msg":"Invalid symbol."}']);
  expect(ask('/api/v3/klines?symbol=BTCUSDT&interval=7m')[1]).toContain('"code":-1120');
  expect(ask('/api/v3/depth')[1]).toContain('"code":-1102');
  expect(ask('/api/v3/nothing')[0]).toBe(404);
  expect(new MemoryClient().attach(simulator, 'binance', '/v5/public/spot', 'x')).toBe(404);
});
