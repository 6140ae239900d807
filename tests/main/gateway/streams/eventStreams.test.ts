import { execFile } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ServerMessage } from '../../../../src/shared/gateway/wire.ts';
import { openBench, range, seqsOf, typesOf, updatesOf } from './streamBench.ts';
import type { StreamBench, StreamPeer } from './streamBench.ts';

let bench: StreamBench;

beforeEach(async () => {
  bench = await openBench();
});

afterEach(() => bench.close());

const path = '/api/stream?channels=trades.BTC-USDT,price.BTC-USDT';

function messagesOf({ events }: StreamPeer): readonly ServerMessage[] {
  return events.map(({ data }) => data as ServerMessage);
}

async function trades(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    bench.feed.trade();
    await bench.pass(5, 5);
  }
}

const lastId = ({ events }: StreamPeer) => events.findLast(({ id }) => id !== undefined)?.id ?? '';

function withId(id: string): Record<string, string> {
  return { authorization: `Bearer ${bench.key}`, 'last-event-id': id };
}

interface CurlRun {
  readonly isOver: () => boolean;
  readonly text: () => string;
}

/** A foreign client, as a person uses it. */
function curl(address: string, more: readonly string[] = []): CurlRun {
  let text = '';
  let isOver = false;
  const run = execFile(
    'curl',
    [
      '-N',
      '-s',
      '-i',
      '--max-time',
      // Ends what hangs: virtual time passes slowly on a busy machine.
      '170',
      '-H',
      `authorization: Bearer ${bench.key}`,
      ...more,
      address,
    ],
    () => (isOver = true),
  );
  run.stdout?.on('data', (chunk: string) => {
    text += chunk;
  });
  stops.push(() => run.kill());
  return { isOver: () => isOver, text: () => text };
}
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

test('[S2-05] curl -N reads tickers and heartbeats of one symbol; when it goes nothing is left', async () => {
  const run = curl(`${bench.gateway.origin}/api/realtime/BTC`);
  const opened = bench.clock.monotonicMs();
  await bench.arrives(() => run.text().includes('retry:'), 'an answer');
  await bench.until(() => bench.feed.wanted.at(-1)?.has('price.BTC-USDT') === true, 'it is wanted');
  bench.feed.price(60_000.5);
  await bench.pass(1_000);
  await bench.arrives(() => run.text().includes('data: {"type":"ticker"'), 'a ticker');
  const [, line = ''] = /^data: (.*ticker.*)$/m.exec(run.text()) ?? [];
  expect(JSON.parse(line)).toEqual({
    type: 'ticker',
    data: {
      symbol: 'BTC',
      market: 'BTC-USDT',
      quote: 'USDT',
      price: 60_000.5,
      change24h: 250,
      changePercent24h: 0.42,
      high24h: 61_000,
      low24h: 59_000,
      volume24h: 1000.5,
      quoteVolume24h: 60_030_000,
      timestamp: expect.any(Number),
      status: 'live',
      receivedTime: expect.any(Number),
      ageMs: expect.any(Number),
      priceStatus: 'live',
      venueSpreadBps: 0.5,
      contributors: [],
      source: 'simulated',
      epoch: 'k1-1',
      seq: 1,
    },
  });
  expect(run.text()).toMatch(/^HTTP\/1\.1 200/);
  expect(run.text()).toMatch(/content-type: text\/event-stream/i);
  expect(run.text()).toMatch(/cache-control: no-cache/i);
  expect(run.text()).toMatch(/connection: keep-alive/i);
  expect(run.text()).toMatch(/x-accel-buffering: no/i);
  await bench.pass(opened + 29_900 - bench.clock.monotonicMs());
  expect(run.text()).not.toContain('heartbeat');
  await bench.pass(100);
  await bench.arrives(() => run.text().includes('event: heartbeat'), 'a heartbeat');
  for (const stop of stops.splice(0)) stop();
  await bench.arrives(() => run.isOver(), 'the end of curl');
  await bench.until(() => bench.feed.wanted.at(-1)?.size === 0, 'nothing is wanted any more');
});

