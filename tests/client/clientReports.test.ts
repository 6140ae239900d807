import { expect, test } from 'vitest';
import type { TruetapeClientOptions } from '../../src/client/clientContract.ts';
import { errorCatalogue } from '../../src/client/errorCatalogue.ts';
import { redact } from '../../src/client/redact.ts';
import type { FakeGatewayServer } from '../support/fakeGatewayServer.ts';
import { pass } from '../support/fakeGatewayServer.ts';
import { connectedClient, setUpClient } from '../support/gatewayClientSetUp.ts';
import { priceUpdate } from '../support/wireRecords.ts';

test('intents wait in order while there is no connection; heartbeats never do [S0-08]', async () => {
  const { server, client } = setUpClient();
  for (let at = 1; at <= 5; at += 1) expect(client.send({ type: 'note', at })).toBe(false);
  expect(client.send({ type: 'ping' })).toBe(false);
  expect(client.metrics.queuedMessages).toBe(5);
  void client.connect();
  await pass(server, 100);
  expect(server.heardOf('note').map(({ at }) => at)).toEqual([1, 2, 3, 4, 5]);
  expect([server.heardOf('ping'), client.metrics.queuedMessages]).toEqual([[], 0]);
  expect(client.send({ type: 'note', at: 6 })).toBe(true);
  client.disconnect();
});

test('of 150 queued the last 100 stay and 50 are counted; after 30 s none is sent [S3-06]', async () => {
  const { server, client } = setUpClient();
  for (let at = 0; at < 150; at += 1) client.send({ type: 'note', at });
  expect(client.metrics).toMatchObject({ queuedMessages: 100, droppedMessages: 50 });
  void client.connect();
  await pass(server, 100);
  expect(server.heardOf('note').map(({ at }) => at)).toEqual(
    Array.from({ length: 100 }, (_, at) => at + 50),
  );
  client.disconnect();
  client.send({ type: 'late' });
  server.clock.advance(30_001);
  void client.connect();
  await pass(server, 100);
  expect(server.heardOf('late')).toEqual([]);
  client.disconnect();
});

test('metrics count what was driven [S0-10 of the client]', async () => {
  const { server, client } = await connectedClient({}, ['price.BTC-USDT', 'trades.BTC-USDT']);
  const before = client.metrics.messagesReceived;
  for (let seq = 1; seq <= 7; seq += 1) server.publish(priceUpdate('BTC-USDT', seq, seq));
  expect(client.metrics.messagesReceived - before).toBe(7);
  server.cut();
  await pass(server, 1_100);
  expect(client.metrics).toMatchObject({ reconnectCount: 1, subscriptions: 2, queuedMessages: 0 });
  expect(client.metrics.messagesSent).toBe(server.heard.length);
  await pass(server, 3_000);
  expect(client.metrics.uptime).toBeGreaterThanOrEqual(3_000);
  client.disconnect();
  expect(client.metrics.uptime).toBe(0);
});

test('an empty window has no latency instead of a number [S4-21]', async () => {
  const { client } = setUpClient();
  expect(client.metrics).toMatchObject({
    averageLatencyMs: null,
    lastLatencyMs: null,
    uptime: 0,
    errors: 0,
  });
});

test('one corrupt frame is one parse error, and the stream goes on [S0-11]', async () => {
  const { server, client } = await connectedClient({}, ['price.BTC-USDT']);
  const heard: (number | null)[] = [];
  client.on('priceUpdate', ({ price }) => heard.push(price.price));
  server.sockets[0]?.deliverRaw('{"type":"updates",');
  expect(client.errors).toHaveLength(1);
  server.sockets[0]?.deliverRaw(
    JSON.stringify({
      ...{ type: 'updates', time: 1, cursor: 'e1.0' },
      updates: [
        { ...priceUpdate('BTC-USDT', 1, 1), price: { price: 'NaN' } },
        priceUpdate('BTC-USDT', 2, 102),
      ],
    }),
  );
  server.publish(priceUpdate('BTC-USDT', 3, 103));
  expect(heard).toEqual([102, 103]);
  expect(client.isConnected).toBe(true);
  expect(client.errors.map(({ type, code }) => [type, code])).toEqual([
    ['parse', 'DECODE_FAILED'],
    ['parse', 'DECODE_FAILED'],
  ]);
  for (const error of client.errors) {
    expect(error).toMatchObject({ id: expect.any(String), timestamp: expect.any(Number) });
    expect(error.message).toMatch(/^[A-Z].{20,}\.?/);
    expect(error.fix).not.toBeNull();
  }
  server.mode.websocket = 'refuse';
  server.cut();
  await pass(server, 1_500);
  // What is tried again by itself says when.
  const [lost, refused] = client.errors.slice(2);
  expect([lost?.type, refused?.type]).toEqual(['connection', 'connection']);
  expect(refused).toMatchObject({ code: expect.any(String), retryInMs: expect.any(Number) });
  client.disconnect();
});

