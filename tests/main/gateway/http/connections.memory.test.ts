import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openGatewayBench } from '../../../support/gatewayBench.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

test('a flood of handshakes and half requests leaves a healthy client its answers [G06]', async () => {
  const bench = await openGatewayBench();
  ends.push(() => bench.close());
  const { port } = bench.gateway;
  const before = process.memoryUsage().rss;
  const floods = await Promise.all(Array.from({ length: 300 }, () => open(port)));
  for (const [at, socket] of floods.entries()) {
    if (at % 3 === 0) socket.write('GET / HTTP/1.1\r\nhost: 127.');
    else if (at % 3 === 1) socket.write(`GET /${'x'.repeat(60_000)}`);
    else socket.write('GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nupgrade: x\r\n');
  }
  const statuses = await Promise.all(
    Array.from({ length: 20 }, async () => (await bench.ask('/health')).status),
  );
  expect(statuses).toEqual(Array<number>(20).fill(200));
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1_048_576);
  for (const socket of floods) socket.destroy();
});
