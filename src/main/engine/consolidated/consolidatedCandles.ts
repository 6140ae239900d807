import type { CandleInterval, EpochMs } from '../../../shared/market.ts';
import { candleIntervalMs } from '../../../shared/market.ts';
import type { CandleValue } from '../../../shared/values.ts';

const keptCandles = 500;

export interface ConsolidatedCandlesSaved {
  readonly series: readonly (readonly [CandleInterval, readonly CandleValue[]])[];
}

export interface ClosedConsolidated {
  readonly interval: CandleInterval;
  readonly candle: CandleValue;
}

/**
 * Bars of the consolidated price, by receive time. Open, high, low and close are consolidated prices; volumes and counts are
 * sums over the venues' trades. A span without a price has no bar.
 */
export class ConsolidatedCandles {
  private readonly seriesByInterval = new Map<CandleInterval, CandleValue[]>();

  setIntervals(intervals: ReadonlySet<CandleInterval>): void {
    for (const interval of intervals) {
      if (!this.seriesByInterval.has(interval)) this.seriesByInterval.set(interval, []);
    }
    for (const interval of [...this.seriesByInterval.keys()]) {
      if (!intervals.has(interval)) this.seriesByInterval.delete(interval);
    }
  }

  get isEmpty(): boolean {
    return this.seriesByInterval.size === 0;
  }

  /** Bars that ended before `time` and are closed by it. */
  closeUntil(time: EpochMs): readonly ClosedConsolidated[] {
    const closed: ClosedConsolidated[] = [];
    for (const [interval, series] of this.seriesByInterval) {
      const last = series.at(-1);
      if (last === undefined || last.closed) continue;
      if (time < last.openTime + candleIntervalMs[interval]) continue;
      const candle = { ...last, closed: true };
      series[series.length - 1] = candle;
      closed.push({ interval, candle });
    }
    return closed;
  }

  /** Call `closeUntil` first. */
  addPrice(price: number, time: EpochMs): void {
    for (const [interval, series] of this.seriesByInterval) {
      const openTime = Math.floor(time / candleIntervalMs[interval]) * candleIntervalMs[interval];
      const last = series.at(-1);
      if (last === undefined || last.openTime !== openTime) {
        series.push(firstOf(price, openTime));
        if (series.length > keptCandles) series.shift();
        continue;
      }
      series[series.length - 1] = {
        ...last,
        high: Math.max(last.high, price),
        low: Math.min(last.low, price),
        close: price,
      };
    }
  }

  addTrade(size: number, notional: number): void {
    for (const series of this.seriesByInterval.values()) {
      const last = series.at(-1);
      if (last === undefined || last.closed) continue;
      series[series.length - 1] = {
        ...last,
        volume: last.volume + size,
        quoteVolume: last.quoteVolume + notional,
        trades: last.trades + 1,
      };
    }
  }

  open(interval: CandleInterval): CandleValue | null {
    return this.seriesByInterval.get(interval)?.at(-1) ?? null;
  }

  candles(interval: CandleInterval): readonly CandleValue[] {
    return this.seriesByInterval.get(interval) ?? [];
  }

  save(): ConsolidatedCandlesSaved {
    return { series: [...this.seriesByInterval].map(([interval, list]) => [interval, [...list]]) };
  }

  restore(saved: ConsolidatedCandlesSaved): void {
    this.seriesByInterval.clear();
    for (const [interval, list] of saved.series) this.seriesByInterval.set(interval, [...list]);
  }
}

function firstOf(price: number, openTime: EpochMs): CandleValue {
  return {
    openTime,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 0,
    quoteVolume: 0,
    trades: 0,
    closed: false,
    origin: 'consolidated',
  };
}
