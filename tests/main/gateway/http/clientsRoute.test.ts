import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { writeConnections } from '../../../../src/main/gateway/http/clientsRoute.ts';
import type { ClientsReport } from '../../../../src/shared/gateway/clientsReport.ts';
import { parseClientsReport } from '../../../../src/shared/gateway/clientsReport.ts';
import { apiPaths } from '../../../../src/shared/gateway/paths.ts';
import { addTestUser, testPassword, testUser } from '../../../support/badTokens.ts';
import { openGatewayBench } from '../../../support/gatewayBench.ts';
import type { BenchRequest, GatewayBench } from '../../../support/gatewayBench.ts';
import { HubBench } from '../../../support/hubClients.ts';

const benches: GatewayBench[] = [];
const sockets: WebSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await Promise.all(benches.splice(0).map((bench) => bench.close()));
});

async function open(): Promise<GatewayBench> {
  const bench = await openGatewayBench();
  benches.push(bench);
  return bench;
}

async function report(bench: GatewayBench, request: BenchRequest = {}): Promise<ClientsReport> {
  const answer = await bench.ask(apiPaths.clients, request);
  const parsed = parseClientsReport(JSON.parse(answer.body));
  if (parsed === null) throw new Error(`not a report: ${answer.body}`);
  expect(answer.headers['cache-control']).toBe('no-store');
  return parsed;
}

/** A socket that has what it asked for. */
async function subscribe(
  bench: GatewayBench,
  token: string,
  channels: readonly string[],
  rate: number,
): Promise<void> {
  const address = `${bench.origin.replace('http', 'ws')}${apiPaths.socket}`;
  const socket = new WebSocket(address, { headers: { authorization: `Bearer ${token}` } });
  sockets.push(socket);
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', channels, rate })));
    socket.on('message', (frame: Buffer) => {
      if (frame.toString().includes('"type":"updates"')) resolve();
    });
  });
}

async function signIn(bench: GatewayBench, username: string): Promise<string> {
  addTestUser(bench.folder, username);
  const answer = await bench.ask(apiPaths.login, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: testPassword }),
  });
  const { access_token: token } = JSON.parse(answer.body) as Record<string, string>;
  return token ?? '';
}

function bearer(token: string): BenchRequest {
  return { signed: false, headers: { authorization: `Bearer ${token}` } };
}

test('a session key sees every connection with its channels, rate and records', async () => {
  const bench = await open();
  await subscribe(bench, bench.key, ['price.BTC-USDT', 'trades.BTC-USDT'], 4);
  const told = await report(bench);
  expect(told).toMatchObject({
    view: 'all',
    visible: 1,
    slow: 0,
    clients: { websocket: 1, socketio: 0, sse: 0, poll: 0 },
  });
  expect(told.connections).toEqual([
    {
      id: expect.any(String) as string,
      ...{ transport: 'websocket', user: null, address: '127.0.0.1', state: 'reading' },
      connectedMs: expect.any(Number) as number,
      ...{ channels: 2, channelNames: ['price.BTC-USDT', 'trades.BTC-USDT'], ratePerSec: 4 },
      recordsSent: expect.any(Number) as number,
      ...{ unreadBytes: 0, conflated: 0 },
    },
  ]);
  expect(told.connections[0]?.recordsSent).toBeGreaterThan(0);
  expect(told.recordsSent).toBe(told.connections[0]?.recordsSent);
  expect(told.connectedMs.longest).toBe(told.connections[0]?.connectedMs);
});

test('a user sees the counts of all, only own connections, and no address', async () => {
  const bench = await open();
  const [anna, boris] = [await signIn(bench, testUser), await signIn(bench, 'boris')];
  await subscribe(bench, bench.key, ['price.BTC-USDT'], 10);
  await subscribe(bench, anna, ['price.BTC-USDT'], 10);
  await subscribe(bench, boris, ['trades.BTC-USDT', 'price.BTC-USDT'], 10);
  const { body } = await bench.ask(apiPaths.clients, bearer(anna));
  expect(body).not.toMatch(/boris|trades\.|127\.0\.0\.1/);
  const told = await report(bench, bearer(anna));
  expect(told).toMatchObject({ view: 'own', visible: 1, clients: { websocket: 3 } });
  expect(told.connections).toMatchObject([{ user: testUser, address: null }]);
  expect((await report(bench)).connections.map(({ user }) => user)).toEqual([
    null,
    testUser,
    'boris',
  ]);
});

test('without access there is nothing to see', async () => {
  const bench = await open();
  expect((await bench.ask(apiPaths.clients, { signed: false })).status).toBe(401);
});

test('who does not read is slow, has its unread bytes, and reads again', () => {
  const bench = new HubBench({ conflateBytes: 1_000 });
  const { sink } = bench.subscribed(['price.BTC-USDT']);
  sink.buffered = 1_500;
  expect(bench.hub.clients()).toMatchObject([{ state: 'slow', unreadBytes: 1_500 }]);
  sink.buffered = 0;
  expect(bench.hub.clients()).toMatchObject([{ state: 'reading', unreadBytes: 0 }]);
});

test('a poll between two requests waits, and is not called slow', () => {
  const bench = new HubBench();
  const { session } = bench.open({ transport: 'poll' });
  session.setReading(false);
  expect(bench.hub.clients()).toMatchObject([{ state: 'waiting', ratePerSec: null }]);
  bench.clock.advance(2_000);
  expect(bench.hub.clients()).toMatchObject([{ connectedMs: 2_000 }]);
  session.close();
  expect(bench.hub.clients()).toEqual([]);
});

test('of very many the slow ones are listed and the figures are of all', () => {
  const bench = new HubBench({ conflateBytes: 1_000 });
  for (let nth = 0; nth < 600; nth += 1) bench.open({ address: `10.0.0.${nth % 250}` });
  bench.open().sink.buffered = 2_000;
  const told = writeConnections(bench.hub.clients(), {
    ...{ user: null, family: null, expiresTime: null },
  });
  expect(told).toMatchObject({ visible: 601, slow: 1 });
  expect(told.connections).toHaveLength(500);
  expect(told.connections[0]?.state).toBe('slow');
});
