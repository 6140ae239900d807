import type { ClientPorts, SocketConstructor } from '../../src/client/clientContract.ts';
import { readChannelWords } from '../../src/shared/gateway/channelIds.ts';
import type { GatewayError } from '../../src/shared/gateway/errors.ts';
import type {
  ResyncReason,
  ServerMessage,
  StatusMessage,
  WireUpdate,
} from '../../src/shared/gateway/wire.ts';
import type { Client, HeardMessage, Kind } from './fakeGatewayClients.ts';
import { errorResponse, FakeSocket, parseHeard, PollClient } from './fakeGatewayClients.ts';
import { VirtualClock } from './virtualClock.ts';
import { fakeStartMs } from './wireRecords.ts';

/** The same words in the same order as the gateway's, in memory and on one virtual clock. */
export class FakeGatewayServer {
  readonly clock = new VirtualClock();
  readonly heard: HeardMessage[] = [];
  readonly requests: {
    readonly url: string;
    readonly method: string;
    readonly headers: Headers;
  }[] = [];
  readonly sockets: FakeSocket[] = [];
  readonly log: WireUpdate[] = [];
  readonly snapshots = new Map<string, WireUpdate>();
  /** What each transport does with who comes. `silent`: lets in and says nothing. */
  readonly mode: Record<Kind | 'rest', 'open' | 'refuse' | 'silent'> = {
    websocket: 'open',
    sse: 'open',
    poll: 'open',
    rest: 'open',
  };
  /** Null: everybody comes in. */
  validToken: string | null = null;
  expiresInMs: number | null = null;
  answersPings = true;
  retention = 1_000;
  /** Of what is replayed: how many the client has had already, and how late it comes behind what is new. */
  readonly replay = { overlap: 0, lateMs: 0 };
  epoch = 'e1';
  knownSymbols: readonly string[] | null = null;
  private readonly clients = new Set<Client>();
  private firstKept = 0;

  readonly ports: ClientPorts = {
    WebSocket: this.socketClass(),
    fetch: (url, init) => this.fetch(url, init),
    random: () => 0,
    clock: {
      monotonicMs: () => this.clock.monotonicMs(),
      wallMs: () => fakeStartMs + this.clock.monotonicMs(),
      after: (delayMs, run) => this.clock.after(delayMs, run),
    },
  };

  get cursor(): string {
    return `${this.epoch}.${this.log.length}`;
  }

  get clientKinds(): readonly Kind[] {
    return [...this.clients].map(({ kind }) => kind);
  }

  heardOf(type: string): readonly HeardMessage[] {
    return this.heard.filter((message) => message.type === type);
  }

  /** Events go into the log; whoever subscribed gets them. */
  publish(...updates: readonly WireUpdate[]): void {
    for (const update of updates) {
      if (update.type === 'trade_update' || update.type === 'gap_update') this.log.push(update);
      else this.snapshots.set(update.channel, update);
    }
    this.firstKept = Math.max(this.firstKept, this.log.length - this.retention);
    for (const client of [...this.clients]) {
      const own = updates.filter(({ channel }) => client.channels.has(channel));
      if (own.length > 0) client.send(this.updatesOf(own), this.cursor);
    }
  }

  tell(message: ServerMessage): void {
    for (const client of [...this.clients]) client.send(message);
  }

  status(status: StatusMessage['status'], message = 'said by a test'): void {
    this.tell({ ...this.statusOf(status), message });
  }

  /** Cuts everybody off, without a goodbye. */
  cut(code = 1006): void {
    for (const socket of [...this.sockets]) socket.drop(code, '', code === 1000);
    for (const client of [...this.clients]) {
      this.clients.delete(client);
      client.end(null);
    }
  }

  endAll(error: GatewayError): void {
    for (const client of [...this.clients]) {
      client.send({ type: 'error', id: null, error, time: fakeStartMs });
      this.clients.delete(client);
      client.end(error);
    }
  }

  /** @internal */
  open(client: Client): void {
    this.clients.add(client);
  }

  /** @internal */
  leave(client: Client): void {
    this.clients.delete(client);
  }

