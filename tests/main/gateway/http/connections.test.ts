import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createAllowList } from '../../../../src/main/gateway/allowList.ts';
import { createHttpServer } from '../../../../src/main/gateway/httpServer.ts';
import { eventually } from '../../../support/eventually.ts';
import { openGatewayBench } from '../../../support/gatewayBench.ts';
import { pem } from '../../../support/venueImpostor.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function listen(maxConnectionsPerAddress: number): Promise<number> {
  const { server } = createHttpServer({
    ...{ allowList: () => createAllowList({ port }), tls: null, log: () => undefined },
    maxConnectionsPerAddress,
  });
  server.get('/fine', () => 'fine');
  await server.listen({ host: '127.0.0.1', port: 0 });
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  ends.push(() => server.close());
  return port;
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

test('more connections of an address than it may have are told so, and the others stay [G06]', async () => {
  const port = await listen(3);
  const held = [await open(port), await open(port), await open(port)];
  const extra = await open(port);
  let heard = '';
  extra.setEncoding('utf8').on('data', (text: string) => (heard += text));
  await once(extra, 'close');
  expect(heard).toMatch(/^HTTP\/1\.1 503 /);
  expect(heard).toMatch(/Retry-After: 5\r\n/);
  expect(JSON.parse(heard.split('\r\n\r\n')[1] ?? '')).toMatchObject({
    error: { code: 'OVERLOADED', retryAfterMs: 5_000 },
  });
  expect(held.map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
  held[0]?.destroy();
  await eventually(async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/fine`);
    expect(answer.status).toBe(200);
  });
  for (const socket of held) socket.destroy();
});

async function addressesHeard(isBehindTls: boolean): Promise<readonly string[]> {
  const bench = await openGatewayBench({ isBehindTls });
  ends.push(() => bench.close());
  const forwarded = (claims: string) => ({ headers: { 'x-forwarded-for': claims } });
  for (const claims of ['198.51.100.1, 203.0.113.9', '2001:db8::7', 'nonsense', '']) {
    await bench.ask('/api/realtime/BTC-USDT', { ...forwarded(claims), isStream: true });
  }
  const authorization = `Bearer ${bench.key}`;
  const headers = { authorization, 'x-forwarded-for': '203.0.113.10' };
  const socket = new WebSocket(`ws://127.0.0.1:${bench.gateway.port}/api/socket`, { headers });
  await once(socket, 'message');
  socket.terminate();
  return bench.logged.flatMap((line) => / connected by \w+ from (\S+)$/.exec(line)?.[1] ?? []);
}

test('behind a proxy clients are told apart by what it saw, elsewhere nobody can claim an address', async () => {
  const own = '127.0.0.1';
  expect(await addressesHeard(true)).toEqual([
    ...['203.0.113.9', '2001:db8::7', own, own, '203.0.113.10'],
  ]);
  expect(await addressesHeard(false)).toEqual([own, own, own, own, own]);
});

test('a refused upgrade keeps no place, also where the other side does not close [G06]', async () => {
  const bench = await openGatewayBench();
  ends.push(() => bench.close());
  const { port } = bench.gateway;
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const errors: unknown[] = [];
  socket.on('error', (error) => errors.push(error));
  socket.write(`GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`);
  socket.write('Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  socket.resume();
  await once(socket, 'end');
  await eventually(() => {
    // Something is sent on as long as somebody there takes it.
    if (errors.length === 0) socket.write('more');
    expect(errors).not.toEqual([]);
  });
});

test('a connection that begins no TLS keeps no place [G06]', async () => {
  const { server } = createHttpServer({
    ...{ allowList: () => createAllowList({ port: 0 }), log: () => undefined },
    ...{
      tls: { cert: pem('valid'), key: pem('server.key') },
      requestMs: 300,
      maxConnectionsPerAddress: 9,
    },
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  ends.push(() => server.close());
  const address = server.server.address();
  const socket = await open(typeof address === 'object' && address !== null ? address.port : 0);
  await once(socket, 'close');
  // Less than Node's own limit for a handshake.
}, 100_000);

test('a gateway that cannot start leaves nothing that runs', async () => {
  const virtual = new VirtualClock();
  const clock = {
    monotonicMs: () => virtual.monotonicMs(),
    wallMs: () => virtual.monotonicMs(),
    after: (delayMs: number, run: () => void) => virtual.after(delayMs, run),
  };
  await expect(openGatewayBench({ clock, tls: { cert: 'no', key: 'no' } })).rejects.toThrow(/PEM/);
  expect(virtual.pending).toBe(0);
});
