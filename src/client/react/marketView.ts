import type { StoreApi } from 'zustand/vanilla';
import { createStore } from 'zustand/vanilla';
import type {
  ClientPorts,
  MarketFigures,
  MarketService,
  MarketServiceEvents,
  TradingSignal,
} from '../clientContract.ts';
import { systemClientClock } from '../clientClock.ts';
import { createMarketService } from '../marketService.ts';
import { mergeFigures } from '../mergeLive.ts';
import { withNewest } from '../newestFirst.ts';
import type { Owned } from './useOwned.ts';

export const signalsLimit = 10;

/** Of `useWebSocket` without a `url`: the market application's options. */
export interface MarketWebSocketOptions {
  readonly url?: never;
  /** Default true. */
  readonly autoConnect?: boolean;
  /** Tickers such as `BTC`. */
  readonly symbols?: readonly string[];
  readonly token?: string;
  /** Address of the gateway. Default: the page's own. */
  readonly gateway?: string;
  /** One that the program shares and ends itself. */
  readonly service?: MarketService;
  readonly ports?: ClientPorts;
}

export interface MarketWebSocket {
  readonly isConnected: boolean;
  readonly connectionStatus: MarketService['status'];
  /** By ticker, each with its status, age and source. The figures of another ticker stay the same object. */
  readonly marketData: Readonly<Record<string, MarketFigures>>;
  /** Says `not-computed` until the engine computes it. */
  readonly sentimentData: MarketServiceEvents['sentiment_update'] | null;
  /** The last ten, newest first; empty as long as none is computed, and `signalsNote` says so. */
  readonly tradingSignals: readonly TradingSignal[];
  readonly signalsNote: string | null;
  /** Epoch ms at which the last market data came, by this machine's clock. */
  readonly lastUpdate: number | null;
  readonly error: string | null;
  readonly connect: () => Promise<void>;
  readonly disconnect: () => void;
  readonly subscribe: (symbols: readonly string[]) => void;
}

function asStale(figures: MarketFigures): MarketFigures {
  return figures.status === 'none' ? figures : { ...figures, status: 'stale' };
}

export function createMarketView(options: MarketWebSocketOptions): Owned<MarketWebSocket> {
  const { autoConnect = true, symbols = [], token, gateway, ports } = options;
  const service = options.service ?? createMarketService();
  const clock = ports?.clock ?? systemClientClock;
  const connect = (): Promise<void> =>
    service.connect(gateway, {
      ...(token === undefined ? {} : { auth: { token } }),
      ...(ports === undefined ? {} : { ports }),
    });
  const store = createStore<MarketWebSocket>(() => ({
    isConnected: service.isConnected(),
    connectionStatus: service.status,
    marketData: {},
    sentimentData: null,
    tradingSignals: [],
    signalsNote: null,
    lastUpdate: null,
    error: null,
    connect,
    disconnect: () => service.disconnect(),
    subscribe: (more) => service.subscribe(more),
  }));
  return {
    store,
    start() {
      const leaves = listen(service, store, () => clock.wallMs());
      if (symbols.length > 0) service.subscribe(symbols);
      // A failure comes as an error and a status.
      if (autoConnect && !service.isConnected()) connect().catch(() => undefined);
      look(service, store);
      return () => {
        if (options.service === undefined) service.disconnect();
        for (const leave of leaves) leave();
      };
    },
  };
}

function look(service: MarketService, store: StoreApi<MarketWebSocket>): void {
  store.setState({ isConnected: service.isConnected(), connectionStatus: service.status });
}

/** What the service says goes into the store; returns the ends of its listeners. */
function listen(
  service: MarketService,
  store: StoreApi<MarketWebSocket>,
  wallMs: () => number,
): readonly (() => void)[] {
  const lookAgain = (): void => look(service, store);
  const fail = (error: string | null): void => {
    store.setState({ error });
    lookAgain();
  };
  return [
    service.on('connect', () => fail(null)),
    service.on('connection_status', lookAgain),
    service.on('reconnect_attempt', lookAgain),
    service.on('reconnect_failed', lookAgain),
    service.on('error', ({ message }) => fail(message)),
    service.on('auth_error', ({ error }) => fail(error)),
    service.on('disconnect', () => {
      lookAgain();
      store.setState(({ marketData }) => ({ marketData: mapFigures(marketData, asStale) }));
    }),
    service.on('market_update', (came) => {
      const lastUpdate = wallMs();
      store.setState(({ marketData }) => ({
        marketData: mergeFigures(marketData, came),
        lastUpdate,
      }));
    }),
    service.on('sentiment_update', (sentimentData) => store.setState({ sentimentData })),
    service.on('trading_signal', (signal) => {
      if (signal.status === 'not-computed') store.setState({ signalsNote: signal.message });
      else {
        store.setState(({ tradingSignals }) => ({
          tradingSignals: withNewest(tradingSignals, signal, signalsLimit),
          signalsNote: null,
        }));
      }
    }),
  ];
}

function mapFigures(
  figures: Readonly<Record<string, MarketFigures>>,
  change: (figures: MarketFigures) => MarketFigures,
): Readonly<Record<string, MarketFigures>> {
  return Object.fromEntries(Object.entries(figures).map(([key, each]) => [key, change(each)]));
}
