import type { FastifyReply } from 'fastify';
import type { GatewayClock } from '../gatewayClock.ts';

export interface StreamEvent {
  /** Comes back as `Last-Event-ID`. */
  readonly id?: string;
  /** Left out: `message`, which every EventSource listens to. */
  readonly event?: string;
  /** One line. */
  readonly data: string;
}

export interface EventStreamOptions {
  readonly reply: FastifyReply;
  readonly clock: GatewayClock;
  readonly heartbeatMs: number;
}

/** How long a browser's EventSource waits before it comes back. */
const retryMs = 2_000;
/** The last words wait behind what the client does not read: then the connection is cut. */
const endGraceMs = 2_000;
/** Beyond this a heartbeat tells a client nothing that it would read in time. */
const heartbeatBytes = 64 * 1024;

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-store, no-transform',
  connection: 'keep-alive',
  // Proxies that collect an answer before they pass it on would hold back every update.
  'x-accel-buffering': 'no',
};

/** An answer of Server-Sent Events. Nothing goes out before `start`, so that a refusal can still be an ordinary answer. */
export class EventStream {
  readonly #options: EventStreamOptions;
  readonly #closeListeners: (() => void)[] = [];
  #early: string[] | null = [];
  #isEnded = false;
  #cancelHeartbeat: (() => void) | null = null;

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  start(): void {
    const { reply } = this.#options;
    const early = this.#early;
    if (early === null) return;
    this.#early = null;
    reply.hijack();
    const response = reply.raw;
    response.on('error', () => {
      // A client that went away: `close` follows.
    });
    response.on('close', () => {
      this.#closed();
    });
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) response.setHeader(name, value);
    }
    response.writeHead(200, streamHeaders);
    response.socket?.setNoDelay(true);
    response.write([`retry: ${retryMs}\n\n`, ...early].join(''));
    this.#beat();
    // It may have gone away while its token was looked at: then no `close` comes any more.
    if (response.destroyed || response.socket === null) this.#closed();
  }

  /** Called once; also when it is gone already. */
  onClose(listener: () => void): void {
    if (this.#isEnded) listener();
    else this.#closeListeners.push(listener);
  }

  /** Several at once are one write. */
  send(...events: readonly StreamEvent[]): void {
    this.#write(events.map(eventText).join(''));
  }

  bufferedBytes(): number {
    return this.#early === null ? this.#options.reply.raw.writableLength : 0;
  }

  end(): void {
    if (this.#isEnded) return;
    const response = this.#options.reply.raw;
    const isStarted = this.#early === null;
    this.#closed();
    if (!isStarted) return;
    response.end();
    const cut = this.#options.clock.after(endGraceMs, () => response.destroy());
    response.once('close', cut);
  }

  #write(text: string): void {
    if (this.#isEnded || text === '') return;
    if (this.#early === null) this.#options.reply.raw.write(text);
    else this.#early.push(text);
  }

  #beat(): void {
    const { clock, heartbeatMs } = this.#options;
    this.#cancelHeartbeat = clock.after(heartbeatMs, () => {
      if (this.bufferedBytes() < heartbeatBytes) {
        this.send(heartbeatEvent(clock));
      }
      this.#beat();
    });
  }

  #closed(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelHeartbeat?.();
    for (const listener of this.#closeListeners.splice(0)) listener();
  }
}

export function heartbeatEvent(clock: Pick<GatewayClock, 'wallMs'>): StreamEvent {
  return { event: 'heartbeat', data: JSON.stringify({ type: 'heartbeat', time: clock.wallMs() }) };
}

function eventText({ id, event, data }: StreamEvent): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  const eventLine = event === undefined ? '' : `event: ${event}\n`;
  return `${idLine}${eventLine}data: ${data}\n\n`;
}
