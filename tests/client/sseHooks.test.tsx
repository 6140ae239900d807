import { cleanup, renderHook } from '@testing-library/react';
import { act } from 'react';
import { afterEach, expect, test } from 'vitest';
import type { FetchLike, SseMessage } from '../../src/client/clientContract.ts';
import { useLiveDataFeed } from '../../src/client/react/useLiveDataFeed.ts';
import { useServerSentEvents } from '../../src/client/react/useServerSentEvents.ts';
import { TestClock } from './support/renderWithGateway.tsx';

afterEach(cleanup);

/** Streams of reads and writes take turns of their own. */
async function doing(run: () => void): Promise<void> {
  await act(async () => {
    run();
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resume) => setTimeout(resume, 0));
  });
}

class EventSourceServer {
  readonly asked: { readonly url: string; readonly headers: Headers }[] = [];
  private readonly open = new Set<object>();
  private writer: ReadableStreamDefaultController<Uint8Array> | null = null;

  readonly fetch: FetchLike = (url, init) => {
    this.asked.push({ url, headers: new Headers(init?.headers) });
    const one = {};
    this.open.add(one);
    const body = new ReadableStream<Uint8Array>({
      start: (writer) => {
        this.writer = writer;
        init?.signal?.addEventListener('abort', () => {
          this.open.delete(one);
          writer.error(new DOMException('Aborted', 'AbortError'));
        });
      },
      cancel: () => void this.open.delete(one),
    });
    const headers = { 'content-type': 'text/event-stream' };
    return Promise.resolve(new Response(body, { status: 200, headers }));
  };

  get openCount(): number {
    return this.open.size;
  }

  say(event: string, payload: unknown, id = ''): void {
    const text = `event: ${event}\n${id === '' ? '' : `id: ${id}\n`}data: ${JSON.stringify(payload)}\n\n`;
    this.writer?.enqueue(new TextEncoder().encode(text));
  }

  end(): void {
    this.open.clear();
    this.writer?.close();
  }
}

function portsOf(server: EventSourceServer, clock: TestClock) {
  return { fetch: server.fetch, clock, random: () => 0 };
}

function numberOf({ data }: SseMessage): number {
  if (typeof data !== 'number') throw new TypeError('Not a number.');
  return data;
}

test('events, state and the last event of a stream; it ends with its component [S3-15]', async () => {
  const server = new EventSourceServer();
  const clock = new TestClock();
  const { result, unmount } = renderHook(() =>
    useServerSentEvents({
      url: 'http://any.test/stream',
      headers: { authorization: 'Bearer secret' },
      ports: portsOf(server, clock),
    }),
  );
  expect(result.current).toMatchObject({ connectionState: 'connecting', lastEvent: null });
  await doing(() => undefined);
  expect(result.current).toMatchObject({ connectionState: 'connected', isConnected: true });
  expect(server.asked[0]?.headers.get('authorization')).toBe('Bearer secret');
  const alerts: unknown[] = [];
  const leave = result.current.subscribe('alert', ({ data }) => alerts.push(data));
  await doing(() => {
    server.say('alert', { level: 'error' }, '7');
    server.say('update', { value: 1 }, '8');
  });
  leave();
  await doing(() => server.say('alert', { level: 'info' }, '9'));
  expect(alerts).toEqual([{ level: 'error' }]);
  expect(result.current.lastEvent).toEqual({ event: 'alert', data: { level: 'info' }, id: '9' });
  await doing(() => server.end());
  expect(result.current).toMatchObject({ connectionState: 'connecting', isConnected: false });
  await doing(() => clock.advance(1_000));
  expect([result.current.connectionState, server.asked[1]?.headers.get('last-event-id')]).toEqual([
    ...['connected', '9'],
  ]);
  unmount();
  await doing(() => undefined);
  expect([server.openCount, clock.pending]).toEqual([0, 0]);
});

test('a feed keeps the last 100, newest first, and counts what its transformer refuses [S3-15]', async () => {
  const server = new EventSourceServer();
  const clock = new TestClock();
  const { result } = renderHook(() =>
    useLiveDataFeed({
      url: 'http://any.test/stream',
      event: 'update',
      transform: (message: SseMessage) => (message.data === 0 ? undefined : numberOf(message) * 2),
      ports: portsOf(server, clock),
    }),
  );
  await doing(() => undefined);
  await doing(() => {
    for (let value = 0; value <= 130; value += 1) server.say('update', value);
    server.say('other', 999);
  });
  expect(result.current.entries).toEqual(
    Array.from({ length: 100 }, (_, index) => 260 - 2 * index),
  );
  expect(result.current).toMatchObject({ error: null, refusedCount: 0, isConnected: true });
  await doing(() => server.say('update', 'text'));
  expect(result.current).toMatchObject({ error: 'Not a number.', refusedCount: 1 });
  expect(result.current.entries[0]).toBe(260);
  await doing(() => server.say('update', 200));
  expect([result.current.error, result.current.entries[0]]).toEqual([null, 400]);
  await doing(() => result.current.clear());
  expect(result.current.entries).toEqual([]);
  expect(server.asked).toHaveLength(1);
});

test('with another token the stream goes on from its last event', async () => {
  const server = new EventSourceServer();
  const ports = portsOf(server, new TestClock());
  const { rerender, unmount } = renderHook(
    ({ token }) =>
      useServerSentEvents({
        ...{ url: 'http://any.test/stream', ports },
        headers: { authorization: `Bearer ${token}` },
      }),
    { initialProps: { token: 'first' } },
  );
  await doing(() => undefined);
  await doing(() => server.say('update', 1, '41'));
  await doing(() => rerender({ token: 'second' }));
  expect(server.asked.map(({ headers }) => headers.get('last-event-id'))).toEqual([null, '41']);
  expect([server.asked[1]?.headers.get('authorization'), server.openCount]).toEqual([
    ...['Bearer second', 1],
  ]);
  unmount();
  await doing(() => undefined);
});
