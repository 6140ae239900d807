import type { ExportColumn } from '../../../shared/exportSchema.ts';
import { exportSchema, exportSchemaVersion, originColumns } from '../../../shared/exportSchema.ts';
import type { Cell, Row } from './cells.ts';
import { decimalText, timeText } from './cells.ts';
import { TextBytes } from './textBytes.ts';
import type { ExportOrigin, RowEncoder } from './rowEncoder.ts';

const lineEnd = '\r\n';
/** Semicolon and tab too: programs of some countries take them for the separator, and what follows for a formula. */
const needsQuotes = /[",;\t\r\n]/;
/** A spreadsheet would run it, also in full-width signs; an apostrophe is told from ours by a second one. */
const runsAsFormula = /^[=+\-@\t\r\n'＝＋－＠]/;

/**
 * RFC 4180 in UTF-8. Text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay numbers. An
 * empty field is null, `""` an empty text.
 */
export class CsvRows implements RowEncoder {
  private readonly columns: readonly ExportColumn[];
  private readonly origin: string;

  constructor(origin: ExportOrigin) {
    this.columns = exportSchema[origin.table].columns;
    const { source, session, appVersion } = origin;
    this.origin = [String(exportSchemaVersion), ...[source, session, appVersion].map(csvText)].join(
      ',',
    );
  }

  begin(): Buffer {
    const names = [...this.columns, ...originColumns].map(({ name }) => name);
    return Buffer.from(`${names.join(',')}${lineEnd}`);
  }

  encode(rows: readonly Row[]): Buffer {
    const { columns, origin } = this;
    const bytes = new TextBytes();
    for (const row of rows) {
      let text = '';
      for (let index = 0; index < columns.length; index += 1) {
        text += `${fieldOf(columns[index], row[index] ?? null)},`;
      }
      bytes.add(`${text}${origin}${lineEnd}`);
    }
    return bytes.taken();
  }

  end(): Buffer {
    return Buffer.alloc(0);
  }
}

function fieldOf(column: ExportColumn | undefined, cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'string') return csvText(cell);
  if (typeof cell === 'object') return decimalText(cell);
  if (typeof cell === 'number' && column?.type === 'time') return timeText(cell);
  return String(cell);
}

export function csvText(text: string): string {
  if (text === '') return '""';
  const inert = runsAsFormula.test(text) ? `'${text}` : text;
  return needsQuotes.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
