import { once } from 'node:events';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Venue } from '../../../../src/main/engine/venues/venue.ts';
import { apiPaths } from '../../../../src/shared/gateway/paths.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';
import { eventually } from '../../../support/eventually.ts';
import { openGatewayBench } from '../../../support/gatewayBench.ts';
import { passUntilDone } from '../../../support/passUntilDone.ts';
import { socketsSettled } from '../../../support/socketsSettled.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

test('heartbeats of event streams and sockets come at the pace that was chosen [S2-16]', async () => {
  const time = new VirtualClock();
  const clock = {
    monotonicMs: () => time.monotonicMs(),
    wallMs: () => 1_800_000_000_000 + time.monotonicMs(),
    after: (delayMs: number, run: () => void) => time.after(delayMs, run),
  };
  const settings = { heartbeatMs: 11_000, sseHeartbeatMs: 7_000 };
  const bench = await openGatewayBench({ clock, settings });
  const { port } = bench.gateway;
  const headers = { authorization: `Bearer ${bench.key}` };
  let heard = '';
  const path = '/api/stream?channels=gaps';
  const sent = get({ host: '127.0.0.1', port, path, headers, agent: false });
  const [stream] = (await once(sent, 'response')) as [IncomingMessage];
  stream.setEncoding('utf8').on('data', (text: string) => (heard += text));
  const socket = new WebSocket(`ws://127.0.0.1:${port}${apiPaths.socket}`, { headers });
  let pings = 0;
  socket.on('ping', () => (pings += 1));
  const [welcome] = (await once(socket, 'message')) as [Buffer];
  expect(JSON.parse(welcome.toString('utf8'))).toMatchObject({ heartbeatMs: 11_000 });
  const beats = (): number => heard.match(/^event: heartbeat$/gm)?.length ?? 0;
  const pass = async (ms: number): Promise<void> => {
    time.advance(ms);
    await socketsSettled();
  };
  await pass(6_900);
  expect([beats(), pings]).toEqual([0, 0]);
  await pass(200);
  await eventually(() => expect([beats(), pings]).toEqual([1, 0]));
  await pass(4_000);
  await eventually(() => expect([beats(), pings]).toEqual([1, 1]));
  await pass(3_000);
  await eventually(() => expect(beats()).toBe(2));
  const closing = bench.close();
  await passUntilDone(time, closing);
  await closing;
});

test('a venue is pinged at the interval of its own record [S2-16]', () => {
  const pingsIn20s = (intervalMs: number): number => {
    const adapt = (venue: Venue): Venue =>
      venue.heartbeat.type === 'client-text'
        ? { ...venue, heartbeat: { ...venue.heartbeat, intervalMs } }
        : venue;
    const engine = new EngineOnLinks({ venues: ['bybit'], adapt });
    engine.want(['BTC-USDT'], []);
    engine.run(20_500);
    engine.close();
    return engine.effectsOf('send').filter(({ purpose }) => purpose === 'heartbeat').length;
  };
  expect([pingsIn20s(5_000), pingsIn20s(10_000), pingsIn20s(20_000)]).toEqual([4, 2, 1]);
});
