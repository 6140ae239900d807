import type { WireUpdate } from '../shared/gateway/wire.ts';
import type { DataSource } from '../shared/values.ts';
import type {
  AuthState,
  ChannelValidity,
  ClientError,
  ClientEventName,
  ClientEvents,
  ClientMetrics,
  ClientTransport,
  DebugEntry,
  ResolvedOptions,
  Subscription,
  SubscriptionOptions,
  SubscriptionView,
  TruetapeClient,
  TruetapeClientOptions,
  UserIntent,
} from './clientContract.ts';
import { ConnectionLoop } from './connectionLoop.ts';
import type { LoopEvents } from './connectionLoop.ts';
import { ConnectionNews } from './connectionNews.ts';
import type { ConnectionState } from './connectionState.ts';
import { isConnected } from './connectionState.ts';
import { Consumer } from './consumer.ts';
import { createTransport } from './createTransport.ts';
import { emitUpdate } from './emitUpdate.ts';
import { Emitter } from './emitter.ts';
import { FirstPaint } from './firstPaint.ts';
import { IntentQueue } from './intentQueue.ts';
import { Journal } from './journal.ts';
import { MarketData } from './marketData.ts';
import { createMarketGetters } from './marketGetters.ts';
import type { MarketGetters } from './marketGetters.ts';
import type { UpdateOrigin } from './marketCache.ts';
import { MessageIntake } from './messageIntake.ts';
import { describeCause } from './redact.ts';
import { resolveOptions, resolvePorts } from './resolveOptions.ts';
import type { ResolvedPorts } from './resolveOptions.ts';
import { isStreamBehind, Snapshots } from './snapshots.ts';
import type { RegistryChange } from './subscriptionRegistry.ts';
import { SubscriptionRegistry } from './subscriptionRegistry.ts';
import { TokenKeeper } from './tokenKeeper.ts';
import type { TransportEnd } from './transports/transport.ts';
import { Waiters } from './waiters.ts';
import { isEventUpdate } from './wireKinds.ts';

/** The parts of the client, joined: what each of them tells goes to the others from here. */
export class GatewayClient implements TruetapeClient {
  readonly options: ResolvedOptions;
  readonly getPrice: MarketGetters['getPrice'];
  readonly getOrderbook: MarketGetters['getOrderbook'];
  readonly getTrades: MarketGetters['getTrades'];
  readonly getTicker: MarketGetters['getTicker'];
  readonly getCandle: MarketGetters['getCandle'];
  readonly getHealth: MarketGetters['getHealth'];
  private readonly ports: ResolvedPorts;
  private readonly emitter: Emitter<ClientEvents>;
  private readonly journal: Journal;
  private readonly tokens: TokenKeeper;
  private readonly registry: SubscriptionRegistry;
  private readonly queue: IntentQueue<UserIntent>;
  private readonly market: MarketData;
  private readonly snapshots: Snapshots;
  private readonly paint: FirstPaint;
  private readonly loop: ConnectionLoop;
  private readonly news: ConnectionNews;
  private readonly intake: MessageIntake;
  private readonly waiters = new Waiters();
  private sent = 0;
  private isWorking = false;

