import type { EventSourceMessage } from 'eventsource-parser';
import type { ClientError, SseClient, SseMessage, SseOptions } from './clientContract.ts';
import type { ConnectionState } from './connectionState.ts';
import { Emitter } from './emitter.ts';
import { Journal } from './journal.ts';
import { AttemptPlan } from './reconnectPolicy.ts';
import { describeCause } from './redact.ts';
import type { ResolvedPorts } from './resolveOptions.ts';
import { resolvePorts } from './resolveOptions.ts';
import { StateMachine } from './stateMachine.ts';
import { readEventStream } from './transports/readEventStream.ts';
import { Waiters } from './waiters.ts';

interface SseEvents {
  state: ConnectionState;
  error: ClientError;
}

/** JSON, or the text as it is. */
function readData(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}

export class ReconnectingSseClient implements SseClient {
  lastEventId: string | null;
  lastEvent: SseMessage | null = null;
  private readonly options: SseOptions;
  private readonly ports: ResolvedPorts;
  private readonly emitter: Emitter<SseEvents>;
  private readonly messages: Emitter<Record<string, SseMessage>>;
  private readonly journal: Journal;
  private readonly machine: StateMachine;
  private readonly plan: AttemptPlan<'sse'>;
  private readonly waiters = new Waiters();
  private abort = new AbortController();
  private cancelAttempt: (() => void) | null = null;
  private cancelSilence: (() => void) | null = null;

  constructor(options: SseOptions) {
    this.options = options;
    this.lastEventId = options.lastEventId ?? null;
    this.ports = resolvePorts(options.ports);
    const onThrown = (name: string, cause: unknown): void => {
      if (name === 'error') return;
      const detail = `${name}: ${describeCause(cause)}`;
      this.journal.report({ type: 'subscription', code: 'LISTENER_FAILED', detail });
    };
    this.emitter = new Emitter(onThrown);
    this.messages = new Emitter(onThrown);
    this.journal = new Journal({
      wallMs: () => this.ports.clock.wallMs(),
      debug: false,
      onError: (error) => this.emitter.emit('error', error),
    });
    this.machine = new StateMachine((_from, to) => this.emitter.emit('state', to));
    this.plan = new AttemptPlan({
      transports: ['sse'],
      keepsTrying: false,
      random: this.ports.random,
      policy: {
        initialMs: options.reconnectInterval ?? 1_000,
        factor: 2,
        maxMs: Number.POSITIVE_INFINITY,
        jitter: 0,
        maxAttempts: options.reconnectAttempts ?? 5,
        resetAfterMs: 0,
      },
    });
  }

  get state(): ConnectionState {
    return this.machine.state;
  }

  connect(): Promise<void> {
    if (this.state === 'CONNECTED') return Promise.resolve();
    const connected = this.waiters.add();
    if (this.state !== 'CONNECTING' && this.state !== 'RECONNECTING') {
      this.plan.reset();
      this.open();
    }
    return connected;
  }

  disconnect(): void {
    this.leave();
    this.machine.moveTo('CLOSED');
    this.waiters.reject(new Error('The stream was closed.'));
  }

  subscribe(event: string, listener: (message: SseMessage) => void): () => void {
    return this.messages.on(event, listener);
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    return this.emitter.on('state', listener);
  }

  onError(listener: (error: ClientError) => void): () => void {
    return this.emitter.on('error', listener);
  }

  private open(): void {
    this.leave();
    const abort = new AbortController();
    this.abort = abort;
    this.machine.moveTo('CONNECTING');
    if (abort.signal.aborted) return;
    this.watchSilence(abort);
    this.read(abort).then(
      () => this.lost(abort, 'The stream ended.'),
      (cause: unknown) => this.lost(abort, describeCause(cause)),
    );
  }

  private watchSilence(abort: AbortController): void {
    const { silenceMs } = this.options;
    this.cancelSilence?.();
    if (silenceMs === undefined || abort.signal.aborted) return;
    this.cancelSilence = this.ports.clock.after(silenceMs, () => {
      this.lost(abort, 'Nothing came for too long.');
    });
  }

  private async read(abort: AbortController): Promise<void> {
    const { signal } = abort;
    const { url, headers = {}, withCredentials = false } = this.options;
    const resume = this.lastEventId === null ? {} : { 'last-event-id': this.lastEventId };
    const response = await this.ports.fetch(url, {
      headers: { accept: 'text/event-stream', ...headers, ...resume },
      credentials: withCredentials ? 'include' : 'same-origin',
      cache: 'no-store',
      signal,
    });
    if (signal.aborted) return;
    if (!response.ok) throw new Error(`The server answered ${response.status}.`);
    if (response.status === 204) {
      this.finish();
      return;
    }
    this.machine.moveTo('CONNECTED');
    this.waiters.resolve();
    await readEventStream(response, {
      onEvent: (event) => {
        if (!signal.aborted) this.receive(event);
      },
      onReceived: () => this.watchSilence(abort),
    });
  }

  private receive({ event = 'message', data, id }: EventSourceMessage): void {
    // Only a stream that says something is well: one that opens and breaks has to be given up some time.
    this.plan.reset();
    if (id !== undefined) this.lastEventId = id === '' ? null : id;
    const message: SseMessage = { event, data: readData(data), id: id ?? null };
    this.lastEvent = message;
    this.messages.emit(event, message);
    this.messages.emit('*', message);
  }

  private lost(abort: AbortController, reason: string): void {
    if (abort.signal.aborted) return;
    const wasOpen = this.state === 'CONNECTED';
    this.leave();
    const next = this.plan.next();
    const retryInMs = next?.delayMs ?? null;
    const code = wasOpen ? 'TRANSPORT_CLOSE' : 'CONNECTION_FAILED';
    this.journal.report({ type: 'connection', code, detail: reason, retryInMs });
    if (next === null) {
      this.machine.moveTo('CLOSED');
      this.journal.report({ type: 'connection', code: 'GAVE_UP' });
      this.waiters.reject(new Error('All attempts to open the stream failed.'));
      return;
    }
    this.machine.moveTo('RECONNECTING');
    if (this.state !== 'RECONNECTING') return;
    this.cancelAttempt = this.ports.clock.after(next.delayMs, () => this.open());
  }

  /** The server wants no further attempts. */
  private finish(): void {
    this.leave();
    this.machine.moveTo('DISCONNECTED');
    this.waiters.reject(new Error('The server has nothing to stream.'));
  }

  private leave(): void {
    this.cancelAttempt?.();
    this.cancelAttempt = null;
    this.cancelSilence?.();
    this.cancelSilence = null;
    this.abort.abort();
  }
}

/** Server-sent events through `fetch`: with headers, and from where the last stream ended. */
export function createSseClient(options: SseOptions): SseClient {
  return new ReconnectingSseClient(options);
}
