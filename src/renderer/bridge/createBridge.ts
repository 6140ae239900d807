import { assertNever } from '../../shared/assert.ts';
import { batchMagic } from '../../shared/batch.ts';
import type {
  BridgeTransport,
  Command,
  CommandAnswers,
  CommandResult,
  HostEvent,
  PageMessage,
  TopicRequest,
} from '../../shared/bridge.ts';
import { bridgeSchemaVersion } from '../../shared/bridge.ts';
import { topicKey } from '../../shared/topics.ts';
import type {
  BridgeOptions,
  BridgeState,
  HeldTopic,
  LinkFault,
  LinkRetry,
  TruetapeBridge,
} from './bridge.ts';
import { LinkTimeoutError, RefusedError } from './bridge.ts';
import type { ReceivedMessage } from './hostMessage.ts';
import { parseHostMessage } from './hostMessage.ts';
import { PendingCommands } from './pendingCommands.ts';
import { TopicSet } from './topicSet.ts';

const firstDelayMs = 200;
const longestDelayMs = 10_000;
/** Quick tries before the page says that they were in vain; it goes on at the longest delay. */
const quickAttempts = 8;
/** A way in that neither opens nor fails is given up, so that the next try can come. */
const openLimitMs = 15_000;
/** A host that takes the connection and says nothing is as good as none. */
const helloLimitMs = 5000;
const differentVersions =
  'This page and its host are of different versions. Close the window and open it again.';

export function createBridge(options: BridgeOptions): TruetapeBridge {
  return new Bridge(options);
}