test('[S2-16] the heartbeat of event streams is chosen', async () => {
  await bench.close();
  bench = await openBench({ settings: { sseHeartbeatMs: 2_000 } });
  const peer = await bench.stream(path);
  const beatsOf = () => peer.events.filter(({ event }) => event === 'heartbeat');
  await bench.pass(6_300, 100);
  await bench.arrives(() => beatsOf().length >= 3, 'three heartbeats');
  const beats = beatsOf();
  expect(beats).toHaveLength(3);
  expect(beats[0]?.data).toEqual({ type: 'heartbeat', time: expect.any(Number) });
});

test('[S3-27] a stream connects, says what it has, and gives events in the words of the WebSocket', async () => {
  const peer = await bench.stream(`${path},price.nothing`);
  await trades(2);
  bench.feed.price(60_000);
  await bench.until(() => updatesOf(messagesOf(peer)).length === 3, 'the updates');
  expect(typesOf(messagesOf(peer)).slice(0, 3)).toEqual(['welcome', 'subscribed', 'updates']);
  expect(peer.events.map(({ event }) => event)).toEqual(typesOf(messagesOf(peer)));
  expect(peer.events[1]?.data).toMatchObject({
    accepted: ['trades.BTC-USDT', 'price.BTC-USDT'],
    rejected: [{ channel: 'price.nothing', code: 'INVALID_SYMBOL' }],
  });
});

test('[G02] Last-Event-ID gives exactly what was missed, by header and by query', async () => {
  const first = await bench.stream(path);
  await trades(4);
  await bench.until(() => seqsOf(messagesOf(first), 'trade_update').length === 4, 'four trades');
  const id = lastId(first);
  first.cut();
  await trades(10);
  const second = await bench.stream(path, withId(id));
  const query = await bench.stream(`${path}&lastEventId=${encodeURIComponent(id)}`);
  await trades(2);
  for (const peer of [second, query]) {
    await bench.until(() => seqsOf(messagesOf(peer), 'trade_update').length >= 12, 'all of them');
    expect(seqsOf(messagesOf(peer), 'trade_update')).toEqual(range(5, 16));
    expect(typesOf(messagesOf(peer))).not.toContain('resync');
  }
});

test('[G02] an expired or odd Last-Event-ID is one resync and the present', async () => {
  const first = await bench.stream(path);
  await trades(1);
  await bench.until(() => seqsOf(messagesOf(first), 'trade_update').length === 1, 'a trade');
  const id = lastId(first);
  first.cut();
  await trades(3);
  await bench.pass(200_000, 5_000);
  for (const old of [id, 'odd', '🙂'.repeat(3)]) {
    const peer = await bench.stream(`${path}&lastEventId=${encodeURIComponent(old)}`);
    bench.feed.price(60_000);
    await bench.until(() => updatesOf(messagesOf(peer)).length > 0, 'the present');
    await bench.pass(300);
    const resyncs = messagesOf(peer).filter(({ type }) => type === 'resync');
    expect(resyncs).toHaveLength(1);
    expect(lastId(peer)).not.toBe(id);
    const back = await bench.stream(path, withId(lastId(peer)));
    await bench.pass(300);
    expect(typesOf(messagesOf(back)), 'the id of the resync goes on').not.toContain('resync');
    peer.cut();
    back.cut();
  }
});

test('a stream that is cut right after a resync does not get it twice', async () => {
  const trades = '/api/stream?channels=trades.BTC-USDT';
  const peer = await bench.stream(trades, withId('odd'));
  await bench.until(() => peer.events.some(({ event }) => event === 'resync'), 'a resync');
  const resync = peer.events.find(({ event }) => event === 'resync');
  expect(resync?.data).toMatchObject({ type: 'resync', from: 'odd', to: resync?.id });
  const back = await bench.stream(trades, withId(lastId(peer)));
  await bench.pass(300);
  expect(typesOf(messagesOf(back))).toEqual(['welcome', 'subscribed']);
});

