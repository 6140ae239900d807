import { expect, test } from 'vitest';
import type { SocketLike, WebSocketConfig } from '../../src/client/clientContract.ts';
import { createEnvelopeSocket } from '../../src/client/envelopeSocket.ts';
import { VirtualClock } from '../support/virtualClock.ts';

type Listener = (event: never) => void;

class MockSocket implements SocketLike {
  binaryType = 'blob';
  readyState = 0;
  readonly protocol = '';
  readonly sent: Record<string, unknown>[] = [];
  closedWith: number | undefined;
  readonly url: string;
  readonly protocols: unknown;
  private readonly listeners = new Map<string, Listener[]>();

  constructor(url: string, protocols?: string | string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  addEventListener(type: string, listener: Listener): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }

  send(payload: string | Uint8Array): void {
    const message: unknown = JSON.parse(String(payload));
    this.sent.push(message as Record<string, unknown>);
  }

  close(code?: number): void {
    this.closedWith = code;
    this.readyState = 3;
  }

  open(): void {
    this.readyState = 1;
    this.emit('open', {});
  }

  drop(code: number, wasClean: boolean): void {
    this.readyState = 3;
    this.emit('close', { code, reason: '', wasClean });
  }

  message(data: unknown): void {
    this.emit('message', { data });
  }

  private emit(type: string, event: unknown): void {
    for (const listener of this.listeners.get(type) ?? []) {
      Reflect.apply(listener, undefined, [event]);
    }
  }
}

function setUp(config: Partial<WebSocketConfig> = {}) {
  const clock = new VirtualClock();
  const sockets: MockSocket[] = [];
  class Recorded extends MockSocket {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  }
  const socket = createEnvelopeSocket({
    url: 'wss://desk.test/live',
    ports: {
      WebSocket: Recorded,
      random: () => 0,
      clock: {
        monotonicMs: () => clock.monotonicMs(),
        wallMs: () => 1_000 + clock.monotonicMs(),
        after: (delayMs, run) => clock.after(delayMs, run),
      },
    },
    ...config,
  });
  const last = (): MockSocket => {
    const found = sockets.at(-1);
    if (found === undefined) throw new Error('no socket');
    return found;
  };
  return { clock, sockets, socket, last };
}

test('omitted: 5 attempts, 1,000 ms, 30,000 ms, 100 messages, no protocol [S3-04]', () => {
  expect(setUp().socket.config).toEqual({
    url: 'wss://desk.test/live',
    protocols: [],
    reconnectAttempts: 5,
    reconnectInterval: 1_000,
    heartbeatInterval: 30_000,
    messageQueueSize: 100,
  });
});

test('id and timestamp of an envelope are filled in, or kept [S3-05]', async () => {
  const { socket, last } = setUp({ protocols: ['chat'] });
  const opening = socket.connect();
  expect(last().protocols).toEqual(['chat']);
  last().open();
  await opening;
  socket.sendMessage({ type: 'message', payload: { text: 'hi' } });
  socket.sendMessage({ type: 'message', payload: 1, id: 'own', timestamp: 5 });
  expect(last().sent).toEqual([
    {
      ...{ type: 'message', payload: { text: 'hi' }, timestamp: 1_000 },
      id: expect.stringMatching(/^[0-9a-f]{8}-/),
    },
    { type: 'message', payload: 1, id: 'own', timestamp: 5 },
  ]);
  const heard: unknown[] = [];
  socket.subscribe('quote', (message) => heard.push(message));
  last().message('{"type":"quote","payload":7}');
  expect(heard).toMatchObject([{ type: 'quote', payload: 7, timestamp: 1_000 }]);
  socket.disconnect();
});

test('a clean close by the server stays closed, an abnormal one backs off and doubles [S3-07]', async () => {
  const clean = setUp();
  void clean.socket.connect();
  clean.last().open();
  clean.last().drop(1000, true);
  clean.clock.advance(60_000);
  expect([clean.socket.state, clean.sockets.length, clean.clock.pending]).toEqual([
    'DISCONNECTED',
    1,
    0,
  ]);
  const lost = setUp();
  const atMs: number[] = [];
  const opening = lost.socket.connect().catch((cause: unknown) => cause);
  for (let attempt = 0; attempt < 6; attempt += 1) {
    atMs.push(lost.clock.monotonicMs());
    lost.last().drop(1006, false);
    while (lost.clock.pending > 0 && lost.sockets.length < attempt + 2) lost.clock.advance(100);
  }
  expect(atMs).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000]);
  expect(lost.socket.state).toBe('CLOSED');
  expect(await opening).toBeInstanceOf(Error);
});

test('150 messages while away: the last 100 go out in order, 50 are counted [S3-06]', async () => {
  const { socket, last } = setUp();
  for (let at = 0; at < 150; at += 1) {
    expect(socket.sendMessage({ type: 'note', payload: at })).toBe(false);
  }
  expect([socket.queuedMessages, socket.droppedMessages]).toEqual([100, 50]);
  void socket.connect();
  last().open();
  expect(last().sent.map(({ payload }) => payload)).toEqual(
    Array.from({ length: 100 }, (_, at) => at + 50),
  );
  socket.disconnect();
});

test('connects, echoes, and tells of what it cannot read [S3-26]', async () => {
  const { socket, last, clock } = setUp();
  const states: string[] = [];
  const errors: string[] = [];
  socket.onState((state) => states.push(state));
  socket.onError(({ type, code }) => errors.push(`${type} ${code}`));
  const opening = socket.connect();
  last().open();
  await opening;
  const heard: unknown[] = [];
  const off = socket.subscribe('*', ({ payload }) => heard.push(payload));
  socket.sendMessage({ type: 'echo', payload: 'a' });
  last().message(JSON.stringify(last().sent[0]));
  last().message('{"no":"type"}');
  last().message('not json');
  off();
  last().message('{"type":"echo","payload":"b"}');
  expect([heard, socket.lastMessage?.payload]).toEqual([['a'], 'b']);
  last().drop(1006, false);
  expect(errors).toEqual([
    'parse DECODE_FAILED',
    'parse DECODE_FAILED',
    'connection TRANSPORT_CLOSE',
  ]);
  expect(states).toEqual(['CONNECTING', 'CONNECTED', 'RECONNECTING']);
  socket.disconnect();
  expect([socket.state, clock.pending]).toEqual(['CLOSED', 0]);
});

test('a server that answered heartbeats and stops is left, one that never does is not', () => {
  const { socket, last, sockets, clock } = setUp();
  void socket.connect();
  last().open();
  clock.advance(120_000);
  expect([socket.state, sockets.length]).toEqual(['CONNECTED', 1]);
  const ping = last().sent.at(-1);
  expect(ping).toMatchObject({ type: 'ping' });
  last().message(JSON.stringify({ ...ping, type: 'pong' }));
  clock.advance(41_001);
  expect(sockets.length).toBe(2);
  expect(sockets[0]?.closedWith).toBe(1000);
  socket.disconnect();
});
