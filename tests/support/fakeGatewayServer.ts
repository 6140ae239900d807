import { decode, encode } from '@msgpack/msgpack';
import type {
  ClientPorts,
  SocketConstructor,
  SocketLike,
} from '../../src/client/clientContract.ts';
import { readChannelWords } from '../../src/shared/gateway/channelIds.ts';
import type { GatewayError } from '../../src/shared/gateway/errors.ts';
import { gatewayErrorStatus } from '../../src/shared/gateway/errors.ts';
import type {
  PriceUpdate,
  ResyncReason,
  ServerMessage,
  StatusMessage,
  TradeUpdate,
  WireUpdate,
} from '../../src/shared/gateway/wire.ts';
import { VirtualClock } from './virtualClock.ts';

export const fakeStartMs = 1_790_000_000_000;
const blank = { epoch: 'run-1', source: 'simulated', receivedTime: fakeStartMs, ageMs: 0 } as const;

export function priceUpdate(
  symbol: string,
  seq: number,
  price: number,
  more: Partial<PriceUpdate> = {},
): PriceUpdate {
  return {
    ...blank,
    type: 'price_update',
    channel: `price.${symbol}`,
    ...{ symbol, seq, time: fakeStartMs + seq, status: 'live' },
    price: {
      ...{ price, change: 250, changePercent: 0.5, volume: 1_000.5, quoteVolume: 50_000_000 },
      ...{ high: price + 10, low: price - 10, timestamp: fakeStartMs + seq },
    },
    ...{ priceStatus: 'ok', equalWeights: false, venueSpreadBps: 1, contributors: [] },
    ...more,
  };
}

export function tradeUpdate(
  symbol: string,
  seq: number,
  more: Partial<TradeUpdate> = {},
): TradeUpdate {
  return {
    ...{ type: 'trade_update', channel: `trades.${symbol}`, symbol, seq, epoch: 'run-1' },
    ...{ source: 'simulated', time: fakeStartMs + seq },
    trade: {
      ...{ id: `t${seq}`, venue: 'okx', price: 100 + seq, size: 1, side: 'buy' },
      ...{ timestamp: fakeStartMs, receivedTime: fakeStartMs, late: false, outlier: false },
    },
    ...more,
  };
}

/** A message of a client, as it arrived. */
export interface HeardMessage {
  readonly type: string;
  readonly channels?: readonly string[];
  readonly cursor?: string;
  readonly token?: string;
  readonly id?: string;
  readonly rate?: number;
  readonly [key: string]: unknown;
}

function parseHeard(frame: unknown): HeardMessage {
  const value: unknown =
    typeof frame === 'string' ? JSON.parse(frame) : decode(frame as Uint8Array<ArrayBuffer>);
  return value as HeardMessage;
}

type Kind = 'websocket' | 'sse' | 'poll';

interface Client {
  readonly kind: Kind;
  readonly channels: Set<string>;
  send(message: ServerMessage, id?: string): void;
  end(error: GatewayError | null): void;
}

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
    const missed = this.log.slice(at).filter(({ channel }) => client.channels.has(channel));
    if (missed.length > 0) client.send(this.updatesOf(missed), this.cursor);
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
    const server = this;
    return class extends FakeSocket {
      constructor(url: string, protocols: string | string[] = []) {
        super(server, url, [protocols].flat());
      }
    };
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
      const body = JSON.parse(String(init.body)) as HeardMessage;
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

class PollClient implements Client {
  readonly kind = 'poll';
  readonly channels = new Set<string>();
  readonly session: string;
  private readonly server: FakeGatewayServer;
  private messages: ServerMessage[] = [];
  private answers = 0;
  private waiter: ((response: Response) => void) | null = null;
  private ended: GatewayError | null | undefined;

  constructor(session: string, server: FakeGatewayServer) {
    this.session = session;
    this.server = server;
  }

  send(message: ServerMessage): void {
    this.messages.push(message);
    this.settle();
  }

  end(error: GatewayError | null): void {
    this.ended = error;
    this.settle();
  }

