import type { CandleInterval, EpochMs } from '../../../shared/market.ts';
import { candleIntervalMs } from '../../../shared/market.ts';
import type { TradeValue } from '../../../shared/values.ts';
import type { CandleEvent } from '../venues/venue.ts';
import type { SavedCandle } from './candle.ts';
import { Candle } from './candle.ts';

export interface SavedSeries {
  readonly interval: CandleInterval;
  readonly candles: readonly SavedCandle[];
  readonly since: readonly TradeValue[];
  readonly venueTime: EpochMs | null;
}

/** Trades kept to be laid over the venue's next open candle: more than any venue sends between two of its updates. */
const maxSince = 5_000;

/** The same before its first word: enough for what overtakes it. */
const maxBefore = 64;

/** Candles of one interval, oldest first; the last one may be open. */
export class CandleSeries {
  readonly interval: CandleInterval;
  readonly #keep: number;
  readonly #lengthMs: number;
  #candles: Candle[] = [];
  /** Trades that are newer than the venue's last word on the open candle. */
  #since: TradeValue[] = [];
  /** Event time of the venue's last word; null before the first. */
  #venueTime: EpochMs | null = null;

  constructor(interval: CandleInterval, keep: number) {
    this.interval = interval;
    this.#keep = keep;
    this.#lengthMs = candleIntervalMs[interval];
  }

  get candles(): readonly Candle[] {
    return this.#candles;
  }

  get open(): Candle | null {
    const last = this.#candles.at(-1);
    return last === undefined || last.closed ? null : last;
  }

  /** By trade time; a late trade goes into its own candle, as long as it is kept and the venue has not closed it. */
  addTrade(trade: TradeValue, closed: Candle[]): void {
    const openTime = this.#openTimeOf(trade.venueTime);
    const candle = this.#candleAt(openTime, closed);
    if (candle === null) return;
    if (trade.outlier) candle.outlier = true;
    if (candle.closed && candle.origin === 'venue') {
      if (trade.outlier) closed.push(candle);
      return;
    }
    if (candle.origin === 'venue' && this.#venueTime === null) {
      // The venue does not say up to when its candle counts: the volume waits for its next word.
      candle.addPrice(trade);
      return;
    }
    if (candle.origin === 'venue' && trade.venueTime <= (this.#venueTime ?? 0)) return;
    this.#remember(trade);
    candle.add(trade);
    if (candle.closed) closed.push(candle);
  }

  applyVenue(event: CandleEvent, closed: Candle[]): void {
    const { candle: theirs } = event;
    const openTime = this.#openTimeOf(theirs.openTime);
    const candle = this.#candleAt(openTime, closed);
    if (candle === null || (candle.closed && candle.origin === 'venue' && !theirs.closed)) return;
    const isNewest = candle === this.#candles.at(-1);
    this.#hearVenue(event.venueTime);
    candle.replace(theirs, event.venueTime === null ? null : this.#venueTime);
    if (theirs.closed || !isNewest) {
      candle.closed = true;
      closed.push(candle);
      return;
    }
    if (event.venueTime === null) return;
    for (const trade of this.#since) {
      if (this.#openTimeOf(trade.venueTime) === openTime) candle.add(trade);
    }
  }

  closeUntil(time: EpochMs, closed: Candle[]): void {
    const open = this.open;
    if (open === null || open.openTime + this.#lengthMs > time) return;
    open.closed = true;
    closed.push(open);
  }

  /** The venue's clock was off: what lies after `time` cannot be, and its word on the open candle counts no further. */
  distrust(time: EpochMs): void {
    this.#candles = this.#candles.filter(({ openTime }) => openTime <= time);
    this.#since = this.#since.filter((trade) => trade.venueTime <= time);
    if (this.open?.origin === 'venue') this.#venueTime = Math.min(this.#venueTime ?? time, time);
    else if (this.#venueTime !== null) this.#venueTime = Math.min(this.#venueTime, time);
  }

  save(): SavedSeries {
    return {
      interval: this.interval,
      candles: this.#candles.map((candle) => candle.save()),
      since: [...this.#since],
      venueTime: this.#venueTime,
    };
  }

  restore(saved: SavedSeries): void {
    this.#candles = saved.candles.map((candle) => Candle.restore(candle));
    this.#since = [...saved.since];
    this.#venueTime = saved.venueTime;
  }

  #openTimeOf(time: EpochMs): EpochMs {
    return Math.floor(time / this.#lengthMs) * this.#lengthMs;
  }

  /** The candle that opens then, made in its place where it is missing; null for what is older than all that is kept. */
  #candleAt(openTime: EpochMs, closed: Candle[]): Candle | null {
    const candles = this.#candles;
    let index = candles.length - 1;
    while (index >= 0 && (candles[index]?.openTime ?? 0) > openTime) index -= 1;
    const found = candles[index];
    if (found !== undefined && found.openTime === openTime) return found;
    if (index < 0 && candles.length >= this.#keep) return null;
    const candle = new Candle(openTime);
    const isNewest = index === candles.length - 1;
    if (isNewest && found !== undefined && !found.closed) {
      found.closed = true;
      closed.push(found);
    }
    candle.closed = !isNewest;
    candles.splice(index + 1, 0, candle);
    if (candles.length > this.#keep) candles.shift();
    return candle;
  }

  #hearVenue(venueTime: EpochMs | null): void {
    if (venueTime === null) return;
    const newest = Math.max(venueTime, this.#venueTime ?? 0);
    this.#venueTime = newest;
    this.#since = this.#since.filter((trade) => trade.venueTime > newest);
  }

  #remember(trade: TradeValue): void {
    this.#since.push(trade);
    const limit = this.#venueTime === null ? maxBefore : maxSince;
    if (this.#since.length > limit) this.#since.shift();
  }
}
