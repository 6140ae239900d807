import type { CandleInterval, EpochMs } from '../../../shared/market.ts';
import type { CandleValue, TradeValue } from '../../../shared/values.ts';
import type { CandleEvent } from '../venues/venue.ts';
import type { Candle, ExactCandle } from './candle.ts';
import type { SavedSeries } from './candleSeries.ts';
import { CandleSeries } from './candleSeries.ts';

export type { ExactCandle } from './candle.ts';

export interface ClosedCandle {
  readonly interval: CandleInterval;
  readonly candle: CandleValue;
}

export interface CandleBuilderOptions {
  readonly intervals: readonly CandleInterval[];
  /** Candles kept per interval, the open one included; default 2. */
  readonly keep?: number;
}

/** Plain state; JSON keeps it whole. */
export interface SavedCandleBuilder {
  readonly series: readonly SavedSeries[];
}

const none: readonly ClosedCandle[] = [];

/**
 * Candles of one instrument by trade time, with exact sums. The venue's closed candle replaces ours; the open one is
 * theirs, updated by the trades since its event time. A candle may close more than once: by our trades, then as the venue
 * says, or again when a late trade was added; the newest word per open time counts.
 */
export class CandleBuilder {
  readonly #keep: number;
  #series: CandleSeries[];

  constructor(options: CandleBuilderOptions) {
    this.#keep = options.keep ?? 2;
    this.#series = options.intervals.map((interval) => new CandleSeries(interval, this.#keep));
  }

  /** Starts an interval; its first candle is only whole if the venue gives it. */
  addInterval(interval: CandleInterval): void {
    if (this.#seriesOf(interval) === undefined) {
      this.#series.push(new CandleSeries(interval, this.#keep));
    }
  }

  removeInterval(interval: CandleInterval): void {
    this.#series = this.#series.filter((series) => series.interval !== interval);
  }

  get intervals(): readonly CandleInterval[] {
    return this.#series.map((series) => series.interval);
  }

  /** Candles that this trade closed, in order; usually none. */
  addTrade(trade: TradeValue): readonly ClosedCandle[] {
    let closed = none;
    for (const series of this.#series) {
      const changed: Candle[] = [];
      series.addTrade(trade, changed);
      if (changed.length > 0) closed = [...closed, ...closedOf(series, changed)];
    }
    return closed;
  }

  /** Candles that the venue's message closed. Intervals that were not added are ignored. */
  applyVenue(event: CandleEvent): readonly ClosedCandle[] {
    const series = event.interval === null ? undefined : this.#seriesOf(event.interval);
    if (series === undefined) return none;
    const changed: Candle[] = [];
    series.applyVenue(event, changed);
    return closedOf(series, changed);
  }

  /** Closes what ended at or before `time`, for markets without trades. */
  closeUntil(time: EpochMs): readonly ClosedCandle[] {
    return this.#series.flatMap((series) => {
      const changed: Candle[] = [];
      series.closeUntil(time, changed);
      return closedOf(series, changed);
    });
  }

  /** The venue's clock was found to be off, or set right: see `CandleSeries.distrust`. */
  distrust(time: EpochMs): void {
    for (const series of this.#series) series.distrust(time);
  }

  openCandle(interval: CandleInterval): CandleValue | null {
    return this.#seriesOf(interval)?.open?.value() ?? null;
  }

  /** The newest candle, open or closed; null before the first. */
  newest(interval: CandleInterval): CandleValue | null {
    return this.#seriesOf(interval)?.candles.at(-1)?.value() ?? null;
  }

  /** The kept candle that opened at this time. */
  candleAt(interval: CandleInterval, openTime: EpochMs): CandleValue | null {
    const candle = this.#seriesOf(interval)?.candles.findLast((each) => each.openTime === openTime);
    return candle?.value() ?? null;
  }

  /** All that are kept, oldest first, the open one last. */
  candles(interval: CandleInterval): readonly CandleValue[] {
    return (this.#seriesOf(interval)?.candles ?? []).map((candle) => candle.value());
  }

  exactCandles(interval: CandleInterval): readonly ExactCandle[] {
    return (this.#seriesOf(interval)?.candles ?? []).map((candle) => candle.exact());
  }

  save(): SavedCandleBuilder {
    return { series: this.#series.map((series) => series.save()) };
  }

  restore(saved: SavedCandleBuilder): void {
    this.#series = saved.series.map((savedSeries) => {
      const series = new CandleSeries(savedSeries.interval, this.#keep);
      series.restore(savedSeries);
      return series;
    });
  }

  #seriesOf(interval: CandleInterval): CandleSeries | undefined {
    return this.#series.find((series) => series.interval === interval);
  }
}

function closedOf(series: CandleSeries, candles: readonly Candle[]): readonly ClosedCandle[] {
  return candles.map((candle) => ({ interval: series.interval, candle: candle.value() }));
}
