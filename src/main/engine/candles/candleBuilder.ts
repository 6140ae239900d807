import type { CandleInterval, EpochMs } from '../../../shared/market.ts';
import type { CandleValue, TradeValue } from '../../../shared/values.ts';
import type { CandleEvent } from '../venues/venue.ts';

export interface ClosedCandle {
  readonly interval: CandleInterval;
  readonly candle: CandleValue;
}

/** A candle in exact decimal text, for exports and `inspect`. */
export interface ExactCandle {
  readonly openTime: EpochMs;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly trades: number;
}

export interface CandleBuilderOptions {
  readonly intervals: readonly CandleInterval[];
  /** Candles kept per interval, the open one included; default 2. */
  readonly keep?: number;
}

/**
 * Candles of one instrument by trade time, with exact sums. The venue's closed candle replaces ours; the open one is
 * theirs, updated by the trades since its event time. A candle may close twice: by our trades, then as the venue says.
 */
export class CandleBuilder {
  constructor(_options: CandleBuilderOptions) {
    return;
  }

  /** Starts an interval; its first candle is only whole if the venue gives it. */
  addInterval(_interval: CandleInterval): void {
    return;
  }

  removeInterval(_interval: CandleInterval): void {
    return;
  }

  get intervals(): readonly CandleInterval[] {
    return [];
  }

  /** Candles that this trade closed, in order; usually none. */
  addTrade(_trade: TradeValue): readonly ClosedCandle[] {
    return [];
  }

  /** Candles that the venue's message closed. Intervals that were not added are ignored. */
  applyVenue(_event: CandleEvent): readonly ClosedCandle[] {
    return [];
  }

  /** Closes what ended at or before `time`, for markets without trades. */
  closeUntil(_time: EpochMs): readonly ClosedCandle[] {
    return [];
  }

  openCandle(_interval: CandleInterval): CandleValue | null {
    return null;
  }

  /** All that are kept, oldest first, the open one last. */
  candles(_interval: CandleInterval): readonly CandleValue[] {
    return [];
  }

  exactCandles(_interval: CandleInterval): readonly ExactCandle[] {
    return [];
  }

  save(): SavedCandleBuilder {
    throw new Error('to be filled');
  }

  restore(_saved: SavedCandleBuilder): void {
    return;
  }
}

/** Plain, structured-clonable state. */
export interface SavedCandleBuilder {
  readonly intervals: readonly CandleInterval[];
}
