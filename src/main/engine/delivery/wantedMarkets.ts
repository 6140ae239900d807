import type { TopicRequest } from '../../../shared/bridge.ts';
import type { MarketId } from '../../../shared/market.ts';
import type { EngineCommand, WantedCandles } from '../engineCommand.ts';

export type WantCommand = Extract<EngineCommand, { type: 'want' }>;

/** What all windows and the watchlist want together, told to the core when it has changed. */
export interface WantedMarkets {
  readonly present: WantCommand;
  setWatchlist(markets: readonly MarketId[]): void;
  /** Replaces what the window wants; no requests = it wants nothing (hidden windows go on wanting). */
  setWindow(window: object, requests: readonly TopicRequest[]): void;
}

export function createWantedMarkets(onChange: (want: WantCommand) => void): WantedMarkets {
  const byWindow = new Map<object, readonly TopicRequest[]>();
  let watchlist: readonly MarketId[] = [];
  let present: WantCommand = { type: 'want', markets: [], books: [], candles: [] };
  let presentText = JSON.stringify(present);

  const update = (): void => {
    const next = union(watchlist, byWindow.values());
    const text = JSON.stringify(next);
    if (text === presentText) return;
    present = next;
    presentText = text;
    onChange(next);
  };

  return {
    get present() {
      return present;
    },
    setWatchlist(markets) {
      watchlist = markets;
      update();
    },
    setWindow(window, requests) {
      if (requests.length === 0) byWindow.delete(window);
      else byWindow.set(window, requests);
      update();
    },
  };
}

/** Sorted, so that the same wishes are the same command whatever the order in which windows opened. */
function union(
  watchlist: readonly MarketId[],
  windows: Iterable<readonly TopicRequest[]>,
): WantCommand {
  const markets = new Set(watchlist);
  const books = new Set<MarketId>();
  const candles = new Map<string, WantedCandles>();
  for (const requests of windows) {
    for (const request of requests) {
      if (!('market' in request)) continue;
      markets.add(request.market);
      if (request.topic === 'book') books.add(request.market);
      if (request.topic !== 'candle') continue;
      const { market, venue, interval } = request;
      candles.set(`${market} ${venue ?? '*'} ${interval}`, { market, venue, interval });
    }
  }
  return {
    type: 'want',
    markets: [...markets].sort(),
    books: [...books].sort(),
    candles: [...candles].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, wanted]) => wanted),
  };
}
