import type { MarketKind } from '../../../../shared/market.ts';
import { isRecord, tryJson } from '../guards.ts';

/** Spot and futures have the same topics; tickers and trades tell them apart, books do not. */
export function marketKindIn(text: string): MarketKind | null {
  const frame = tryJson(text);
  if (!isRecord(frame) || typeof frame['topic'] !== 'string') return null;
  const { topic, data } = frame;
  if (/^(all)?liquidation\./i.test(topic)) return 'linear';
  if (topic.startsWith('tickers.') && isRecord(data)) {
    if ('openInterest' in data || 'fundingRate' in data || 'markPrice' in data) return 'linear';
    return 'usdIndexPrice' in data ? 'spot' : null;
  }
  if (topic.startsWith('publicTrade.') && Array.isArray(data)) {
    const trade: unknown = data[0];
    if (isRecord(trade)) return 'L' in trade ? 'linear' : 'spot';
  }
  return null;
}
