import { afterEach, expect, test, vi } from 'vitest';
import { RefusedError } from '../../../src/renderer/bridge/bridge.ts';
import { enterGateway } from '../../../src/renderer/bridge/gatewaySession.ts';
import { PortSource } from '../../../src/renderer/bridge/messagePortTransport.ts';
import { createTransportOpener } from '../../../src/renderer/bridge/openTransport.ts';
import { channels } from '../../../src/shared/channels.ts';
import { eventually } from '../../support/eventually.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  window.history.replaceState(null, '', '/');
  Reflect.deleteProperty(window, 'truetapeHost');
});

/** What the preload does, in a window whose messages carry ports as a browser's do. */
function handOver(port: MessagePort, changes: Partial<MessageEventInit> = {}): void {
  window.dispatchEvent(
    new MessageEvent('message', {
      data: { type: channels.pageHello },
      origin: window.location.origin,
      source: window,
      ports: [port],
      ...changes,
    }),
  );
}

async function arrived(values: readonly unknown[], count: number): Promise<void> {
  await eventually(() => expect(values).toHaveLength(count));
}

test('takes the port that the preload posts, whether the page waited for it or not', async () => {
  const ports = new PortSource(window);
  const early = new MessageChannel();
  handOver(early.port2);
  const transport = await ports.open();
  const received: Uint8Array[] = [];
  early.port1.postMessage(Uint8Array.of(1, 2));
  early.port1.postMessage('no bytes');
  early.port1.postMessage(Uint8Array.of(3));
  transport.onMessage((bytes) => received.push(bytes));
  await arrived(received, 2);
  expect(received.map((bytes) => [...bytes])).toEqual([[1, 2], [3]]);

  const answers: number[][] = [];
  early.port1.addEventListener('message', ({ data }: MessageEvent<Uint8Array>) =>
    answers.push([...data]),
  );
  early.port1.start();
  transport.send(Uint8Array.of(9));
  await arrived(answers, 1);
  expect(answers).toEqual([[9]]);
  transport.close();
  transport.send(Uint8Array.of(10));

  const asked: unknown[] = [];
  const onAsk = ({ data }: MessageEvent): unknown => asked.push(data);
  window.addEventListener('message', onAsk);
  const next = ports.open();
  await arrived(asked, 1);
  window.removeEventListener('message', onAsk);
  expect(asked).toEqual([{ type: channels.requestPort }]);
  const late = new MessageChannel();
  handOver(late.port2);
  await next;
  early.port1.close();
  late.port1.close();
});

test('hears when the host closes its port', async () => {
  const ports = new PortSource(window);
  const channel = new MessageChannel();
  const opening = ports.open();
  handOver(channel.port2);
  const transport = await opening;
  const reasons: string[] = [];
  transport.onMessage(() => undefined);
  transport.onClose((reason) => reasons.push(reason));
  channel.port1.close();
  await arrived(reasons, 1);
  expect(reasons).toEqual(['the host closed the port']);
});

test('takes no port from another window, origin or message', async () => {
  vi.useFakeTimers();
  const ports = new PortSource(window);
  const opening = ports.open();
  const failed = expect(opening).rejects.toThrow('the desktop gave no port');
  const { port1, port2 } = new MessageChannel();
  handOver(port2, { origin: 'https://elsewhere.example' });
  handOver(port2, { source: null });
  handOver(port2, { data: { type: 'hello' } });
  handOver(port2, { ports: [] });
  await vi.advanceTimersByTimeAsync(6000);
  await failed;
  port1.close();
});

test('the key of the address becomes a session, and leaves the address', async () => {
  const requests: [string, RequestInit | undefined][] = [];
  const answers = [204, 401, 429, 503, 204];
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => {
    requests.push([path, init]);
    return Promise.resolve(new Response(null, { status: answers.shift() ?? 500 }));
  });
  window.history.replaceState(null, '', '/?window=w-1#key=abc');
  await enterGateway(window);
  expect(requests[0]).toMatchObject(['/api/session', { method: 'POST', body: '{"key":"abc"}' }]);
  expect(window.location.href).toMatch(/\/\?window=w-1$/);

  await expect(enterGateway(window)).rejects.toThrow(RefusedError);
  expect(requests[1]?.[1]?.method).toBeUndefined();

  window.history.replaceState(null, '', '/#key=def');
  await expect(enterGateway(window)).rejects.toThrow(RefusedError);
  expect(window.location.hash).toBe('#key=def');
  await expect(enterGateway(window)).rejects.not.toThrow(RefusedError);
  await enterGateway(window);
  expect(window.location.hash).toBe('');
});

class FakeSocket extends EventTarget {
  static readonly OPEN = 1;
  static readonly opened: FakeSocket[] = [];
  readonly address: string;
  readyState = 0;
  bufferedAmount = 0;
  binaryType = 'blob';
  readonly sent: unknown[] = [];

  constructor(address: URL) {
    super();
    this.address = address.href;
    FakeSocket.opened.push(this);
  }

  send(bytes: unknown): void {
    this.sent.push(bytes);
  }

  close(): void {
    this.readyState = 3;
    this.dispatchEvent(new CloseEvent('close', { reason: '' }));
  }

  succeed(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }
}

test('a page of the gateway opens one socket under its window id', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(null, { status: 204 })));
  vi.stubGlobal('WebSocket', FakeSocket);
  window.history.replaceState(null, '', '/?window=w-77');
  const open = createTransportOpener(window);
  const opening = open();
  await arrived(FakeSocket.opened, 1);
  const [socket] = FakeSocket.opened;
  if (socket === undefined) throw new Error('no socket');
  expect(socket.address).toBe(`ws://${window.location.host}/bridge?window=w-77`);
  socket.succeed();
  socket.dispatchEvent(new MessageEvent('message', { data: Uint8Array.of(1, 2).buffer }));
  const transport = await opening;
  const received: number[][] = [];
  const reasons: string[] = [];
  transport.onMessage((bytes) => received.push([...bytes]));
  transport.onClose((reason) => reasons.push(reason));
  transport.send(Uint8Array.of(7));
  socket.close();
  transport.send(Uint8Array.of(8));
  expect(received).toEqual([[1, 2]]);
  expect(socket.sent).toEqual([Uint8Array.of(7)]);
  expect(reasons).toEqual(['the connection was lost']);

  const failing = open();
  await arrived(FakeSocket.opened, 2);
  FakeSocket.opened[1]?.close();
  await expect(failing).rejects.toThrow('the socket did not open');
});

test('a page of the desktop waits for its port and opens no socket', async () => {
  Reflect.set(window, 'truetapeHost', 'desktop');
  vi.stubGlobal('WebSocket', FakeSocket);
  const sockets = FakeSocket.opened.length;
  const opening = createTransportOpener(window)();
  const { port1, port2 } = new MessageChannel();
  handOver(port2);
  const transport = await opening;
  expect(FakeSocket.opened).toHaveLength(sockets);
  transport.close();
  port1.close();
});
