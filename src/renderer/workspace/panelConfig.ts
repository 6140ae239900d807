import * as v from 'valibot';
import type { MarketId } from '../../shared/market.ts';
import { candleIntervals, defaultMarkets, parseMarketId } from '../../shared/market.ts';

const fallbackMarket: MarketId = defaultMarkets[0] ?? 'BTC-USDT';

const panelConfigSchema = v.object({
  /** Id of its record in the registry; kept even where this version does not know it. */
  kind: v.string(),
  group: v.fallback(v.nullable(v.picklist([1, 2, 3, 4])), 1),
  market: v.fallback(
    v.pipe(
      v.string(),
      v.check((text) => parseMarketId(text) !== null),
    ),
    fallbackMarket,
  ),
  interval: v.fallback(v.picklist(candleIntervals), '1m'),
  options: v.optional(v.unknown(), null),
});

/** What a panel remembers in the layout. */
export type PanelConfig = v.InferOutput<typeof panelConfigSchema>;

/** Null where not even the kind of panel can be read. */
export function parsePanelConfig(saved: unknown): PanelConfig | null {
  const result = v.safeParse(panelConfigSchema, saved);
  return result.success ? result.output : null;
}

export function createPanelConfig(kind: string, changes: Partial<PanelConfig> = {}): PanelConfig {
  return { kind, group: 1, market: fallbackMarket, interval: '1m', options: null, ...changes };
}
