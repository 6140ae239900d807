import { parseChannelId } from '../../shared/gateway/channelIds.ts';
import { apiPaths } from '../../shared/gateway/paths.ts';
import type { ServerMessage } from '../../shared/gateway/wire.ts';
import type { SocketLike } from '../clientContract.ts';
import { decodeMessage, encodeMessage } from '../codec.ts';
import { describeCause } from '../redact.ts';
import type { RegistryChange, WireSubscription } from '../subscriptionRegistry.ts';
import type { Transport, TransportEnd, TransportRequest } from './transport.ts';
import { groupRequests, resumePing } from './transport.ts';

const subprotocols = { json: 'truetape.v1.json', msgpack: 'truetape.v1.msgpack' } as const;
const openState = 1;
const accessPing = 'access';

interface CloseEventLike {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** One connection of the gateway's own protocol; it never comes back by itself. */
export class WebSocketTransport implements Transport {
  readonly name = 'websocket';
  readonly canSend = true;
  private readonly request: TransportRequest;
  private readonly socket: SocketLike | null;
  private readonly askedById = new Map<string, readonly string[]>();
  private requests = 0;
  private isWelcome = false;
  private isStarted = false;
  private isOver = false;
  private refusal: TransportEnd['error'] = null;

  constructor(request: TransportRequest) {
    this.request = request;
    this.socket = this.open();
  }

  start(): boolean {
    if (this.isStarted) return true;
    this.isStarted = true;
    const cursor = this.request.cursor();
    const wanted = this.request.wanted();
    const isExact = ({ channel }: WireSubscription): boolean => parseChannelId(channel) !== null;
    const exact = wanted.filter(isExact);
    // In one go with what it is for: the gateway replays nothing once new data went out.
    this.subscribe(exact);
    const isResuming = cursor !== null && exact.length > 0;
    if (isResuming) {
      this.send({ type: 'resume', cursor });
      this.send({ type: 'ping', id: resumePing });
    }
    this.subscribe(wanted.filter((each) => !isExact(each)));
    return isResuming;
  }

  change({ added, removed }: RegistryChange): void {
    if (!this.isStarted) return;
    if (removed.length > 0) this.send({ type: 'unsubscribe', channels: removed });
    this.subscribe(added);
  }

  send(message: object): boolean {
    const { socket } = this;
    if (this.isOver || socket === null || socket.readyState !== openState) return false;
    socket.send(encodeMessage(message, this.encoding()));
    this.request.listener.onSent();
    return true;
  }

  authenticate(token: string): void {
    this.send({ type: 'authenticate', token });
  }

  close(): void {
    this.isOver = true;
    this.socket?.close(1000, 'closed by the client');
  }

  private open(): SocketLike | null {
    const { options, ports, token } = this.request;
    const { encoding } = options;
    try {
      if (ports.WebSocket === null) throw new Error('There are no WebSockets on this platform.');
      const url = options.url.replace(/^http/, 'ws') + apiPaths.socket;
      const socket = new ports.WebSocket(url, [subprotocols[encoding]]);
      socket.binaryType = 'arraybuffer';
      socket.addEventListener('open', () => {
        if (token !== null) this.authenticate(token);
        // Without a token the page has a cookie, or no access: the answer tells at once, instead of a wait for a token.
        else this.send({ type: 'heartbeat', id: accessPing });
      });
      socket.addEventListener('message', ({ data }) => this.receive(data));
      // What failed is told by the close that follows.
      socket.addEventListener('error', () => undefined);
      socket.addEventListener('close', (event) => this.end(event));
      return socket;
    } catch (cause) {
      const reason = describeCause(cause);
      ports.clock.after(0, () => this.end({ code: 1006, reason, wasClean: false }));
      return null;
    }
  }

  private encoding(): 'json' | 'msgpack' {
    return this.socket?.protocol === subprotocols.msgpack ? 'msgpack' : 'json';
  }

  private subscribe(wanted: readonly WireSubscription[]): void {
    for (const group of groupRequests(wanted, (channel) => parseChannelId(channel) !== null)) {
      this.requests += 1;
      const id = `s${this.requests}`;
      this.askedById.set(id, group.channels);
      this.send({ type: 'subscribe', id, ...group });
    }
  }

  private receive(frame: unknown): void {
    if (this.isOver) return;
    const { listener } = this.request;
    listener.onReceived();
    try {
      const { message, refused } = decodeMessage(frame);
      if (refused > 0) listener.onUnreadable('A message lacks fields that it must have.');
      if (message !== null) this.pass(message);
    } catch (cause) {
      listener.onUnreadable(describeCause(cause));
    }
  }

  private pass(message: ServerMessage): void {
    const { listener } = this.request;
    if (message.type === 'error' && this.takeError(message)) return;
    if (message.type === 'subscribed') {
      const asked = this.askedById.get(message.id ?? '');
      this.askedById.delete(message.id ?? '');
      if (asked !== undefined) listener.onSubscribed(asked, message);
    }
    listener.onMessage(message);
    if (message.type === 'welcome' && !this.isWelcome) {
      this.isWelcome = true;
      listener.onOpen();
    }
  }

  /** True: it was the answer to a subscription, or is the reason of the end that follows. */
  private takeError({ id, error }: ServerMessage & { readonly type: 'error' }): boolean {
    const asked = this.askedById.get(id ?? '');
    if (asked !== undefined) {
      this.askedById.delete(id ?? '');
      this.request.listener.onRefused(asked, error);
      return true;
    }
    this.refusal = error;
    if (!this.isWelcome && id === accessPing) {
      this.socket?.close(1000, 'no access');
      this.end({ code: 1008, reason: error.code, wasClean: true });
    }
    return !this.isWelcome;
  }

  private end(event: CloseEventLike): void {
    if (this.isOver) return;
    this.isOver = true;
    // An error before the welcome ends the connection; later one only where the close names it.
    const isReason = !this.isWelcome || this.refusal?.code === event.reason;
    const error = isReason ? this.refusal : null;
    this.request.listener.onEnd({
      code: error?.code ?? (this.isWelcome ? 'TRANSPORT_CLOSE' : 'CONNECTION_FAILED'),
      reason: error?.message ?? event.reason,
      closeCode: event.code,
      wasClean: event.wasClean,
      error,
    });
  }
}
