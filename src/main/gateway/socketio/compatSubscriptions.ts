import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import type { MarketId } from '../../../shared/market.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { ClientSession, MarketHub } from '../hub/clientContract.ts';
import { startCadence } from './cadence.ts';
import { isoTime, sentimentUpdate, tradingSignal } from './compatPayloads.ts';
import type { RejectedSymbol, SubscriptionConfirmed } from './compatPayloads.ts';
import type { SocketSink } from './socketSink.ts';
import { priceChannel } from './tickerBoard.ts';
import type { TickerBoard } from './tickerBoard.ts';

export const compatCadence = { marketMs: 2_000, sentimentMs: 10_000, signalMs: 15_000 } as const;

/** The rarest there is: the figures are read from the board at each beat, this only keeps the market wanted. */
const keepingRate = 0.01;

export interface CompatOptions {
  readonly hub: MarketHub;
  readonly clock: GatewayClock;
  readonly board: TickerBoard;
  readonly session: ClientSession;
  readonly sink: SocketSink;
  /** Whether the client has the channel by a subscription of the native protocol. */
  readonly isNative: (channel: string) => boolean;
}

/** Symbols of one client of the older protocol, and the events that come at their own pace while there are any. */
export class CompatSubscriptions {
  private readonly options: CompatOptions;
  private readonly marketBySymbol = new Map<string, MarketId>();
  private stopCadence: (() => void) | null = null;

  constructor(options: CompatOptions) {
    this.options = options;
  }

  holds(channel: string): boolean {
    for (const market of this.marketBySymbol.values()) {
      if (priceChannel(market) === channel) return true;
    }
    return false;
  }

  subscribe(symbols: readonly unknown[]): SubscriptionConfirmed {
    const accepted: string[] = [];
    const rejected: RejectedSymbol[] = [];
    for (const symbol of this.named(symbols, rejected)) {
      const error = this.add(symbol);
      if (error === null) accepted.push(symbol);
      else rejected.push({ symbol, ...error });
    }
    this.beat();
    return { symbols: accepted, timestamp: this.timestamp(), rejected };
  }

  unsubscribe(symbols: readonly unknown[]): SubscriptionConfirmed {
    const everything = symbols.includes('*') ? [...this.marketBySymbol.keys()] : symbols;
    const removed: string[] = [];
    for (const symbol of everything) {
      if (typeof symbol !== 'string') continue;
      const market = this.marketBySymbol.get(symbol);
      if (market === undefined) continue;
      this.marketBySymbol.delete(symbol);
      removed.push(symbol);
      this.letGo(market);
    }
    this.beat();
    return { symbols: removed, timestamp: this.timestamp(), rejected: [] };
  }

  /** The client gave up its native subscription: the market stays wanted for these events. */
  keep(channel: string): void {
    const { session, sink } = this.options;
    sink.setQuiet(channel, true);
    session.subscribe({ type: 'subscribe', channels: [channel], rate: keepingRate });
  }

  close(): void {
    this.stopCadence?.();
    this.stopCadence = null;
    this.marketBySymbol.clear();
  }

  /** `*` stands for every market there is, as many as a client may have. */
  private named(symbols: readonly unknown[], rejected: RejectedSymbol[]): readonly string[] {
    const named = new Set<string>();
    for (const symbol of symbols) {
      if (symbol === '*') {
        const all = this.options.hub.markets();
        for (const market of all.slice(0, gatewayLimits.maxSymbols)) named.add(market);
        if (all.length > gatewayLimits.maxSymbols) rejected.push({ symbol, ...tooManySymbols });
      } else if (typeof symbol === 'string' && symbolPattern.test(symbol)) {
        named.add(symbol);
      } else {
        rejected.push({ symbol: shownSymbol(symbol), ...noSymbol });
      }
    }
    return [...named];
  }

  private add(symbol: string): GatewayError | null {
    if (this.marketBySymbol.has(symbol)) return null;
    if (this.marketBySymbol.size >= gatewayLimits.maxSymbols) return tooManySymbols;
    const { hub, session, sink, isNative } = this.options;
    const resolved = hub.resolve(symbol);
    if (!resolved.ok) return resolved.error;
    const channel = priceChannel(resolved.market);
    if (!isNative(channel) && !this.holds(channel)) {
      sink.setQuiet(channel, true);
      const { rejected } = session.subscribe({
        type: 'subscribe',
        channels: [channel],
        rate: keepingRate,
      });
      const [refusal] = rejected;
      if (refusal !== undefined) {
        sink.setQuiet(channel, false);
        return errorOf(refusal);
      }
    }
    this.marketBySymbol.set(symbol, resolved.market);
    return null;
  }

  private letGo(market: MarketId): void {
    const { session, sink, isNative } = this.options;
    const channel = priceChannel(market);
    if (this.holds(channel) || isNative(channel)) return;
    session.unsubscribe([channel], null);
    sink.setQuiet(channel, false);
  }

  private beat(): void {
    if (this.marketBySymbol.size === 0) {
      this.stopCadence?.();
      this.stopCadence = null;
      return;
    }
    this.stopCadence ??= startCadence(this.options.clock, [
      { everyMs: compatCadence.marketMs, run: () => void this.sendMarkets() },
      { everyMs: compatCadence.sentimentMs, run: () => this.sendSentiment() },
      { everyMs: compatCadence.signalMs, run: () => this.sendSignals() },
    ]);
  }

  private async sendMarkets(): Promise<void> {
    if (this.isBehind()) return;
    const entries = await this.options.board.entries(this.marketBySymbol);
    if (this.stopCadence !== null) this.options.sink.sendCompat('market_update', entries);
  }

  private sendSentiment(): void {
    if (this.isBehind()) return;
    const { sink, clock } = this.options;
    sink.sendCompat('sentiment_update', sentimentUpdate(clock.wallMs()));
  }

  private sendSignals(): void {
    if (this.isBehind()) return;
    const { sink, clock } = this.options;
    for (const symbol of this.marketBySymbol.keys()) {
      sink.sendCompat('trading_signal', tradingSignal(symbol, clock.wallMs()));
    }
  }

  /** All of it is state: whoever does not read gets the next one. */
  private isBehind(): boolean {
    return this.options.sink.bufferedBytes() > gatewayLimits.conflateBytes;
  }

  private timestamp(): string {
    return isoTime(this.options.clock.wallMs());
  }
}

const symbolPattern = /^[A-Za-z0-9][A-Za-z0-9/_:-]{0,31}$/;

const noSymbol: GatewayError = {
  code: 'INVALID_SYMBOL',
  message: 'A symbol is text of up to 32 letters, digits, "-" and "/", such as BTC or BTC-USDT.',
};

export const tooManySymbols: GatewayError = {
  code: 'TOO_MANY_SYMBOLS',
  message: `At most ${gatewayLimits.maxSymbols} symbols are taken. Unsubscribe some, or open another connection.`,
};

function errorOf({ code, message, retryAfterMs, candidates }: GatewayError): GatewayError {
  return {
    code,
    message,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(candidates === undefined ? {} : { candidates }),
  };
}

/** What is told back of what is no symbol. */
function shownSymbol(symbol: unknown): string {
  if (typeof symbol !== 'string') return `(${symbol === null ? 'null' : typeof symbol})`;
  return symbol.slice(0, 32).replace(/[^\w/.:* -]/g, '?');
}
