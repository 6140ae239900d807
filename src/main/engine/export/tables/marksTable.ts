import type { Mark } from '../../../../shared/marks.ts';
import type { EpochMs } from '../../../../shared/market.ts';
import type { Row } from '../cells.ts';
import { textCell, timeCell } from '../cells.ts';
import type { TableOptions } from './tableRows.ts';
import { isWanted } from './tableRows.ts';

export interface MarkRange {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** Marks without a market belong to all of them. */
export function marksRows(
  marks: readonly Mark[],
  { from, to }: MarkRange,
  options: Pick<TableOptions, 'markets'>,
): readonly Row[] {
  return marks
    .filter(({ time }) => time >= from && time <= to)
    .filter(({ market }) => market === null || isWanted(options, market))
    .map(({ id, kind, time, toTime, venue, market, text }) => [
      ...[timeCell(time), timeCell(toTime), kind, market, venue],
      ...[textCell(text), textCell(id)],
    ]);
}
