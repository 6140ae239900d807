import { afterEach, expect, test } from 'vitest';
import { gatewayLimits } from '../../../../src/shared/gateway/limits.ts';
import { answerOf, closeAll, openTestGateway, turn } from './socketIoGateway.ts';
import type { TestClient, TestGateway } from './socketIoGateway.ts';

afterEach(closeAll);

const native = (key: string, more: object = {}) => ({ auth: { token: key, protocol: 1, ...more } });
const seqsOf = (client: TestClient) => client.records().map(({ seq }) => seq);

/** A client hears the first trade and goes. Answers with its cursor. */
async function leaveAfterATrade(gateway: TestGateway): Promise<unknown> {
  const first = gateway.connect(native(gateway.key));
  await first.next('welcome');
  await first.ask('subscribe', { channels: ['trades.BTC'] });
  gateway.feed.trade('BTC-USDT', 100);
  await gateway.pass(100);
  await first.until('one', () => first.records().length === 1);
  const cursor = first.of('updates').at(-1)?.['cursor'];
  first.socket.disconnect();
  return cursor;
}

test('a client subscribes and unsubscribes on one connection [S1-02]', async () => {
  const gateway = await openTestGateway();
  const client = gateway.connect(native(gateway.key));
  const welcome = await client.next('welcome');
  expect(welcome).toMatchObject({ type: 'welcome', protocol: 1, version: '1.2.3', user: null });
  const answer = await client.ask('subscribe', {
    id: 'a1',
    channels: ['price.BTC', 'trades.BTC-USDT', 'nonsense'],
  });
  expect(answer).toMatchObject({
    type: 'subscribed',
    id: 'a1',
    accepted: ['price.BTC-USDT', 'trades.BTC-USDT'],
    rejected: [{ channel: 'nonsense', code: 'INVALID_CHANNEL' }],
    channels: 2,
  });
  expect(client.of('subscribed')).toEqual([answer]);
  gateway.feed.price('BTC-USDT', 60_000.5);
  gateway.feed.trade('BTC-USDT', 60_001.25, 0.5, 'sell');
  await gateway.pass(300);
  await client.until('both', () => client.records().length >= 2);
  expect(client.records()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        ...{ type: 'price_update', channel: 'price.BTC-USDT', status: 'live', source: 'simulated' },
        price: expect.objectContaining({ price: 60_000.5 }),
      }),
      expect.objectContaining({
        ...{ type: 'trade_update', channel: 'trades.BTC-USDT', seq: 1 },
        trade: expect.objectContaining({ price: 60_001.25, size: 0.5, side: 'sell' }),
      }),
    ]),
  );
  const removed = await client.ask('unsubscribe', { channels: ['trades.BTC'], id: 'a2' });
  expect(removed).toMatchObject({
    type: 'unsubscribed',
    removed: ['trades.BTC-USDT'],
    channels: 1,
  });
  const count = client.records().length;
  gateway.feed.trade('BTC-USDT', 60_002);
  await gateway.pass(300);
  expect(client.records()).toHaveLength(count);
  expect(client.of('connection_status')).toEqual([]);
});

test('text and MessagePack carry the same events [S1-21]', async () => {
  const gateway = await openTestGateway();
  const clients = [
    gateway.connect(native(gateway.key)),
    gateway.connect({ ...native(gateway.key), packed: true }),
    gateway.connect({ ...native(gateway.key), packed: true, transports: ['polling'] }),
  ];
  for (const client of clients) {
    await client.next('welcome');
    await client.ask('subscribe', { channels: ['price.BTC', 'trades.BTC'] });
  }
  gateway.feed.price('BTC-USDT', 0.1 + 0.2);
  for (let count = 0; count < 40; count += 1) gateway.feed.trade('BTC-USDT', 100 + count / 100);
  await gateway.pass(300);
  for (const client of clients) await client.until('all', () => client.records().length >= 41);
  const [text, packed, polled] = clients.map((client) =>
    client.records().filter(({ type }) => type === 'trade_update'),
  );
  expect(text).toHaveLength(40);
  expect(packed).toEqual(text);
  expect(polled).toEqual(text);
});

