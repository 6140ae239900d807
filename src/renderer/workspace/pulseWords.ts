import type { MarketId } from '../../shared/market.ts';
import { defaultMarkets } from '../../shared/market.ts';
import type { DataSource } from '../../shared/values.ts';
import { isRecorded } from '../store/windowState.ts';

export const pulseMarkets: readonly MarketId[] = defaultMarkets.slice(0, 4);

export interface PulseCounts {
  readonly venuesLive: number;
  readonly venuesTotal: number;
  readonly symbolsLive: number;
  readonly symbolsTotal: number;
}

function sourceWord(source: DataSource | null, venuesLive: number): string {
  if (source === 'live') return venuesLive > 0 ? 'Real-time' : 'Not live';
  if (source === 'simulated') return 'Simulated';
  return source === null ? 'Connecting' : 'Recorded';
}

/**
 * Right end of the pulse bar: `Real-time · 3/3 venues · 4/4 symbols`. Nothing counts without a host, and nothing is
 * called real-time without a live venue. In a recording no symbol can be late: `Recorded · 3/3 venues`.
 */
export function pulseWords(
  source: DataSource | null,
  linked: boolean,
  counts: PulseCounts,
): string {
  const word = source !== null && !linked ? 'Offline' : sourceWord(source, counts.venuesLive);
  const venues = linked ? counts.venuesLive : 0;
  const symbols = linked ? counts.symbolsLive : 0;
  const start = `${word} · ${venues}/${counts.venuesTotal} venues`;
  return isRecorded(source) ? start : `${start} · ${symbols}/${counts.symbolsTotal} symbols`;
}
