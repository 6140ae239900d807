import type { MarketKind } from '../../../../shared/market.ts';
import { isRecord, tryJson } from '../guards.ts';

/** Spot and futures send the same streams; some of their fields tell them apart. Null: this frame does not say. */
export function marketKindIn(text: string): MarketKind | null {
  const frame = tryJson(text);
  if (!isRecord(frame)) return null;
  const payload = isRecord(frame['data']) ? frame['data'] : frame;
  switch (payload['e']) {
    case 'depthUpdate':
      return 'pu' in payload ? 'linear' : 'spot';
    case 'trade':
    case 'aggTrade':
      return 'M' in payload ? 'spot' : 'linear';
    case 'bookTicker':
    case 'markPriceUpdate':
    case 'forceOrder':
      return 'linear';
    case undefined:
      return 'u' in payload && 'B' in payload ? 'spot' : null;
    default:
      return null;
  }
}
