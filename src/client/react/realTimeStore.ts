import type { StoreApi } from 'zustand/vanilla';
import { createStore } from 'zustand/vanilla';
import type {
  OrderbookUpdate,
  PriceUpdate,
  TickerUpdate,
  TradeUpdate,
  WireUpdate,
} from '../../shared/gateway/wire.ts';
import type { EpochMs } from '../../shared/market.ts';
import type { DataSource } from '../../shared/values.ts';
import type { ClientClock } from '../clientClock.ts';
import type {
  AuthState,
  ClientError,
  ClientGap,
  ClientMetrics,
  ClientTransport,
  Subscription,
  SubscriptionOptions,
  SubscriptionView,
  TruetapeClient,
} from '../clientContract.ts';
import type { ConnectionState } from '../connectionState.ts';
import { MessageThrottler } from '../messageThrottler.ts';

export type RealTimeKind = 'price' | 'orderbook' | 'trades' | 'ticker';
export type LastUpdated = Readonly<Record<RealTimeKind, EpochMs | null>>;
export type TradeRow = TradeUpdate['trade'];

/** What `useRealTimeData` gives; these members and no others. */
export interface RealTimeData {
  readonly connectionState: ConnectionState;
  readonly isConnected: boolean;
  readonly connect: () => Promise<void>;
  readonly disconnect: () => void;
  /** Returns its unsubscribe. */
  readonly subscribe: (channel: string, options?: SubscriptionOptions) => () => void;
  /** Ends the newest of this provider's own subscriptions to the channel that `subscribe` began. */
  readonly unsubscribe: (channel: string) => void;
  readonly getPrice: (symbol: string) => PriceUpdate | null;
  readonly getOrderbook: (symbol: string, venue?: string) => OrderbookUpdate | null;
  /** The last 100, oldest first. */
  readonly getTrades: (symbol: string) => readonly TradeRow[];
  readonly getTicker: (symbol: string) => TickerUpdate | null;
  /** These and `lastUpdated` change four times a second at most. */
  readonly metrics: ClientMetrics;
  readonly errors: readonly ClientError[];
  readonly clearErrors: () => void;
  /** When the newest value of each kind, of any market, was written, by the gateway's clock. */
  readonly lastUpdated: LastUpdated;
}

export interface RealTimeState {
  readonly data: RealTimeData;
  readonly transport: ClientTransport | null;
  readonly source: DataSource | null;
  readonly authState: AuthState;
  /** The last 100 losses, oldest first. */
  readonly gaps: readonly ClientGap[];
  readonly viewByRequest: ReadonlyMap<string, SubscriptionView>;
  /** Rises with every message and every second in which ages are shown: selectors look again. */
  readonly revision: number;
}

const summaryIntervalMs = 250;
/** Messages that come faster than frames are painted are looked at together. */
const frameMs = 16;
const ageIntervalMs = 1_000;
const gapsLimit = 100;

const rowsByTrades = new WeakMap<readonly TradeUpdate[], readonly TradeRow[]>();

/** The same array for the same trades. */
function rowsOf(trades: readonly TradeUpdate[]): readonly TradeRow[] {
  const known = rowsByTrades.get(trades);
  if (known !== undefined) return known;
  const rows = trades.map(({ trade }) => trade);
  rowsByTrades.set(trades, rows);
  return rows;
}

function kindOf(type: WireUpdate['type']): RealTimeKind | null {
  switch (type) {
    case 'price_update':
      return 'price';
    case 'orderbook_update':
      return 'orderbook';
    case 'trade_update':
      return 'trades';
    case 'ticker_update':
      return 'ticker';
    case 'candle_update':
    case 'gap_update':
    case 'health_update':
      return null;
    default:
      return type satisfies never;
  }
}

function withUpdates(before: LastUpdated, updates: readonly WireUpdate[]): LastUpdated {
  const after: Record<RealTimeKind, EpochMs | null> = { ...before };
  for (const { type, time } of updates) {
    const kind = kindOf(type);
    if (kind !== null) after[kind] = Math.max(after[kind] ?? 0, time);
  }
  return after;
}

/** What hooks share: the client, and a store that says when to look at it. */
export class RealTimeStore {
  readonly client: TruetapeClient;
  readonly store: StoreApi<RealTimeState>;
  /** On behalf of the program: who only holds the connection does not end it then. */
  readonly connect: () => Promise<void>;
  /** Ages are looked at each second as long as one holds this. */
  readonly watchAges: () => () => void;
  /** Connects for the first who holds this, and disconnects with the last, unless somebody else asked for it. */
  readonly holdConnection: () => () => void;
  private readonly clock: ClientClock;
  private readonly owned = new Map<string, Subscription[]>();
  private lookAtAll: (() => void) | null = null;
  private isLookPlanned = false;
  private lastUpdated: LastUpdated = { price: null, orderbook: null, trades: null, ticker: null };

  constructor(client: TruetapeClient, clock: ClientClock) {
    const link = createLink(client);
    this.client = client;
    this.clock = clock;
    this.connect = link.connect;
    this.holdConnection = link.hold;
    this.watchAges = createAgeWatch(clock, () => this.look());
    this.store = createStore<RealTimeState>(() => ({
      transport: client.transport,
      source: client.source,
      authState: client.authState,
      gaps: [],
      viewByRequest: new Map(),
      revision: 0,
      data: this.createData(link),
    }));
  }

