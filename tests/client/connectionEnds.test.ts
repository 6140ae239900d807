import { expect, test } from 'vitest';
import type { ClientPorts, FetchLike } from '../../src/client/clientContract.ts';
import { createTruetapeClient } from '../../src/client/createTruetapeClient.ts';
import { FakeGatewayServer, pass } from '../support/fakeGatewayServer.ts';
import { connectedClient } from '../support/gatewayClientSetUp.ts';
import { priceUpdate, tradeUpdate } from '../support/wireRecords.ts';

const url = 'http://gateway.test:7411';

/** Connected by SSE, with a price; questions to REST have no answer from now on. */
async function startWithSilentRest() {
  const server = new FakeGatewayServer();
  const client = createTruetapeClient({
    ...{ url, ports: server.ports, transports: ['sse'], snapshots: false },
  });
  client.subscribe('price.BTC-USDT');
  server.publish(priceUpdate('BTC-USDT', 1, 1));
  void client.connect();
  await pass(server, 1_000);
  server.mode.rest = 'silent';
  return { server, client };
}

test('a question to REST that ends with the client opens nothing again', async () => {
  const { server, client } = await startWithSilentRest();
  await pass(server, 8_000);
  expect(server.requests.some(({ url: asked }) => asked.includes('/api/markets/'))).toBe(true);
  client.disconnect();
  await pass(server, 30_000, 500);
  expect([client.state, server.clientKinds, server.clock.pending]).toEqual(['CLOSED', [], 0]);
});

test('a late answer of REST about a former connection does not end the present one', async () => {
  const { server, client } = await startWithSilentRest();
  await pass(server, 7_000);
  server.cut();
  await pass(server, 2_500);
  const { reconnectCount } = client.metrics;
  expect([client.state, reconnectCount]).toEqual(['CONNECTED', 1]);
  await pass(server, 4_000);
  expect([client.state, client.metrics.reconnectCount]).toEqual(['CONNECTED', reconnectCount]);
  client.disconnect();
});

test('a loss is one error, with the time of the next attempt', async () => {
  const { server, client } = await connectedClient({ noDataMs: 600_000 }, ['price.BTC-USDT']);
  server.cut();
  expect(client.errors).toMatchObject([{ code: 'TRANSPORT_CLOSE', retryInMs: 1_000 }]);
  await pass(server, 2_000);
  server.answersPings = false;
  await pass(server, 41_000, 250);
  expect(client.errors.map(({ code }) => code)).toEqual(['TRANSPORT_CLOSE', 'HEARTBEAT_MISSED']);
  expect(client.errors[1]?.retryInMs).not.toBeNull();
  server.endAll({ code: 'SLOW_CONSUMER', message: 'You did not read.' });
  expect(client.errors.slice(2)).toMatchObject([
    { type: 'server', code: 'SLOW_CONSUMER', retryInMs: expect.any(Number) },
  ]);
  client.disconnect();
});

test('a token that is refused on an open connection is one error where nothing can renew it', async () => {
  const { server, client } = await connectedClient({ token: 'a' });
  server.endAll({ code: 'TOKEN_REVOKED', message: 'Revoked.' });
  await pass(server, 1_000);
  expect([client.state, client.errors.map(({ code, retryInMs }) => [code, retryInMs])]).toEqual([
    'ERROR',
    [['TOKEN_REVOKED', null]],
  ]);
});

