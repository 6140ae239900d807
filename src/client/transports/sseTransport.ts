import type { EventSourceMessage } from 'eventsource-parser';
import { apiPaths } from '../../shared/gateway/paths.ts';
import { decodeMessage } from '../codec.ts';
import { describeCause } from '../redact.ts';
import {
  endOfFailure,
  endOfRefusal,
  readRefusal,
  requestHeaders,
  requestInit,
} from './httpRequests.ts';
import { readEventStream } from './readEventStream.ts';
import type { Transport, TransportEnd, TransportRequest } from './transport.ts';
import { joinRequests } from './transport.ts';

/** Changes within this become one new stream. */
const changeMs = 20;

/** Server-sent events through `fetch`, so that the token is a header. Another set of channels is another stream. */
export class SseTransport implements Transport {
  readonly name = 'sse';
  readonly canSend = false;
  private readonly request: TransportRequest;
  private token: string | null;
  private abort = new AbortController();
  private cancelChange: (() => void) | null = null;
  private isOpen = false;
  private isOver = false;

  constructor(request: TransportRequest) {
    this.request = request;
    this.token = request.token;
    this.open();
  }

  start(): void {
    // The stream carries its channels from the first byte on.
  }

  change(): void {
    this.reopenSoon();
  }

  send(): boolean {
    return false;
  }

  authenticate(token: string): void {
    this.token = token;
    this.reopenSoon();
  }

  close(): void {
    this.isOver = true;
    this.cancelChange?.();
    this.abort.abort();
  }

  private reopenSoon(): void {
    if (this.isOver || this.cancelChange !== null) return;
    this.cancelChange = this.request.ports.clock.after(changeMs, () => {
      this.cancelChange = null;
      this.abort.abort();
      this.open();
    });
  }

  private open(): void {
    const abort = new AbortController();
    this.abort = abort;
    this.read(abort.signal).then(
      (end) => {
        if (end !== null && !abort.signal.aborted) this.end(end);
      },
      (cause: unknown) => {
        if (!abort.signal.aborted) this.end(endOfFailure(cause, this.isOpen));
      },
    );
  }

  private async read(signal: AbortSignal): Promise<TransportEnd | null> {
    const { options, ports, listener } = this.request;
    const asked = joinRequests(this.request.wanted());
    const cursor = this.request.cursor();
    const query = new URLSearchParams({ channels: asked.channels.join(',') });
    if (asked.rate !== undefined) query.set('rate', String(asked.rate));
    if (asked.depth !== undefined) query.set('depth', String(asked.depth));
    for (const [name, value] of Object.entries(asked.filters ?? {})) query.set(name, String(value));
    const headers = requestHeaders(this.token, {
      accept: 'text/event-stream',
      ...(cursor === null ? {} : { 'last-event-id': cursor }),
    });
    listener.onSent();
    const response = await ports.fetch(
      `${options.url}${apiPaths.stream}?${query}`,
      requestInit(options, { headers, signal }),
    );
    if (signal.aborted) return null;
    if (!response.ok) return endOfRefusal(await readRefusal(response));
    await readEventStream(response, {
      onEvent: (event) => {
        if (!signal.aborted) this.receive(event, asked.channels);
      },
      onReceived: () => listener.onReceived(),
    });
    return endOfFailure(new Error('The stream ended.'), true);
  }

  private receive({ data, event }: EventSourceMessage, asked: readonly string[]): void {
    const { listener } = this.request;
    if (!this.isOpen) {
      // Headers alone say little: a proxy may hold back the stream that follows them.
      this.isOpen = true;
      listener.onOpen();
    }
    if (event === 'heartbeat') return;
    try {
      const { message, refused } = decodeMessage(data);
      if (refused > 0) listener.onUnreadable('An event lacks fields that it must have.');
      if (message === null) return;
      if (message.type === 'subscribed') listener.onSubscribed(asked, message);
      if (message.type === 'error') this.end(endOfRefusal(message.error));
      else listener.onMessage(message);
    } catch (cause) {
      listener.onUnreadable(describeCause(cause));
    }
  }

  private end(end: TransportEnd): void {
    if (this.isOver) return;
    this.close();
    this.request.listener.onEnd(end);
  }
}
