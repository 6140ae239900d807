import { decode } from '@msgpack/msgpack';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openBench, cursorOf, range, seqsOf, typesOf, updatesOf } from './streamBench.ts';
import type { SocketPeer, StreamBench } from './streamBench.ts';

let bench: StreamBench;

beforeEach(async () => {
  bench = await openBench();
});

afterEach(() => bench.close());

const channels = ['trades.BTC-USDT', 'price.BTC-USDT'];

async function subscribed(peer: SocketPeer, cursor?: string): Promise<void> {
  peer.send({ type: 'subscribe', id: 's', channels });
  if (cursor !== undefined) peer.send({ type: 'resume', cursor });
  await bench.until(() => typesOf(peer.messages).includes('subscribed'), 'subscribed');
}

async function trades(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    bench.feed.trade();
    await bench.pass(5, 5);
  }
}

test('[S1-02] one socket subscribes, gets updates with their validity, and unsubscribes', async () => {
  const peer = await bench.connect();
  await subscribed(peer);
  bench.feed.price(60_000.5);
  bench.feed.trade();
  await bench.until(() => updatesOf(peer.messages).length === 2, 'two updates');
  expect(typesOf(peer.messages).slice(0, 2)).toEqual(['welcome', 'subscribed']);
  const price = updatesOf(peer.messages).find(({ type }) => type === 'price_update');
  expect(price).toMatchObject({
    channel: 'price.BTC-USDT',
    status: 'live',
    source: 'simulated',
    price: { price: 60_000.5, change: 250, changePercent: 0.42, volume: 1000.5 },
  });
  peer.send({ type: 'unsubscribe', id: 'u', channels });
  await bench.until(() => typesOf(peer.messages).includes('unsubscribed'), 'unsubscribed');
  const before = updatesOf(peer.messages).length;
  await trades(3);
  await bench.pass(500);
  expect(updatesOf(peer.messages)).toHaveLength(before);
});

test('[S0-41] without a token nothing but a token is taken, and it has five seconds', async () => {
  const late = await bench.connect({ token: null });
  late.send({ type: 'subscribe', channels });
  await bench.until(() => late.messages.length > 0, 'an answer');
  expect(late.messages).toMatchObject([{ type: 'error', error: { code: 'UNAUTHORIZED' } }]);
  await bench.pass(5_100);
  await bench.until(() => late.closed !== null, 'closed');
  expect(late.closed).toEqual({ code: 1008, reason: 'UNAUTHORIZED' });

  const wrong = await bench.connect({ token: null });
  wrong.send({ type: 'authenticate', token: 'wrong' });
  await bench.until(() => wrong.closed !== null, 'closed');
  expect(wrong.closed?.reason).toBe('INVALID_TOKEN');

  const right = await bench.connect({ token: null });
  right.send({ type: 'authenticate', token: bench.key });
  right.send({ type: 'subscribe', channels });
  await bench.until(() => typesOf(right.messages).includes('subscribed'), 'subscribed');
  expect(typesOf(right.messages)).toEqual(['welcome', 'subscribed']);
});

test('a handshake that is refused has an ordinary answer', async () => {
  const bad = await bench.ask('/api/socket', {});
  expect([bad.status, await bad.json()]).toMatchObject([
    426,
    { error: { code: 'UPGRADE_REQUIRED' } },
  ]);
  const refused = await bench.connect({ token: 'wrong' });
  expect(refused.closed?.code).toBe(1006);
  const unknown = await bench.connect({ query: '?encoding=xml' });
  expect(unknown.closed?.code).toBe(1006);
});

test('[S1-21] JSON and MessagePack clients get the same', async () => {
  const json = await bench.connect();
  const packed = await bench.connect({ protocols: ['truetape.v1.msgpack', 'truetape.v1.json'] });
  expect(packed.socket.protocol).toBe('truetape.v1.msgpack');
  const queried = await bench.connect({ query: '?encoding=msgpack' });
  const { encode } = await import('@msgpack/msgpack');
  await subscribed(json);
  for (const peer of [packed, queried]) {
    peer.socket.send(encode({ type: 'subscribe', id: 's', channels }));
    await bench.until(() => peer.raw.length === 2, 'subscribed');
  }
  await bench.pass(100);
  bench.feed.trade();
  const updatesIn = (peer: SocketPeer) =>
    peer.raw
      .map((bytes) => decode(bytes) as { readonly type: string; readonly updates?: unknown })
      .filter(({ type }) => type === 'updates')
      .map(({ updates }) => updates);
  await bench.until(
    () => updatesIn(packed).length === 1 && updatesIn(queried).length === 1,
    'packed',
  );
  await bench.until(() => updatesOf(json.messages).length === 1, 'json');
  expect(updatesIn(packed)).toEqual([updatesOf(json.messages)]);
  expect(updatesIn(queried)).toEqual([updatesOf(json.messages)]);
});