test('timers of a page in the background come once a minute: a quiet market is no lost connection', async () => {
  const server = new FakeGatewayServer();
  const { clock = null } = server.ports;
  if (clock === null) throw new Error('A clock is needed.');
  let isHidden = false;
  const ports: ClientPorts = {
    ...server.ports,
    clock: {
      ...clock,
      after: (delayMs, run) => {
        const dueMs = clock.monotonicMs() + delayMs;
        const throttledMs = Math.ceil(dueMs / 60_000) * 60_000;
        return clock.after((isHidden ? throttledMs : dueMs) - clock.monotonicMs(), run);
      },
    },
  };
  const client = createTruetapeClient({ url, ports, snapshots: false });
  client.subscribe('trades.BTC-USDT');
  void client.connect();
  await pass(server, 3_000);
  isHidden = true;
  await pass(server, 600_000, 1_000);
  expect([client.transport, client.metrics.reconnectCount, server.sockets.length]).toEqual([
    ...['websocket', 0, 1],
  ]);
  server.mode.websocket = 'silent';
  await pass(server, 240_000, 1_000);
  expect([client.isConnected, client.transport === 'websocket']).toEqual([true, false]);
  client.disconnect();
});

/** Answers of `match` go through `change` first. */
function portsThrough(
  server: FakeGatewayServer,
  match: (address: string, init: RequestInit) => boolean,
  change: (
    answer: () => Promise<Response>,
    signal: AbortSignal | null | undefined,
  ) => Promise<Response>,
): ClientPorts {
  const { fetch } = server.ports;
  if (fetch === undefined) throw new Error('A fetch is needed.');
  const through: FetchLike = (address, init = {}) =>
    match(address, init) ? change(() => fetch(address, init), init.signal) : fetch(address, init);
  return { ...server.ports, fetch: through };
}

test('an answer that stands still half-way ends a poll within 40 s', async () => {
  const server = new FakeGatewayServer();
  let isStuck = false;
  const ports = portsThrough(
    server,
    (address, { method }) => address.includes('/api/poll') && method === 'GET' && isStuck,
    (_answer, signal) => {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          signal?.addEventListener('abort', () => controller.error(signal.reason));
        },
      });
      return Promise.resolve(new Response(body));
    },
  );
  const client = createTruetapeClient({ url, ports, transports: ['poll'], snapshots: false });
  client.subscribe('price.BTC-USDT');
  server.publish(priceUpdate('BTC-USDT', 1, 1));
  void client.connect();
  await pass(server, 500);
  isStuck = true;
  server.publish(priceUpdate('BTC-USDT', 2, 2));
  await pass(server, 500);
  expect(client.getPrice('BTC-USDT')).toMatchObject({ seq: 2, status: 'live' });
  server.publish(priceUpdate('BTC-USDT', 3, 3));
  await pass(server, 40_200, 100);
  expect(client.getPrice('BTC-USDT')?.status).toBe('stale');
  isStuck = false;
  await pass(server, 6_000);
  expect(client.getPrice('BTC-USDT')).toMatchObject({ seq: 3, status: 'live' });
  client.disconnect();
});

test('a channel that is wanted while a better transport is on trial comes over it', async () => {
  const server = new FakeGatewayServer();
  const gate = Promise.withResolvers<void>();
  let isGated = false;
  const ports = portsThrough(
    server,
    (address) => address.includes('/api/stream') && isGated,
    async (answer) => {
      await gate.promise;
      return answer();
    },
  );
  const client = createTruetapeClient({
    ...{ url, ports, transports: ['sse', 'poll'], snapshots: false, connectTimeoutMs: 10_000 },
  });
  client.subscribe('trades.BTC-USDT');
  server.mode.sse = 'refuse';
  void client.connect();
  await pass(server, 20_000, 100);
  expect(client.transport).toBe('poll');
  server.mode.sse = 'open';
  isGated = true;
  await pass(server, 24_000, 100);
  const heard: number[] = [];
  client.subscribe('trades.ETH-USDT', {}, ({ seq }) => heard.push(seq));
  await pass(server, 500);
  gate.resolve();
  await pass(server, 500);
  expect(client.transport).toBe('sse');
  server.publish(tradeUpdate('ETH-USDT', 1), tradeUpdate('BTC-USDT', 1));
  await pass(server, 200);
  expect([heard, client.getTrades('BTC-USDT').length]).toEqual([[1], 1]);
  client.disconnect();
});