  constructor(given: TruetapeClientOptions) {
    this.options = resolveOptions(given);
    this.ports = resolvePorts(given.ports);
    const { clock } = this.ports;
    this.emitter = new Emitter((name, cause) => this.listenerFailed(name, cause));
    this.journal = new Journal({
      wallMs: () => clock.wallMs(),
      debug: given.debug ?? false,
      onError: (error) => this.emitter.emit('error', error),
    });
    this.tokens = this.createTokens(given);
    this.registry = new SubscriptionRegistry({
      defaultRate: this.options.rate,
      onChange: (change) => this.subscriptionsChanged(change),
      onStatus: (view) => this.subscriptionSettled(view),
      onUnfiltered: (channel) => this.market.beginAnew(channel),
    });
    this.queue = new IntentQueue({
      ...this.options.queue,
      monotonicMs: () => clock.monotonicMs(),
      onDropped: (code) => void this.journal.report({ type: 'connection', code }),
    });
    this.market = new MarketData({
      clock,
      isWanted: (channel) => this.registry.isWanted(channel),
      isFiltered: (channel) => this.registry.isFiltered(channel),
      onGap: (gap) => {
        this.journal.debug('subscription', () => `gap ${gap.reason}, missing ${gap.missing}`);
        this.emitter.emit('gap', gap);
      },
      onUpdates: (updates, origin) => this.publish(updates, origin),
    });
    const getters = createMarketGetters(this.market.cache, (text) => this.registry.channelOf(text));
    ({
      getPrice: this.getPrice,
      getOrderbook: this.getOrderbook,
      getTrades: this.getTrades,
      getTicker: this.getTicker,
      getCandle: this.getCandle,
      getHealth: this.getHealth,
    } = getters);
    const { options, ports } = this;
    this.snapshots = new Snapshots({ options, ports, token: () => this.tokens.token });
    this.paint = this.createPaint();
    this.loop = this.createLoop();
    const { market, tokens, journal, emitter } = this;
    this.news = new ConnectionNews({ clock, emitter, journal });
    this.intake = new MessageIntake({
      ...{ market, tokens, journal, emitter },
      isConnected: () => this.isConnected,
      lastLatencyMs: () => this.loop.heartbeat.lastLatencyMs,
    });
  }

  get state(): ConnectionState {
    return this.loop.state;
  }

  get isConnected(): boolean {
    return isConnected(this.loop.state);
  }

  get transport(): ClientTransport | null {
    return this.loop.transport?.name ?? null;
  }

  get authState(): AuthState {
    return this.tokens.authState;
  }

  get source(): DataSource | null {
    return this.market.source;
  }

  get errors(): readonly ClientError[] {
    return this.journal.errors;
  }

  get metrics(): ClientMetrics {
    const { heartbeat } = this.loop;
    return {
      messagesReceived: this.intake.received,
      messagesSent: this.sent,
      reconnectCount: this.news.reconnects,
      uptime: this.news.uptimeMs,
      subscriptions: this.registry.size,
      queuedMessages: this.queue.size,
      droppedMessages: this.queue.dropped,
      errors: this.journal.errorCount,
      averageLatencyMs: heartbeat.averageLatencyMs,
      lastLatencyMs: heartbeat.lastLatencyMs,
      duplicates: this.market.duplicates,
      gaps: this.market.gaps,
      resyncs: this.market.resyncs,
    };
  }

  connect(): Promise<void> {
    if (this.isConnected) return Promise.resolve();
    const connected = this.waiters.add();
    if (!this.isWorking) this.begin();
    return connected;
  }

  disconnect(): void {
    const wasConnected = this.isConnected;
    this.isWorking = false;
    this.loop.stop();
    this.connectionGone('The client was disconnected.');
    this.paint.stop();
    this.registry.flush();
    if (wasConnected) {
      this.emitter.emit('disconnected', {
        reason: 'closed by the client',
        code: 1000,
        wasClean: true,
      });
    }
    this.waiters.reject(new Error('The client was disconnected.'));
  }

  async reconnect(): Promise<void> {
    this.isWorking = true;
    this.connectionGone('The connection is opened anew.');
    if (this.tokens.canRefresh) await this.tokens.refresh();
    if (!this.isWorking) throw new Error('The client was disconnected.');
    const connected = this.waiters.add();
    this.begin();
    await connected;
  }

  authenticate(token: string): void {
    this.tokens.replace(token);
    this.loop.transport?.authenticate(token);
  }