test('only the fields and trades that were asked for are sent [S1-50]', async () => {
  const gateway = await openTestGateway();
  const client = gateway.connect(native(gateway.key));
  const whole = gateway.connect(native(gateway.key));
  await client.next('welcome');
  await whole.next('welcome');
  await client.ask('subscribe', { channels: ['price.BTC'], fields: ['price.price'] });
  await client.ask('subscribe', {
    channels: ['trades.BTC'],
    filters: { minSize: 1, side: 'sell' },
  });
  await whole.ask('subscribe', { channels: ['price.BTC'] });
  gateway.feed.price('BTC-USDT', 60_000.5);
  for (const [size, side] of [
    [2, 'sell'],
    [0.5, 'sell'],
    [3, 'buy'],
    [1, 'sell'],
  ] as const) {
    gateway.feed.trade('BTC-USDT', 100, size, side);
  }
  await gateway.pass(300);
  await client.until('three', () => client.records().length >= 3);
  await whole.until('its price', () => whole.records().length > 0);
  const records = client.records();
  const [price] = records.filter(({ type }) => type === 'price_update');
  expect(price?.['price']).toEqual({ price: 60_000.5 });
  expect(Object.keys(price ?? {}).toSorted()).toEqual([
    'ageMs',
    'channel',
    'epoch',
    'price',
    'receivedTime',
    'seq',
    'source',
    'status',
    'symbol',
    'time',
    'type',
  ]);
  const [full] = whole.records();
  expect(JSON.stringify(price).length).toBeLessThan(JSON.stringify(full).length * 0.7);
  expect(records.filter(({ type }) => type === 'trade_update').map(({ seq }) => seq)).toEqual([
    1, 4,
  ]);
});

test.each(['websocket', 'polling'])(
  'after 3 s away the missed events come once each, then what is new: %s [S1-44]',
  async (transport) => {
    const gateway = await openTestGateway();
    const first = gateway.connect({ ...native(gateway.key), transports: [transport] });
    await first.next('welcome');
    await first.ask('subscribe', { channels: ['trades.BTC', 'trades.ETH'] });
    for (let count = 0; count < 5; count += 1) gateway.feed.trade('BTC-USDT', 100);
    await gateway.pass(100);
    await first.until('five', () => first.records().length === 5);
    const cursor = first.of('updates').at(-1)?.['cursor'];
    first.socket.disconnect();
    await turn();
    for (let count = 0; count < 300; count += 1) {
      gateway.feed.trade('BTC-USDT', 100);
      await gateway.pass(10, 10);
    }
    const second = gateway.connect({
      ...native(gateway.key, { cursor }),
      transports: [transport],
    });
    await second.next('welcome');
    gateway.feed.trade('BTC-USDT', 100);
    second.socket.emit('subscribe', { channels: ['trades.BTC', 'trades.ETH'] });
    await second.next('subscribed');
    gateway.feed.trade('BTC-USDT', 100);
    await gateway.pass(200);
    await second.until('all', () => second.records().length >= 302);
    expect([...seqsOf(first), ...seqsOf(second)]).toEqual(
      Array.from({ length: 307 }, (_, index) => index + 1),
    );
    expect(second.of('resync')).toEqual([]);
    expect(second.of('status')).toMatchObject([{ status: 'resumed' }]);
  },
);

test('a cursor that comes by its own event does the same [S1-44]', async () => {
  const gateway = await openTestGateway();
  const cursor = await leaveAfterATrade(gateway);
  for (let count = 0; count < 50; count += 1) gateway.feed.trade('BTC-USDT', 100);
  await gateway.pass(3_000);
  const second = gateway.connect(native(gateway.key));
  await second.next('welcome');
  await second.ask('subscribe', { channels: ['trades.BTC'] });
  gateway.feed.trade('BTC-USDT', 100);
  await gateway.pass(100);
  expect(await second.ask('resume', { cursor })).toMatchObject({ status: 'resumed' });
  gateway.feed.trade('BTC-USDT', 100);
  await gateway.pass(100);
  await second.until('all', () => second.records().length >= 52);
  expect(new Set(seqsOf(second))).toEqual(new Set(Array.from({ length: 52 }, (_, at) => at + 2)));
  expect(seqsOf(second)).toHaveLength(52);
});

test('a cursor that comes before there are channels is kept for them [S1-44]', async () => {
  const gateway = await openTestGateway();
  const cursor = await leaveAfterATrade(gateway);
  gateway.feed.trade('BTC-USDT', 101);
  await gateway.pass(3_000);
  const second = gateway.connect(native(gateway.key));
  await second.next('welcome');
  expect(await second.ask('resume', { cursor })).toMatchObject({ status: 'connected' });
  await second.ask('subscribe', { symbols: ['ETH'] });
  expect(second.of('status')).toEqual([]);
  await second.ask('subscribe', { channels: ['trades.BTC'] });
  expect(await second.next('status')).toMatchObject({
    status: 'resumed',
    message: expect.stringContaining('1 missed'),
  });
  await second.until('the missed one', () => second.records().length > 0);
  expect(seqsOf(second)).toEqual([2]);
});

