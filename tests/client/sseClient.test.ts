import { expect, test } from 'vitest';
import type { SseOptions } from '../../src/client/clientContract.ts';
import { createSseClient } from '../../src/client/sseClient.ts';
import { settle } from '../support/fakeGatewayServer.ts';
import { VirtualClock } from '../support/virtualClock.ts';

interface OpenStream {
  readonly headers: Headers;
  readonly init: RequestInit;
  push(text: string): void;
  end(): void;
}

function setUp(options: Partial<SseOptions> = {}) {
  const clock = new VirtualClock();
  const streams: OpenStream[] = [];
  const answers = { status: 200, isDown: false };
  const askedMs: number[] = [];
  const bytes = new TextEncoder();
  const client = createSseClient({
    url: 'http://desk.test/events',
    ports: {
      clock: {
        monotonicMs: () => clock.monotonicMs(),
        wallMs: () => clock.monotonicMs(),
        after: (delayMs, run) => clock.after(delayMs, run),
      },
      random: () => 0,
      fetch: (_url, init = {}) => {
        askedMs.push(clock.monotonicMs());
        if (answers.isDown) return Promise.reject(new TypeError('fetch failed'));
        if (answers.status !== 200) return Promise.resolve(new Response(null, answers));
        const pipe = new TransformStream<Uint8Array, Uint8Array>();
        const writer = pipe.writable.getWriter();
        writer.closed.catch(() => undefined);
        streams.push({
          ...{ init, headers: new Headers(init.headers) },
          push: (text) => void writer.write(bytes.encode(text)).catch(() => undefined),
          end: () => void writer.close().catch(() => undefined),
        });
        return Promise.resolve(new Response(pipe.readable));
      },
    },
    ...options,
  });
  return { client, clock, streams, answers, askedMs };
}

test('connects and hears events, as JSON or as the text that they are [S3-27]', async () => {
  const { client, streams } = setUp();
  const heard: unknown[] = [];
  for (const name of ['update', 'notification', 'alert', 'heartbeat', 'message']) {
    client.subscribe(name, ({ event, data }) => heard.push([event, data]));
  }
  const opening = client.connect();
  await settle();
  await opening;
  expect(client.state).toBe('CONNECTED');
  streams[0]?.push('event: update\ndata: {"a":1}\n\nevent: alert\ndata: plain te');
  streams[0]?.push('xt\n\n: comment\n\nevent: notification\ndata: [1]\n\n');
  streams[0]?.push('event: heartbeat\ndata: null\n\ndata: 5\n\n');
  await settle();
  expect(heard).toEqual([
    ['update', { a: 1 }],
    ['alert', 'plain text'],
    ['notification', [1]],
    ['heartbeat', null],
    ['message', 5],
  ]);
  client.disconnect();
});

test('comes back five times from 1 s doubling, with the last id, headers and credentials [S3-13]', async () => {
  const { client, clock, streams, answers, askedMs } = setUp({
    headers: { authorization: 'Bearer key' },
    withCredentials: true,
  });
  const heard: unknown[] = [];
  client.subscribe('*', ({ data }) => heard.push(data));
  const opening = client.connect();
  await settle();
  await opening;
  streams[0]?.push('id: 7\ndata: 1\n\n');
  await settle();
  streams[0]?.end();
  await settle();
  expect(client.state).toBe('RECONNECTING');
  clock.advance(1_000);
  await settle();
  expect(streams[1]?.headers.get('last-event-id')).toBe('7');
  expect(streams[1]?.headers.get('authorization')).toBe('Bearer key');
  expect(streams[1]?.init.credentials).toBe('include');
  streams[1]?.push('id: 8\ndata: 2\n\n');
  await settle();
  expect([heard, client.lastEventId]).toEqual([[1, 2], '8']);
  answers.isDown = true;
  askedMs.length = 0;
  streams[1]?.end();
  await settle();
  const lostMs = clock.monotonicMs();
  for (let passed = 0; passed < 60_000; passed += 500) {
    clock.advance(500);
    await settle();
  }
  expect(askedMs.map((atMs) => atMs - lostMs)).toEqual([1_000, 3_000, 7_000, 15_000, 31_000]);
  expect([client.state, clock.pending]).toEqual(['CLOSED', 0]);
});

test('a stream that opens and breaks without a word is given up too', async () => {
  const { client, clock, streams } = setUp();
  client.connect().catch(() => undefined);
  for (let passed = 0; passed < 60_000; passed += 500) {
    await settle();
    streams.at(-1)?.end();
    await settle();
    clock.advance(500);
  }
  expect([client.state, streams.length]).toEqual(['CLOSED', 6]);
});

test('204 ends it for good; disconnect aborts and leaves no timer', async () => {
  const { client, clock, answers } = setUp();
  answers.status = 204;
  const opening = client.connect().catch((cause: unknown) => cause);
  await settle();
  expect(await opening).toBeInstanceOf(Error);
  expect([client.state, clock.pending]).toEqual(['DISCONNECTED', 0]);
  const open = setUp();
  void open.client.connect();
  await settle();
  open.client.disconnect();
  open.client.disconnect();
  expect(open.streams[0]?.init.signal?.aborted).toBe(true);
  expect([open.client.state, open.clock.pending]).toEqual(['CLOSED', 0]);
});

test('a stream that stands still is opened anew where its server has a heartbeat, and only there', async () => {
  for (const [options, streamCount] of [
    [{ silenceMs: 75_000 }, 2],
    [{}, 1],
  ] as const) {
    const { client, clock, streams } = setUp(options);
    const states: string[] = [];
    client.onState((state) => states.push(state));
    const opening = client.connect();
    await settle();
    await opening;
    for (let beat = 0; beat < 4; beat += 1) {
      clock.advance(60_000);
      streams[0]?.push('event: heartbeat\nid: 7\ndata: {}\n\n');
      await settle();
    }
    expect([client.state, streams.length]).toEqual(['CONNECTED', 1]);
    clock.advance(76_000);
    await settle();
    clock.advance(1_000);
    await settle();
    expect([client.state, streams.length]).toEqual(['CONNECTED', streamCount]);
    expect(states.includes('RECONNECTING')).toBe(streamCount === 2);
    expect(streams[1]?.headers.get('last-event-id') ?? '7').toBe('7');
    client.disconnect();
    expect(clock.pending).toBe(0);
  }
});
