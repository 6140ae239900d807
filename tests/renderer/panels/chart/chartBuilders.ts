import type { TimelineSlot } from '../../../../src/renderer/panels/chart/timeline.ts';
import type { BarSink } from '../../../../src/renderer/panels/chart/candleFeed.ts';
import type { CandleValue } from '../../../../src/shared/values.ts';

export const minute = 60_000;
export const start = 1_700_000_040_000;

export function candle(index: number, changes: Partial<CandleValue> = {}): CandleValue {
  return {
    openTime: start + index * minute,
    open: 100,
    high: 102,
    low: 99,
    close: 101,
    volume: 5,
    quoteVolume: 500,
    trades: 12,
    closed: true,
    origin: 'venue',
    ...changes,
  };
}

/** Keeps what a chart would hold, and what it was asked to do. */
export class RecordingSink implements BarSink {
  bars = new Map<number, CandleValue | null>();
  replaced = 0;
  updated = 0;
  historical = 0;

  replace(slots: readonly TimelineSlot[]): void {
    this.replaced++;
    this.bars = new Map(slots.map((slot) => [slot.time, slot.candle]));
  }

  update(slot: TimelineSlot, historical: boolean): void {
    this.updated++;
    const newest = Math.max(-Infinity, ...this.bars.keys());
    // As the chart library does: an older bar needs to be announced as such, and must be there.
    if (slot.time < newest && !historical) throw new Error('an older bar came as the newest');
    if (historical && !this.bars.has(slot.time)) throw new Error('there is no such bar');
    if (historical) this.historical++;
    this.bars.set(slot.time, slot.candle);
  }
}
