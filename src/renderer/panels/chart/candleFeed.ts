import type { EpochMs } from '../../../shared/market.ts';
import type { CandleValue } from '../../../shared/values.ts';
import type { CandleSeries } from '../../store/marketStore.ts';
import type { TimelineSlot } from './timeline.ts';
import { createSlots, fillHole } from './timeline.ts';

/** What draws candles. `replace` is expensive and rare; `update` touches one bar. */
export interface BarSink {
  replace(slots: readonly TimelineSlot[]): void;
  /** `historical`: not the newest bar. */
  update(slot: TimelineSlot, historical: boolean): void;
}

/** Beyond this the oldest bars are let go, so that a one-second chart can stay open for days. */
const mostSlots = 30_000;
const keptSlots = 15_000;

/** Joins pages of history with live candles, and tells the sink the least that changed. */
export class CandleFeed {
  readonly #sink: BarSink;
  readonly #intervalMs: number;
  #slots: TimelineSlot[] = [];
  #loaded = false;
  /** Closed bars of a page that live ones have not been joined with yet. */
  #told: ReadonlySet<EpochMs> = new Set();
  #whole = true;
  #lastClosed: readonly CandleValue[] = [];
  #lastLatest: CandleValue | null = null;

  constructor(sink: BarSink, intervalMs: number) {
    this.#sink = sink;
    this.#intervalMs = intervalMs;
  }

  get slots(): readonly TimelineSlot[] {
    return this.#slots;
  }

  get oldestTime(): EpochMs | null {
    return this.#slots[0]?.time ?? null;
  }

  get newest(): CandleValue | null {
    return this.#slots.findLast((slot) => slot.candle !== null)?.candle ?? null;
  }

  /**
   * The newest page, also again, or an older one. A bar that was half built when this window stopped following it is not
   * kept: only a closed one, or one newer than the page, knows better than the page does. What the venues call closed beats
   * what was built here, perhaps from the middle of its interval on; not where `whole` says that some of them are missing.
   */
  addPage(candles: readonly CandleValue[], whole = true): void {
    if (this.#loaded && candles.length === 0) return;
    const newest = candles.reduce((time, candle) => Math.max(time, candle.openTime), -Infinity);
    this.#told = new Set(candles.flatMap(({ openTime, closed }) => (closed ? [openTime] : [])));
    this.#whole = whole;
    const held = this.#slots.flatMap(({ candle }) => {
      if (candle === null || (whole && this.#yields(candle))) return [];
      return candle.closed || candle.openTime > newest ? [candle] : [];
    });
    this.#slots = [...createSlots([...candles, ...held], this.#intervalMs)];
    this.#loaded = true;
    // The open bar goes on from what is live, not from when the page was made.
    this.#lastLatest = null;
    this.#sink.replace(this.#slots);
  }

  /** Live candles; before the first page they wait in the store. */
  applyLive(series: Pick<CandleSeries, 'latest' | 'closed'>): void {
    if (!this.#loaded) return;
    if (series.closed !== this.#lastClosed) {
      this.#applyClosed(series.closed);
      this.#lastClosed = series.closed;
    }
    if (series.latest !== null && series.latest !== this.#lastLatest) {
      this.#lastLatest = series.latest;
      this.#apply(series.latest);
    }
  }

  /** Every closed candle that is new or corrected: a burst after a hidden window, and a late word on an old bar. */
  #applyClosed(closed: readonly CandleValue[]): void {
    const known = new Set(this.#lastClosed);
    for (const [index, candle] of closed.entries()) {
      // The first bar of a series began before anyone listened.
      const unsure = this.#whole || index === 0;
      if (!known.has(candle) && !(unsure && this.#yields(candle))) this.#apply(candle);
    }
    this.#told = new Set();
  }

  #yields(candle: CandleValue): boolean {
    return candle.origin !== 'venue' && this.#told.has(candle.openTime);
  }

  #indexOf(time: EpochMs): number | null {
    for (let index = this.#slots.length - 1; index >= 0; index -= 1) {
      const slot = this.#slots[index];
      if (slot === undefined || slot.time < time) return null;
      if (slot.time === time) return index;
    }
    return null;
  }

  #apply(candle: CandleValue): void {
    const last = this.#slots.at(-1);
    if (last === undefined) {
      this.#push({ time: candle.openTime, candle });
      return;
    }
    if (candle.openTime > last.time) {
      for (const slot of fillHole(last.time, candle.openTime, this.#intervalMs)) this.#push(slot);
      this.#push({ time: candle.openTime, candle });
      this.#trim();
      return;
    }
    const index = this.#indexOf(candle.openTime);
    if (index === null) return;
    const drawn = this.#slots[index]?.candle;
    // A finished candle never turns back into an unfinished one.
    if (drawn === candle || (drawn?.closed === true && !candle.closed)) return;
    const slot = { time: candle.openTime, candle };
    this.#slots[index] = slot;
    this.#sink.update(slot, index !== this.#slots.length - 1);
  }

  #push(slot: TimelineSlot): void {
    this.#slots.push(slot);
    this.#sink.update(slot, false);
  }

  #trim(): void {
    if (this.#slots.length <= mostSlots) return;
    this.#slots = this.#slots.slice(-keptSlots);
    this.#sink.replace(this.#slots);
  }
}
