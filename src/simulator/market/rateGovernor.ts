import type { Instrument } from './instrument.ts';

const adjustEveryMs = 250;
const topStreamMs = 10;
const bookStreamMs = 100;
const bybitTickerMs = 50;
const maxStepsPerSec = 2_000_000;

interface Windows {
  top: number;
  book: number;
  ticker: number;
}

/**
 * Keeps the frames of one imagined client, subscribed to trades, best price, book and ticker of
 * everything, at the wanted rate. Streams with a cadence merge changes, so that the order flow has
 * to grow faster than the frames. It looks at the market only: clients change nothing.
 */
export class RateGovernor {
  private target: number;
  private steps: number;
  private frames = 0;
  private smoothed: number;
  private lastAdjust: number;
  private readonly windows = new Map<Instrument, Windows>();

  constructor(messagesPerSec: number, startTime: number) {
    this.target = messagesPerSec;
    this.steps = messagesPerSec * 0.5;
    this.smoothed = messagesPerSec;
    this.lastAdjust = startTime;
  }

  /** Wanted market steps per second while everything is calm. */
  stepsPerSec(): number {
    return this.steps;
  }

  targetRate(): number {
    return this.target;
  }

  setTarget(messagesPerSec: number): void {
    this.steps *= messagesPerSec / this.target;
    this.smoothed = messagesPerSec;
    this.target = messagesPerSec;
  }

  countTrades(instrument: Instrument, time: number, levels: number, trades: number): void {
    if (instrument.venue === 'binance') this.frames += trades;
    else this.frames += instrument.venue === 'okx' ? levels : 1;
    if (instrument.venue !== 'bybit') return;
    const seen = this.windowsOf(instrument);
    const ticker = Math.floor(time / bybitTickerMs);
    if (ticker !== seen.ticker) this.frames += 1;
    seen.ticker = ticker;
  }

  countBook(instrument: Instrument, time: number, topChanged: boolean): void {
    const seen = this.windowsOf(instrument);
    const book = Math.floor(time / bookStreamMs);
    if (book !== seen.book) {
      seen.book = book;
      this.frames += 1;
    }
    if (!topChanged) return;
    if (instrument.venue === 'okx' && book !== seen.ticker) {
      seen.ticker = book;
      this.frames += 1;
    }
    const top = instrument.venue === 'binance' ? -1 : Math.floor(time / topStreamMs);
    if (top === -1 || top !== seen.top) this.frames += 1;
    seen.top = top;
  }

  private windowsOf(instrument: Instrument): Windows {
    let seen = this.windows.get(instrument);
    if (seen === undefined) {
      seen = { top: -1, book: -1, ticker: -1 };
      this.windows.set(instrument, seen);
    }
    return seen;
  }

  adjust(time: number): void {
    const elapsed = time - this.lastAdjust;
    if (elapsed < adjustEveryMs) return;
    const rate = (this.frames * 1000) / elapsed;
    this.smoothed += (rate - this.smoothed) * 0.2;
    const error = this.target / Math.max(1, this.smoothed);
    this.steps *= Math.min(1.25, Math.max(0.8, error)) ** 0.5;
    this.steps = Math.min(maxStepsPerSec, Math.max(1, this.steps));
    this.frames = 0;
    this.lastAdjust = time;
  }
}
