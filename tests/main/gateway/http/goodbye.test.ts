import { once } from 'node:events';
import { get } from 'node:http';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { apiPaths } from '../../../../src/shared/gateway/paths.ts';
import { openGatewayBench } from '../../../support/gatewayBench.ts';
import { passUntilDone } from '../../../support/passUntilDone.ts';
import { socketsSettled } from '../../../support/socketsSettled.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { openBench } from '../streams/streamBench.ts';

test('a stop says goodbye on every transport, takes nobody new, and is over soon [G09]', async () => {
  const time = new VirtualClock();
  const clock = {
    monotonicMs: () => time.monotonicMs(),
    wallMs: () => 1_800_000_000_000 + time.monotonicMs(),
    after: (delayMs: number, run: () => void) => time.after(delayMs, run),
  };
  const bench = await openGatewayBench({ clock });
  const { port } = bench.gateway;
  const headers = { authorization: `Bearer ${bench.key}` };
  const socket = new WebSocket(`ws://127.0.0.1:${port}${apiPaths.socket}`, { headers });
  const said: string[] = [];
  socket.on('message', (message: Buffer) => said.push(message.toString('utf8')));
  const socketClosed = once(socket, 'close');
  await once(socket, 'message');
  let streamed = '';
  const streamEnded = new Promise<void>((resolve) => {
    const path = '/api/stream?channels=price.BTC-USDT';
    get({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      response.setEncoding('utf8').on('data', (text: string) => (streamed += text));
      response.on('close', resolve);
    });
  });
  const body = JSON.stringify({ channels: ['gaps'] });
  const json = { 'content-type': 'application/json' };
  const opening = bench.ask(apiPaths.poll, { method: 'POST', headers: json, body });
  await passUntilDone(time, opening);
  const opened = await opening;
  const { session, cursor } = JSON.parse(opened.body) as Record<string, string>;
  const query = new URLSearchParams({ session: session ?? '', cursor: cursor ?? '' });
  const polled = bench.ask(`${apiPaths.poll}?${query.toString()}`);
  const raw = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
  const rawClosed = once(raw, 'close');
  await once(raw, 'message');
  await expect.poll(() => streamed).toContain('"subscribed"');
  await socketsSettled();
  const closing = bench.close();
  expect(await passUntilDone(time, closing)).toBeLessThan(4_500);
  await closing;
  const [code] = (await socketClosed) as [number];
  expect([1001, 1012, 1013]).toContain(code);
  expect(said.join('\n')).toMatch(/"closing"/);
  await streamEnded;
  expect(streamed).toMatch(/"closing"/);
  const answer = await polled;
  expect(answer.body).toMatch(/"closing"|OVERLOADED/);
  await rawClosed;
  await expect(bench.ask('/health')).rejects.toThrow(/ECONNREFUSED/);
});

test('a stop leaves nothing that waits, also of what was just asked [G09]', async () => {
  const bench = await openBench();
  for (const path of ['/api/stream?channels=gaps', '/api/pnl-stream', '/api/dashboard/stream']) {
    await bench.stream(path);
  }
  const peer = await bench.connect();
  peer.send({ type: 'subscribe', channels: ['price.BTC-USDT'] });
  const headers = { authorization: `Bearer ${bench.key}` };
  // Nothing comes of this market: it would be waited for.
  const asked = fetch(`${bench.gateway.origin}/api/markets/ETH-USDT/price`, { headers });
  await bench.until(() => bench.feed.wanted.at(-1)?.has('price.ETH-USDT') === true, 'it is wanted');
  await bench.close();
  expect((await asked).status).toBe(200);
  expect(bench.clock.pending).toBe(0);
});
