import type { RawData, WebSocket } from 'ws';
import { assertNever } from '../../../shared/assert.ts';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import type { ClientMessage, SubscribeRequest } from '../../../shared/gateway/requests.ts';
import { resumePosition } from '../../../shared/gateway/polling.ts';
import type { Principal } from '../accounts/access.ts';
import type { GatewayContext } from '../gatewayContext.ts';
import type { ClientSession, ClientSink, OutboundUpdates } from '../hub/clientContract.ts';
import { DeltaWriter } from './deltaWriter.ts';
import { bytesOf, readClientMessage } from './readClientMessage.ts';
import type { SocketEncoding, SocketMessage } from './socketEncoding.ts';
import { closeCodeOf } from './socketCloseCodes.ts';
import { watchPeer } from './socketHeartbeat.ts';
import { welcomeOf } from './welcome.ts';

export type SocketContext = Pick<
  GatewayContext,
  'hub' | 'access' | 'clock' | 'version' | 'log' | 'settings'
>;

export interface SocketClientOptions {
  readonly context: SocketContext;
  readonly socket: WebSocket;
  readonly encoding: SocketEncoding;
  readonly address: string;
  /** Null: the first message has to say who it is. */
  readonly principal: Principal | null;
}

/** A connection that has not said who it is by then is closed. */
const authenticateMs = 5_000;
/** A close frame waits behind what the client does not read: then the connection is cut. */
const closeGraceMs = 2_000;
/** Compression of less than a kilobyte costs more than it saves. */
const compressFrom = 1_024;
/** A client that resumes says so together with its first subscriptions: so long nothing new goes out before it. */
const settleMs = 50;
/** Messages that could not be taken, within the window, before the connection ends. */
const maxRefused = 30;
const refusedWindowMs = 10_000;
/** Messages that wait while a token is verified. */
const maxWaiting = 32;

type ClientState = 'anonymous' | 'open' | 'ended';

/** One client of the gateway's own protocol. */
export class SocketClient implements ClientSink {
  readonly #options: SocketClientOptions;
  readonly #deltas = new DeltaWriter();
  #state: ClientState = 'anonymous';
  #session: ClientSession | null = null;
  #waiting: (() => void)[] = [];
  #isVerifying = false;
  #heldCursor: string | null = null;
  #refused = { count: 0, sinceMs: 0 };
  readonly #cancels = new Map<'authenticate' | 'settle' | 'watch' | 'close', () => void>();

  constructor(options: SocketClientOptions) {
    this.#options = options;
    const { socket, context } = options;
    const watch = watchPeer(socket, context.clock, context.settings.heartbeatMs, () => {
      this.#gone();
    });
    this.#cancels.set('watch', watch);
    socket.on('message', (message, isBinary) => {
      this.#onMessage(message, isBinary);
    });
    socket.on('error', () => {
      // `ws` answers what is too large or no WebSocket with its close code, and `close` always follows.
    });
    socket.on('close', () => {
      this.#gone();
    });
    if (options.principal === null) this.#expectToken();
    else this.#open(options.principal);
  }

  get isAnonymous(): boolean {
    return this.#state === 'anonymous';
  }

  bufferedBytes(): number {
    return this.#options.socket.bufferedAmount;
  }

  sendUpdates({ time, cursor, records }: OutboundUpdates): void {
    const split = this.#deltas.isUsed ? this.#deltas.split(records) : { records, deltas: [] };
    this.#write(this.#options.encoding.updates({ time, cursor, ...split }));
  }

  sendMessage(message: SocketMessage): void {
    if (message.type === 'resync' || message.type === 'status') this.#deltas.reset();
    this.#write(this.#options.encoding.message(message));
  }

  end(error: GatewayError): void {
    if (this.#state === 'ended') return;
    this.#sendError(null, error);
    this.#finish();
    const { socket, context } = this.#options;
    socket.close(closeCodeOf(error.code), error.code);
    this.#cancels.set(
      'close',
      context.clock.after(closeGraceMs, () => {
        socket.terminate();
      }),
    );
  }

  #write(text: string | Uint8Array): void {
    const { socket, encoding } = this.#options;
    if (this.#state === 'ended' || socket.readyState !== socket.OPEN) return;
    // Said of every message: `ws` heeds its own threshold only where no context is kept.
    socket.send(text, { binary: encoding.isBinary, compress: text.length >= compressFrom });
  }

  #sendError(id: string | null, error: GatewayError): void {
    this.sendMessage({ type: 'error', id, error, time: this.#options.context.clock.wallMs() });
  }

  #gone(): void {
    this.#finish();
    this.#stop('close');
  }

