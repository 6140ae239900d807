import { createServer, connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { socketsSettled } from '../../../support/socketsSettled.ts';
import { openRawClient } from './rawClient.ts';
import type { RawClient } from './rawClient.ts';
import { answerOf, closeAll, openTestGateway, transportsOf, turn } from './socketIoGateway.ts';

const ends: (() => void)[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const end of ends.splice(0)) end();
  await closeAll();
});

/** A proxy as offices have them: it cuts whoever wants to upgrade. */
async function openProxy(target: () => number): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connect(target(), '127.0.0.1');
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        inner.destroy();
        outer.destroy();
      });
    }
    inner.on('data', (bytes) => {
      if (/upgrade: *websocket/i.test(bytes.toString('latin1'))) inner.destroy();
      else outer.write(bytes);
    });
    outer.pipe(inner);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

test.each([[['websocket', 'polling']], [['polling', 'websocket']]])(
  'where WebSocket is blocked, data flows by polling: %j [S1-54]',
  async (transports) => {
    let target = 0;
    const proxy = await openProxy(() => target);
    const gateway = await openTestGateway({ publicHosts: [`127.0.0.1:${proxy}`] });
    target = gateway.gateway.port;
    const client = gateway.connect({ through: proxy, transports, tryAllTransports: true });
    await client.next('welcome');
    await client.ask('subscribe', { channels: ['trades.BTC'] });
    for (let count = 0; count < 50; count += 1) {
      gateway.feed.trade('BTC-USDT', 100);
      await gateway.pass(50);
    }
    await client.until('all', () => client.records().length === 50);
    expect(client.records().map(({ seq }) => seq)).toEqual(
      Array.from({ length: 50 }, (_, at) => at + 1),
    );
    expect(client.socket.io.engine.transport.name).toBe('polling');
    expect(await transportsOf(gateway)).toEqual({ polling: 1, websocket: 0 });
    const health = fetch(`http://127.0.0.1:${gateway.gateway.port}/health`);
    expect(await (await answerOf(gateway, health)).json()).toMatchObject({
      transports: { polling: 1, websocket: 0, sse: 0 },
    });
  },
);

test('a client that begins by polling goes on by WebSocket, and misses nothing', async () => {
  const gateway = await openTestGateway();
  const client = gateway.connect({ transports: ['polling', 'websocket'] });
  await client.next('welcome');
  await client.ask('subscribe', { channels: ['trades.BTC'] });
  while (client.socket.io.engine.transport.name !== 'websocket') {
    gateway.feed.trade('BTC-USDT', 100);
    await gateway.pass(20, 20);
  }
  const last = gateway.feed.trade('BTC-USDT', 100);
  await gateway.pass(100);
  await client.until('the last', () => client.records().at(-1)?.['seq'] === last);
  expect(client.records().map(({ seq }) => seq)).toEqual(
    Array.from({ length: last }, (_, at) => at + 1),
  );
  expect(await transportsOf(gateway)).toEqual({ polling: 0, websocket: 1 });
});

