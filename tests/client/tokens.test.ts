import { expect, test } from 'vitest';
import type { TruetapeClientOptions } from '../../src/client/clientContract.ts';
import { createTruetapeClient } from '../../src/client/createTruetapeClient.ts';
import { FakeGatewayServer, pass } from '../support/fakeGatewayServer.ts';
import { fakeStartMs, tradeUpdate } from '../support/wireRecords.ts';

function setUp(options: TruetapeClientOptions) {
  const server = new FakeGatewayServer();
  const client = createTruetapeClient({
    ...{ url: 'http://gateway.test:7411', ports: server.ports, snapshots: false },
    transports: ['websocket'],
    ...options,
  });
  return { server, client };
}

function jwt(expiresTime: number): string {
  const part = (claims: object): string => btoa(JSON.stringify(claims)).replaceAll('=', '');
  return `${part({ alg: 'EdDSA' })}.${part({ exp: expiresTime / 1_000 })}.c2ln`;
}

test.each(['the gateway says', 'its own claim says'])(
  'a token is renewed before it expires, as %s, on the same connection [S3-21]',
  async (by) => {
    const asked: number[] = [];
    const { server, client } = setUp({
      refreshThresholdMs: 60_000,
      tokenProvider: () => {
        asked.push(server.clock.monotonicMs());
        return jwt(fakeStartMs + server.clock.monotonicMs() + 900_000);
      },
    });
    if (by === 'the gateway says') server.expiresInMs = 900_000;
    void client.connect();
    await pass(server, 1_000);
    expect([asked.length, client.authState]).toEqual([1, 'valid']);
    await pass(server, 845_000, 5_000);
    expect(asked).toHaveLength(2);
    expect(Math.abs((asked[1] ?? 0) - 840_000)).toBeLessThanOrEqual(5_000);
    expect(server.heardOf('authenticate')).toHaveLength(2);
    expect([server.sockets.length, client.metrics.reconnectCount]).toEqual([1, 0]);
    client.disconnect();
    expect(server.clock.pending).toBe(0);
  },
);

test('three failures of the provider are the auth state error, and no further attempt [S3-21]', async () => {
  let asked = 0;
  const { server, client } = setUp({
    tokenProvider: () => {
      asked += 1;
      throw new Error('login failed for eyJhbGciOiJIUzI1NiJ9.e30.x');
    },
  });
  const states: string[] = [];
  client.on('authState', (state) => states.push(state));
  const opening = client.connect().catch((cause: unknown) => cause);
  await pass(server, 60_000, 500);
  expect([asked, client.authState, client.state]).toEqual([3, 'error', 'ERROR']);
  expect(states).toEqual(['refreshing', 'error']);
  expect(await opening).toBeInstanceOf(Error);
  expect(JSON.stringify(client.errors)).not.toContain('eyJ');
  expect([server.sockets.length, server.clock.pending]).toEqual([0, 0]);
});

test('a token that expires mid-stream costs no subscription and no event [S1-28]', async () => {
  let number = 0;
  const { server, client } = setUp({
    tokenProvider: () => {
      number += 1;
      return `token-${number}`;
    },
  });
  server.validToken = 'token-1';
  const heard: number[] = [];
  client.subscribe('trades.BTC-USDT', {}, ({ seq }) => heard.push(seq));
  void client.connect();
  await pass(server, 100);
  server.publish(tradeUpdate('BTC-USDT', 1));
  server.validToken = 'token-2';
  server.endAll({ code: 'TOKEN_EXPIRED', message: 'Token expired.' });
  server.publish(tradeUpdate('BTC-USDT', 2), tradeUpdate('BTC-USDT', 3));
  await pass(server, 500);
  server.publish(tradeUpdate('BTC-USDT', 4));
  expect([heard, number, client.metrics.gaps]).toEqual([[1, 2, 3, 4], 2, 0]);
  client.disconnect();
});

test('a refused token without a provider ends in ERROR and is not tried again', async () => {
  const { server, client } = setUp({ token: 'wrong' });
  server.validToken = 'right';
  const opening = client.connect().catch((cause: unknown) => cause);
  await pass(server, 60_000, 500);
  expect(await opening).toBeInstanceOf(Error);
  expect([client.state, client.authState, server.sockets.length]).toEqual(['ERROR', 'error', 1]);
  server.validToken = 'wrong';
  const again = client.reconnect();
  await pass(server, 100);
  await again;
  expect(client.isConnected).toBe(true);
  client.disconnect();
});

test('a token never goes into an address [S1-30]', async () => {
  for (const transport of ['websocket', 'sse', 'poll'] as const) {
    const { server, client } = setUp({ token: 'key-12345', transports: [transport] });
    server.validToken = 'key-12345';
    void client.connect();
    await pass(server, 200);
    expect([transport, client.isConnected]).toEqual([transport, true]);
    const urls = [
      ...server.sockets.map(({ url }) => url),
      ...server.requests.map(({ url }) => url),
    ];
    expect(urls.join(' ')).not.toContain('12345');
    client.disconnect();
  }
});

test('a provider that still thinks when the client is closed and opened again is asked once, and its token counts', async () => {
  const answers: ((token: string) => void)[] = [];
  const { server, client } = setUp({
    tokenProvider: () => new Promise<string>((resolve) => void answers.push(resolve)),
  });
  server.validToken = 'good';
  client.connect().catch(() => undefined);
  await pass(server, 50);
  // As React's strict mode mounts: come, gone, come again.
  client.disconnect();
  expect(client.authState).toBe('none');
  const opening = client.connect();
  await pass(server, 50);
  expect(answers).toHaveLength(1);
  answers[0]?.('good');
  await pass(server, 200);
  await opening;
  expect([client.state, client.authState, client.errors]).toEqual(['CONNECTED', 'valid', []]);
  client.disconnect();
});

test('after a refusal, and after giving up, no timer for a token stays', async () => {
  let asked = 0;
  const { server, client } = setUp({
    ...{ reconnect: 'doc1', maxTokenRetries: 1 },
    tokenProvider: () => {
      asked += 1;
      return `token-${asked}`;
    },
  });
  server.expiresInMs = 3_600_000;
  void client.connect();
  await pass(server, 100);
  server.validToken = 'none of them';
  server.endAll({ code: 'TOKEN_REVOKED', message: 'Revoked.' });
  await pass(server, 5_000);
  expect([client.state, server.clock.pending]).toEqual(['ERROR', 0]);
  server.validToken = null;
  client.reconnect().catch(() => undefined);
  await pass(server, 100);
  server.mode.websocket = 'refuse';
  server.cut();
  await pass(server, 30_000, 200);
  expect([client.state, server.clock.pending]).toEqual(['CLOSED', 0]);
});
