import type { TradeValue } from '../../../shared/values.ts';

/** One bar per second. */
export const rateBars = 22;
/** The figure is the mean of this many seconds, so that it can be read. */
const meanSeconds = 10;

interface Second {
  readonly second: number;
  trades: number;
  buy: number;
  sell: number;
}

export interface RateFigures {
  /** Null until a whole second was seen. */
  readonly perSec: number | null;
  /** Share of bought turnover over the bars' time; null when nothing was traded. */
  readonly buyShare: number | null;
  /** Trades in each second, oldest first, the present second left out. */
  readonly counts: readonly number[];
}

/** How fast a market trades, by the time that trades reached us. Holds sums of seconds, never trades. */
export class TapeRate {
  readonly #seconds: Second[] = [];
  #since: number | null = null;

  /** A late trade was received now and traded before: it is no part of the present pace. */
  add(trade: TradeValue): void {
    if (trade.late) return;
    const second = Math.floor(trade.receivedTime / 1000);
    this.#since ??= second;
    const held = this.#at(second);
    if (held === null) return;
    held.trades += 1;
    // At a price of no market its turnover would be the whole share.
    if (trade.outlier) return;
    const price = trade.priceUnits / 10 ** trade.priceDecimals;
    const notional = (price * trade.sizeUnits) / 10 ** trade.sizeDecimals;
    if (trade.side === 'buy') held.buy += notional;
    else held.sell += notional;
  }

  figures(now: number): RateFigures {
    const present = Math.floor(now / 1000);
    const counts = Array.from({ length: rateBars }, () => 0);
    let buy = 0;
    let sell = 0;
    for (const held of this.#seconds) {
      const age = present - held.second;
      if (age < 1 || age > rateBars) continue;
      counts[rateBars - age] = held.trades;
      buy += held.buy;
      sell += held.sell;
    }
    // The first second was cut by our own start, so it is not counted as a whole one.
    const whole = this.#since === null ? 0 : Math.min(meanSeconds, present - this.#since - 1);
    const recent = whole < 1 ? [] : counts.slice(-whole);
    const sum = recent.reduce((total, count) => total + count, 0);
    return {
      perSec: recent.length === 0 ? null : sum / recent.length,
      buyShare: buy + sell > 0 ? buy / (buy + sell) : null,
      counts,
    };
  }

  reset(): void {
    this.#seconds.length = 0;
    this.#since = null;
  }

  #at(second: number): Second | null {
    for (let index = this.#seconds.length - 1; index >= 0; index -= 1) {
      const held = this.#seconds[index];
      if (held?.second === second) return held;
      if (held !== undefined && held.second < second) break;
    }
    const newest = this.#seconds.at(-1)?.second ?? -Infinity;
    if (second < newest - rateBars) return null;
    const created = { second, trades: 0, buy: 0, sell: 0 };
    this.#seconds.push(created);
    this.#seconds.sort((one, other) => one.second - other.second);
    if (this.#seconds.length > rateBars + 3) this.#seconds.shift();
    return created;
  }
}