test('a peer that is frozen is gone before two heartbeats, one that lives stays [S1-48]', async () => {
  const heartbeatMs = 10_000;
  const gateway = await openTestGateway({ isReal: true, settings: { heartbeatMs } });
  const { port } = gateway.gateway;
  const opened = await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`);
  const { pingInterval, pingTimeout } = JSON.parse((await opened.text()).slice(1));
  // A ping after one, and the answer has to come before two: both by the timers of the engine.
  expect(pingInterval).toBe(heartbeatMs);
  expect(pingInterval + pingTimeout).toBeLessThan(2 * heartbeatMs);
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
    fakeNodeBuiltins: true,
  });
  const frozen = await openRawClient({ port, token: gateway.key, isAlive: false });
  const alive = await openRawClient({ port, token: gateway.key });
  const statesAfter = async (ms: number): Promise<readonly number[]> => {
    for (let passed = 0; passed < ms; passed += 100) {
      vi.advanceTimersByTime(100);
      await socketsSettled();
    }
    return [frozen.socket.readyState, alive.socket.readyState];
  };
  const { OPEN, CLOSED } = alive.socket;
  expect(await statesAfter(heartbeatMs)).toEqual([OPEN, OPEN]);
  expect(await statesAfter(heartbeatMs - 200)).toEqual([CLOSED, OPEN]);
  expect(await statesAfter(2 * heartbeatMs)).toEqual([CLOSED, OPEN]);
  vi.useRealTimers();
  alive.socket.terminate();
});

test('compression is an option: off unless it is wanted on both sides, and it pays [S1-43]', async () => {
  const bytes: number[] = [];
  for (const [compress, offered] of [
    [false, true],
    [true, false],
    [true, true],
  ] as const) {
    const gateway = await openTestGateway({ settings: { compress } });
    const options = { port: gateway.gateway.port, token: gateway.key, compress: offered };
    const client = await openRawClient(options);
    expect(client.extensions).toBe(compress && offered ? 'permessage-deflate' : '');
    client.emit('subscribe', { channels: ['trades.BTC'] });
    await expect.poll(() => client.counts.get('subscribed')).toBe(1);
    const before = client.bytesRead();
    for (let round = 0; round < 20; round += 1) {
      for (let count = 0; count < 10; count += 1) gateway.feed.trade('BTC-USDT', 100 + count);
      await gateway.pass(50);
    }
    await expect.poll(() => client.counts.get('updates') ?? 0).toBeGreaterThanOrEqual(20);
    bytes.push(client.bytesRead() - before);
    // Under 1 KB it would cost more than it saves.
    const small = client.bytesRead();
    client.emit('ping', {});
    await expect.poll(() => client.counts.get('pong')).toBe(1);
    expect(client.bytesRead() - small).toBeGreaterThan('42["pong",{"type":"pong"}]'.length);
    client.socket.terminate();
    await closeAll();
  }
  const [off = 0, notOffered = 0, on = 0] = bytes;
  expect(Math.abs(notOffered / off - 1)).toBeLessThan(0.02);
  expect(on).toBeLessThan(off / 4);
});

test('a room hears what is published in it and nothing else: 1,000 clients in 10 rooms [S1-46]', async () => {
  const gateway = await openTestGateway({ markets: 10 });
  const options = { port: gateway.gateway.port, token: gateway.key };
  const clients: RawClient[] = [];
  for (let batch = 0; batch < 20; batch += 1) {
    clients.push(
      ...(await Promise.all(Array.from({ length: 50 }, async () => openRawClient(options)))),
    );
  }
  clients.forEach((client, at) =>
    client.emit('subscribe', { channels: [`trades.T${at % 10}-USDT`] }),
  );
  const heard = (event: string) =>
    clients.reduce((sum, { counts }) => sum + (counts.get(event) ?? 0), 0);
  await expect.poll(() => heard('subscribed')).toBe(1_000);
  gateway.feed.trade('T3-USDT', 100);
  await gateway.pass(100);
  await expect.poll(() => heard('updates')).toBe(100);
  await turn();
  expect(clients.filter(({ counts }, at) => at % 10 !== 3 && counts.has('updates'))).toEqual([]);
  // Half of them leave the room.
  const left = clients.filter((_client, at) => at % 20 === 3);
  for (const client of left) client.emit('unsubscribe', { channels: ['trades.T3-USDT'] });
  await expect.poll(() => heard('unsubscribed')).toBe(50);
  gateway.feed.trade('T3-USDT', 101);
  await gateway.pass(100);
  await expect.poll(() => heard('updates')).toBe(150);
  for (const { socket } of clients) socket.terminate();
});

test('a poller that does not come back is ended', async () => {
  const gateway = await openTestGateway();
  const url = `http://127.0.0.1:${gateway.gateway.port}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1));
  const post = async (body: string) => fetch(`${url}&sid=${sid}`, { method: 'POST', body });
  await post(`40${JSON.stringify({ token: gateway.key, protocol: 1 })}`);
  await (await fetch(`${url}&sid=${sid}`)).text();
  await post('42["subscribe",{"channels":["trades.BTC"]}]');
  expect(await transportsOf(gateway)).toEqual({ polling: 1, websocket: 0 });
  for (let round = 0; round < 60; round += 1) {
    for (let count = 0; count < 200; count += 1) gateway.feed.trade('BTC-USDT', 100);
    await gateway.pass(250, 250);
  }
  expect(await transportsOf(gateway)).toEqual({ polling: 0, websocket: 0 });
  expect((await fetch(`${url}&sid=${sid}`)).status).toBe(400);
});

test('a message larger than the limit ends the connection, by each transport [G06]', async () => {
  const gateway = await openTestGateway();
  const payload = { channels: ['x'.repeat(70_000)] };
  for (const transport of ['websocket', 'polling']) {
    const client = gateway.connect({ transports: [transport] });
    await client.next('welcome');
    client.socket.emit('subscribe', payload);
    await client.next('disconnect');
  }
});

test('packets that break the protocol end the connection and nothing else', async () => {
  const gateway = await openTestGateway();
  const healthy = gateway.connect();
  await healthy.next('welcome');
  const { port } = gateway.gateway;
  for (const frame of [
    '42["disconnect"]',
    '451-["x",{"_placeholder":true,"num":0}]',
    '4x',
    '2',
    '49',
    '42[',
  ]) {
    const raw = await openRawClient({ port, token: gateway.key });
    raw.socket.send(frame);
    await expect.poll(() => raw.socket.readyState).toBe(raw.socket.CLOSED);
  }
  expect(await healthy.ask('ping')).toMatchObject({ type: 'pong' });
});

test.each([
  ['pings of the transport', (socket: WebSocket) => socket.ping(Buffer.alloc(125))],
  ['joins of what there is not', (socket: WebSocket) => socket.send(`40/${'x'.repeat(60)}`)],
])('%s without end cut the connection, and no answers pile up [G06]', async (_what, send) => {
  const gateway = await openTestGateway();
  const { socket, stall } = await openRawClient({
    port: gateway.gateway.port,
    token: gateway.key,
  });
  stall();
  for (let count = 0; count < 2_000; count += 1) send(socket);
  await expect.poll(() => transportsOf(gateway)).toEqual({ polling: 0, websocket: 0 });
});

test('a gateway that stops says goodbye, also beside one that does not read [S4-03]', async () => {
  const gateway = await openTestGateway({ isReal: true });
  const client = gateway.connect();
  const polling = gateway.connect({ transports: ['polling'], namespace: '/pnl' });
  const packed = gateway.connect({ namespace: '/pnl', packed: true });
  const stalled = await openRawClient({ port: gateway.gateway.port, token: gateway.key });
  const clients = [client, polling, packed];
  for (const each of clients) await each.next('welcome');
  stalled.stall();
  await gateway.gateway.close();
  for (const each of clients) await each.next('disconnect');
  expect(client.of('connection_status').at(-1)).toMatchObject({ status: 'disconnected' });
  const message = 'The gateway stops. Connect again in a moment.';
  const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
  // Who polls may be between two requests.
  for (const { of } of [client, packed]) expect(of('broadcast')).toEqual([{ message, timestamp }]);
  stalled.socket.terminate();
});