test('a stream that is cut before its missed events came starts at the same place again', async () => {
  const first = await bench.stream(path);
  await trades(1);
  await bench.until(() => seqsOf(messagesOf(first), 'trade_update').length === 1, 'a trade');
  const id = lastId(first);
  await trades(3);
  const second = await bench.stream(path, withId(id));
  await bench.until(() => second.events.length > 2, 'it begins');
  const [welcome, , updates] = second.events;
  expect(welcome).toMatchObject({ event: 'welcome', id: undefined });
  expect(updates?.id).not.toBeUndefined();
});

test('a realtime stream of trades resumes as well, and names what is no channel', async () => {
  const address = '/api/realtime/BTC-USDT?channels=ticker,trades';
  const first = await bench.stream(address);
  await trades(2);
  await bench.until(() => first.events.length === 2, 'two trades');
  const id = lastId(first);
  first.cut();
  await trades(3);
  const second = await bench.stream(address, withId(id));
  await bench.until(() => second.events.length >= 3, 'three trades');
  expect(second.events.map(({ data }) => data)).toMatchObject(
    range(3, 5).map((seq) => ({ type: 'trade', data: { seq, trade: { id: `t${seq}` } } })),
  );
});

test.each([
  ['/api/realtime/btc', 404, 'INVALID_SYMBOL'],
  ['/api/realtime/BTC?channels=moon', 400, 'INVALID_CHANNEL'],
  ['/api/realtime/BTC?fields=price', 400, 'INVALID_REQUEST'],
  ['/api/stream', 400, 'INVALID_REQUEST'],
  ['/api/stream?channels=', 400, 'INVALID_REQUEST'],
  ['/api/stream?channels=price.NOPE', 404, 'INVALID_SYMBOL'],
  ['/api/stream?channels=price.BTC&rate=fast', 400, 'INVALID_REQUEST'],
  ['/api/stream?channels=price.BTC&rate=1000', 400, 'INVALID_REQUEST'],
  ['/api/stream?channels=price.BTC&token=abc', 400, 'INVALID_REQUEST'],
])('%s is refused with %i %s before anything streams', async (address, status, code) => {
  const answer = await bench.ask(address);
  const body: unknown = await answer.json();
  expect([answer.status, body]).toMatchObject([status, { error: { code, message: /\w/ } }]);
});

test('what is quoted of a refused channel is no markup and moves no cursor', async () => {
  const answer = await bench.ask('/api/stream?channels=price.%3Cscript%3E%1B%5B2J');
  const text = await answer.text();
  expect(answer.status).toBe(404);
  expect(text).toContain('price.?script??');
  expect(text).not.toMatch(/[<>]|u001b/);
});

test('HEAD opens no stream, and who reads no events is told so', async () => {
  expect((await bench.ask(path, { method: 'HEAD' })).status).toBe(405);
  const answer = await bench.ask(path, { headers: { accept: 'application/json' } });
  expect(answer.status).toBe(406);
});

test('[S3-30] the dashboard: metrics of health, alerts of gaps that began, heartbeats', async () => {
  const peer = await bench.stream('/api/dashboard/stream');
  await bench.until(() => bench.feed.wanted.at(-1)?.size === 2, 'wanted');
  bench.feed.health();
  bench.feed.gap(null);
  await bench.until(() => peer.events.length >= 2, 'metrics and an alert');
  bench.feed.gap(bench.now());
  await bench.until(() => peer.events.some(({ event }) => event === 'notification'), 'its end');
  await bench.pass(30_500);
  await bench.arrives(() => peer.events.some(({ event }) => event === 'heartbeat'), 'a heartbeat');
  const names = new Set(peer.events.map(({ event }) => event));
  expect(names).toEqual(new Set(['metrics', 'alert', 'notification', 'heartbeat']));
  for (const { event, data } of peer.events) expect(data).toMatchObject({ type: event });
  expect(
    (await bench.ask('/api/dashboard/stream', { headers: { authorization: '' } })).status,
  ).toBe(401);
});

