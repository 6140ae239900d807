import { addTradeToBar, flatBar, mergeBars } from './bar.ts';
import type { Bar } from './bar.ts';
import { bucketEnd, bucketStart, hourMs, minuteMs } from './intervals.ts';
import { splitMinute } from './splitMinute.ts';
import type { SyntheticHistory } from './syntheticHistory.ts';

const secondMs = 1000;
const keptSeconds = 7200;

/**
 * All candles of an instrument. Minutes before the start come from the synthetic history, later
 * ones from the tape; every coarser bar is the merge of its minutes, every finer one sums to them.
 */
export class CandleSeries {
  private readonly history: SyntheticHistory;
  private readonly seed: string;
  private readonly firstLiveSecond: number;
  private readonly liveMinutes: Bar[] = [];
  private readonly liveSeconds: Bar[] = [];
  private readonly hours = new Map<number, Bar>();
  private droppedSeconds = 0;
  private derivedMinute = -1;
  private derivedBars: readonly Bar[] = [];
  private readonly startBar: Bar | undefined;

  constructor(history: SyntheticHistory, seed: string, startTime: number, startPrice: number) {
    this.history = history;
    this.seed = seed;
    this.firstLiveSecond = Math.floor(startTime / secondMs);
    const openTime = history.endMinute * minuteMs;
    const minute = flatBar(openTime, startPrice);
    const elapsed = this.firstLiveSecond - openTime / secondMs;
    if (elapsed > 0) {
      minute.trades = Math.max(1, elapsed);
      minute.volume = Math.max(
        minute.trades,
        Math.round((history.usualMinuteLots() * elapsed) / 60),
      );
      minute.quote = BigInt(minute.volume) * BigInt(startPrice);
      minute.takerVolume = Math.round(minute.volume / 2);
      minute.takerQuote = BigInt(minute.takerVolume) * BigInt(startPrice);
      this.startBar = { ...minute };
    }
    this.liveMinutes.push(minute);
    this.liveSeconds.push(flatBar(this.firstLiveSecond * secondMs, startPrice));
  }

  /** Epoch minute in which the live tape begins. */
  startMinute(): number {
    return this.history.endMinute;
  }

  /** Second bars of a minute, or of the part of it, that lies before the live tape. */
  secondsBeforeStart(minute: number): readonly Bar[] {
    if (minute > this.startMinute()) return [];
    if (minute < this.startMinute()) return this.derivedSeconds(minute);
    return this.startBar === undefined ? [] : this.derivedSeconds(minute);
  }

  add(time: number, price: number, size: number, quote: bigint, takerBuys: boolean): void {
    this.roll(time);
    const minute = this.liveMinutes[this.liveMinutes.length - 1];
    const second = this.liveSeconds[this.liveSeconds.length - 1];
    if (minute === undefined || second === undefined) return;
    addTradeToBar(minute, price, size, quote, takerBuys);
    addTradeToBar(second, price, size, quote, takerBuys);
  }

  /** Opens the bars of `time`, flat ones where nothing traded in between. */
  roll(time: number): void {
    let minute = this.liveMinutes[this.liveMinutes.length - 1];
    while (minute !== undefined && time >= minute.openTime + minuteMs) {
      minute = flatBar(minute.openTime + minuteMs, minute.close);
      this.liveMinutes.push(minute);
    }
    let second = this.liveSeconds[this.liveSeconds.length - 1];
    while (second !== undefined && time >= second.openTime + secondMs) {
      second = flatBar(second.openTime + secondMs, second.close);
      this.liveSeconds.push(second);
    }
    if (this.liveSeconds.length > 2 * keptSeconds) {
      this.liveSeconds.splice(0, keptSeconds);
      this.droppedSeconds += keptSeconds;
    }
  }

  /** By epoch minute; the open one is live. Call `roll` first. */
  minute(minute: number): Bar | undefined {
    if (minute < this.history.endMinute) return this.history.minute(minute);
    return this.liveMinutes[minute - this.history.endMinute];
  }

