import type { Bar } from './bar.ts';
import { minuteMs } from './intervals.ts';
import type { CandleSeries } from './candleSeries.ts';

const windowMinutes = 1440;

/** Rolling 24 hours in minutes: 1,439 closed ones and the open one. */
export interface DayStatistics {
  readonly openTime: number;
  /** The last trade before the window. */
  readonly previousClose: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly quote: bigint;
  readonly trades: number;
}

interface ClosedPart {
  readonly minute: number;
  readonly previousClose: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly volume: number;
  readonly quote: bigint;
  readonly trades: number;
}

export class RollingStatistics {
  private readonly candles: CandleSeries;
  private closed: ClosedPart | undefined;

  constructor(candles: CandleSeries) {
    this.candles = candles;
  }

  at(time: number): DayStatistics {
    this.candles.roll(time);
    const minute = Math.floor(time / minuteMs);
    if (this.closed?.minute !== minute) this.closed = closedPart(this.candles, minute);
    const { closed } = this;
    const live = this.candles.minute(minute);
    if (live === undefined) throw new RangeError('no live minute');
    return {
      openTime: (minute - windowMinutes + 1) * minuteMs,
      previousClose: closed.previousClose,
      open: closed.open,
      high: Math.max(closed.high, live.high),
      low: Math.min(closed.low, live.low),
      close: live.close,
      volume: closed.volume + live.volume,
      quote: closed.quote + live.quote,
      trades: closed.trades + live.trades,
    };
  }
}

function closedPart(candles: CandleSeries, minute: number): ClosedPart {
  const first = minute - windowMinutes + 1;
  const bars: Bar[] = [];
  for (let index = first; index < minute; index += 1) {
    const bar = candles.minute(index);
    if (bar !== undefined) bars.push(bar);
  }
  const opening = bars[0];
  if (opening === undefined) throw new RangeError('no history for 24 h statistics');
  let { high, low } = opening;
  let volume = 0;
  let quote = 0n;
  let trades = 0;
  for (const bar of bars) {
    high = Math.max(high, bar.high);
    low = Math.min(low, bar.low);
    volume += bar.volume;
    quote += bar.quote;
    trades += bar.trades;
  }
  const previousClose = candles.minute(first - 1)?.close ?? opening.open;
  return { minute, previousClose, open: opening.open, high, low, volume, quote, trades };
}
