import { expect, test } from 'vitest';
import { createSimulator } from '../../src/simulator/simulator.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { keyOrder } from './support/keys.ts';
import { connect, get, getJson, MemoryClient } from './support/memoryClient.ts';
import { startTime } from './support/start.ts';

function makeSimulator(messagesPerSec = 1000): Simulator {
  const assets = ['BTC', 'ETH', 'SOL', 'XRP'];
  return createSimulator({ seed: 31, startTime, messagesPerSec, assets, venues: ['bybit'] });
}

function later(simulator: Simulator, ms: number): void {
  simulator.advanceTo(simulator.now() + ms);
}

const spot = '/v5/public/spot';

test('control requests are answered as the venue does, with its connection id', () => {
  const simulator = makeSimulator();
  const client = connect(simulator, 'bybit', spot);
  const manyArgs = Array.from({ length: 11 }, (_unused, index) => `kline.${index}.BTCUSDT`);
  const table: readonly [request: unknown, answer: string][] = [
    [
      { req_id: 's1', op: 'subscribe', args: ['publicTrade.BTCUSDT'] },
      '{"success":true,"ret_msg":"subscribe","conn_id":"ID","req_id":"s1","op":"subscribe"}',
    ],
    [
      { op: 'subscribe', args: ['publicTrade.ETHUSDT'] },
      '{"success":true,"ret_msg":"subscribe","conn_id":"ID","op":"subscribe"}',
    ],
    [
      { req_id: 'p1', op: 'ping' },
      '{"success":true,"ret_msg":"pong","conn_id":"ID","req_id":"p1","op":"ping"}',
    ],
    [
      { req_id: 's2', op: 'subscribe', args: ['tickers.BTCUSDT', 'orderbook.50.NOPEUSDT'] },
      '{"success":false,"ret_msg":"error:handler not found,topic:orderbook.50.NOPEUSDT","conn_id":"ID","req_id":"s2","op":"subscribe"}',
    ],
    [
      { req_id: 's3', op: 'subscribe', args: ['publicTrade.BTCUSDT'] },
      '{"success":false,"ret_msg":"error:already subscribed,topic:publicTrade.BTCUSDT","conn_id":"ID","req_id":"s3","op":"subscribe"}',
    ],
    [
      { req_id: 's4', op: 'subscribe', args: manyArgs },
      '{"success":false,"ret_msg":"args size >10","conn_id":"ID","req_id":"s4","op":"subscribe"}',
    ],
    [
      { req_id: 'u1', op: 'unsubscribe', args: ['publicTrade.BTCUSDT'] },
      '{"success":true,"ret_msg":"","conn_id":"ID","req_id":"u1","op":"unsubscribe"}',
    ],
    [
      { req_id: 'x', op: 'auth' },
      '{"success":false,"ret_msg":"error:invalid op","conn_id":"ID","req_id":"x","op":"auth"}',
    ],
  ];
  for (const [request, answer] of table) {
    client.clear();
    client.sendJson(request);
    const texts = client.texts().map((text) => text.replace(/"conn_id":"[^"]+"/, '"conn_id":"ID"'));
    expect(texts).toEqual([answer]);
  }
  client.clear();
  client.send('not json');
  expect(client.texts()[0]).toContain('"success":false');
  expect(client.ended).toBeUndefined();
  // The refused request subscribed to none of its topics.
  client.clear();
  later(simulator, 2000);
  expect(client.parseFrames('"tickers')).toEqual([]);
});

test.each([
  'orderbook.50.btcusdt',
  'orderbook.30.BTCUSDT',
  'kline.7.BTCUSDT',
  'liquidation.BTCUSDT',
])('%s has no handler', (topic) => {
  const client = connect(makeSimulator(), 'bybit', spot);
  client.sendJson({ op: 'subscribe', args: [topic] });
  expect(client.texts()[0]).toContain(`error:handler not found,topic:${topic}`);
});

const book = [
  ...['topic:string', 'ts:number', 'type:string', 'data:object', 'data.s:string'],
  ...['data.b:array', 'data.a:array', 'data.u:number', 'data.seq:number', 'cts:number'],
];
const shapes: Readonly<Record<string, readonly string[]>> = {
  'orderbook.1': book,
  'orderbook.200': book,
  publicTrade: [
    ...['topic:string', 'ts:number', 'type:string', 'data:array', 'data[].i:string'],
    ...['data[].T:number', 'data[].p:string', 'data[].v:string', 'data[].S:string'],
    ...['data[].seq:number', 'data[].s:string', 'data[].BT:boolean', 'data[].RPI:boolean'],
  ],
  tickers: [
    ...['topic:string', 'ts:number', 'type:string', 'cs:number', 'data:object'],
    ...['data.symbol:string', 'data.lastPrice:string', 'data.highPrice24h:string'],
    ...['data.lowPrice24h:string', 'data.prevPrice24h:string', 'data.volume24h:string'],
    ...['data.turnover24h:string', 'data.price24hPcnt:string', 'data.usdIndexPrice:string'],
  ],
  'kline.1': [
    ...['topic:string', 'type:string', 'ts:number', 'data:array', 'data[].start:number'],
    ...['data[].end:number', 'data[].interval:string', 'data[].open:string'],
    ...['data[].close:string', 'data[].high:string', 'data[].low:string'],
    ...['data[].volume:string', 'data[].turnover:string', 'data[].confirm:boolean'],
    'data[].timestamp:number',
  ],
};

test.each(Object.entries(shapes))('%s has the keys of the venue, in its order', (kind, keys) => {
  const simulator = makeSimulator();
  const client = connect(simulator, 'bybit', spot);
  client.sendJson({ op: 'subscribe', args: [`${kind}.BTCUSDT`] });
  later(simulator, 4000);
  const frames = client.texts().filter((text) => text.includes('"topic"'));
  expect(frames.length).toBeGreaterThan(2);
  for (const text of frames) {
    expect(keyOrder(text)).toEqual(keys);
    // Trimmed to what is needed, unlike Binance.
    expect(text).not.toMatch(/"\d+\.\d*0"/);
  }
});

interface TopFrame {
  readonly ts: number;
  readonly data: {
    readonly u: number;
    readonly b: readonly unknown[];
    readonly a: readonly unknown[];
  };
}

test('level 1 is always a snapshot, at most every 10 ms, and repeats its id after 3 s', () => {
  const busy = makeSimulator(5000);
  const client = connect(busy, 'bybit', spot);
  client.sendJson({ op: 'subscribe', args: ['orderbook.1.BTCUSDT'] });
  later(busy, 2000);
  const times = client.frames.filter((frame) => frame.text.includes('"topic"'));
  const gaps = times.slice(2).map((frame, index) => frame.time - (times[index + 1]?.time ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(9.999);
  expect(client.parseFrames('"delta"')).toEqual([]);

  const calm = makeSimulator(1);
  const quiet = connect(calm, 'bybit', spot);
  quiet.sendJson({ op: 'subscribe', args: ['orderbook.1.XRPUSDT'] });
  later(calm, 120_000);
  const tops = quiet.parseFrames<TopFrame>('"topic"');
  const repeats = tops.filter((frame, index) => frame.data.u === tops[index - 1]?.data.u);
  expect(repeats.length).toBeGreaterThan(10);
  for (const [index, frame] of tops.entries()) {
    const previous = tops[index - 1];
    if (previous === undefined) continue;
    const isRepeat = frame.data.u === previous.data.u;
    expect(isRepeat ? frame.ts - previous.ts : 3000).toBeGreaterThanOrEqual(2999);
    expect(isRepeat ? frame.data : previous.data).toEqual(previous.data);
  }
});

test('a candle is confirmed once, and the new one follows it', () => {
  const simulator = makeSimulator();
  const client = connect(simulator, 'bybit', spot);
  client.sendJson({ op: 'subscribe', args: ['kline.1.BTCUSDT'] });
  later(simulator, 130_000);
  interface Row {
    readonly data: readonly { readonly start: number; readonly confirm: boolean }[];
  }
  const bars = client.parseFrames<Row>('"kline').flatMap((frame) => frame.data);
  const minute = Math.floor(startTime / 60_000) * 60_000;
  expect(bars.filter((bar) => bar.confirm).map((bar) => bar.start)).toEqual([
    minute,
    minute + 60_000,
  ]);
  const next = bars.flatMap((bar, index) => (bar.confirm ? [bars[index + 1]?.start] : []));
  expect(next).toEqual([minute + 60_000, minute + 120_000]);
});

interface Envelope<Result> {
  readonly retCode: number;
  readonly result: Result;
}

test('the REST book joins the 1,000-level topic', () => {
  const simulator = makeSimulator();
  const client = connect(simulator, 'bybit', spot);
  client.sendJson({ op: 'subscribe', args: ['orderbook.1000.BTCUSDT'] });
  later(simulator, 5050);
  const path = '/v5/market/orderbook?category=spot&symbol=BTCUSDT&limit=1000';
  const { result } = getJson<Envelope<TopFrame['data']>>(simulator, 'bybit', path);
  const last = client.parseFrames<TopFrame>('"topic"').pop();
  expect(result.u).toBe(last?.data.u);
  expect([result.b.length, result.a.length]).toEqual([1000, 1000]);
});

test('REST shows at most 60 trades, newest first, and bars newest first', () => {
  const simulator = makeSimulator();
  later(simulator, 5000);
  const trades = getJson<Envelope<{ readonly list: readonly { readonly execId: string }[] }>>(
    simulator,
    'bybit',
    '/v5/market/recent-trade?category=spot&symbol=BTCUSDT&limit=500',
  ).result.list.map((trade) => BigInt(trade.execId));
  expect(trades.length).toBe(60);
  expect(trades).toEqual(trades.map((_id, index) => (trades[0] ?? 0n) - BigInt(index)));
  expect(trades[0]).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER));
  const bars = getJson<Envelope<{ readonly list: readonly string[][] }>>(
    simulator,
    'bybit',
    '/v5/market/kline?category=spot&symbol=BTCUSDT&interval=15&limit=3',
  ).result.list.map((row) => Number(row[0]));
  const newest = Math.floor(startTime / 900_000) * 900_000;
  expect(bars).toEqual([newest, newest - 900_000, newest - 1_800_000]);
});

test('more than 600 requests in five seconds shut the address out for ten minutes', () => {
  const simulator = makeSimulator(10);
  for (let request = 0; request < 600; request += 1) {
    expect(get(simulator, 'bybit', '/v5/market/time').status).toBe(200);
  }
  const refused = get(simulator, 'bybit', '/v5/market/time');
  expect([refused.status, refused.text]).toEqual([403, 'access too frequent']);
  later(simulator, 599_000);
  expect(get(simulator, 'bybit', '/v5/market/time').status).toBe(403);
  expect(get(simulator, 'bybit', '/v5/market/time', '10.0.0.9').status).toBe(200);
  later(simulator, 1001);
  expect(get(simulator, 'bybit', '/v5/market/time').status).toBe(200);
  expect(simulator.oracle.counters().bybit).toMatchObject({ bans: 1, limitBreaches: 1 });
});

test('the 501st connection in five minutes is refused, and an idle socket is cut', () => {
  const simulator = makeSimulator(10);
  const idle = connect(simulator, 'bybit', spot);
  for (let attempt = 1; attempt < 500; attempt += 1) connect(simulator, 'bybit', spot).leave();
  expect(new MemoryClient().attach(simulator, 'bybit', spot, '127.0.0.1')).toBe(403);
  expect(new MemoryClient().attach(simulator, 'bybit', '/v5/public/linear', 'x')).toBe(404);
  later(simulator, 59_999);
  expect(idle.ended).toBeUndefined();
  later(simulator, 2);
  expect(idle.ended?.code).toBe(1006);
});