test('of 500 errors the newest 200 stay, and none after clearErrors [S0-30]', async () => {
  const { server, client } = await connectedClient();
  for (let at = 0; at < 500; at += 1) server.sockets[0]?.deliverRaw('{');
  expect(client.errors).toHaveLength(200);
  expect(client.errors.at(-1)?.id).toBe('error-500');
  client.clearErrors();
  expect([client.errors, client.metrics.errors]).toEqual([[], 500]);
  client.disconnect();
});

test('connection, server, parse and subscription errors are told apart [S0-31]', async () => {
  const { server, client } = await connectedClient({}, ['price.btc']);
  server.sockets[0]?.deliverRaw('nonsense');
  server.tell({
    ...{ type: 'error', id: null, time: 1 },
    error: { code: 'RATE_LIMITED', message: 'Too many.', retryAfterMs: 500 },
  });
  server.cut();
  expect(client.errors.map(({ type }) => type)).toEqual([
    'subscription',
    'parse',
    'server',
    'connection',
  ]);
  expect(client.errors[2]).toMatchObject({ retryInMs: 500 });
  client.disconnect();
});

test('a listener that throws keeps nobody else from the data', async () => {
  const { server, client } = await connectedClient({}, []);
  const heard: number[] = [];
  client.subscribe('price.BTC-USDT', {}, () => {
    throw new Error('mine');
  });
  client.subscribe('price.BTC-USDT', {}, ({ seq }) => heard.push(seq));
  await pass(server, 50);
  server.publish(priceUpdate('BTC-USDT', 1, 1), priceUpdate('BTC-USDT', 2, 2));
  expect(heard).toEqual([1, 2]);
  expect(client.errors.map(({ code }) => code)).toEqual(['LISTENER_FAILED', 'LISTENER_FAILED']);
  client.disconnect();
});

test('each failure of the catalogue says its cause and what to do [S1-41]', async () => {
  const said = new Map<string, string>();
  const run = async (options: TruetapeClientOptions, act: (server: FakeGatewayServer) => void) => {
    const { server, client } = setUpClient(options);
    client.on('error', ({ code, message, fix }) => said.set(code, `${message} | ${fix ?? ''}`));
    act(server);
    client.connect().catch(() => undefined);
    await pass(server, 6_000);
    server.cut();
    client.disconnect();
  };
  await run({}, (server) => {
    server.mode.websocket = 'refuse';
  });
  await run({ token: 'expired-1' }, (server) => {
    server.validToken = 'good';
  });
  await run({ token: 'bad' }, (server) => {
    server.validToken = 'good';
  });
  await run({}, (server) => {
    server.mode.websocket = 'silent';
  });
  await run({}, () => undefined);
  const names = {
    CONNECTION_FAILED: 'WebSocket connection failed',
    TOKEN_EXPIRED: 'Token expired',
    INVALID_TOKEN: 'Invalid token',
    CONNECTION_TIMEOUT: 'Connection timeout',
    TRANSPORT_CLOSE: 'Transport close',
  } as const;
  for (const [code, name] of Object.entries(names)) {
    // Its name, then why it happens, then what to do.
    expect(said.get(code), code).toMatch(
      new RegExp(`^${name}: [a-z].{20,}\\. .*\\| [A-Z].{20,}\\.$`),
    );
    const { cause, fix } = errorCatalogue[code as keyof typeof names];
    expect(said.get(code)).toContain(cause);
    expect(said.get(code)).toContain(fix);
  }
});

test('the debug log has every category and never a token [S1-35] [S0-46 of the client]', async () => {
  const token = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';
  const lines: string[] = [];
  const { server, client } = await connectedClient(
    { debug: ({ category, text }) => lines.push(`${category} ${text}`), token },
    ['price.BTC-USDT'],
  );
  server.tell({
    ...{ type: 'error', id: null, time: 1 },
    error: { code: 'INTERNAL', message: `authorization: Bearer ${token} <img onerror=x>` },
  });
  await pass(server, 31_000, 500);
  const unheard = setUpClient({ debug: true, snapshots: true, token });
  unheard.server.mode.websocket = 'silent';
  unheard.server.mode.rest = 'refuse';
  unheard.client.subscribe(`price.${token.split('.')[0]}`);
  unheard.client.connect().catch(() => undefined);
  await pass(unheard.server, 500);
  lines.push(...unheard.client.debugLog().map((entry) => entry.text));
  unheard.client.disconnect();
  const text = [...lines, ...client.errors.map(({ message }) => message)].join('\n');
  expect(text).toContain('no snapshot of price.[token]');
  expect(text).not.toContain('eyJ');
  const categories = new Set(client.debugLog().map(({ category }) => category));
  expect([...categories].toSorted()).toEqual([
    'connection',
    'error',
    'message',
    'performance',
    'subscription',
  ]);
  expect(setUpClient().client.debugLog()).toEqual([]);
  client.disconnect();
});

test('of a hostile text of any length a bounded part is looked at, and no secret of it shown', () => {
  // Looked at as a whole this takes minutes: the test would not end in time.
  expect(redact('a-'.repeat(200_000))).toHaveLength(400);
  const secret = `${'x '.repeat(395)}token=${'s3cret'.repeat(100)}`;
  expect(redact(secret)).not.toContain('s3c');
});
