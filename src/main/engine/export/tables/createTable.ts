import { assertNever } from '../../../../shared/assert.ts';
import type { ExportTable } from '../../../../shared/exports.ts';
import type { RecordedSession } from '../../recording/recordingLibrary.ts';
import { createBookTable } from './bookTable.ts';
import { createCandlesTable } from './candlesTable.ts';
import { createMetricsTable } from './metricsTable.ts';
import { createPriceTable } from './priceTable.ts';
import { createQuotesTable } from './quotesTable.ts';
import type { TableOptions, TableRows } from './tableRows.ts';
import { createTradesTable } from './tradesTable.ts';

/** Null: the table is not made by playing the session. */
export function createTable(
  table: ExportTable,
  options: TableOptions,
  session: RecordedSession,
): TableRows | null {
  switch (table) {
    case 'metrics':
      return createMetricsTable(options, `replay:${session.id}`, session.startTime);
    case 'trades':
      return createTradesTable(options);
    case 'quotes':
      return createQuotesTable(options);
    case 'candles':
      return createCandlesTable(options);
    case 'book':
      return createBookTable(options);
    case 'price':
      return createPriceTable(options);
    case 'signals':
    case 'marks':
      return null;
    default:
      return assertNever(table);
  }
}