  #finish(): void {
    this.#state = 'ended';
    this.#waiting = [];
    this.#stop('authenticate');
    this.#stop('settle');
    this.#stop('watch');
    this.#session?.close();
  }

  #stop(timer: 'authenticate' | 'settle' | 'watch' | 'close'): void {
    this.#cancels.get(timer)?.();
    this.#cancels.delete(timer);
  }

  #expectToken(): void {
    const cancel = this.#options.context.clock.after(authenticateMs, () => {
      this.end({
        code: 'UNAUTHORIZED',
        message: `No token came within ${authenticateMs / 1000} s. Send {"type":"authenticate","token":"..."} first.`,
      });
    });
    this.#cancels.set('authenticate', cancel);
  }

  #open(principal: Principal): void {
    const { context, address } = this.#options;
    this.#stop('authenticate');
    const opened = context.hub.open({ transport: 'websocket', principal, address, sink: this });
    if ('code' in opened) {
      this.end(opened);
      return;
    }
    if (this.#state === 'ended') {
      opened.close();
      return;
    }
    this.#state = 'open';
    this.#session = opened;
    this.sendMessage(welcomeOf(context, opened));
  }

  #onMessage(message: RawData, isBinary: boolean): void {
    if (this.#state === 'ended') return;
    const bytes = bytesOf(message);
    if (!this.#isVerifying) {
      this.#take(bytes, isBinary);
      return;
    }
    if (this.#waiting.length >= maxWaiting) {
      this.end(tooManyMessages);
      return;
    }
    this.#waiting.push(() => {
      this.#take(bytes, isBinary);
    });
  }

  #take(bytes: Buffer, isBinary: boolean): void {
    const limited = this.#session?.spend('message') ?? null;
    if (limited !== null) {
      this.#refuse(null, limited);
      return;
    }
    const message = readClientMessage(this.#options.encoding, bytes, isBinary);
    if ('error' in message) {
      this.#refuse(message.id, message.error);
      return;
    }
    if (message.type === 'authenticate') {
      this.#authenticate(message.token, message.id ?? null);
    } else if (this.#session === null) {
      this.#refuse(message.id ?? null, {
        code: 'UNAUTHORIZED',
        message: 'Send {"type":"authenticate","token":"..."} before anything else.',
      });
    } else {
      this.#answer(this.#session, message);
    }
  }

  /** The connection stays, unless this goes on. */
  #refuse(id: string | null, error: GatewayError): void {
    const nowMs = this.#options.context.clock.monotonicMs();
    const inWindow = nowMs - this.#refused.sinceMs < refusedWindowMs;
    this.#refused = inWindow
      ? { ...this.#refused, count: this.#refused.count + 1 }
      : { count: 1, sinceMs: nowMs };
    if (this.#refused.count > maxRefused) this.end(tooManyMessages);
    else this.#sendError(id, error);
  }

  #answer(
    session: ClientSession,
    message: Exclude<ClientMessage, { readonly type: 'authenticate' }>,
  ): void {
    const id = message.id ?? null;
    switch (message.type) {
      case 'subscribe':
        this.#subscribe(session, message);
        return;
      case 'unsubscribe': {
        const answer = session.unsubscribe(message.channels, id);
        this.#deltas.want(answer.removed, false);
        this.sendMessage(answer);
        return;
      }
      case 'resume':
        this.#resume(session, resumePosition(message.cursor));
        return;
      case 'ping':
      case 'heartbeat':
        this.sendMessage({ type: 'pong', id, time: this.#options.context.clock.wallMs() });
        return;
      default:
        assertNever(message);
    }
  }

  #subscribe(session: ClientSession, request: SubscribeRequest): void {
    const limited = session.spend('subscribe');
    if (limited !== null) {
      this.#refuse(request.id ?? null, limited);
      return;
    }
    if (session.channels.size === 0 && this.#heldCursor === null) this.#settle(session);
    const answer = session.subscribe(request, (message) => {
      this.#deltas.want(message.accepted, request.delta === true);
      this.sendMessage(message);
    });
    if (this.#heldCursor === null || answer.accepted.length === 0) return;
    session.resume(this.#heldCursor);
    this.#heldCursor = null;
  }

  /** Messages that a client sent at once may be taken in several turns. */
  #settle(session: ClientSession): void {
    session.setReading(false);
    const cancel = this.#options.context.clock.after(settleMs, () => {
      this.#cancels.delete('settle');
      session.setReading(true);
    });
    this.#cancels.set('settle', cancel);
  }

  #resume(session: ClientSession, cursor: string): void {
    if (session.channels.size === 0) {
      this.#heldCursor = cursor;
      return;
    }
    session.resume(cursor);
    if (!this.#cancels.has('settle')) return;
    this.#stop('settle');
    session.setReading(true);
  }

  #authenticate(token: string, id: string | null): void {
    const { context, address } = this.#options;
    this.#isVerifying = true;
    context.access
      .ofToken(token, address)
      .then((result) => {
        if (this.#state === 'ended') return;
        if (!result.ok) this.#refuseToken(id, result.error);
        else if (this.#session === null) this.#open(result.principal);
        else this.#renew(this.#session, result.principal, id);
      })
      .catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : 'unknown';
        context.log({
          level: 'error',
          scope: 'gateway',
          text: `a token was not verified: ${reason}`,
        });
        this.end({ code: 'INTERNAL', message: 'The gateway failed. Connect again.' });
      })
      .finally(() => {
        this.#isVerifying = false;
        while (!this.#isVerifying) {
          const next = this.#waiting.shift();
          if (next === undefined) break;
          next();
        }
      });
  }

  /** Who has no access yet gets none: one attempt. Others keep theirs until it ends. */
  #refuseToken(id: string | null, error: GatewayError): void {
    if (this.#session === null) this.end(error);
    else this.#refuse(id, error);
  }

  #renew(session: ClientSession, principal: Principal, id: string | null): void {
    const refusal = session.renew(principal);
    if (refusal !== null) {
      this.#refuse(id, refusal);
      return;
    }
    this.sendMessage(welcomeOf(this.#options.context, session));
  }
}

const tooManyMessages: GatewayError = {
  code: 'RATE_LIMITED',
  message:
    'Too many messages that could not be taken. Send fewer, and check them, before you connect again.',
  retryAfterMs: refusedWindowMs,
};
