import { expect, test } from 'vitest';
import type { TruetapeClientOptions } from '../../src/client/clientContract.ts';
import { createTruetapeClient } from '../../src/client/createTruetapeClient.ts';
import { FakeGatewayServer, pass } from '../support/fakeGatewayServer.ts';
import { priceUpdate, tradeUpdate } from '../support/wireRecords.ts';

function setUp(options: TruetapeClientOptions = {}) {
  const server = new FakeGatewayServer();
  const client = createTruetapeClient({
    url: 'http://gateway.test:7411',
    ports: server.ports,
    ...options,
  });
  const heard: { readonly seq: number; readonly atMs: number }[] = [];
  client.subscribe('trades.BTC-USDT', {}, ({ seq }) => {
    heard.push({ seq, atMs: server.clock.monotonicMs() });
  });
  client.subscribe('price.BTC-USDT');
  let seq = 0;
  const tick = (): void => {
    seq += 1;
    server.publish(tradeUpdate('BTC-USDT', seq), priceUpdate('BTC-USDT', seq, seq));
    server.clock.after(500, tick);
  };
  tick();
  return { server, client, heard };
}

function expectUnbroken(heard: readonly { readonly seq: number }[]): void {
  const [first] = heard;
  expect(heard.map(({ seq }) => seq)).toEqual(heard.map((_, at) => (first?.seq ?? 0) + at));
}

test.each([
  ['websocket refused', 'refuse', 'sse'],
  ['websocket swallowed', 'silent', 'sse'],
] as const)(
  '%s: data again within 10 s over the next transport, nothing lost [S4-08]',
  async (_name, mode, next) => {
    const { server, client, heard } = setUp();
    void client.connect();
    await pass(server, 2_000);
    expect(client.transport).toBe('websocket');
    const cutMs = server.clock.monotonicMs();
    server.mode.websocket = mode;
    if (mode === 'refuse') server.cut();
    await pass(server, 10_000);
    expect(client.transport).toBe(next);
    const resumed = heard.find(({ atMs }) => atMs > cutMs + 600);
    expect((resumed?.atMs ?? Number.POSITIVE_INFINITY) - cutMs).toBeLessThan(10_000);
    server.mode.websocket = 'open';
    const backMs = server.clock.monotonicMs();
    const back: string[] = [];
    client.on('transport', ({ from, to }) => {
      back.push(`${from}>${to} ${server.clock.monotonicMs() - backMs < 60_000}`);
    });
    await pass(server, 40_000, 100);
    expect([client.transport, back]).toEqual(['websocket', ['sse>websocket true']]);
    expectUnbroken(heard);
    expect([client.metrics.gaps, client.state]).toEqual([0, 'CONNECTED']);
    client.disconnect();
  },
);

test('while on SSE that is blocked too: data again within 10 s by polling, and back within a minute [S4-08]', async () => {
  const { server, client, heard } = setUp();
  server.mode.websocket = 'refuse';
  void client.connect();
  await pass(server, 15_000, 100);
  expect(client.transport).toBe('sse');
  for (const mode of ['refuse', 'silent'] as const) {
    server.mode.sse = mode;
    const cutMs = server.clock.monotonicMs();
    server.cut();
    await pass(server, 10_000, 100);
    expect([mode, client.transport]).toEqual([mode, 'poll']);
    const resumed = heard.find(({ atMs }) => atMs > cutMs + 600);
    expect((resumed?.atMs ?? Number.POSITIVE_INFINITY) - cutMs).toBeLessThan(10_000);
    server.mode.sse = 'open';
    await pass(server, 60_000, 100);
    expect(client.transport).toBe('sse');
  }
  server.mode.websocket = 'open';
  await pass(server, 60_000, 100);
  expect([client.transport, client.metrics.gaps]).toEqual(['websocket', 0]);
  expectUnbroken(heard);
  client.disconnect();
});

test('with WebSockets and SSE blocked it polls, and climbs back step by step [S4-01] [S1-54 of the client]', async () => {
  const { server, client, heard } = setUp();
  server.mode.websocket = 'refuse';
  server.mode.sse = 'silent';
  const ways: string[] = [];
  client.on('transport', ({ to }) => ways.push(to));
  void client.connect();
  await pass(server, 25_000, 100);
  expect([client.transport, client.state]).toEqual(['poll', 'CONNECTED']);
  const before = heard.length;
  await pass(server, 5_000, 100);
  expect(heard.length - before).toBeGreaterThan(8);
  server.mode.sse = 'open';
  await pass(server, 35_000, 100);
  expect(client.transport).toBe('sse');
  server.mode.websocket = 'open';
  await pass(server, 35_000, 100);
  expect(ways).toEqual(['poll', 'sse', 'websocket']);
  expectUnbroken(heard);
  expect(server.clientKinds).toEqual(['websocket']);
  client.disconnect();
  await pass(server, 1_000);
  expect(server.clientKinds).toEqual([]);
});

