import type { GapCause, GapRecord, StreamChannel } from '../../../shared/feedHealth.ts';
import { isRepaired } from '../../../shared/feedHealth.ts';
import type { InstrumentId } from '../../../shared/market.ts';
import type { GapCounts } from '../../../shared/sessionMetrics.ts';

export interface GapSums {
  readonly counts: GapCounts;
  readonly repaired: number;
  /** Length of those that have ended and were not repaired. */
  readonly lostMs: number;
}

interface Sums {
  readonly counts: Record<GapCause, number>;
  repaired: number;
  lostMs: number;
}

export type GapTallySaved = readonly (readonly [key: string, sums: GapSums])[];

/** The gaps of a session in sums, by instrument and channel: they outlast the records, of which the oldest are forgotten. */
export class GapTally {
  private readonly sumsByKey = new Map<string, Sums>();

  add(gap: GapRecord): void {
    this.sumsOf(gap).counts[gap.cause] += 1;
  }

  change(before: GapRecord, after: GapRecord): void {
    const sums = this.sumsOf(after);
    sums.lostMs += lostMs(after) - lostMs(before);
    if (!isRepaired(before) && isRepaired(after)) sums.repaired += 1;
  }

  of(instrument: InstrumentId, channel: StreamChannel): GapSums {
    return this.sumsByKey.get(`${instrument}/${channel}`) ?? newSums();
  }

  save(): GapTallySaved {
    return [...this.sumsByKey].map(([key, { counts, repaired, lostMs: ms }]) => [
      key,
      { counts: { ...counts }, repaired, lostMs: ms },
    ]);
  }

  restore(saved: GapTallySaved): void {
    this.sumsByKey.clear();
    for (const [key, sums] of saved) {
      this.sumsByKey.set(key, { ...sums, counts: { ...sums.counts } });
    }
  }

  private sumsOf({ instrument, channel }: GapRecord): Sums {
    const key = `${instrument}/${channel}`;
    const held = this.sumsByKey.get(key);
    if (held !== undefined) return held;
    const sums = newSums();
    this.sumsByKey.set(key, sums);
    return sums;
  }
}

function newSums(): Sums {
  const counts = { disconnect: 0, sequence: 0, stale: 0, overflow: 0, decode: 0, clock: 0 };
  return { counts, repaired: 0, lostMs: 0 };
}

/** One that is open is counted by whoever reads, up to that moment. */
function lostMs(gap: GapRecord): number {
  return gap.to === null || isRepaired(gap) ? 0 : Math.max(0, gap.to - gap.from);
}
