import type { WireUpdate } from '../shared/gateway/wire.ts';
import type {
  ClientEvents,
  ClientMetrics,
  ClientPorts,
  Subscription,
  SubscriptionOptions,
  TruetapeClient,
  UserIntent,
} from './clientContract.ts';
import type { ConnectionState } from './connectionState.ts';
import { createTruetapeClient } from './createTruetapeClient.ts';
import { emitUpdate } from './emitUpdate.ts';
import { Emitter } from './emitter.ts';
import { normalizeChannelText } from './wireKinds.ts';

export interface WebSocketManagerOptions {
  readonly url: string;
  readonly token?: string;
  readonly tokenProvider?: () => Promise<string> | string;
  /** Before the first new attempt; doubles. Default 5,000. */
  readonly reconnectInterval?: number;
  /** Default 10. */
  readonly maxReconnectAttempts?: number;
  /** Default 30,000. */
  readonly heartbeatInterval?: number;
  readonly debug?: boolean;
  readonly ports?: ClientPorts;
}

export const webSocketManagerDefaults = {
  reconnectInterval: 5_000,
  maxReconnectAttempts: 10,
  heartbeatInterval: 30_000,
  debug: false,
} as const;

/** Names of older programs over one WebSocket of the client. Each channel has one subscription here, with its own pace. */
export class WebSocketManager {
  readonly options: Required<Omit<WebSocketManagerOptions, 'token' | 'tokenProvider' | 'ports'>>;
  /** The client beneath, with its caches. */
  readonly client: TruetapeClient;
  private readonly emitter = new Emitter<ClientEvents>((name, cause) => {
    this.thrown = new Error(`A listener of ${name} threw.`, { cause });
  });
  private thrown: Error | null = null;
  private readonly subscriptions = new Map<string, Subscription>();

  constructor({ token, tokenProvider, ports, ...given }: WebSocketManagerOptions) {
    this.options = { ...webSocketManagerDefaults, ...given };
    const { url, reconnectInterval, maxReconnectAttempts, heartbeatInterval, debug } = this.options;
    this.client = createTruetapeClient({
      url,
      debug,
      transports: ['websocket'],
      heartbeatIntervalMs: heartbeatInterval,
      afterLastAttempt: 'close',
      snapshots: false,
      reconnect: {
        initialMs: reconnectInterval,
        factor: 2,
        maxMs: Number.POSITIVE_INFINITY,
        jitter: 0,
        maxAttempts: maxReconnectAttempts,
        resetAfterMs: 0,
      },
      ...(token === undefined ? {} : { token }),
      ...(tokenProvider === undefined ? {} : { tokenProvider }),
      ...(ports === undefined ? {} : { ports }),
    });
  }

  get state(): ConnectionState {
    return this.client.state;
  }

  get isConnected(): boolean {
    return this.client.isConnected;
  }

  get metrics(): ClientMetrics {
    return this.client.metrics;
  }

  /** Resolves on open. Rejects on the first failure, while further attempts go on until `disconnect`. */
  async connect(): Promise<void> {
    const { client } = this;
    const { promise: failed, reject } = Promise.withResolvers<never>();
    const off = client.on('stateChange', ({ from, to }) => {
      if (from !== 'CONNECTING' || to === 'CONNECTED') return;
      const { message = 'The connection failed.' } = client.errors.at(-1) ?? {};
      reject(new Error(message));
    });
    try {
      await Promise.race([client.connect(), failed]);
    } finally {
      off();
    }
  }

  disconnect(): void {
    this.client.disconnect();
  }

  /** `price.BTC/USD`, with `{ interval: '1s' }` the newest once a second. Returns its unsubscribe. */
  subscribe(channel: string, options: SubscriptionOptions = {}): () => void {
    const key = normalizeChannelText(channel);
    const subscription = this.client.subscribe(channel, options, (update) => this.tell(update));
    // The one before goes after the new one has come: the gateway hears of no end in between.
    this.subscriptions.get(key)?.close();
    this.subscriptions.set(key, subscription);
    return () => {
      subscription.close();
      if (this.subscriptions.get(key) === subscription) this.subscriptions.delete(key);
    };
  }

  unsubscribe(channel: string): void {
    const key = normalizeChannelText(channel);
    this.subscriptions.get(key)?.close();
    this.subscriptions.delete(key);
  }

  /** True: sent. False: it waits for the connection. */
  send(message: UserIntent): boolean {
    return this.client.send(message);
  }

  /** Data comes at the pace of its subscription. Returns its `off`. */
  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (event: ClientEvents[Name]) => void,
  ): () => void {
    return isDataEvent(name) ? this.emitter.on(name, listener) : this.client.on(name, listener);
  }

  private tell(update: WireUpdate): void {
    emitUpdate(this.emitter, update);
    const { thrown } = this;
    this.thrown = null;
    // After all listeners have heard it, and where the client tells people of it.
    if (thrown !== null) throw thrown;
  }
}

const dataEvents: ReadonlySet<string> = new Set([
  'priceUpdate',
  'orderbookUpdate',
  'tradeUpdate',
  'tickerUpdate',
  'candleUpdate',
  'gapUpdate',
  'healthUpdate',
]);

function isDataEvent(name: string): boolean {
  return dataEvents.has(name);
}
