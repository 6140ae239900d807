import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { FaultProxy } from '../support/faultProxy.ts';
import { runPingFlood } from '../support/pingFlood.ts';
import { allTold } from '../support/socketTold.ts';

test('[N17] a stream cut into segments of one byte tells the same as a whole one', async () => {
  const texts = [
    'pong',
    '{"result":null,"id":1}',
    JSON.stringify({ stream: 'btcusdt@trade', data: { p: '84250.10', note: 'żółć 漢字 🙂' } }),
    JSON.stringify({ levels: Array.from({ length: 120 }, (_, rank) => [`${rank}.5`, '1']) }),
  ];
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.ping('1');
    for (const text of texts) socket.send(text);
    const whole = texts[3] ?? '';
    socket.send(whole.slice(0, 100), { fin: false });
    socket.send(whole.slice(100), { fin: true });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const proxy = await FaultProxy.listen({ targetPort: port });
  proxy.down.sliceBytes = 1;
  proxy.up.sliceBytes = 1;
  const whole = await allTold(`ws://127.0.0.1:${port}`, 7);
  const sliced = await allTold(`ws://127.0.0.1:${proxy.port}`, 7);
  expect(sliced).toEqual(whole);
  expect(whole).toEqual([
    'opened',
    'pinged',
    ...texts,
    texts[3],
    expect.stringMatching(/^closed 1006/),
  ]);
  await proxy.close();
  server.close();
});

// How fast is a matter of real time, and of the machine: `npm run bench -- feed` prints it.
test('[N12] a venue that floods us with 20,000 messages a second has its pings answered in the middle of them', async () => {
  const flood = await runPingFlood(20_000, 2_000);
  expect(flood.pongs).toBeGreaterThanOrEqual(5);
});
