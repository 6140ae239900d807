import type {
  ClientError,
  Envelope,
  EnvelopeDraft,
  EnvelopeSocket,
  SocketLike,
  WebSocketConfig,
} from './clientContract.ts';
import type { ConnectionState } from './connectionState.ts';
import { decodeFrame } from './codec.ts';
import { Emitter } from './emitter.ts';
import type { CatalogueCode } from './errorCatalogue.ts';
import { Heartbeat } from './heartbeat.ts';
import { IntentQueue } from './intentQueue.ts';
import { Journal } from './journal.ts';
import { isFields } from './parseServerMessage.ts';
import { createEventId } from './realtimeEvent.ts';
import { AttemptPlan } from './reconnectPolicy.ts';
import { describeCause } from './redact.ts';
import type { ResolvedPorts } from './resolveOptions.ts';
import { resolvePorts } from './resolveOptions.ts';
import { StateMachine } from './stateMachine.ts';
import { Waiters } from './waiters.ts';

const openState = 1;
const queueTtlMs = 30_000;
const pongMs = 10_000;

interface EnvelopeEvents {
  state: ConnectionState;
  error: ClientError;
}

/** Missing parts are filled in; null for what has no type. */
function parseEnvelope(value: unknown, wallMs: () => number): Envelope | null {
  if (!isFields(value)) return null;
  const { type, payload = null, id, timestamp } = value;
  if (typeof type !== 'string') return null;
  return {
    type,
    payload,
    id: typeof id === 'string' ? id : createEventId(),
    timestamp: typeof timestamp === 'number' ? timestamp : wallMs(),
  };
}

class ReconnectingEnvelopeSocket implements EnvelopeSocket {
  readonly config: EnvelopeSocket['config'];
  lastMessage: Envelope | null = null;
  private readonly ports: ResolvedPorts;
  private readonly emitter: Emitter<EnvelopeEvents>;
  private readonly messages: Emitter<Record<string, Envelope>>;
  private readonly journal: Journal;
  private readonly machine: StateMachine;
  private readonly plan: AttemptPlan<'websocket'>;
  private readonly queue: IntentQueue<EnvelopeDraft>;
  private readonly heartbeat: Heartbeat;
  private readonly waiters = new Waiters();
  private socket: SocketLike | null = null;
  private cancelAttempt: (() => void) | null = null;
  private generation = 0;
  /** Servers that never answer a heartbeat are not judged by it. */
  private answersPings = false;

  constructor({ ports, ...given }: WebSocketConfig) {
    this.config = {
      protocols: [],
      reconnectAttempts: 5,
      reconnectInterval: 1_000,
      heartbeatInterval: 30_000,
      messageQueueSize: 100,
      ...given,
    };
    this.ports = resolvePorts(ports);
    const { clock, random } = this.ports;
    const onThrown = (name: string, cause: unknown): void => {
      if (name !== 'error') this.report('LISTENER_FAILED', `${name}: ${describeCause(cause)}`);
    };
    this.emitter = new Emitter(onThrown);
    this.messages = new Emitter(onThrown);
    this.journal = new Journal({
      wallMs: () => clock.wallMs(),
      debug: false,
      onError: (error) => this.emitter.emit('error', error),
    });
    this.machine = new StateMachine((_from, to) => this.emitter.emit('state', to));
    this.plan = new AttemptPlan({
      transports: ['websocket'],
      keepsTrying: false,
      random,
      policy: {
        initialMs: this.config.reconnectInterval,
        factor: 2,
        maxMs: Number.POSITIVE_INFINITY,
        jitter: 0,
        maxAttempts: this.config.reconnectAttempts,
        resetAfterMs: 0,
      },
    });
    this.queue = new IntentQueue({
      maxMessages: this.config.messageQueueSize,
      ttlMs: queueTtlMs,
      monotonicMs: () => clock.monotonicMs(),
      onDropped: (code) => this.report(code, ''),
    });
    this.heartbeat = new Heartbeat({
      intervalMs: this.config.heartbeatInterval,
      timeoutMs: pongMs,
      clock,
      ping: (id) => this.write({ type: 'ping', payload: null, id }),
      onMissed: () => this.missed(),
    });
  }

  get state(): ConnectionState {
    return this.machine.state;
  }

  get queuedMessages(): number {
    return this.queue.size;
  }

  get droppedMessages(): number {
    return this.queue.dropped;
  }

  connect(): Promise<void> {
    if (this.state === 'CONNECTED') return Promise.resolve();
    const connected = this.waiters.add();
    if (this.state === 'DISCONNECTED' || this.state === 'CLOSED') {
      this.plan.reset();
      this.open();
    }
    return connected;
  }