test('a bad message is answered with its code and number, and the connection stays', async () => {
  const peer = await bench.connect();
  peer.socket.send('{');
  peer.send({ type: 'subscribe', id: 'n7', channels: [] });
  peer.send({ type: 'dance', id: 'n8' });
  peer.send({ type: 'subscribe', id: 'n9', channels: ['price.btc', 'price.BTC'] });
  peer.socket.send(Buffer.from('{"type":"ping"}'));
  peer.send({ type: 'ping', id: 'p' });
  peer.send({ type: 'heartbeat', id: 'h' });
  await bench.until(() => peer.messages.length === 8, 'all answers');
  expect(peer.messages.slice(1)).toMatchObject([
    { type: 'error', id: null, error: { code: 'INVALID_REQUEST' } },
    { type: 'error', id: 'n7', error: { code: 'INVALID_REQUEST' } },
    { type: 'error', id: 'n8', error: { code: 'INVALID_REQUEST' } },
    {
      type: 'subscribed',
      id: 'n9',
      accepted: ['price.BTC-USDT'],
      rejected: [{ channel: 'price.btc', code: 'INVALID_SYMBOL' }],
    },
    { type: 'error', id: null, error: { code: 'INVALID_REQUEST' } },
    { type: 'pong', id: 'p' },
    { type: 'pong', id: 'h' },
  ]);
  expect(peer.closed).toBeNull();
});

test('[S1-44] back after 3 s: what was missed, once and in order; after 10 min: one gap, then the present', async () => {
  const first = await bench.connect();
  await subscribed(first);
  await trades(5);
  await bench.until(() => seqsOf(first.messages, 'trade_update').length === 5, 'five trades');
  const cursor = cursorOf(first.messages);
  first.socket.terminate();
  await trades(20);
  await bench.pass(3_000);
  const second = await bench.connect();
  const [welcome] = second.messages;
  await subscribed(second, cursor);
  await trades(3);
  await bench.until(() => seqsOf(second.messages, 'trade_update').length >= 23, 'the missed ones');
  expect(welcome?.type).toBe('welcome');
  expect(seqsOf(second.messages, 'trade_update')).toEqual(range(6, 28));
  expect(typesOf(second.messages)).not.toContain('resync');
  const left = cursorOf(second.messages);
  second.socket.terminate();
  await trades(10);
  await bench.pass(600_000, 5_000);
  bench.feed.price(60_001);
  const third = await bench.connect();
  await subscribed(third, left);
  bench.feed.price(60_002);
  bench.feed.trade();
  await bench.until(() => updatesOf(third.messages).length >= 2, 'the present');
  const resyncs = third.messages.filter(({ type }) => type === 'resync');
  expect(resyncs).toMatchObject([{ reason: 'retention', from: left }]);
  expect(seqsOf(third.messages, 'trade_update')).toEqual([39]);
  expect(updatesOf(third.messages).some(({ type }) => type === 'price_update')).toBe(true);
});

test('what was missed of a channel asked for later comes behind the answer that it is subscribed', async () => {
  const first = await bench.connect();
  await subscribed(first);
  await trades(1);
  await bench.until(() => seqsOf(first.messages, 'trade_update').length === 1, 'a trade');
  const cursor = cursorOf(first.messages);
  first.socket.terminate();
  bench.feed.trade('ETH-USDT');
  await bench.pass(1_000);
  const second = await bench.connect();
  await subscribed(second, cursor);
  second.send({ type: 'subscribe', id: 'later', channels: ['trades.ETH-USDT'] });
  await bench.until(() => updatesOf(second.messages).length === 1, 'the missed one');
  const told = second.messages.findIndex(
    (message) => message.type === 'subscribed' && message.id === 'later',
  );
  const missed = second.messages.findIndex(({ type }) => type === 'updates');
  expect(updatesOf(second.messages)).toMatchObject([{ channel: 'trades.ETH-USDT', seq: 1 }]);
  expect(told).toBeGreaterThan(0);
  expect(missed).toBeGreaterThan(told);
});

