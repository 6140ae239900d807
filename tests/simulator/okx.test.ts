import { expect, test } from 'vitest';
import { createSimulator } from '../../src/simulator/simulator.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { keyOrder } from './support/keys.ts';
import { connect, get, getJson, MemoryClient } from './support/memoryClient.ts';
import { startTime } from './support/start.ts';

function makeSimulator(messagesPerSec = 1000): Simulator {
  const assets = ['BTC', 'ETH', 'SOL', 'XRP'];
  return createSimulator({ seed: 41, startTime, messagesPerSec, assets, venues: ['okx'] });
}

function later(simulator: Simulator, ms: number): void {
  simulator.advanceTo(simulator.now() + ms);
}

const publicPath = '/ws/v5/public';
const businessPath = '/ws/v5/business';

function subscribe(simulator: Simulator, path: string, ...channels: string[]): MemoryClient {
  const client = connect(simulator, 'okx', path);
  const args = channels.map((channel) => ({ channel, instId: 'BTC-USDT' }));
  client.sendJson({ id: 'a1', op: 'subscribe', args });
  return client;
}

test('each argument is acknowledged or refused by itself', () => {
  const client = subscribe(makeSimulator(), publicPath, 'trades', 'candle1m', 'books50-l2-tbt');
  client.sendJson({
    id: 'a2',
    op: 'unsubscribe',
    args: [{ channel: 'trades', instId: 'BTC-USDT' }],
  });
  client.sendJson({ op: 'subscribe', args: [{ channel: 'status' }] });
  client.send('ping');
  client.send('{"op": 5}');
  client.sendJson({ id: 'a3', op: 'nothing' });
  const texts = client.texts().map((text) => text.replace(/"connId":"[^"]+"/, '"connId":"ID"'));
  expect(texts).toEqual([
    '{"id":"a1","event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"},"connId":"ID"}',
    `{"event":"error","msg":"Subscribe failed, wrong URL or channel:candle1m,instId:BTC-USDT doesn't exist. Please use the correct URL, channel and parameters referring to API document.","code":"60018","connId":"ID","id":"a1"}`,
    `{"event":"error","msg":"Your trading fee tier doesn't meet the requirement to access this channel","code":"64003","connId":"ID","id":"a1"}`,
    '{"id":"a2","event":"unsubscribe","arg":{"channel":"trades","instId":"BTC-USDT"},"connId":"ID"}',
    '{"event":"subscribe","arg":{"channel":"status"},"connId":"ID"}',
    'pong',
    '{"event":"error","code":"60012","msg":"Invalid request: {\\"op\\": 5}","connId":"ID"}',
    '{"event":"error","msg":"Invalid op: nothing","code":"60019","connId":"ID","id":"a3"}',
  ]);
});

const arg = ['arg:object', 'arg.channel:string', 'arg.instId:string'];
const row = [...arg, 'data:array'];
const shapes: readonly [path: string, channel: string, keys: readonly string[]][] = [
  [
    publicPath,
    'tickers',
    [
      ...row,
      ...['data[].instType:string', 'data[].instId:string', 'data[].last:string'],
      ...['data[].lastSz:string', 'data[].askPx:string', 'data[].askSz:string'],
      ...['data[].bidPx:string', 'data[].bidSz:string', 'data[].open24h:string'],
      ...['data[].high24h:string', 'data[].low24h:string', 'data[].sodUtc0:string'],
      ...['data[].sodUtc8:string', 'data[].volCcy24h:string', 'data[].vol24h:string'],
      'data[].ts:string',
    ],
  ],
  [
    publicPath,
    'trades',
    [
      ...row,
      ...['data[].instId:string', 'data[].tradeId:string', 'data[].px:string'],
      ...['data[].sz:string', 'data[].side:string', 'data[].ts:string', 'data[].count:string'],
      ...['data[].source:string', 'data[].seqId:number'],
    ],
  ],
  [
    publicPath,
    'bbo-tbt',
    [...row, 'data[].asks:array', 'data[].bids:array', 'data[].ts:string', 'data[].seqId:number'],
  ],
  [
    publicPath,
    'books5',
    [
      ...row,
      ...['data[].asks:array', 'data[].bids:array', 'data[].instId:string', 'data[].ts:string'],
      'data[].seqId:number',
    ],
  ],
  [
    publicPath,
    'books',
    [
      ...[...arg, 'action:string', 'data:array', 'data[].asks:array', 'data[].bids:array'],
      ...['data[].ts:string', 'data[].checksum:number', 'data[].prevSeqId:number'],
      'data[].seqId:number',
    ],
  ],
  [businessPath, 'candle1m', row],
  [
    businessPath,
    'trades-all',
    [
      ...row,
      ...['data[].instId:string', 'data[].tradeId:string', 'data[].px:string'],
      ...['data[].sz:string', 'data[].side:string', 'data[].source:string', 'data[].ts:string'],
    ],
  ],
];

test.each(shapes)('%s %s has the keys of the venue, in its order', (path, channel, keys) => {
  const simulator = makeSimulator();
  const client = subscribe(simulator, path, channel);
  later(simulator, 4000);
  const frames = client.texts().filter((text) => text.startsWith('{"arg"'));
  expect(frames.length).toBeGreaterThan(2);
  for (const text of frames) {
    expect(keyOrder(text)).toEqual(keys);
    expect(text).not.toMatch(/"\d+\.\d*0"/);
  }
});

interface TradeFrame {
  readonly data: readonly {
    readonly tradeId: string;
    readonly count: string;
    readonly sz: string;
  }[];
}

test('merged trades name the last of their ids, so that the chain has no hole', () => {
  const simulator = makeSimulator();
  later(simulator, 3000);
  const merged = subscribe(simulator, publicPath, 'trades');
  const single = subscribe(simulator, businessPath, 'trades-all');
  later(simulator, 20_000);
  // The first frame is the last trade before the subscription.
  const [before, ...trades] = merged
    .parseFrames<TradeFrame>('"tradeId"')
    .flatMap((frame) => frame.data);
  let last = Number(before?.tradeId);
  for (const trade of trades) {
    expect(Number(trade.tradeId) - Number(trade.count)).toBe(last);
    last = Number(trade.tradeId);
  }
  expect(trades.some((trade) => trade.count !== '1')).toBe(true);
  const ids = single
    .parseFrames<TradeFrame>('"tradeId"')
    .map((frame) => Number(frame.data[0]?.tradeId));
  expect(ids.length).toBe(trades.reduce((sum, trade) => sum + Number(trade.count), 0));
});

interface SequenceFrame {
  readonly arg: { readonly channel: string };
  readonly data: readonly { readonly seqId: number; readonly prevSeqId?: number }[];
}

test('the best price of a change comes before the book that contains it', () => {
  const simulator = makeSimulator(4000);
  const client = subscribe(simulator, publicPath, 'books5', 'books', 'bbo-tbt');
  later(simulator, 10_000);
  let topSequence = 0;
  let books = 0;
  const latestTop = new Map<number, number>();
  for (const frame of client.parseFrames<SequenceFrame>('"data"')) {
    const sequence = frame.data[0]?.seqId ?? 0;
    if (frame.arg.channel === 'bbo-tbt') topSequence = sequence;
    if (frame.arg.channel !== 'books') continue;
    books += 1;
    latestTop.set(sequence, topSequence);
    expect(topSequence).toBeLessThanOrEqual(sequence);
  }
  expect(books).toBeGreaterThan(50);
});

test('a minute without change brings an empty update with the same number', () => {
  const simulator = createSimulator({ seed: 42, startTime, messagesPerSec: 1 });
  const client = connect(simulator, 'okx', publicPath);
  client.sendJson({ op: 'subscribe', args: [{ channel: 'books', instId: 'ARB-USDT' }] });
  for (let round = 0; round < 50; round += 1) {
    later(simulator, 20_000);
    client.send('ping');
  }
  const empty = client.texts().filter((text) => text.includes('"asks":[],"bids":[]'));
  expect(empty.length).toBeGreaterThan(0);
  for (const text of empty) {
    const [, previous, sequence] = /"prevSeqId":(\d+),"seqId":(\d+)/.exec(text) ?? [];
    expect(previous).toBe(sequence);
  }
});

test('a candle is confirmed once; days open at 00:00 UTC+8 unless asked for UTC', () => {
  const simulator = makeSimulator();
  const client = subscribe(simulator, businessPath, 'candle1m', 'candle1D', 'candle1Dutc');
  later(simulator, 130_000);
  const rows = (channel: string): string[][] =>
    client
      .parseFrames<{ readonly data: string[][] }>(
        `"channel":"${channel}","instId":"BTC-USDT"},"data"`,
      )
      .flatMap((frame) => frame.data);
  const minute = Math.floor(startTime / 60_000) * 60_000;
  const closed = rows('candle1m').filter((bar) => bar[8] === '1');
  expect(closed.map((bar) => bar[0])).toEqual([String(minute), String(minute + 60_000)]);
  expect(rows('candle1D')[0]?.[0]).toBe(String(Date.UTC(2026, 5, 2, 16)));
  expect(rows('candle1Dutc')[0]?.[0]).toBe(String(Date.UTC(2026, 5, 3)));
  expect(rows('candle1m')[0]?.length).toBe(9);
});

interface Envelope {
  readonly code: string;
  readonly data: readonly string[][];
}

test('after pages to older bars, before to newer ones, newest first', () => {
  const simulator = makeSimulator();
  const times = (query: string): number[] =>
    getJson<Envelope>(
      simulator,
      'okx',
      `/api/v5/market/history-candles?instId=BTC-USDT&bar=5m${query}`,
    ).data.map((bar) => Number(bar[0]));
  const newest = Math.floor(startTime / 300_000) * 300_000;
  expect(times('&limit=3')).toEqual([newest, newest - 300_000, newest - 600_000]);
  expect(times(`&limit=2&after=${newest}`)).toEqual([newest - 300_000, newest - 600_000]);
  expect(times(`&before=${newest - 600_000}`)).toEqual([newest, newest - 300_000]);
  expect(times('&limit=1000').length).toBe(300);
  const recent = getJson<Envelope>(
    simulator,
    'okx',
    `/api/v5/market/candles?instId=BTC-USDT&bar=1m&after=${startTime - 1450 * 60_000}`,
  );
  expect(recent).toEqual({ code: '0', msg: '', data: [] });
});

test('history trades page by id and by time without a hole', () => {
  const simulator = makeSimulator();
  later(simulator, 10_000);
  interface Trades {
    readonly data: readonly { readonly tradeId: string; readonly ts: string }[];
  }
  const page = (query: string): Trades['data'] =>
    getJson<Trades>(simulator, 'okx', `/api/v5/market/history-trades?instId=BTC-USDT${query}`).data;
  const first = page('');
  const second = page(`&after=${first[99]?.tradeId}`);
  const ids = [...first, ...second].map((trade) => Number(trade.tradeId));
  expect(ids).toEqual(ids.map((_id, index) => (ids[0] ?? 0) - index));
  expect(ids.length).toBe(200);
  const older = page(`&type=2&after=${first[50]?.ts}`);
  expect(Number(older[0]?.ts)).toBeLessThan(Number(first[50]?.ts));
});

test('REST books are refreshed every 50 ms and carry the sequence of the stream', () => {
  const simulator = makeSimulator(5000);
  const client = subscribe(simulator, publicPath, 'books');
  const ask = (): string =>
    get(simulator, 'okx', '/api/v5/market/books?instId=BTC-USDT&sz=400').text;
  simulator.advanceTo(startTime + 2000);
  const first = ask();
  later(simulator, 49);
  expect(ask()).toBe(first);
  later(simulator, 1);
  expect(ask()).not.toBe(first);
  const sequence = Number(/"seqId":(\d+)/.exec(first)?.[1]);
  const last = client.parseFrames<SequenceFrame>('"update"').pop()?.data[0];
  expect(sequence).toBeGreaterThanOrEqual(last?.prevSeqId ?? Infinity);
});

test('thirty silent seconds end the socket with 4004; text pings keep it', () => {
  const simulator = makeSimulator();
  const silent = connect(simulator, 'okx', businessPath);
  const pinging = connect(simulator, 'okx', businessPath);
  for (let elapsed = 0; elapsed < 60_000; elapsed += 20_000) {
    later(simulator, 20_000);
    pinging.send('ping');
  }
  expect(silent.ended).toEqual({ code: 4004, reason: 'No data received in 30s' });
  expect(pinging.ended).toBeUndefined();
});

test('limits: three connections a second, 480 operations an hour, requests per endpoint', () => {
  const simulator = makeSimulator();
  const client = connect(simulator, 'okx', publicPath);
  for (const status of [101, 101, 429]) {
    expect(new MemoryClient().attach(simulator, 'okx', publicPath, '127.0.0.1')).toBe(status);
  }
  for (let operation = 0; operation < 481; operation += 1) {
    later(simulator, 20);
    const op = operation % 2 === 0 ? 'subscribe' : 'unsubscribe';
    client.sendJson({ op, args: [{ channel: 'status' }] });
  }
  const refused = client.texts().filter((text) => text.includes('"60014"'));
  expect([client.texts().length, refused.length]).toEqual([481, 1]);
  const path = '/api/v5/public/instruments?instType=SPOT';
  for (let request = 0; request < 20; request += 1) {
    expect(get(simulator, 'okx', path).status).toBe(200);
  }
  const over = get(simulator, 'okx', path);
  expect([over.status, over.text]).toEqual([
    429,
    '{"code":"50011","msg":"Too Many Requests","data":[]}',
  ]);
  later(simulator, 2001);
  expect(get(simulator, 'okx', path).status).toBe(200);
  client.send(`{"op":"subscribe","args":[{"channel":"${'x'.repeat(70_000)}"}]}`);
  expect(client.ended?.code).toBe(1009);
});