  /** Listens to the client; returns its end. */
  attach(): () => void {
    const { client, clock, store } = this;
    const onMessage = (): void => {
      const { metrics } = client;
      const { lastUpdated } = this;
      store.setState(({ data }) => ({ data: { ...data, metrics, lastUpdated } }));
    };
    const summary = new MessageThrottler<null>({ intervalMs: summaryIntervalMs, clock, onMessage });
    const frame = new MessageThrottler<null>({
      ...{ intervalMs: frameMs, clock },
      onMessage: () => this.look(),
    });
    const lookAtAll = (): void => {
      const views = client.subscriptions().map((view) => [view.requested, view] as const);
      store.setState({ viewByRequest: new Map(views) });
      this.look();
      summary.push(null);
    };
    const leaves = [
      client.on('updates', (updates) => {
        this.lastUpdated = withUpdates(this.lastUpdated, updates);
        frame.push(null);
        summary.push(null);
      }),
      client.on('stateChange', lookAtAll),
      client.on('transport', lookAtAll),
      client.on('authState', lookAtAll),
      client.on('subscription', lookAtAll),
      client.on('status', lookAtAll),
      client.on('error', lookAtAll),
      client.on('gap', (gap) => {
        store.setState(({ gaps }) => ({ gaps: [...gaps, gap].slice(-gapsLimit) }));
        lookAtAll();
      }),
    ];
    this.lookAtAll = lookAtAll;
    lookAtAll();
    return () => {
      this.lookAtAll = null;
      for (const leave of leaves) leave();
      frame.destroy();
      summary.destroy();
      for (const subscription of [...this.owned.values()].flat()) subscription.close();
      this.owned.clear();
    };
  }

  /** The client tells nothing of consumers that come and go. Once for all of a turn. */
  lookSoon(): void {
    if (this.isLookPlanned) return;
    this.isLookPlanned = true;
    queueMicrotask(() => {
      this.isLookPlanned = false;
      this.lookAtAll?.();
    });
  }

  private look(): void {
    const { client } = this;
    this.store.setState(({ revision, data }) => ({
      revision: revision + 1,
      transport: client.transport,
      source: client.source,
      authState: client.authState,
      data: {
        ...data,
        connectionState: client.state,
        isConnected: client.isConnected,
        errors: client.errors,
      },
    }));
  }

  private createData({ connect, disconnect }: Link): RealTimeData {
    const { client } = this;
    return {
      connectionState: client.state,
      isConnected: client.isConnected,
      connect,
      disconnect,
      subscribe: (channel, options) => this.subscribe(channel, options),
      unsubscribe: (channel) => this.end(channel, this.owned.get(channel)?.at(-1)),
      getPrice: (symbol) => client.getPrice(symbol),
      getOrderbook: (symbol, venue) => client.getOrderbook(symbol, venue),
      getTrades: (symbol) => rowsOf(client.getTrades(symbol)),
      getTicker: (symbol) => client.getTicker(symbol),
      metrics: client.metrics,
      errors: client.errors,
      clearErrors: () => {
        client.clearErrors();
        this.look();
      },
      lastUpdated: this.lastUpdated,
    };
  }

  private subscribe(channel: string, options?: SubscriptionOptions): () => void {
    const subscription = this.client.subscribe(channel, options);
    this.owned.set(channel, [...(this.owned.get(channel) ?? []), subscription]);
    this.lookSoon();
    return () => this.end(channel, subscription);
  }

  private end(channel: string, subscription: Subscription | undefined): void {
    subscription?.close();
    this.lookSoon();
    const rest = (this.owned.get(channel) ?? []).filter((each) => each !== subscription);
    if (rest.length === 0) this.owned.delete(channel);
    else this.owned.set(channel, rest);
  }
}

interface Link {
  connect(this: void): Promise<void>;
  disconnect(this: void): void;
  hold(this: void): () => void;
}

/** Who asked for the connection decides who may end it. */
function createLink(client: TruetapeClient): Link {
  let holders = 0;
  let isHeldOpen = false;
  let isClosedByHand = false;
  return {
    connect() {
      isHeldOpen = false;
      isClosedByHand = false;
      return client.connect();
    },
    disconnect() {
      isHeldOpen = false;
      isClosedByHand = true;
      client.disconnect();
    },
    hold() {
      holders += 1;
      const isIdle = client.state === 'DISCONNECTED' || client.state === 'CLOSED';
      if (isIdle && !isClosedByHand) {
        isHeldOpen = true;
        // A failure is in the errors and the state of the client.
        client.connect().catch(() => undefined);
      }
      let isHolding = true;
      return () => {
        if (!isHolding) return;
        isHolding = false;
        holders -= 1;
        if (holders > 0 || !isHeldOpen) return;
        isHeldOpen = false;
        client.disconnect();
      };
    },
  };
}

function createAgeWatch(clock: ClientClock, look: () => void): () => () => void {
  let watchers = 0;
  let cancel: (() => void) | null = null;
  const plan = (): void => {
    cancel = clock.after(ageIntervalMs, () => {
      plan();
      look();
    });
  };
  return () => {
    watchers += 1;
    if (watchers === 1) plan();
    let isWatching = true;
    return () => {
      if (!isWatching) return;
      isWatching = false;
      watchers -= 1;
      if (watchers > 0) return;
      cancel?.();
      cancel = null;
    };
  };
}
