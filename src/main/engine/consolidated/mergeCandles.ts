import type { CandleValue } from '../../../shared/values.ts';

/**
 * One consolidated bar from the bars that venues have for the same time. Open and close are weighed by the bars' quote
 * volume (equal where none traded), high and low are the extremes seen anywhere, volumes and counts are sums. A venue
 * without a bar does not count; no bar at all gives null, never an invented one.
 */
export function mergeCandles(bars: readonly CandleValue[]): CandleValue | null {
  const first = bars[0];
  if (first === undefined) return null;
  const turnover = bars.reduce((total, bar) => total + bar.quoteVolume, 0);
  const weightOf = (bar: CandleValue): number =>
    turnover > 0 ? bar.quoteVolume / turnover : 1 / bars.length;
  const open = bars.reduce((total, bar) => total + weightOf(bar) * bar.open, 0);
  const close = bars.reduce((total, bar) => total + weightOf(bar) * bar.close, 0);
  return {
    openTime: first.openTime,
    open,
    close,
    high: Math.max(...bars.map((bar) => bar.high)),
    low: Math.min(...bars.map((bar) => bar.low)),
    volume: bars.reduce((total, bar) => total + bar.volume, 0),
    quoteVolume: turnover,
    trades: bars.reduce((total, bar) => total + bar.trades, 0),
    closed: bars.every((bar) => bar.closed),
    origin: 'consolidated',
  };
}

/** Bars of several venues by open time, oldest first. Each list is oldest first itself. */
export function mergeCandleLists(
  lists: readonly (readonly CandleValue[])[],
): readonly CandleValue[] {
  const byOpenTime = new Map<number, CandleValue[]>();
  for (const list of lists) {
    for (const bar of list) {
      const bars = byOpenTime.get(bar.openTime);
      if (bars === undefined) byOpenTime.set(bar.openTime, [bar]);
      else bars.push(bar);
    }
  }
  return [...byOpenTime.values()]
    .map(mergeCandles)
    .filter((bar) => bar !== null)
    .sort((first, second) => first.openTime - second.openTime);
}
