import type { MarketId } from '../../../shared/market.ts';
import type { PriceValue } from '../../../shared/values.ts';
import type { SortKey, WatchlistOptions } from './watchlistOptions.ts';
import { groupOf } from './watchlistOptions.ts';

export type WatchlistRow =
  | {
      readonly type: 'group';
      readonly id: string;
      readonly name: string;
      readonly collapsed: boolean;
      readonly count: number;
    }
  | { readonly type: 'market'; readonly id: string; readonly market: MarketId };

type ReadPrice = (market: MarketId) => PriceValue | null;

function sortValue(key: SortKey, price: PriceValue | null): number | null {
  switch (key) {
    case 'last':
      return price?.price ?? null;
    case 'change':
      return price?.change24hPct ?? null;
    case 'spread':
      return price?.venueSpreadBps ?? null;
    case 'volume':
      return price?.volume24hQuote ?? null;
    case 'age':
      return price?.receivedTime ?? null;
    case 'market':
      return null;
    default:
      return key satisfies never;
  }
}

/** Unknown values stand last whichever way the list is sorted: they are not the smallest, they are unknown. */
export function sortMarkets(
  markets: readonly MarketId[],
  sort: WatchlistOptions['sort'],
  readPrice: ReadPrice,
): readonly MarketId[] {
  if (sort === null) return markets;
  const sign = sort.descending ? -1 : 1;
  if (sort.key === 'market') return markets.toSorted((a, b) => sign * a.localeCompare(b, 'en'));
  const valued = markets.map((market) => ({
    market,
    value: sortValue(sort.key, readPrice(market)),
  }));
  const sorted = valued.toSorted((a, b) => {
    if (a.value === null) return b.value === null ? 0 : 1;
    return b.value === null ? -1 : sign * (a.value - b.value);
  });
  return sorted.map(({ market }) => market);
}

/** Group heads and markets in the order of the list; a single group needs no head. */
export function computeRows(
  watchlist: readonly MarketId[],
  options: WatchlistOptions,
  readPrice: ReadPrice,
): readonly WatchlistRow[] {
  const marketsByGroup = new Map<string, MarketId[]>();
  for (const market of watchlist) {
    const group = groupOf(market, options);
    const markets = marketsByGroup.get(group);
    if (markets === undefined) marketsByGroup.set(group, [market]);
    else markets.push(market);
  }
  return [...marketsByGroup].flatMap(([name, markets]): WatchlistRow[] => {
    const rows = sortMarkets(markets, options.sort, readPrice).map((market): WatchlistRow => ({
      type: 'market',
      id: market,
      market,
    }));
    if (marketsByGroup.size === 1) return rows;
    const collapsed = options.collapsed.includes(name);
    const head: WatchlistRow = {
      type: 'group',
      id: `group ${name}`,
      name,
      collapsed,
      count: markets.length,
    };
    return collapsed ? [head] : [head, ...rows];
  });
}