test('five failed attempts demote even where each fails at once', async () => {
  const { server, client } = setUp({
    noDataMs: 600_000,
    reconnect: { initialMs: 10, factor: 1, maxMs: 10, jitter: 0, maxAttempts: 5, resetAfterMs: 0 },
  });
  server.mode.websocket = 'refuse';
  void client.connect();
  await pass(server, 500, 10);
  expect(client.transport).toBe('sse');
  expect(server.sockets).toHaveLength(6);
  client.disconnect();
});

test('a better transport that does not last is tried less and less often', async () => {
  const { server, client } = setUp();
  server.mode.websocket = 'refuse';
  void client.connect();
  await pass(server, 12_000, 100);
  expect(client.transport).toBe('sse');
  const promotedMs: number[] = [];
  client.on('transport', ({ to }) => {
    if (to !== 'websocket') return;
    promotedMs.push(server.clock.monotonicMs());
    server.clock.after(1_000, () => {
      server.mode.websocket = 'refuse';
      server.cut();
      server.clock.after(15_000, () => {
        server.mode.websocket = 'open';
      });
    });
  });
  server.mode.websocket = 'open';
  await pass(server, 300_000, 500);
  const pauses = promotedMs.slice(1).map((atMs, at) => atMs - (promotedMs[at] ?? 0));
  expect(pauses.length).toBeGreaterThanOrEqual(2);
  expect(pauses[1] ?? 0).toBeGreaterThan((pauses[0] ?? 0) + 30_000);
  client.disconnect();
});

test('a probe that is let in and not answered is not taken', async () => {
  const { server, client } = setUp({ connectTimeoutMs: 2_000 });
  server.mode.websocket = 'refuse';
  void client.connect();
  await pass(server, 12_000, 100);
  server.answersPings = false;
  server.mode.websocket = 'open';
  await pass(server, 70_000, 100);
  expect([client.transport, client.metrics.gaps]).toEqual(['sse', 0]);
  expect(server.clientKinds).toEqual(['sse']);
  client.disconnect();
});

test('an SSE stream that a proxy swallows is given up, a quiet one is not', async () => {
  const server = new FakeGatewayServer();
  const client = createTruetapeClient({
    ...{ url: 'http://gateway.test:7411', ports: server.ports, transports: ['sse', 'poll'] },
  });
  client.subscribe('price.BTC-USDT');
  server.publish(priceUpdate('BTC-USDT', 1, 1));
  void client.connect();
  await pass(server, 60_000, 200);
  // Nothing changed for a minute, and REST says the same.
  expect([client.transport, client.metrics.reconnectCount]).toEqual(['sse', 0]);
  server.snapshots.set('price.BTC-USDT', priceUpdate('BTC-USDT', 2, 2));
  await pass(server, 12_000, 200);
  expect(client.transport).toBe('poll');
  expect(client.getPrice('BTC-USDT')?.seq).toBe(2);
  client.disconnect();
});

test('new channels over SSE open one new stream from the cursor, with the token as a header', async () => {
  const server = new FakeGatewayServer();
  server.validToken = 'secret-key';
  const client = createTruetapeClient({
    ...{ url: 'http://gateway.test:7411', ports: server.ports, transports: ['sse'] },
    ...{ token: 'secret-key', snapshots: false },
  });
  client.subscribe('trades.BTC-USDT');
  void client.connect();
  await pass(server, 200);
  server.publish(tradeUpdate('BTC-USDT', 1));
  await pass(server, 100);
  client.subscribe('trades.ETH-USDT');
  client.subscribe('price.BTC-USDT');
  await pass(server, 200);
  expect(server.requests).toHaveLength(2);
  const [, second] = server.requests;
  expect(second?.headers.get('last-event-id')).toBe('e1.1');
  expect(second?.url).toContain('trades.ETH-USDT');
  for (const { url, headers } of server.requests) {
    expect(url).not.toContain('secret');
    expect(headers.get('authorization')).toBe('Bearer secret-key');
  }
  expect(server.clientKinds).toEqual(['sse']);
  expect(client.getTrades('BTC-USDT')).toHaveLength(1);
  client.disconnect();
});

test('a market that nobody has is refused over every transport, and the others come', async () => {
  for (const transport of ['websocket', 'sse', 'poll'] as const) {
    const server = new FakeGatewayServer();
    const client = createTruetapeClient({
      ...{ url: 'http://gateway.test:7411', ports: server.ports, transports: [transport] },
      snapshots: false,
    });
    client.subscribe('price.bitcoin');
    client.subscribe('price.BTC-USDT');
    server.publish(priceUpdate('BTC-USDT', 1, 5));
    void client.connect();
    await pass(server, 300);
    expect([transport, client.subscriptions().map(({ status }) => status)]).toEqual([
      transport,
      ['rejected', 'subscribed'],
    ]);
    expect(client.getPrice('BTC-USDT')?.price.price).toBe(5);
    client.disconnect();
  }
});