  /** The bar that opens at `start`, as far as it has come. */
  barAt(interval: string, start: number, offsetMs: number): Bar | undefined {
    if (interval === '1s') return this.second(start / secondMs);
    if (interval === '1m') return this.minute(start / minuteMs);
    const end = bucketEnd(interval, start, offsetMs);
    if (start < this.history.startMinute * minuteMs) return undefined;
    return mergeBars(start, this.parts(start, end));
  }

  /** At most `limit` bars whose open lies in [from, to], the newest ones if there are more. */
  newestBars(interval: string, from: number, to: number, limit: number, offsetMs = 0): Bar[] {
    const bars: Bar[] = [];
    const newest = this.liveSeconds[this.liveSeconds.length - 1]?.openTime ?? 0;
    let start = bucketStart(interval, Math.min(to, newest), offsetMs);
    while (bars.length < limit && start >= from) {
      const bar = this.barAt(interval, start, offsetMs);
      if (bar === undefined) break;
      bars.push(bar);
      start = bucketStart(interval, start - 1, offsetMs);
    }
    return bars.reverse();
  }

  /** At most `limit` bars whose open lies in [from, to], the oldest ones if there are more. */
  oldestBars(interval: string, from: number, to: number, limit: number, offsetMs = 0): Bar[] {
    const newest = this.liveSeconds[this.liveSeconds.length - 1]?.openTime ?? 0;
    const bars: Bar[] = [];
    let start = bucketStart(
      interval,
      Math.max(from, this.history.startMinute * minuteMs),
      offsetMs,
    );
    if (start < from) start = bucketEnd(interval, start, offsetMs);
    while (bars.length < limit && start <= Math.min(to, newest)) {
      const bar = this.barAt(interval, start, offsetMs);
      if (bar !== undefined) bars.push(bar);
      start = bucketEnd(interval, start, offsetMs);
    }
    return bars;
  }

  private derivedSeconds(minute: number): readonly Bar[] {
    const bar =
      minute === this.history.endMinute && this.startBar !== undefined
        ? this.startBar
        : this.minute(minute);
    if (bar === undefined) return [];
    const seconds = bar === this.startBar ? this.firstLiveSecond - minute * 60 : 60;
    const previous = this.minute(minute - 1)?.close ?? bar.open;
    return splitMinute(bar, seconds, previous, this.seed);
  }

  private second(second: number): Bar | undefined {
    const live = this.liveSeconds[second - this.firstLiveSecond - this.droppedSeconds];
    if (live !== undefined) return live;
    const minute = Math.floor(second / 60);
    if (this.derivedMinute !== minute) {
      this.derivedMinute = minute;
      this.derivedBars = this.derivedSeconds(minute);
    }
    return this.derivedBars[second - minute * 60];
  }

  private *parts(start: number, end: number): Iterable<Bar> {
    let time = start;
    while (time < end) {
      const wholeHour = time % hourMs === 0 && time + hourMs <= end;
      const bar = wholeHour ? this.hour(time) : this.minute(time / minuteMs);
      if (bar !== undefined) yield bar;
      time += wholeHour ? hourMs : minuteMs;
    }
  }

  private hour(start: number): Bar | undefined {
    const kept = this.hours.get(start);
    if (kept !== undefined) return kept;
    const minutes: Bar[] = [];
    for (let minute = start / minuteMs; minute < (start + hourMs) / minuteMs; minute += 1) {
      const bar = this.minute(minute);
      if (bar !== undefined) minutes.push(bar);
    }
    const merged = mergeBars(start, minutes);
    const closed = start + hourMs <= (this.liveMinutes[this.liveMinutes.length - 1]?.openTime ?? 0);
    if (merged !== undefined && closed) this.hours.set(start, merged);
    return merged;
  }
}
