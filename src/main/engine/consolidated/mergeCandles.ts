import type { CandleValue } from '../../../shared/values.ts';

/** A bar that reaches further than this beyond all others holds a price that no other venue saw. */
const farBeyond = 0.1;

/**
 * One consolidated bar from the bars that venues have for the same time. Open and close are weighed by the bars' quote
 * volume (equal where none traded), high and low are the extremes seen anywhere, volumes and counts are sums. The prices of
 * a bar that holds an outlier print do not count while another venue has a bar, and the result is marked. A venue without a
 * bar does not count; no bar at all gives null, never an invented one.
 */
export function mergeCandles(bars: readonly CandleValue[]): CandleValue | null {
  const first = bars[0];
  if (first === undefined) return null;
  const sound = bars.filter((bar) => bar.outlier !== true && !isFarBeyond(bar, bars));
  const priced = sound.length === 0 ? bars : sound;
  const turnover = sumOf(priced, (bar) => bar.quoteVolume);
  const weightOf = (bar: CandleValue): number =>
    turnover > 0 ? bar.quoteVolume / turnover : 1 / priced.length;
  return {
    openTime: first.openTime,
    open: sumOf(priced, (bar) => weightOf(bar) * bar.open),
    close: sumOf(priced, (bar) => weightOf(bar) * bar.close),
    high: Math.max(...priced.map((bar) => bar.high)),
    low: Math.min(...priced.map((bar) => bar.low)),
    volume: sumOf(bars, (bar) => bar.volume),
    quoteVolume: sumOf(bars, (bar) => bar.quoteVolume),
    trades: sumOf(bars, (bar) => bar.trades),
    closed: bars.every((bar) => bar.closed),
    origin: 'consolidated',
    ...(sound.length < bars.length ? { outlier: true } : {}),
  };
}

function sumOf(bars: readonly CandleValue[], read: (bar: CandleValue) => number): number {
  return bars.reduce((total, bar) => total + read(bar), 0);
}

/** Judged by the bars alone, so that history says the same as the stream; of two nobody can tell which one errs. */
function isFarBeyond(bar: CandleValue, bars: readonly CandleValue[]): boolean {
  if (bars.length < 3) return false;
  const others = bars.filter((other) => other !== bar);
  return (
    bar.high > Math.max(...others.map(({ high }) => high)) * (1 + farBeyond) ||
    bar.low < Math.min(...others.map(({ low }) => low)) * (1 - farBeyond)
  );
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
