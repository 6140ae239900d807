import { parseMarketId } from '../shared/market.ts';
import type { PriceUpdate } from '../shared/gateway/wire.ts';
import type {
  ClientTransport,
  MarketEventName,
  MarketFigures,
  MarketService,
  MarketServiceEvents,
  MarketServiceOptions,
  Subscription,
  TruetapeClient,
} from './clientContract.ts';
import type { ClientClock } from './clientClock.ts';
import { toThreeStates } from './connectionState.ts';
import { createTruetapeClient } from './createTruetapeClient.ts';
import { Emitter } from './emitter.ts';
import { isTokenError } from './errorCatalogue.ts';
import { Journal } from './journal.ts';
import { describeCause } from './redact.ts';
import { resolvePorts } from './resolveOptions.ts';

export const marketServiceDefaults = {
  reconnection: true,
  reconnectionDelay: 1_000,
  reconnectionDelayMax: 5_000,
  reconnectionAttempts: 5,
  transports: ['websocket', 'polling'],
} as const satisfies MarketServiceOptions;

/** The cadence that programs of `market_update` expect. */
const marketUpdateMs = 2_000;
const notComputed = 'Not computed: nothing is shown that the engine did not compute.';

function toFigures(update: PriceUpdate, ageMs: number | null): MarketFigures {
  const { symbol, price, status, source } = update;
  const { base = symbol, quote = '' } = parseMarketId(symbol) ?? {};
  return {
    symbol: base,
    price: price.price,
    change_24h: price.changePercent,
    volume_24h: price.quoteVolume,
    timestamp: price.timestamp === null ? null : new Date(price.timestamp).toISOString(),
    market: symbol,
    quote,
    status,
    age_ms: ageMs,
    source,
  };
}

class SocketNamesService implements MarketService {
  client: TruetapeClient | null = null;
  private readonly emitter = new Emitter<MarketServiceEvents>((name, cause) => {
    if (name === 'error') return;
    const detail = `${name}: ${describeCause(cause)}`;
    this.journal.report({ type: 'subscription', code: 'LISTENER_FAILED', detail });
  });
  private readonly journal = new Journal({
    wallMs: () => this.clock.wallMs(),
    debug: false,
    onError: (error) => this.emitter.emit('error', error),
  });
  private readonly symbols = new Map<string, Subscription | null>();
  private clock: ClientClock = resolvePorts().clock;
  private cancelCadence: (() => void) | null = null;

  get status(): 'connected' | 'disconnected' | 'error' {
    return toThreeStates(this.client?.state ?? 'DISCONNECTED');
  }

  readonly isConnected = (): boolean => this.client?.isConnected ?? false;

  connect(url?: string, options: MarketServiceOptions = {}): Promise<void> {
    this.disconnect();
    const chosen = { ...marketServiceDefaults, ...options };
    const transports: readonly ClientTransport[] = chosen.transports.map((name) =>
      name === 'polling' ? 'poll' : name,
    );
    const { token, tokenProvider } = chosen.auth ?? {};
    this.clock = resolvePorts(chosen.ports).clock;
    const client = createTruetapeClient({
      transports,
      afterLastAttempt: 'close',
      reconnect: {
        initialMs: chosen.reconnectionDelay,
        factor: 2,
        maxMs: chosen.reconnectionDelayMax,
        jitter: 0,
        maxAttempts: chosen.reconnection ? chosen.reconnectionAttempts : 0,
        resetAfterMs: 0,
      },
      ...(url === undefined ? {} : { url }),
      ...(token === undefined ? {} : { token }),
      ...(tokenProvider === undefined ? {} : { tokenProvider }),
      ...(chosen.ports === undefined ? {} : { ports: chosen.ports }),
    });
    this.client = client;
    this.listen(client);
    // Another transport would be a reconnection as well.
    if (!chosen.reconnection) client.on('disconnected', () => client.disconnect());
    for (const symbol of this.symbols.keys()) this.open(client, symbol);
    return client.connect();
  }

  disconnect(): void {
    this.client?.disconnect();
    this.stopCadence();
    for (const [symbol, subscription] of this.symbols) {
      subscription?.close();
      this.symbols.set(symbol, null);
    }
  }

