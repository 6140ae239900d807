import type { EpochMs } from '../../../shared/market.ts';
import type { CandleValue, TradeValue } from '../../../shared/values.ts';
import { formatBigUnits, parseBigDecimal } from '../decimal.ts';
import type { SavedSum } from '../tape/exactSum.ts';
import { ExactSum } from '../tape/exactSum.ts';
import type { VenueCandle } from '../venues/venue.ts';

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

export interface SavedCandle {
  readonly openTime: EpochMs;
  readonly prices: readonly SavedSum[];
  readonly volume: SavedSum;
  readonly quoteVolume: SavedSum;
  readonly trades: number;
  readonly closed: boolean;
  readonly origin: 'venue' | 'trades';
  readonly outlier: boolean;
  readonly firstTime: EpochMs | null;
  readonly lastTime: EpochMs | null;
}

/** An exact price; compared and kept at its own decimals. */
interface Price {
  readonly units: bigint;
  readonly decimals: number;
}

const nothing: Price = { units: 0n, decimals: 0 };

/** One candle, exact: prices as integers of their own decimals, volumes as exact sums. */
export class Candle {
  readonly openTime: EpochMs;
  closed = false;
  origin: 'venue' | 'trades' = 'trades';
  trades = 0;
  /** An outlier print lies in it. Its prices stay what the venue says. */
  outlier = false;
  readonly #volume = new ExactSum();
  readonly #quoteVolume = new ExactSum();
  #open: Price = nothing;
  #high: Price = nothing;
  #low: Price = nothing;
  #close: Price = nothing;
  /** Venue time of the trade that the open is of; null where it is the venue's, which no late trade moves. */
  #firstTime: EpochMs | null = null;
  /** Venue time up to which the close speaks; null before the first trade. */
  #lastTime: EpochMs | null = null;

  constructor(openTime: EpochMs) {
    this.openTime = openTime;
  }

  add(trade: TradeValue): void {
    const { priceUnits, priceDecimals, sizeUnits, sizeDecimals } = trade;
    this.addPrice(trade);
    this.trades += 1;
    this.#volume.add(sizeUnits, sizeDecimals);
    this.#quoteVolume.addProduct(priceUnits, sizeUnits, priceDecimals + sizeDecimals);
  }

  /**
   * Open, high, low and close only: for a trade that the volume may already hold. Trades may come late, so the open and the
   * close go by their times; of the same millisecond the one that came first opens, the one that came last closes.
   */
  addPrice(trade: TradeValue): void {
    const price: Price = { units: BigInt(trade.priceUnits), decimals: trade.priceDecimals };
    const time = trade.venueTime;
    if (this.trades === 0 && this.origin === 'trades') {
      this.#open = price;
      this.#high = price;
      this.#low = price;
      this.#firstTime = time;
    } else {
      if (this.#firstTime !== null && time < this.#firstTime) {
        this.#open = price;
        this.#firstTime = time;
      }
      if (isAbove(price, this.#high)) this.#high = price;
      if (isAbove(this.#low, price)) this.#low = price;
    }
    if (this.#lastTime !== null && time < this.#lastTime) return;
    this.#close = price;
    this.#lastTime = time;
  }

  /**
   * The venue's own figures replace ours; they count up to `upTo`, null where the venue does not say. A venue that does not
   * count trades leaves our count.
   */
  replace(candle: VenueCandle, upTo: EpochMs | null): void {
    this.#open = parseBigDecimal(candle.open);
    this.#high = parseBigDecimal(candle.high);
    this.#low = parseBigDecimal(candle.low);
    this.#close = parseBigDecimal(candle.close);
    const volume = parseBigDecimal(candle.volume);
    const quoteVolume = parseBigDecimal(candle.quoteVolume);
    this.#volume.clear();
    this.#volume.addBig(volume.units, volume.decimals);
    this.#quoteVolume.clear();
    this.#quoteVolume.addBig(quoteVolume.units, quoteVolume.decimals);
    if (candle.trades !== null) this.trades = candle.trades;
    this.closed = candle.closed;
    this.origin = 'venue';
    this.#firstTime = null;
    if (upTo !== null) this.#lastTime = upTo;
  }

  exact(): ExactCandle {
    return {
      openTime: this.openTime,
      open: textOf(this.#open),
      high: textOf(this.#high),
      low: textOf(this.#low),
      close: textOf(this.#close),
      volume: this.#volume.toString(),
      quoteVolume: this.#quoteVolume.toString(),
      trades: this.trades,
    };
  }

  /** Nearest doubles, for drawing. */
  value(): CandleValue {
    const exact = this.exact();
    return {
      openTime: exact.openTime,
      open: Number(exact.open),
      high: Number(exact.high),
      low: Number(exact.low),
      close: Number(exact.close),
      volume: Number(exact.volume),
      quoteVolume: Number(exact.quoteVolume),
      trades: exact.trades,
      closed: this.closed,
      origin: this.origin,
      ...(this.outlier ? { outlier: true } : {}),
    };
  }

  save(): SavedCandle {
    return {
      openTime: this.openTime,
      prices: [this.#open, this.#high, this.#low, this.#close].map(savePrice),
      volume: this.#volume.save(),
      quoteVolume: this.#quoteVolume.save(),
      trades: this.trades,
      closed: this.closed,
      origin: this.origin,
      outlier: this.outlier,
      firstTime: this.#firstTime,
      lastTime: this.#lastTime,
    };
  }

  static restore(saved: SavedCandle): Candle {
    const candle = new Candle(saved.openTime);
    const [open = nothing, high = nothing, low = nothing, close = nothing] =
      saved.prices.map(restorePrice);
    candle.#open = open;
    candle.#high = high;
    candle.#low = low;
    candle.#close = close;
    candle.#volume.restore(saved.volume);
    candle.#quoteVolume.restore(saved.quoteVolume);
    candle.trades = saved.trades;
    candle.closed = saved.closed;
    candle.origin = saved.origin;
    candle.outlier = saved.outlier;
    candle.#firstTime = saved.firstTime;
    candle.#lastTime = saved.lastTime;
    return candle;
  }
}

function isAbove(first: Price, second: Price): boolean {
  if (first.decimals === second.decimals) return first.units > second.units;
  const shift = BigInt(Math.abs(first.decimals - second.decimals));
  return first.decimals < second.decimals
    ? first.units * 10n ** shift > second.units
    : first.units > second.units * 10n ** shift;
}

function textOf(price: Price): string {
  return formatBigUnits(price.units, price.decimals);
}

function savePrice(price: Price): SavedSum {
  return { units: String(price.units), decimals: price.decimals };
}

function restorePrice(saved: SavedSum): Price {
  return { units: BigInt(saved.units), decimals: saved.decimals };
}