test('[S4-06] curl reads the stream of profit and loss: every 5 s, and no figure that nobody computed', async () => {
  const run = curl(`${bench.gateway.origin}/api/pnl-stream`);
  await bench.arrives(() => run.text().includes('event: snapshot'), 'the first');
  await bench.pass(10_100);
  await bench.arrives(() => run.text().split('event: update').length === 3, 'two updates in 10 s');
  expect(run.text()).toMatch(/content-type: text\/event-stream/i);
  expect(run.text()).toMatch(/cache-control: no-cache/i);
  expect(run.text()).toMatch(/connection: keep-alive/i);
  expect(run.text()).toContain('"netPL":null');
});

test('[S4-07] profit and loss for those who poll it: 200, and that it is not computed', async () => {
  const answer = await bench.ask('/api/pnl');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(await answer.json()).toEqual({
    type: 'pnl',
    status: 'not-computed',
    message: expect.stringContaining('no profit and loss'),
    revenue: null,
    expenses: null,
    netPL: null,
    parts: [],
    computedTime: null,
    time: expect.any(Number),
  });
  // As those who poll do it: every 5 s, each answer of its own moment, and never too often.
  const times: number[] = [];
  for (let poll = 0; poll < 24; poll += 1) {
    await bench.pass(5_000, 500);
    const polled = await bench.ask('/api/pnl');
    expect(polled.status).toBe(200);
    times.push(((await polled.json()) as { readonly time: number }).time);
  }
  for (const [at, time] of times.slice(1).entries()) {
    expect(Math.abs(time - (times[at] ?? 0) - 5_000)).toBeLessThan(100);
  }
  const stranger = await bench.ask('/api/pnl', { headers: { authorization: 'Bearer x' } });
  expect(stranger.status).toBe(401);
});

test('[G01] a stream that nobody reads is conflated, then ended, and costs its buffer alone', async () => {
  const { connect } = await import('node:net');
  const slow = connect({ port: bench.gateway.port, host: '127.0.0.1' });
  slow.on('error', () => undefined);
  slow.pause();
  slow.write(
    `GET /api/stream?channels=trades.BTC-USDT HTTP/1.1\r\nHost: 127.0.0.1:${bench.gateway.port}\r\n` +
      `Authorization: Bearer ${bench.key}\r\n\r\n`,
  );
  const healthy = await bench.stream(path);
  await bench.until(() => bench.feed.wanted.at(-1)?.size === 2, 'both are there');
  const heard = () => seqsOf(messagesOf(healthy), 'trade_update').length;
  let published = 0;
  for (let round = 0; round < 60; round += 1) {
    for (let at = 0; at < 500; at += 1) bench.feed.trade();
    published += 500;
    await bench.pass(40, 20);
    // Virtual time is faster than the network: without this the healthy one would look slow as well.
    await bench.until(() => heard() === published, 'the healthy one has them all');
  }
  await bench.pass(12_000);
  expect(await bench.clients()).toBe(1);
  slow.destroy();
});

test('[G02] an event stream on which nothing happens for long keeps its place young', async () => {
  const busy = await bench.stream('/api/stream?channels=trades.ETH-USDT');
  const address = '/api/realtime/BTC?channels=trades';
  const first = await bench.stream(address);
  bench.feed.trade();
  for (let at = 0; at < 40; at += 1) {
    bench.feed.trade('ETH-USDT');
    await bench.pass(5_000);
  }
  const id = lastId(first);
  expect(first.events.filter(({ event }) => event === undefined)).toHaveLength(1);
  first.cut();
  bench.feed.trade();
  await bench.pass(3_000);
  const second = await bench.stream(address, withId(id));
  await bench.until(() => second.events.length > 0, 'what was missed');
  expect(second.events).toMatchObject([{ event: undefined, data: { data: { seq: 2 } } }]);
  busy.cut();
});