test('a cursor of long polling goes on here as well [S1-44]', async () => {
  const gateway = await openTestGateway();
  const first = gateway.connect(native(gateway.key));
  await first.next('welcome');
  await first.ask('subscribe', { channels: ['trades.BTC'] });
  gateway.feed.trade('BTC-USDT', 100);
  await gateway.pass(100);
  await first.until('one', () => first.records().length === 1);
  const cursor = `${String(first.of('updates').at(-1)?.['cursor'])}~7`;
  first.socket.disconnect();
  gateway.feed.trade('BTC-USDT', 101);
  await gateway.pass(100);
  const second = gateway.connect(native(gateway.key, { cursor }));
  await second.next('welcome');
  await second.ask('subscribe', { channels: ['trades.BTC'] });
  await second.until('the missed one', () => second.records().length === 1);
  expect(seqsOf(second)).toEqual([2]);
  expect(second.of('resync')).toEqual([]);
});

test('where nothing happens for long the cursor stays young: 3 s away are no gap then [S1-44]', async () => {
  const gateway = await openTestGateway();
  const first = gateway.connect(native(gateway.key));
  const old = gateway.connect();
  const busy = gateway.connect(native(gateway.key));
  await first.next('welcome');
  await busy.next('welcome');
  await first.ask('subscribe', { channels: ['trades.BTC'] });
  await busy.ask('subscribe', { channels: ['trades.ETH'] });
  await old.ask('subscribe', { symbols: ['BTC'] });
  gateway.feed.trade('BTC-USDT', 100);
  for (let at = 0; at < 40; at += 1) {
    gateway.feed.trade('ETH-USDT', 10);
    await gateway.pass(5_000, 1_000);
  }
  const cursor = first.of('updates').at(-1)?.['cursor'];
  expect(old.of('updates')).toEqual([]);
  first.socket.disconnect();
  gateway.feed.trade('BTC-USDT', 101);
  await gateway.pass(3_000);
  const second = gateway.connect(native(gateway.key, { cursor }));
  await second.next('welcome');
  await second.ask('subscribe', { channels: ['trades.BTC'] });
  await gateway.pass(200);
  await second.until('the missed one', () => second.records().length > 0);
  expect(second.of('resync')).toEqual([]);
  expect([...seqsOf(first), ...seqsOf(second)]).toEqual([1, 2]);
});

test('after longer than events are kept there is one gap, then the present state [S1-44]', async () => {
  const gateway = await openTestGateway();
  const first = gateway.connect(native(gateway.key));
  await first.next('welcome');
  await first.ask('subscribe', { channels: ['trades.BTC', 'price.BTC'] });
  gateway.feed.trade('BTC-USDT', 100);
  gateway.feed.price('BTC-USDT', 100);
  await gateway.pass(200);
  await first.until('both', () => first.records().length === 2);
  const cursor = first.of('updates').at(-1)?.['cursor'];
  first.socket.disconnect();
  for (let minute = 0; minute < 10; minute += 1) {
    gateway.feed.trade('BTC-USDT', 100);
    await gateway.pass(60_000, 5_000);
  }
  const second = gateway.connect(native(gateway.key, { cursor }));
  await second.next('welcome');
  await second.ask('subscribe', { channels: ['trades.BTC', 'price.BTC'] });
  await gateway.pass(500);
  gateway.feed.price('BTC-USDT', 105);
  await gateway.pass(500);
  await second.until('a price', () => second.records().length >= 1);
  expect(second.of('resync')).toMatchObject([{ reason: 'retention', from: cursor }]);
  const order = second.heard
    .map(({ event }) => event)
    .filter((event) => event === 'resync' || event === 'updates');
  expect(order[0]).toBe('resync');
});

test('ping is answered, and heartbeat too', async () => {
  const gateway = await openTestGateway();
  const client = gateway.connect(native(gateway.key));
  await client.next('welcome');
  expect(await client.ask('ping')).toMatchObject({ type: 'pong', id: null });
  expect(await client.ask('heartbeat', { id: 'h1', time: 1 })).toMatchObject({ id: 'h1' });
  expect(client.of('pong')).toHaveLength(2);
});

