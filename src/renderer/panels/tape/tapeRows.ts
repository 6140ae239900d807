import type { GapRecord } from '../../../shared/feedHealth.ts';
import type { TradesDropped, TradeValue } from '../../../shared/values.ts';
import type { TapeRow, TradeTape } from '../../store/marketStore.ts';
import type { TapeFilter } from './tapeFilter.ts';
import { passesFilter } from './tapeFilter.ts';

/** One row as it stands on the screen. */
export type TapeEntry =
  | { readonly type: 'trade'; readonly trade: TradeValue }
  | { readonly type: 'dropped'; readonly dropped: TradesDropped }
  | { readonly type: 'gap'; readonly gap: GapRecord };

/** Rows that do not change while they are looked at, oldest first. */
export interface TapeSource {
  readonly length: number;
  at(index: number): TapeRow | undefined;
}

export function holdRows(tape: TradeTape): TapeSource {
  const rows: TapeRow[] = [];
  for (let index = 0; index < tape.length; index += 1) {
    const row = tape.at(index);
    if (row !== undefined) rows.push(row);
  }
  return { length: rows.length, at: (index) => rows[index] };
}

export interface EntryHeights {
  readonly trade: number;
  readonly gap: number;
}

export interface PlacedEntry {
  readonly entry: TapeEntry;
  readonly top: number;
}

function* walkEntries(
  rows: TapeSource,
  closedGaps: readonly GapRecord[],
  filter: TapeFilter,
): Generator<TapeEntry> {
  let nextGap = 0;
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    const row = rows.at(index);
    if (row === undefined) continue;
    if (row.type === 'tradesDropped') {
      yield { type: 'dropped', dropped: row };
      continue;
    }
    // A gap stands below the first trade that came after it, whatever the filter hides around it.
    for (let gap = closedGaps[nextGap]; gap !== undefined; gap = closedGaps[nextGap]) {
      if ((gap.to ?? Infinity) < row.receivedTime) break;
      yield { type: 'gap', gap };
      nextGap += 1;
    }
    if (passesFilter(row, filter)) yield { type: 'trade', trade: row };
  }
}

/**
 * The entries between `scroll` and `scroll + height`, newest on top, with their tops in the scrolled area. Walks only as
 * far as the lower edge: what is not seen is not built.
 */
export function placeEntries(
  rows: TapeSource,
  closedGaps: readonly GapRecord[],
  filter: TapeFilter,
  heights: EntryHeights,
  window: { readonly scroll: number; readonly height: number },
): readonly PlacedEntry[] {
  const placed: PlacedEntry[] = [];
  let top = 0;
  for (const entry of walkEntries(rows, closedGaps, filter)) {
    const height = entry.type === 'trade' ? heights.trade : heights.gap;
    if (top + height > window.scroll) placed.push({ entry, top: top - window.scroll });
    top += height;
    if (top >= window.scroll + window.height) break;
  }
  return placed;
}

/** Height of everything held, for the end of scrolling. */
export function measureEntries(
  rows: TapeSource,
  closedGaps: readonly GapRecord[],
  filter: TapeFilter,
  heights: EntryHeights,
): number {
  let height = 0;
  for (const entry of walkEntries(rows, closedGaps, filter)) {
    height += entry.type === 'trade' ? heights.trade : heights.gap;
  }
  return height;
}

/** Rows among the newest `appended - seen` that the filter lets through: what the "n new" chip counts. */
export function countNewRows(tape: TradeTape, seen: number, filter: TapeFilter): number {
  const fresh = Math.min(tape.length, tape.appended - seen);
  let count = Math.max(0, tape.appended - seen - tape.length);
  for (let index = tape.length - fresh; index < tape.length; index += 1) {
    const row = tape.at(index);
    if (row === undefined) continue;
    if (row.type === 'tradesDropped') count += row.count;
    else if (passesFilter(row, filter)) count += 1;
  }
  return count;
}
