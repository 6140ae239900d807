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

/** Trades that came with a repair, newest first by the time of the venue. */
function lateTrades(rows: TapeSource, filter: TapeFilter): readonly TradeValue[] {
  const late: TradeValue[] = [];
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows.at(index);
    if (row?.type === 'trade' && row.late && passesFilter(row, filter)) late.push(row);
  }
  return late.sort((one, other) => other.venueTime - one.venueTime || other.ordinal - one.ordinal);
}

/** The gap that a late trade fills, if it is still to come below: no repaired row stands above its own gap. */
function waitsForGap(trade: TradeValue, gaps: readonly GapRecord[], nextGap: number): boolean {
  for (let index = nextGap; index < gaps.length; index += 1) {
    const gap = gaps[index];
    if (gap === undefined || (gap.to ?? Infinity) < trade.venueTime) return false;
    if (gap.instrument === trade.instrument && gap.from <= trade.venueTime) return true;
  }
  return false;
}

/** Newest first: rows in the order in which they came, late ones where they belong by the time they were traded. */
function* walkEntries(
  rows: TapeSource,
  closedGaps: readonly GapRecord[],
  filter: TapeFilter,
): Generator<TapeEntry> {
  const late = lateTrades(rows, filter);
  let nextLate = 0;
  let nextGap = 0;
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    const row = rows.at(index);
    if (row === undefined) continue;
    if (row.type === 'tradesDropped') {
      yield { type: 'dropped', dropped: row };
      continue;
    }
    if (row.late) continue;
    // A gap stands below the first trade that came after it, whatever the filter hides around it.
    for (let gap = closedGaps[nextGap]; gap !== undefined; gap = closedGaps[nextGap]) {
      if ((gap.to ?? Infinity) < row.receivedTime) break;
      yield { type: 'gap', gap };
      nextGap += 1;
    }
    for (let trade = late[nextLate]; trade !== undefined; trade = late[nextLate]) {
      if (trade.venueTime < row.venueTime || waitsForGap(trade, closedGaps, nextGap)) break;
      yield { type: 'trade', trade };
      nextLate += 1;
    }
    if (passesFilter(row, filter)) yield { type: 'trade', trade: row };
  }
  for (const trade of late.slice(nextLate)) {
    while (waitsForGap(trade, closedGaps, nextGap)) {
      const gap = closedGaps[nextGap];
      if (gap !== undefined) yield { type: 'gap', gap };
      nextGap += 1;
    }
    yield { type: 'trade', trade };
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

/** Where the rows end that are seen whole: none is cut at the lower edge while nobody scrolls. */
export function wholeRowsEnd(
  placed: readonly PlacedEntry[],
  heights: EntryHeights,
  height: number,
): number {
  const cut = placed.find(({ entry, top }) => {
    return top + (entry.type === 'trade' ? heights.trade : heights.gap) > height;
  });
  return cut?.top ?? height;
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

/** Fresh rows among the newest `appended - seen` that the filter lets through: what the "n new" chip counts. */
export function countNewRows(tape: TradeTape, seen: number, filter: TapeFilter): number {
  const fresh = Math.min(tape.length, tape.appended - seen);
  let count = Math.max(0, tape.appended - seen - tape.length);
  for (let index = tape.length - fresh; index < tape.length; index += 1) {
    const row = tape.at(index);
    if (row === undefined) continue;
    if (row.type === 'tradesDropped') count += row.count;
    else if (!row.late && passesFilter(row, filter)) count += 1;
  }
  return count;
}