  subscribe(
    channel: string,
    options: SubscriptionOptions = {},
    listener: (update: WireUpdate) => void = () => undefined,
  ): Subscription {
    const consumer = new Consumer(options, this.ports.clock, (update) => {
      try {
        listener(update);
      } catch (cause) {
        this.listenerFailed(update.channel, cause);
      }
    });
    const requested = this.registry.add(channel, consumer);
    if (this.isWorking) this.wantSnapshots();
    return {
      requested,
      channel: () => this.registry.channelOf(requested),
      close: () => this.registry.remove(requested, consumer),
    };
  }

  subscriptions(): readonly SubscriptionView[] {
    return this.registry.views();
  }

  send(intent: UserIntent): boolean {
    if (this.loop.transport?.send(intent) === true) return true;
    // A heartbeat says that somebody is there now, not later.
    if (intent.type !== 'ping' && intent.type !== 'heartbeat') this.queue.push(intent);
    return false;
  }

  on<Name extends ClientEventName>(
    name: Name,
    listener: (event: ClientEvents[Name]) => void,
  ): () => void {
    return this.emitter.on(name, listener);
  }

  off<Name extends ClientEventName>(
    name: Name,
    listener: (event: ClientEvents[Name]) => void,
  ): void {
    this.emitter.off(name, listener);
  }

  getValidity(channel: string): ChannelValidity {
    return this.market.validity(this.registry.channelOf(channel), this.isConnected);
  }

  clearErrors(): void {
    this.journal.clear();
  }

  debugLog(): readonly DebugEntry[] {
    return this.journal.debugLines;
  }

  private begin(): void {
    this.isWorking = true;
    this.wantSnapshots();
    this.loop.start();
  }

  private createTokens(given: TruetapeClientOptions): TokenKeeper {
    return new TokenKeeper({
      // Of a variable that is not set, as shells and bundlers give it.
      token: given.token === undefined || given.token === '' ? null : given.token,
      provider: given.tokenProvider ?? null,
      refreshThresholdMs: this.options.refreshThresholdMs,
      maxRetries: this.options.maxTokenRetries,
      clock: this.ports.clock,
      onToken: (token) => this.loop.transport?.authenticate(token),
      onState: (state) => this.emitter.emit('authState', state),
      onFailed: (detail) => {
        this.journal.report({ type: 'connection', code: 'TOKEN_REFUSED', detail });
      },
    });
  }

  private createLoop(): ConnectionLoop {
    return new ConnectionLoop({
      options: this.options,
      ports: this.ports,
      tokens: this.tokens,
      events: this.loopEvents(),
      createTransport: (name, listener) =>
        createTransport(name, {
          options: this.options,
          ports: this.ports,
          token: this.tokens.token,
          wanted: () => this.registry.wanted(),
          cursor: () => this.market.cursor,
          listener,
        }),
      hasWishes: () => this.registry.size > 0,
      isBehind: () => isStreamBehind(this.snapshots, this.market.cache.values()),
    });
  }

  private createPaint(): FirstPaint {
    return new FirstPaint({
      snapshots: this.snapshots,
      clock: this.ports.clock,
      missing: () => this.missingChannels(),
      onSnapshot: (asked, snapshot) => {
        const [first] = snapshot.updates;
        if (first !== undefined) this.registry.resolveAlias(asked, first.channel);
        this.market.applySnapshot(snapshot);
      },
      onFailed: (channel, detail) => {
        this.journal.debug('error', () => `no snapshot of ${channel}: ${detail}`);
      },
      onTrustOver: () => {
        if (!this.isConnected) this.market.mark('stale', 'There is no connection to the gateway.');
      },
    });
  }

  private missingChannels(): readonly string[] {
    return this.registry
      .views()
      .filter(({ channel, status }) => status !== 'rejected' && !this.market.cache.has(channel))
      .map(({ channel }) => channel);
  }

  private wantSnapshots(): void {
    if (this.options.snapshots) this.paint.want();
  }

