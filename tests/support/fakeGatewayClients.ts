import { decode, encode } from '@msgpack/msgpack';
import type { SocketLike } from '../../src/client/clientContract.ts';
import type { GatewayError } from '../../src/shared/gateway/errors.ts';
import { gatewayErrorStatus } from '../../src/shared/gateway/errors.ts';
import type { ServerMessage } from '../../src/shared/gateway/wire.ts';
import type { VirtualClock } from './virtualClock.ts';
import { fakeStartMs } from './wireRecords.ts';

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

export function parseHeard(frame: unknown): HeardMessage {
  const value: unknown =
    typeof frame === 'string' ? JSON.parse(frame) : decode(frame as Uint8Array<ArrayBuffer>);
  return value as HeardMessage;
}

export type Kind = 'websocket' | 'sse' | 'poll';

export interface Client {
  readonly kind: Kind;
  readonly channels: Set<string>;
  send(message: ServerMessage, id?: string): void;
  end(error: GatewayError | null): void;
}

/** What a client needs of the server. */
interface FakeServer {
  readonly clock: VirtualClock;
  readonly cursor: string;
  readonly mode: Readonly<Record<'websocket', 'open' | 'refuse' | 'silent'>>;
  readonly validToken: string | null;
  readonly heard: HeardMessage[];
  readonly sockets: FakeSocket[];
  open(client: Client): void;
  leave(client: Client): void;
  welcome(): ServerMessage;
  takeMessage(client: Client, message: HeardMessage): void;
  refusalOf(token: string | null): GatewayError | null;
}

export class PollClient implements Client {
  readonly kind = 'poll';
  readonly channels = new Set<string>();
  readonly session: string;
  private readonly server: FakeServer;
  private messages: ServerMessage[] = [];
  private answers = 0;
  private waiter: ((response: Response) => void) | null = null;
  private ended: GatewayError | null | undefined;

  constructor(session: string, server: FakeServer) {
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
  private readonly server: FakeServer;
  private readonly listeners = new Map<string, Listener[]>();
  private readonly client: Client;
  private isIn = false;

  constructor(server: FakeServer, url: string, protocols: readonly string[]) {
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

export function errorResponse(error: GatewayError): Response {
  return Response.json({ error }, { status: gatewayErrorStatus[error.code] });
}