test('what happens between a subscription and the cursor after it comes after what was missed', async () => {
  const first = await bench.connect();
  await subscribed(first);
  await trades(2);
  await bench.until(() => seqsOf(first.messages, 'trade_update').length === 2, 'two trades');
  const cursor = cursorOf(first.messages);
  await trades(3);
  const second = await bench.connect();
  second.send({ type: 'subscribe', channels });
  await bench.arrives(() => typesOf(second.messages).includes('subscribed'), 'subscribed');
  bench.feed.trade();
  bench.clock.advance(20);
  second.send({ type: 'resume', cursor });
  await bench.arrives(() => seqsOf(second.messages, 'trade_update').length >= 4, 'four trades');
  expect(seqsOf(second.messages, 'trade_update')).toEqual(range(3, 6));
});

test('[G02] a cursor that comes before the subscriptions counts as well, one that is none is one resync', async () => {
  const first = await bench.connect();
  await subscribed(first);
  await trades(2);
  await bench.until(() => seqsOf(first.messages, 'trade_update').length === 2, 'two trades');
  const cursor = cursorOf(first.messages);
  await trades(4);
  const early = await bench.connect();
  early.send({ type: 'resume', cursor });
  await bench.pass(500);
  await subscribed(early);
  await bench.until(() => seqsOf(early.messages, 'trade_update').length >= 4, 'the missed ones');
  expect(seqsOf(early.messages, 'trade_update')).toEqual(range(3, 6));
  const odd = await bench.connect();
  await subscribed(odd, 'odd.cursor"1');
  await bench.until(() => typesOf(odd.messages).includes('resync'), 'a resync');
  await trades(1);
  await bench.until(() => seqsOf(odd.messages, 'trade_update').length === 1, 'what is new');
  expect(typesOf(odd.messages).filter((type) => type === 'resync')).toHaveLength(1);
});

test('[S1-48] a peer that freezes is gone in less than two intervals', async () => {
  const alive = await bench.connect();
  const frozen = await bench.connect({ autoPong: false });
  await bench.pass(24_000);
  expect(frozen.closed).toBeNull();
  await bench.pass(25_900);
  await bench.until(() => frozen.closed !== null, 'the frozen one is cut');
  expect(bench.clock.monotonicMs()).toBeLessThan(1_000 + 2 * 25_000 + 2_000);
  expect(alive.closed).toBeNull();
  expect(await bench.clients()).toBe(1);
});

test('[S1-53] a client that closes is gone from the counts, and its channels from upstream', async () => {
  const peer = await bench.connect();
  await subscribed(peer);
  await bench.until(() => bench.feed.wanted.at(-1)?.size === 2, 'both are wanted');
  peer.socket.close(1000);
  await bench.until(() => peer.closed !== null, 'closed');
  expect(peer.closed?.code).toBe(1000);
  await bench.until(() => bench.feed.wanted.at(-1)?.size === 0, 'nothing is wanted any more');
  expect(await bench.clients()).toBe(0);
});

test('[G06] a flood is refused and then ended, what is too large is closed with 1009', async () => {
  const flood = await bench.connect();
  for (let at = 0; at < 400; at += 1) flood.send({ type: 'ping' });
  await bench.until(() => flood.closed !== null, 'the flood ends');
  expect(flood.closed).toEqual({ code: 1013, reason: 'RATE_LIMITED' });
  const errors = flood.messages.filter(({ type }) => type === 'error');
  expect(errors[0]).toMatchObject({
    error: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) },
  });
  expect(errors.length).toBeLessThan(40);
  const large = await bench.connect();
  large.socket.send('x'.repeat(70_000));
  await bench.until(() => large.closed !== null, 'the large one ends');
  expect(large.closed?.code).toBe(1009);
});

test('[G06] drips: a handshake that is not finished and a frame that does not come hold nothing up', async () => {
  const { connect } = await import('node:net');
  const drip = connect(bench.gateway.port, '127.0.0.1');
  drip.on('error', () => undefined);
  drip.write('GET /api/socket HTTP/1.1\r\nHost: 127.0.0.1:');
  const half = await bench.connect();
  half.stream.write(Buffer.of(0x81, 0xfe, 0x10));
  const peer = await bench.connect();
  await subscribed(peer);
  await trades(1);
  await bench.until(() => updatesOf(peer.messages).length === 1, 'the healthy one gets its trade');
  drip.destroy();
});
