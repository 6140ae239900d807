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
import { RequestCycle } from './requestCycle.ts';
import type { Transport, TransportEnd, TransportRequest } from './transport.ts';
import { joinRequests } from './transport.ts';

/** Server-sent events through `fetch`, so that the token is a header. Another set of channels is another stream. */
export class SseTransport implements Transport {
  readonly name = 'sse';
  readonly canSend = false;
  private readonly request: TransportRequest;
  private readonly cycle: RequestCycle;
  private token: string | null;

  constructor(request: TransportRequest) {
    this.request = request;
    this.token = request.token;
    this.cycle = new RequestCycle({
      clock: request.ports.clock,
      run: (signal) => this.read(signal),
      onEnd: (end) => request.listener.onEnd(end),
    });
    this.cycle.open();
  }

  start(): boolean {
    // The stream carries its channels from the first byte on.
    return true;
  }

  change(): void {
    this.cycle.reopenSoon();
  }

  send(): boolean {
    return false;
  }

  authenticate(token: string): void {
    this.token = token;
    this.cycle.reopenSoon();
  }

  close(): void {
    this.cycle.close();
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
    // Headers alone say little: a proxy may hold back the stream that follows them.
    if (this.cycle.noteOpened()) listener.onOpen();
    if (event === 'heartbeat') return;
    try {
      const { message, refused } = decodeMessage(data);
      if (refused > 0) listener.onUnreadable('An event lacks fields that it must have.');
      if (message === null) return;
      if (message.type === 'subscribed') listener.onSubscribed(asked, message);
      if (message.type === 'error') this.cycle.end(endOfRefusal(message.error));
      else listener.onMessage(message);
    } catch (cause) {
      listener.onUnreadable(describeCause(cause));
    }
  }
}
