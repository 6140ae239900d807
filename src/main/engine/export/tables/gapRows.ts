import type { GapRecord, StreamChannel } from '../../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../../shared/market.ts';
import type { CoreView } from '../../coreView.ts';
import type { Cell } from '../cells.ts';
import { textCell, timeCell } from '../cells.ts';
import type { InstrumentWords, TableOptions } from './tableRows.ts';
import { InstrumentNames, isWanted } from './tableRows.ts';

export const noGap: readonly Cell[] = [null, null, null, null, null, null];

/** A session with more of them has its rows where they closed. */
const mostHeld = 100_000;

export interface GapRow {
  readonly from: EpochMs;
  readonly words: InstrumentWords | null;
  /** Values of the gap columns. */
  readonly cells: readonly Cell[];
}

/** The gaps of one channel, each once and as it ended, and the holes of the recording itself. */
export class GapRows {
  private readonly channel: StreamChannel;
  private readonly options: TableOptions;
  private readonly tell: (row: GapRow) => void;
  private readonly names = new InstrumentNames();
  private readonly gapById = new Map<number, GapRecord>();
  private holes: { readonly from: EpochMs; readonly to: EpochMs }[] = [];

  constructor(channel: StreamChannel, options: TableOptions, tell: (row: GapRow) => void) {
    this.channel = channel;
    this.options = options;
    this.tell = tell;
  }

  /** Those that are open when the range begins. */
  onCore(view: CoreView): void {
    for (const gap of view.gaps()) if (gap.to === null) this.onGap(gap);
  }

  onGap(gap: GapRecord): void {
    if (gap.channel !== this.channel) return;
    if (!isWanted(this.options, this.names.of(gap.instrument).market)) return;
    this.gapById.set(gap.id, gap);
    if (this.gapById.size > mostHeld) this.tellClosed();
  }

  onMissing(from: EpochMs, to: EpochMs): void {
    this.holes.push({ from, to });
  }

  finish(): void {
    const rows = [
      ...[...this.gapById.values()].map((gap) => this.rowOf(gap)),
      ...this.holes.map(({ from, to }) => ({ from, words: null, cells: holeCells(to) })),
    ];
    for (const row of rows.sort((a, b) => a.from - b.from)) this.tell(row);
    this.gapById.clear();
    this.holes = [];
  }

  private tellClosed(): void {
    for (const gap of [...this.gapById.values()]) {
      if (gap.to === null) continue;
      this.tell(this.rowOf(gap));
      this.gapById.delete(gap.id);
    }
  }

  private rowOf(gap: GapRecord): GapRow {
    const { from, to, cause, missing, repairedBy, firstId, lastId, instrument } = gap;
    return {
      from,
      words: this.names.of(instrument),
      cells: [timeCell(to), cause, missing, repairedBy, idCell(firstId), idCell(lastId)],
    };
  }
}

function holeCells(to: EpochMs): readonly Cell[] {
  return [timeCell(to), 'recording', null, null, null, null];
}

function idCell(id: string | null): string | null {
  return id === null ? null : textCell(id);
}
