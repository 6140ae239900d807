import * as v from 'valibot';
import type { MarketId } from '../../../shared/market.ts';

export const optionalColumns = ['venues', 'spread', 'volume', 'age'] as const;
export type OptionalColumn = (typeof optionalColumns)[number];

export const sortKeys = ['market', 'last', 'change', 'spread', 'volume', 'age'] as const;
export type SortKey = (typeof sortKeys)[number];

const optionsSchema = v.object({
  /** Group of a market where it is not the default one. */
  groups: v.fallback(v.record(v.string(), v.pipe(v.string(), v.maxLength(40))), {}),
  collapsed: v.fallback(v.array(v.string()), []),
  columns: v.fallback(v.array(v.picklist(optionalColumns)), []),
  sort: v.fallback(
    v.nullable(v.object({ key: v.picklist(sortKeys), descending: v.boolean() })),
    null,
  ),
});
export type WatchlistOptions = v.InferOutput<typeof optionsSchema>;

const defaults: WatchlistOptions = { groups: {}, collapsed: [], columns: [], sort: null };

/** Options of an older or damaged layout fall back one by one. */
export function parseWatchlistOptions(saved: unknown): WatchlistOptions {
  const result = v.safeParse(optionsSchema, saved);
  return result.success ? result.output : defaults;
}

const majors: ReadonlySet<MarketId> = new Set(
  ['BTC', 'ETH', 'SOL', 'BNB', 'XRP', 'DOGE'].map((base) => `${base}-USDT`),
);

export function groupOf(market: MarketId, options: WatchlistOptions): string {
  return options.groups[market] ?? (majors.has(market) ? 'Majors' : 'Rotation');
}