  subscribe(symbols: readonly string[]): void {
    const fresh = symbols.filter((symbol) => !this.symbols.has(symbol));
    for (const symbol of fresh) {
      this.symbols.set(symbol, null);
      if (this.client !== null) this.open(this.client, symbol);
    }
  }

  on<Name extends MarketEventName>(
    name: Name,
    listener: (event: MarketServiceEvents[Name]) => void,
  ): () => void {
    return this.emitter.on(name, listener);
  }

  off<Name extends MarketEventName>(
    name: Name,
    listener: (event: MarketServiceEvents[Name]) => void,
  ): void {
    this.emitter.off(name, listener);
  }

  private open(client: TruetapeClient, symbol: string): void {
    this.symbols.set(symbol, client.subscribe(`price.${symbol}`));
  }

  private listen(client: TruetapeClient): void {
    const { emitter } = this;
    client.on('connected', ({ transport }) => {
      emitter.emit('connect', { transport });
      this.tellStatus('connected', 'Connected to the gateway.');
      this.tellNotComputed();
      this.startCadence(client);
    });
    client.on('disconnected', ({ reason }) => {
      this.stopCadence();
      emitter.emit('disconnect', { reason });
      this.tellStatus('disconnected', reason);
      // The figures are stale from now on, and say so.
      this.tellMarkets(client);
    });
    client.on('status', ({ status, message, user }) => this.tellStatus(status, message, user));
    client.on('subscription', ({ requested, status, error }) => {
      const symbol = requested.slice('price.'.length);
      emitter.emit('subscription_confirmed', {
        symbols: status === 'subscribed' ? [symbol] : [],
        rejected: error === null ? [] : [{ symbol, reason: error.message }],
        timestamp: this.now(),
      });
    });
    client.on('error', (error) => {
      if (isTokenError(error.code) || error.code === 'TOKEN_REFUSED') {
        emitter.emit('auth_error', { error: error.message, timestamp: this.now() });
      }
      emitter.emit('error', error);
    });
    client.on('reconnect', ({ attempts }) => emitter.emit('reconnect', { attempts }));
    client.on('reconnect_attempt', ({ attempt }) => emitter.emit('reconnect_attempt', attempt));
    client.on('reconnect_error', ({ message }) => emitter.emit('reconnect_error', { message }));
    client.on('reconnect_failed', ({ attempts }) => emitter.emit('reconnect_failed', { attempts }));
  }

  private startCadence(client: TruetapeClient): void {
    this.stopCadence();
    this.cancelCadence = this.clock.after(marketUpdateMs, () => {
      this.tellMarkets(client);
      this.startCadence(client);
    });
  }

  private stopCadence(): void {
    this.cancelCadence?.();
    this.cancelCadence = null;
  }

  private tellMarkets(client: TruetapeClient): void {
    const figures: [string, MarketFigures][] = [];
    for (const symbol of this.symbols.keys()) {
      const update = client.getPrice(symbol);
      if (update === null) continue;
      const { ageMs } = client.getValidity(`price.${symbol}`);
      figures.push([symbol, toFigures(update, ageMs)]);
    }
    if (figures.length > 0) this.emitter.emit('market_update', Object.fromEntries(figures));
  }

  private tellStatus(status: string, message: string, user: string | null = null): void {
    const who = user === null ? {} : { user_id: user };
    this.emitter.emit('connection_status', { status, message, timestamp: this.now(), ...who });
  }

  private tellNotComputed(): void {
    const shared = {
      timestamp: this.now(),
      status: 'not-computed',
      message: notComputed,
    } as const;
    this.emitter.emit('sentiment_update', {
      overall_sentiment: null,
      market_fear_greed: null,
      market_mood: null,
      confidence: null,
      trending_topics: [],
      ...shared,
    });
    this.emitter.emit('trading_signal', {
      symbol: null,
      signal: null,
      strength: null,
      reason: null,
      ...shared,
    });
  }

  private now(): string {
    return new Date(this.clock.wallMs()).toISOString();
  }
}

export function createMarketService(): MarketService {
  return new SocketNamesService();
}

/** The one that most programs need. Nothing happens before its `connect`. */
export const marketService: MarketService = /* @__PURE__ */ createMarketService();