  private loopEvents(): LoopEvents {
    const { emitter, journal } = this;
    return {
      onStep: (from, to) => {
        journal.debug('connection', () => `${from} -> ${to}`);
        emitter.emit('stateChange', { from, to });
      },
      onConnected: (transport, attempts) => this.connected(transport, attempts),
      onPromoted: () => this.market.beginResume(),
      onResumeAnswered: () => this.market.resumeAnswered(),
      onLost: (end, retryInMs) => this.lost(end, retryInMs),
      onTransport: (from, to, reason) => {
        journal.debug('connection', () => `transport ${to}: ${reason}`);
        emitter.emit('transport', { from, to, reason });
      },
      onMessage: (message) => this.intake.take(message),
      onSubscribed: (asked, answer) => this.registry.confirm(asked, answer),
      onRefused: (asked, error) => this.registry.refuse(asked, error),
      onUnreadable: (detail) =>
        void journal.report({ type: 'parse', code: 'DECODE_FAILED', detail }),
      onSent: () => {
        this.sent += 1;
      },
      onAttempt: (attempt, transport) => {
        journal.debug('connection', () => `attempt ${attempt} on ${transport}`);
        emitter.emit('reconnect_attempt', { attempt, transport });
      },
      onAttemptFailed: (end, attempt, retryInMs) =>
        this.news.attemptFailed(end, attempt, retryInMs),
      onAttemptsOver: (attempts) => emitter.emit('reconnect_failed', { attempts }),
      onEnded: (end) => this.ended(end),
    };
  }

  private connected(transport: ClientTransport, attempts: number): void {
    this.market.beginResume();
    this.news.connected(transport, attempts);
    this.queue.flush((intent) => this.loop.transport?.send(intent) === true);
    this.waiters.resolve();
  }

  private lost(end: TransportEnd, retryInMs: number | null): void {
    this.news.tell(end, retryInMs);
    this.connectionGone('The connection to the gateway is lost.');
    this.emitter.emit('disconnected', {
      reason: end.reason,
      code: end.closeCode,
      wasClean: end.wasClean,
    });
    if (this.isWorking) this.wantSnapshots();
  }

  /** Nothing that is held may look live while nobody says that it is. */
  private connectionGone(note: string): void {
    this.news.gone();
    this.registry.unconfirm();
    this.market.endResume();
    this.market.connectionGone(note);
  }

  private ended(end: TransportEnd): void {
    this.isWorking = false;
    this.paint.stop();
    this.connectionGone('The connection to the gateway is given up.');
    const { message, fix } = this.news.tell(end, null);
    this.waiters.reject(new Error(`${message} ${fix ?? ''}`.trim()));
  }

  private subscriptionsChanged(change: RegistryChange): void {
    const { added, removed } = change;
    for (const channel of removed) this.market.forget(channel);
    this.journal.debug('subscription', () => `${added.length} added, ${removed.length} removed`);
    this.loop.change(change);
  }

  private subscriptionSettled(view: SubscriptionView): void {
    if (view.error !== null) this.journal.reportRefusal('subscription', view.error, view.requested);
    this.emitter.emit('subscription', view);
  }

  private publish(updates: readonly WireUpdate[], origin: UpdateOrigin | 'mark'): void {
    this.emitter.emit('updates', updates);
    for (const update of updates) {
      // Listeners hear of each event once, when it happens: not of the past by REST, nor again when it is doubted.
      if (origin !== 'stream' && isEventUpdate(update)) continue;
      emitUpdate(this.emitter, update);
      this.registry.deliver(update, origin === 'mark');
    }
  }

  private listenerFailed(name: string, cause: unknown): void {
    const detail = `${name}: ${describeCause(cause)}`;
    // A listener of errors that throws would call itself for ever.
    if (name === 'error') this.journal.debug('error', () => detail);
    else this.journal.report({ type: 'subscription', code: 'LISTENER_FAILED', detail });
  }
}
