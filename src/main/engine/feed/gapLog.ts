import type { GapCause, GapRecord, StreamChannel } from '../../../shared/feedHealth.ts';
import { isRepaired } from '../../../shared/feedHealth.ts';
import type { EpochMs, InstrumentId } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { GapTallySaved } from './gapTally.ts';
import { GapTally } from './gapTally.ts';

const capacity = 2_000;

export interface GapStart {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly channel: StreamChannel;
  readonly cause: GapCause;
  readonly from: EpochMs;
  readonly firstId: string | null;
  readonly lastId: string | null;
  readonly missing: number | null;
}

export type GapChange = Partial<
  Pick<GapRecord, 'to' | 'firstId' | 'lastId' | 'missing' | 'repairedBy'>
>;

export interface GapLogSaved {
  readonly gaps: readonly GapRecord[];
  readonly opened: number;
  readonly repaired: number;
  readonly tally: GapTallySaved;
}

/** Every hole in the data, newest last. Whole when nothing is missing after all or something filled it. */
export class GapLog {
  readonly tally = new GapTally();
  private gaps: GapRecord[] = [];
  private opened = 0;
  private repaired = 0;
  private readonly onGap: (gap: GapRecord) => void;

  constructor(onGap: (gap: GapRecord) => void) {
    this.onGap = onGap;
  }

  /** Returns the record's id. */
  open(start: GapStart): number {
    this.opened += 1;
    const gap: GapRecord = { id: this.opened, ...start, to: null, repairedBy: null };
    this.gaps.push(gap);
    this.tally.add(gap);
    this.forget();
    this.onGap(gap);
    return gap.id;
  }

  change(id: number, change: GapChange): void {
    const index = this.gaps.findIndex((gap) => gap.id === id);
    const before = this.gaps[index];
    if (before === undefined) return;
    const after = { ...before, ...change };
    this.gaps[index] = after;
    this.tally.change(before, after);
    if (!isRepaired(before) && isRepaired(after)) this.repaired += 1;
    this.onGap(after);
  }

  get(id: number): GapRecord | null {
    return this.gaps.find((gap) => gap.id === id) ?? null;
  }

  list(): readonly GapRecord[] {
    return [...this.gaps];
  }

  ofInstrument(instrument: InstrumentId): readonly GapRecord[] {
    return this.gaps.filter((gap) => gap.instrument === instrument);
  }

  get keptCount(): number {
    return this.gaps.length;
  }

  get totalCount(): number {
    return this.opened;
  }

  get repairedCount(): number {
    return this.repaired;
  }

  save(): GapLogSaved {
    const { opened, repaired } = this;
    return { gaps: this.list(), opened, repaired, tally: this.tally.save() };
  }

  restore(saved: GapLogSaved): void {
    this.gaps = [...saved.gaps];
    this.opened = saved.opened;
    this.repaired = saved.repaired;
    this.tally.restore(saved.tally);
  }

  /** The oldest that has ended goes first: a hole that is still open must stay marked. */
  private forget(): void {
    if (this.gaps.length <= capacity) return;
    const ended = this.gaps.findIndex(({ to }) => to !== null);
    this.gaps.splice(Math.max(0, ended), 1);
  }
}
