import type { EpochMs } from '../../../shared/market.ts';

/** Bars left of the visible range below which the next page is asked for. */
const nearBars = 30;
/** After a page that could not be had, scrolling asks again no sooner. */
const retryMs = 5_000;

/** Decides when older history is to be loaded: one page at a time, none after the last. */
export class HistoryPager {
  #pending = false;
  #complete = false;
  #notBefore = 0;

  /** `firstVisible` is the left edge in bars from the oldest one held. */
  wantsPage(firstVisible: number, oldest: EpochMs | null, now: number): boolean {
    if (oldest === null || this.#pending || this.#complete || now < this.#notBefore) return false;
    return firstVisible < nearBars;
  }

  started(): void {
    this.#pending = true;
  }

  finished(outcome: 'more' | 'complete' | 'failed', now: number): void {
    this.#pending = false;
    if (outcome === 'complete') this.#complete = true;
    if (outcome === 'failed') this.#notBefore = now + retryMs;
  }

  get pending(): boolean {
    return this.#pending;
  }
}