  wait(signal: AbortSignal | null | undefined): Promise<Response> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new TypeError('aborted')));
      this.waiter = resolve;
      if (this.messages.length > 0 || this.ended !== undefined) this.settle();
    });
  }

  answer(more: object): Response {
    const { messages } = this;
    this.messages = [];
    this.answers += 1;
    return Response.json({
      ...{ type: 'poll', session: this.session, cursor: `${this.server.cursor}~${this.answers}` },
      time: fakeStartMs,
      messages: messages.filter(({ type }) => type !== 'updates'),
      updates: messages.flatMap((each) => (each.type === 'updates' ? each.updates : [])),
      ...more,
    });
  }

  private settle(): void {
    const { waiter } = this;
    if (waiter === null) return;
    this.waiter = null;
    if (this.ended === undefined) waiter(this.answer({}));
    else waiter(errorResponse(this.ended ?? { code: 'NOT_FOUND', message: 'No such session.' }));
  }
}

type Listener = (event: never) => void;

/** A WebSocket whose other end is the server above. */
export class FakeSocket implements SocketLike {
  binaryType = 'blob';
  readyState = 0;
  protocol = '';
  closedWith: number | null = null;
  readonly sent: HeardMessage[] = [];
  readonly url: string;
  private readonly server: FakeGatewayServer;
  private readonly listeners = new Map<string, Listener[]>();
  private readonly client: Client;
  private isIn = false;

  constructor(server: FakeGatewayServer, url: string, protocols: readonly string[]) {
    this.server = server;
    this.url = url;
    server.sockets.push(this);
    this.client = {
      kind: 'websocket',
      channels: new Set(),
      send: (message) => this.deliver(message),
      end: (error) => this.drop(error === null ? 1006 : 1008, error?.code ?? '', error !== null),
    };
    server.clock.after(1, () => {
      if (server.mode.websocket === 'silent' || this.readyState !== 0) return;
      if (server.mode.websocket === 'refuse') this.drop(1006, '', false);
      else this.accept(protocols);
    });
  }

  addEventListener(type: string, listener: Listener): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }

  send(payload: string | Uint8Array<ArrayBuffer>): void {
    const message = parseHeard(payload);
    this.sent.push(message);
    if (this.server.mode.websocket === 'silent') return;
    this.server.clock.after(0, () => {
      if (this.readyState === 1) this.take(message);
    });
  }

  close(code = 1000): void {
    this.closedWith = code;
    this.server.leave(this.client);
    this.readyState = 3;
  }

  /** The other side ends it. */
  drop(code: number, reason: string, wasClean: boolean): void {
    if (this.readyState === 3) return;
    this.server.leave(this.client);
    this.readyState = 3;
    this.emit('close', { code, reason, wasClean });
  }

  /** A frame as it is. */
  deliverRaw(frame: unknown): void {
    this.emit('message', { data: frame });
  }

  private accept([protocol = '']: readonly string[]): void {
    this.protocol = protocol;
    this.readyState = 1;
    this.emit('open', {});
    if (this.server.validToken === null) this.letIn();
  }

  private letIn(): void {
    if (this.isIn) return;
    this.isIn = true;
    this.server.open(this.client);
    this.deliver(this.server.welcome());
  }

  private take(message: HeardMessage): void {
    if (message.type !== 'authenticate') {
      this.server.takeMessage(this.client, message);
      return;
    }
    this.server.heard.push(message);
    const error = this.server.refusalOf(message.token ?? null);
    if (error === null) this.letIn();
    else {
      this.deliver({ type: 'error', id: null, error, time: fakeStartMs });
      this.drop(1008, error.code, true);
    }
  }

  private deliver(message: ServerMessage): void {
    if (this.readyState !== 1 || this.server.mode.websocket === 'silent') return;
    const frame = this.protocol.endsWith('msgpack') ? encode(message) : JSON.stringify(message);
    this.emit('message', { data: frame });
  }

  private emit(type: string, event: unknown): void {
    for (const listener of this.listeners.get(type) ?? []) {
      Reflect.apply(listener, undefined, [event]);
    }
  }
}

function errorResponse(error: GatewayError): Response {
  return Response.json({ error }, { status: gatewayErrorStatus[error.code] });
}

/** Taken, and never answered. */
function until(signal: AbortSignal | null | undefined): Promise<Response> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new TypeError('aborted')));
  });
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