class Bridge implements TruetapeBridge {
  readonly #options: BridgeOptions;
  readonly #topics = new TopicSet();
  readonly #commands = new PendingCommands();
  readonly #eventListeners = new Set<(event: HostEvent) => void>();
  readonly #stateListeners = new Set<(state: BridgeState) => void>();
  #batchListener: ((bytes: Uint8Array, receivedMs: number) => void) | null = null;
  #state: BridgeState = { type: 'connecting' };
  #transport: BridgeTransport | null = null;
  #cancelTimer: (() => void) | null = null;
  /** Tries since the connection was last open. */
  #attempt = 0;
  /** The try under way; a later one makes its outcome void. */
  #opening: symbol | null = null;
  /** What the host said before it closed: better than what the transport says. */
  #goodbye: string | null = null;
  #visible = true;
  #flushing = false;
  #closed = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#connect();
  }

  get state(): BridgeState {
    return this.#state;
  }

  subscribe(request: TopicRequest): HeldTopic {
    const key = topicKey(request);
    const id = this.#topics.hold(key, request);
    this.#flushSoon();
    let held = true;
    return {
      id,
      key,
      release: () => {
        if (!held) return;
        held = false;
        this.#topics.release(key);
        this.#flushSoon();
      },
    };
  }

  keyOf(id: number): string | null {
    return this.#topics.keyOf(id);
  }

  command<C extends Command>(command: C): Promise<CommandResult<CommandAnswers[C['type']]>> {
    const pending = this.#commands.start(command);
    if (this.#state.type === 'open') {
      this.#send({ type: 'command', id: pending.id, command });
    } else {
      this.#commands.fail(pending.id);
    }
    return pending.result;
  }

  onBatch(listener: (bytes: Uint8Array, receivedMs: number) => void): void {
    this.#batchListener = listener;
  }

  ackBatch(sequence: number, appliedMs: number, paintedMs: number): void {
    this.#send({ type: 'ack', sequence, appliedMs, paintedMs });
  }

  onHostEvent(listener: (event: HostEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  onState(listener: (state: BridgeState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  setVisible(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    this.#send({ type: 'visibility', visible });
  }

  restart(reason: string): void {
    this.#lose(reason);
  }

  reconnect(): void {
    if (this.#closed || this.#opening !== null || this.#state.type === 'mismatch') return;
    const { reason, fault } = lastTrouble(this.#state);
    this.#stop();
    this.#attempt = 1;
    this.#change({ type: 'closed', fault, reason, retry: this.#retryNow() });
    this.#connect();
  }

  mismatch(): void {
    this.#stop();
    if (this.#options.reloadOnce()) return;
    this.#change({ type: 'mismatch', reason: differentVersions });
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  #connect(): void {
    const opening = Symbol('opening');
    this.#opening = opening;
    const settle = (run: () => void): void => {
      if (this.#opening !== opening) return;
      this.#opening = null;
      this.#cancelTimer?.();
      this.#cancelTimer = null;
      run();
    };
    this.#cancelTimer = this.#options.after(openLimitMs, () =>
      settle(() => this.#lose('it did not answer in time', 'timeout')),
    );
    this.#options.open().then(
      (transport) => {
        if (this.#opening === opening) settle(() => this.#opened(transport));
        else transport.close();
      },
      (error: unknown) => settle(() => this.#failed(error)),
    );
  }

  #opened(transport: BridgeTransport): void {
    this.#transport = transport;
    this.#goodbye = null;
    this.#cancelTimer = this.#options.after(helloLimitMs, () =>
      this.#lose('the host is silent', 'timeout'),
    );
    transport.onClose((reason) => {
      if (transport === this.#transport) this.#lose(this.#goodbye ?? reason);
    });
    transport.onMessage((bytes) => {
      if (transport === this.#transport) this.#receive(bytes);
    });
  }

  #failed(error: unknown): void {
    if (error instanceof RefusedError) {
      this.#attempt++;
      const before = this.#state;
      const retry = this.#retry(longestDelayMs);
      // A wrong key is used up by the first try: the next ones only lack a session, which is not the cause.
      const isStillInvalid =
        error.fault === 'sessionExpired' &&
        before.type === 'refused' &&
        before.fault === 'invalidKey';
      const fault = isStillInvalid ? before.fault : error.fault;
      this.#change({ type: 'refused', fault, reason: error.message, retry });
    } else if (error instanceof LinkTimeoutError) {
      this.#lose('it did not answer in time', 'timeout');
    } else {
      this.#lose('the host cannot be reached', 'socketFailed');
    }
  }

  /** Ends the connection, if there is one, and makes the next; this never gives up. */
  #lose(reason: string, fault: LinkFault = 'transportClosed'): void {
    if (this.#closed || this.#state.type === 'mismatch') return;
    this.#stop();
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** this.#attempt);
    this.#attempt++;
    const random = this.#options.random ?? Math.random;
    const retry = this.#retry(delayMs * (0.5 + random() / 2));
    this.#change({ type: 'closed', fault, reason, retry });
  }

  #retry(delayMs: number): LinkRetry {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#options.after(delayMs, () => {
      const state = this.#state;
      if (state.type === 'closed' || state.type === 'refused') {
        this.#change({ ...state, retry: this.#retryNow() });
      }
      this.#connect();
    });
    return { ...this.#retryNow(), nextAttemptTime: Date.now() + delayMs };
  }

  #retryNow(): LinkRetry {
    const failed = this.#attempt > quickAttempts;
    return { attempt: this.#attempt, nextAttemptTime: null, failed };
  }

  #stop(): void {
    const transport = this.#transport;
    this.#transport = null;
    this.#opening = null;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#commands.failAll();
    transport?.close();
  }

  #receive(bytes: Uint8Array): void {
    if (bytes[0] === batchMagic) {
      if (this.#state.type === 'open') this.#batchListener?.(bytes, this.#options.now());
      return;
    }
    const message = parseHostMessage(bytes);
    if (message === null) this.#lose('the host sent what is no message');
    else this.#onHostMessage(message);
  }

  #onHostMessage(message: ReceivedMessage): void {
    switch (message.type) {
      case 'answer':
        this.#commands.answer(message.id, message.result);
        break;
      case 'event':
        if (message.event.type === 'hello' && !this.#welcome(message.event.schemaVersion)) return;
        if (message.event.type === 'goodbye') this.#goodbye = message.event.reason;
        for (const listener of this.#eventListeners) listener(message.event);
        break;
      default:
        assertNever(message);
    }
  }

  #welcome(schemaVersion: number): boolean {
    if (schemaVersion !== bridgeSchemaVersion) {
      this.mismatch();
      return false;
    }
    this.#options.versionsFit();
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#attempt = 0;
    this.#change({ type: 'open' });
    if (!this.#visible) this.#send({ type: 'visibility', visible: false });
    this.#send({ type: 'subscribe', topics: this.#topics.list() });
    return true;
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    this.#options.soon(() => {
      this.#flushing = false;
      if (this.#state.type === 'open' && this.#topics.isChanged()) {
        this.#send({ type: 'subscribe', topics: this.#topics.list() });
      }
    });
  }

  #change(state: BridgeState): void {
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state);
  }

  #send(message: PageMessage): void {
    if (this.#state.type !== 'open') return;
    this.#transport?.send(new TextEncoder().encode(JSON.stringify(message)));
  }
}

/** What is said while a try by hand is under way: what was said before it. */
function lastTrouble(state: BridgeState): { readonly reason: string; readonly fault: LinkFault } {
  return state.type === 'closed' || state.type === 'refused'
    ? state
    : { reason: 'the host is silent', fault: 'timeout' };
}