  disconnect(): void {
    this.leave(1000);
    this.machine.moveTo('CLOSED');
    this.waiters.reject(new Error('The connection was closed.'));
  }

  sendMessage(message: EnvelopeDraft): boolean {
    if (this.write(message)) return true;
    this.queue.push(message);
    return false;
  }

  subscribe(type: string, listener: (message: Envelope) => void): () => void {
    return this.messages.on(type, listener);
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    return this.emitter.on('state', listener);
  }

  onError(listener: (error: ClientError) => void): () => void {
    return this.emitter.on('error', listener);
  }

  private open(): void {
    this.leave(1000);
    const { generation } = this;
    this.machine.moveTo('CONNECTING');
    if (generation !== this.generation) return;
    const { WebSocket } = this.ports;
    try {
      if (WebSocket === null) throw new Error('There are no WebSockets on this platform.');
      const { url, protocols } = this.config;
      const socket = new WebSocket(url, [...protocols]);
      this.socket = socket;
      const present = (run: () => void): void => {
        if (generation === this.generation) run();
      };
      socket.addEventListener('open', () => present(() => this.opened()));
      socket.addEventListener('message', ({ data }) => present(() => this.receive(data)));
      // What failed is told by the close that follows; the package `ws` throws where nobody listens.
      socket.addEventListener('error', () => undefined);
      socket.addEventListener('close', (event) =>
        present(() => this.lost(event.wasClean && event.code === 1000, event.reason)),
      );
    } catch (cause) {
      this.lost(false, describeCause(cause));
    }
  }

  private opened(): void {
    this.plan.reset();
    const { generation } = this;
    this.machine.moveTo('CONNECTED');
    // A listener may have closed it.
    if (generation !== this.generation) return;
    this.queue.flush((message) => this.write(message));
    this.heartbeat.start();
    this.waiters.resolve();
  }

  private receive(frame: unknown): void {
    try {
      const message = parseEnvelope(decodeFrame(frame), () => this.ports.clock.wallMs());
      if (message === null) throw new Error('A message has no type.');
      if (message.type === 'pong') {
        this.answersPings = true;
        this.heartbeat.pong(message.id);
      }
      this.lastMessage = message;
      this.messages.emit(message.type, message);
      this.messages.emit('*', message);
    } catch (cause) {
      this.report('DECODE_FAILED', describeCause(cause));
    }
  }

  private write(message: EnvelopeDraft): boolean {
    const { socket } = this;
    if (socket === null || socket.readyState !== openState) return false;
    const { type, payload, id = createEventId() } = message;
    const timestamp = message.timestamp ?? this.ports.clock.wallMs();
    socket.send(JSON.stringify({ type, payload, id, timestamp }));
    return true;
  }

  private missed(): void {
    if (!this.answersPings) return;
    this.report('HEARTBEAT_MISSED', '');
    this.lost(false, 'A heartbeat was not answered.');
  }

  private lost(isClean: boolean, reason: string): void {
    const wasOpen = this.state === 'CONNECTED';
    this.leave(1000);
    if (isClean) {
      this.machine.moveTo('DISCONNECTED');
      this.waiters.reject(new Error('The server closed the connection.'));
      return;
    }
    const next = this.plan.next();
    this.report(wasOpen ? 'TRANSPORT_CLOSE' : 'CONNECTION_FAILED', reason, next?.delayMs);
    if (next === null) {
      this.machine.moveTo('CLOSED');
      this.report('GAVE_UP', '');
      this.waiters.reject(new Error('All attempts to connect failed.'));
      return;
    }
    const { generation } = this;
    this.machine.moveTo('RECONNECTING');
    if (generation !== this.generation) return;
    this.cancelAttempt = this.ports.clock.after(next.delayMs, () => this.open());
  }

  private leave(code: number): void {
    this.generation += 1;
    this.cancelAttempt?.();
    this.cancelAttempt = null;
    this.heartbeat.stop();
    this.answersPings = false;
    this.socket?.close(code);
    this.socket = null;
  }

  private report(code: CatalogueCode, detail: string, retryInMs: number | null = null): void {
    const type = code === 'DECODE_FAILED' ? 'parse' : 'connection';
    this.journal.report({ type, code, detail, retryInMs });
  }
}

/** A WebSocket of any server that speaks `{ type, payload, id, timestamp }`. A clean close by it stays closed. */
export function createEnvelopeSocket(config: WebSocketConfig): EnvelopeSocket {
  return new ReconnectingEnvelopeSocket(config);
}