  welcome(): ServerMessage {
    const time = fakeStartMs + this.clock.monotonicMs();
    return {
      ...{
        type: 'welcome',
        protocol: 1,
        version: '0.1.0',
        client: 'c1',
        source: 'simulated',
        time,
      },
      ...{ cursor: this.cursor, heartbeatMs: 25_000, retentionMs: 120_000, user: null },
      expiresTime: this.expiresInMs === null ? null : time + this.expiresInMs,
    };
  }

  subscribe(client: Client, channels: readonly string[], id: string | null): ServerMessage {
    const accepted: string[] = [];
    const rejected: (GatewayError & { channel: string })[] = [];
    for (const channel of channels) {
      const resolved = this.resolve(channel);
      if (resolved === null) {
        const message = `No such market: ${channel}.`;
        rejected.push({ channel, code: 'INVALID_SYMBOL', message, candidates: ['BTC-USDT'] });
      } else {
        accepted.push(resolved);
        client.channels.add(resolved);
      }
    }
    const time = fakeStartMs + this.clock.monotonicMs();
    return { type: 'subscribed', id, accepted, rejected, channels: client.channels.size, time };
  }

  present(client: Client): void {
    const states = [...client.channels].flatMap((channel) => this.snapshots.get(channel) ?? []);
    if (states.length > 0) client.send(this.updatesOf(states), this.cursor);
  }

  resume(client: Client, cursor: string): void {
    const [epoch, text] = cursor.split('~')[0]?.split('.') ?? [];
    const at = Number(text);
    if (epoch !== this.epoch || at < this.firstKept) {
      client.send(this.resyncOf(epoch === this.epoch ? 'retention' : 'epoch', cursor, at));
      return;
    }
    const { overlap, lateMs } = this.replay;
    const missed = this.log
      .slice(Math.max(this.firstKept, at - overlap))
      .filter(({ channel }) => client.channels.has(channel));
    if (missed.length === 0) return;
    const send = (): void => {
      if (this.clients.has(client)) client.send(this.updatesOf(missed), this.cursor);
    };
    if (lateMs === 0) send();
    else this.clock.after(lateMs, send);
  }

  /** @internal */
  takeMessage(client: Client, message: HeardMessage): void {
    this.heard.push(message);
    const { type, id = null, channels = [] } = message;
    if (type === 'subscribe') {
      client.send(this.subscribe(client, channels, id));
      this.clock.after(0, () => this.present(client));
    } else if (type === 'unsubscribe') {
      for (const channel of channels) client.channels.delete(channel);
    } else if (type === 'resume') {
      this.resume(client, message.cursor ?? '');
    } else if ((type === 'ping' || type === 'heartbeat') && this.answersPings) {
      client.send({ type: 'pong', id, time: fakeStartMs + this.clock.monotonicMs() });
    }
  }

  refusalOf(token: string | null): GatewayError | null {
    if (this.validToken === null || token === this.validToken) return null;
    if (token === null) return { code: 'UNAUTHORIZED', message: 'A token is needed.' };
    return token.startsWith('expired')
      ? { code: 'TOKEN_EXPIRED', message: 'Token expired.' }
      : { code: 'INVALID_TOKEN', message: 'Invalid token.' };
  }

  private resolve(text: string): string | null {
    const words = readChannelWords(text);
    if (words === null) return null;
    const alias = /^[A-Z]+$/.test(words.symbol) && words.symbol !== '';
    const symbol = alias ? `${words.symbol}-USDT` : words.symbol;
    if (/[a-z]/.test(symbol)) return null;
    return text.replace(words.symbol, symbol);
  }

  private updatesOf(updates: readonly WireUpdate[]): ServerMessage {
    const time = fakeStartMs + this.clock.monotonicMs();
    return { type: 'updates', time, cursor: this.cursor, updates };
  }

  private resyncOf(reason: ResyncReason, from: string, at: number): ServerMessage {
    const missing = reason === 'retention' ? this.log.length - at : null;
    return {
      ...{ type: 'resync', reason, channels: null, from, to: this.cursor, missing },
      ...{ time: fakeStartMs + this.clock.monotonicMs(), message: 'Read anew.' },
    };
  }

  private statusOf(status: StatusMessage['status']): StatusMessage {
    const time = fakeStartMs + this.clock.monotonicMs();
    return { type: 'status', status, source: 'simulated', time, message: '', user: null };
  }

