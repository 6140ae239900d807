import type { ExportTable, TableFormat } from '../../../shared/exports.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { SessionSource } from '../../../shared/recordings.ts';
import type { Row } from './cells.ts';

/** What every exported file says of itself. */
export interface ExportOrigin {
  readonly table: ExportTable;
  readonly source: SessionSource;
  readonly session: string;
  readonly sessionName: string;
  readonly appVersion: string;
  /** Of the rows, on our clock; null: from its start, to its end. */
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  /** Empty: all that were recorded. */
  readonly markets: readonly string[];
}

/** Rows to the bytes of one format, piece by piece. */
export interface RowEncoder {
  begin(): Uint8Array;
  encode(rows: readonly Row[]): Uint8Array;
  end(): Uint8Array;
}

/** What follows the name of a file. */
export const formatEndings: Readonly<Record<TableFormat, string>> = {
  csv: '.csv',
  json: '.json',
  parquet: '.parquet',
};