test.each([
  ['nonsense', {}, 'There is no such event'],
  ['subscribe', undefined, 'subscribe'],
  ['subscribe', { channels: [] }, 'channels'],
  ['subscribe', { channels: ['price.BTC'], rate: 1e9 }, 'rate'],
  ['subscribe', { channels: ['price.BTC'], surprise: 1 }, 'surprise'],
  ['subscribe', { channels: ['price.BTC'], __proto__: { rate: 1 }, fields: ['a b'] }, 'fields'],
  ['subscribe', 'price.BTC', 'subscribe'],
  ['unsubscribe', { channels: 7 }, 'channels'],
  ['resume', { cursor: '' }, 'cursor'],
  ['authenticate', { token: 7 }, 'token'],
  ['welcome', {}, 'There is no such event'],
])('a bad %s is refused with a code and a text: %j', async (event, payload, text) => {
  const gateway = await openTestGateway();
  const client = gateway.connect(native(gateway.key));
  await client.next('welcome');
  const answer = await client.ask(event, payload);
  expect(answer).toMatchObject({
    type: 'error',
    error: { code: 'INVALID_REQUEST', message: expect.stringContaining(text) },
  });
  expect(client.socket.connected).toBe(true);
});

test('too many messages are refused with a time to wait, and others do not feel it [S1-42]', async () => {
  const gateway = await openTestGateway();
  const loud = gateway.connect(native(gateway.key));
  const quiet = gateway.connect(native(gateway.key));
  await loud.next('welcome');
  await quiet.next('welcome');
  const { size, perSec } = gatewayLimits.messageBucket;
  for (let count = 0; count < size; count += 1) loud.socket.emit('ping');
  const refused = await loud.ask('ping');
  expect(refused).toMatchObject({
    type: 'error',
    error: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) },
  });
  expect(loud.of('pong')).toHaveLength(size);
  expect(await quiet.ask('ping')).toMatchObject({ type: 'pong' });
  await gateway.pass(Math.ceil(1_000 / perSec));
  expect(await loud.ask('ping')).toMatchObject({ type: 'pong' });
  const subscriptions = gatewayLimits.subscribeBucket.size;
  for (let count = 0; count < subscriptions; count += 1) {
    await quiet.ask('subscribe', { channels: ['trades.BTC'] });
  }
  expect(await quiet.ask('subscribe', { channels: ['trades.BTC'] })).toMatchObject({
    error: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) },
  });
});

test('a flood of messages ends the connection, and the other clients stay [G06]', async () => {
  const gateway = await openTestGateway();
  const loud = gateway.connect(native(gateway.key));
  const quiet = gateway.connect(native(gateway.key));
  await loud.next('welcome');
  await quiet.next('welcome');
  for (let count = 0; count < 2_000; count += 1)
    loud.socket.emit('subscribe', { symbols: ['BTC'] });
  await loud.next('disconnect');
  // Told once, not two thousand times.
  expect(
    loud.of('error').filter(({ error }) => JSON.stringify(error).includes('RATE')).length,
  ).toBeLessThan(35);
  expect(await quiet.ask('ping')).toMatchObject({ type: 'pong' });
});

test('a client that leaves is gone from its rooms and counts [S1-53]', async () => {
  const gateway = await openTestGateway();
  const client = gateway.connect();
  await client.next('welcome');
  await client.ask('subscribe', { channels: ['trades.BTC'] });
  await client.ask('subscribe', { symbols: ['ETH'] });
  await gateway.pass(100);
  expect(gateway.feed.wanted).toEqual(new Set(['trades.BTC-USDT', 'price.ETH-USDT']));
  expect(await clientsOf(gateway)).toBe(1);
  client.socket.disconnect();
  expect(await client.next('disconnect')).toEqual({ reason: 'io client disconnect' });
  await expect.poll(async () => clientsOf(gateway)).toBe(0);
  await gateway.pass(15_000, 500);
  expect(gateway.feed.wanted).toEqual(new Set());
  expect(client.of('error')).toEqual([]);
});

/** The route waits for the health channel, on the same virtual time. */
async function clientsOf(from: TestGateway): Promise<unknown> {
  const asked = fetch(`http://127.0.0.1:${from.gateway.port}/health`);
  const answer: unknown = await (await answerOf(from, asked)).json();
  return typeof answer === 'object' && answer !== null && 'clients' in answer
    ? answer.clients
    : null;
}