  private socketClass(): SocketConstructor {
    return socketClassOf(() => this);
  }

  private async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const { method = 'GET', signal } = init;
    this.requests.push({ url, method, headers });
    const { pathname, searchParams } = new URL(url);
    const kind = pathname === '/api/stream' ? 'sse' : pathname === '/api/poll' ? 'poll' : 'rest';
    if (this.mode[kind] === 'refuse') throw new TypeError('fetch failed');
    if (this.mode[kind] === 'silent') return until(signal);
    const token = headers.get('authorization')?.replace('Bearer ', '') ?? null;
    const refusal = this.refusalOf(token);
    if (refusal !== null) return errorResponse(refusal);
    if (kind === 'sse') return this.streamOf(searchParams, headers, signal);
    if (kind === 'poll') return this.poll(method, searchParams, init);
    return this.snapshotOf(pathname);
  }

  private streamOf(
    query: URLSearchParams,
    headers: Headers,
    signal: AbortSignal | null | undefined,
  ): Response {
    const text = new TextEncoder();
    let push: (part: string) => void = () => undefined;
    let close: () => void = () => undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        push = (part) => controller.enqueue(text.encode(part));
        close = () => controller.close();
        signal?.addEventListener('abort', () => controller.error(signal.reason));
      },
    });
    const client: Client = {
      kind: 'sse',
      channels: new Set(),
      send: (message, id) =>
        push(
          `${id === undefined ? '' : `id: ${id}\n`}event: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`,
        ),
      end: () => close(),
    };
    signal?.addEventListener('abort', () => this.leave(client));
    this.open(client);
    client.send(this.welcome());
    client.send(this.subscribe(client, query.get('channels')?.split(',') ?? [], null));
    const last = headers.get('last-event-id');
    if (last !== null) this.resume(client, last);
    this.present(client);
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  }

  private readonly polls = new Map<string, PollClient>();

  private poll(method: string, query: URLSearchParams, init: RequestInit): Promise<Response> {
    if (method === 'POST') {
      const body = parseHeard(init.body);
      const poll = new PollClient(`p${this.polls.size + 1}`, this);
      this.polls.set(poll.session, poll);
      this.open(poll);
      const subscribed = this.subscribe(poll, body.channels ?? [], null);
      poll.send(this.welcome());
      if (body.cursor !== undefined) this.resume(poll, body.cursor);
      this.present(poll);
      return Promise.resolve(poll.answer({ subscribed }));
    }
    const poll = this.polls.get(query.get('session') ?? '');
    if (poll === undefined) {
      return Promise.resolve(errorResponse({ code: 'NOT_FOUND', message: 'No such session.' }));
    }
    if (method === 'DELETE') {
      this.polls.delete(poll.session);
      this.leave(poll);
      return Promise.resolve(new Response(null, { status: 204 }));
    }
    return poll.wait(init.signal);
  }

  private snapshotOf(pathname: string): Response {
    const [, , , symbol = '', part = ''] = pathname.split('/');
    const kind = part === 'book' ? 'orderbook' : part;
    const channel = this.resolve(`${kind}.${decodeURIComponent(symbol)}`) ?? '';
    const own = this.log.filter((update) => update.channel === channel);
    const update = kind === 'trades' ? own : this.snapshots.get(channel);
    return Response.json({ symbol, cursor: this.cursor, time: fakeStartMs, [part]: update });
  }
}

/** Taken, and never answered. */
function until(signal: AbortSignal | null | undefined): Promise<Response> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new TypeError('aborted')));
  });
}

function socketClassOf(server: () => FakeGatewayServer): SocketConstructor {
  return class extends FakeSocket {
    constructor(url: string, protocols: string | string[] = []) {
      super(server(), url, [protocols].flat());
    }
  };
}

/** Promises and streams that are due, without time passing. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Time passes in small steps, and what it sets off runs. */
export async function pass(server: FakeGatewayServer, forMs: number, stepMs = 50): Promise<void> {
  await settle();
  for (let passed = 0; passed < forMs; passed += stepMs) {
    server.clock.advance(Math.min(stepMs, forMs - passed));
    await settle();
  }
}
