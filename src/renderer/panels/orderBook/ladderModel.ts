import type { BookRow, BookView } from '../../../shared/values.ts';
import { formatSpan } from '../../format/duration.ts';
import { formatSize, formatUnits } from '../../format/price.ts';
import { ageFade, ageWordsFromMs } from './ageFade.ts';
import type { GhostBook } from './ghosts.ts';
import { groupDecimals } from './groupSteps.ts';
import { countSharedDigits } from './sharedDigits.ts';

/** One level as it is painted: texts are final, arrays run over the view's parts. */
export interface LadderLevel {
  readonly priceUnits: number;
  readonly price: string;
  readonly size: string;
  readonly totalUnits: number;
  readonly sizes: readonly number[];
  readonly ghosts: readonly number[];
  readonly fades: readonly number[];
  /** Whose best price lies in this level; null in levels that are nobody's. */
  readonly bestOf: readonly boolean[] | null;
  /** Size from the best price to here, as a share of the whole side. */
  readonly cumulativeShare: number;
  readonly age: string | null;
}

export interface LadderModel {
  /** Best price first. */
  readonly asks: readonly LadderLevel[];
  readonly bids: readonly LadderLevel[];
  /** Largest level with its ghosts: the length of a full bar. */
  readonly maximum: number;
  readonly sharedDigits: number;
  readonly sizeDecimals: number;
}

/** Three decimals, fewer when sizes are so large that a column would overflow. */
export function chooseSizeDecimals(largest: number): number {
  if (largest < 1_000) return 3;
  if (largest < 10_000) return 2;
  return largest < 100_000 ? 1 : 0;
}

function totalOf(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}

function oldestAge(row: BookRow, now: number): number | null {
  let oldest: number | null = null;
  row.sizeUnits.forEach((size, part) => {
    const changed = row.changedTime[part] ?? 0;
    if (size > 0 && changed > 0) oldest = Math.max(oldest ?? 0, now - changed);
  });
  return oldest;
}

/** Whether a best price lies in a row: bids were floored to the row height, asks ceiled. */
function liesIn(
  bestUnits: number | null,
  row: BookRow,
  side: 'bid' | 'ask',
  group: number,
): boolean {
  if (bestUnits === null) return false;
  const rows = bestUnits / group;
  return (side === 'bid' ? Math.floor(rows) : Math.ceil(rows)) * group === row.priceUnits;
}

interface SideInput {
  readonly view: BookView;
  readonly side: 'bid' | 'ask';
  readonly rows: readonly BookRow[];
  readonly sizeDecimals: number;
  readonly ghosts: GhostBook;
  readonly now: number;
}

function buildSide(input: SideInput): LadderLevel[] {
  const { view, side, rows, now } = input;
  const shown = groupDecimals(view.groupUnits, view.priceDecimals);
  const whole = rows.reduce((sum, row) => sum + totalOf(row.sizeUnits), 0);
  let cumulative = 0;
  return rows.map((row) => {
    const totalUnits = totalOf(row.sizeUnits);
    cumulative += totalUnits;
    const best = view.parts.map((part, index) => {
      const units = side === 'bid' ? part.bestBidUnits : part.bestAskUnits;
      const holds = (row.sizeUnits[index] ?? 0) > 0;
      return part.counted && holds && liesIn(units, row, side, view.groupUnits);
    });
    const age = oldestAge(row, now);
    return {
      priceUnits: row.priceUnits,
      price: formatUnits(row.priceUnits, view.priceDecimals, shown),
      size: formatSize(totalUnits / 10 ** view.sizeDecimals, input.sizeDecimals),
      totalUnits,
      sizes: row.sizeUnits,
      ghosts: view.parts.map((part) =>
        part.counted ? 0 : input.ghosts.sizeAt(part.venue, side, row.priceUnits, now),
      ),
      fades: row.changedTime.map((time) => ageFade(time > 0 ? now - time : null)),
      bestOf: best.some(Boolean) ? best : null,
      cumulativeShare: whole > 0 ? cumulative / whole : 0,
      age: age !== null && age >= ageWordsFromMs ? formatSpan(age) : null,
    };
  });
}

export function buildLadder(
  view: BookView,
  rowsPerSide: number,
  ghosts: GhostBook,
  now: number,
  leastSizeDecimals: number,
): LadderModel {
  const bidRows = view.bids.slice(0, rowsPerSide);
  const askRows = view.asks.slice(0, rowsPerSide);
  let largest = 0;
  for (const row of bidRows) largest = Math.max(largest, totalOf(row.sizeUnits));
  for (const row of askRows) largest = Math.max(largest, totalOf(row.sizeUnits));
  // Only fewer decimals than before, never more again: a column that breathes with every order cannot be read.
  const sizeDecimals = Math.min(
    leastSizeDecimals,
    chooseSizeDecimals(largest / 10 ** view.sizeDecimals),
  );
  const shared = { view, sizeDecimals, ghosts, now };
  const asks = buildSide({ ...shared, side: 'ask', rows: askRows });
  const bids = buildSide({ ...shared, side: 'bid', rows: bidRows });
  const levels = [...asks, ...bids];
  return {
    asks,
    bids,
    maximum: levels.reduce(
      (max, level) => Math.max(max, level.totalUnits + totalOf(level.ghosts)),
      0,
    ),
    sharedDigits: countSharedDigits(levels.map((level) => level.price)),
    sizeDecimals,
  };
}
