import type { GapRecord } from '../../../../shared/feedHealth.ts';
import { isRepaired } from '../../../../shared/feedHealth.ts';
import type { EpochMs, InstrumentId } from '../../../../shared/market.ts';
import type { CoreView } from '../../coreView.ts';

export type CandleStatus = 'whole' | 'partial' | 'gap';

/** Gaps are told on our clock, candles on the venue's: near a border a gap counts for both sides. */
const borderMs = 2_000;

/** Whether all trades of a span were recorded. */
export class CandleCoverage {
  private readonly gapsById = new Map<InstrumentId, Map<number, GapRecord>>();
  private readonly timesById = new Map<InstrumentId, { first: EpochMs; last: EpochMs }>();
  private readonly holes: { readonly from: EpochMs; readonly to: EpochMs }[] = [];

  onCore(view: CoreView): void {
    for (const gap of view.gaps()) if (gap.to === null) this.onGap(gap);
  }

  onGap(gap: GapRecord): void {
    if (gap.channel !== 'trade') return;
    const gaps = this.gapsById.get(gap.instrument) ?? new Map<number, GapRecord>();
    this.gapsById.set(gap.instrument, gaps);
    gaps.set(gap.id, gap);
  }

  onMissing(from: EpochMs, to: EpochMs): void {
    this.holes.push({ from, to });
  }

  /** A trade of this time of the venue came. */
  onTime(id: InstrumentId, time: EpochMs): void {
    const times = this.timesById.get(id);
    if (times === undefined) this.timesById.set(id, { first: time, last: time });
    else times.last = Math.max(times.last, time);
  }

  /** A candle was heard from its beginning when a trade of an earlier one was. `now`: up to when was played. */
  statusOf(id: InstrumentId, from: EpochMs, to: EpochMs, now: EpochMs): CandleStatus {
    const isTouched = (span: { readonly from: EpochMs; readonly to: EpochMs | null }): boolean =>
      span.from - borderMs < to && (span.to ?? Number.POSITIVE_INFINITY) + borderMs > from;
    const gaps = [...(this.gapsById.get(id)?.values() ?? [])];
    if (gaps.some((gap) => !isRepaired(gap) && isTouched(gap))) return 'gap';
    if (this.holes.some(isTouched)) return 'gap';
    const times = this.timesById.get(id);
    if (times === undefined || times.first >= from) return 'partial';
    return times.last >= to || now >= to + borderMs ? 'whole' : 'partial';
  }
}
