import type { ExportColumn } from '../../../shared/exportSchema.ts';
import { exportSchema, exportSchemaVersion } from '../../../shared/exportSchema.ts';
import type { Cell, Row } from './cells.ts';
import { decimalText, timeText } from './cells.ts';
import { TextBytes } from './textBytes.ts';
import type { ExportOrigin, RowEncoder } from './rowEncoder.ts';

/** One JSON document: a head with the columns, then `rows`, each an object on a line of its own. */
export class JsonRows implements RowEncoder {
  private readonly columns: readonly ExportColumn[];
  private readonly keys: readonly string[];
  private readonly origin: ExportOrigin;
  private isFirst = true;

  constructor(origin: ExportOrigin) {
    this.origin = origin;
    this.columns = exportSchema[origin.table].columns;
    this.keys = this.columns.map(
      ({ name }, index) => `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`,
    );
  }

  begin(): Buffer {
    const head = JSON.stringify(headOf(this.origin, this.columns), null, 1);
    return Buffer.from(`${head.slice(0, -2)},\n "rows": [`);
  }

  encode(rows: readonly Row[]): Buffer {
    const { columns, keys } = this;
    const bytes = new TextBytes();
    for (const row of rows) {
      let text = this.isFirst ? '\n' : ',\n';
      this.isFirst = false;
      for (let index = 0; index < columns.length; index += 1) {
        text += `${keys[index] ?? ''}${valueOf(columns[index], row[index] ?? null)}`;
      }
      bytes.add(`${text}}`);
    }
    return bytes.taken();
  }

  end(): Buffer {
    return Buffer.from('\n ]\n}\n');
  }
}

function headOf(origin: ExportOrigin, columns: readonly ExportColumn[]): object {
  const { table, source, session, sessionName, appVersion, from, to, markets } = origin;
  return {
    format: 'truetape export',
    schemaVersion: exportSchemaVersion,
    table,
    source,
    session,
    sessionName,
    appVersion,
    from: from === null ? null : timeText(from),
    to: to === null ? null : timeText(to),
    markets,
    columns,
  };
}

function valueOf(column: ExportColumn | undefined, cell: Cell): string {
  if (cell === null) return 'null';
  if (typeof cell === 'string') return JSON.stringify(cell);
  if (typeof cell === 'object') return `"${decimalText(cell)}"`;
  if (typeof cell === 'number' && column?.type === 'time') return `"${timeText(cell)}"`;
  return String(cell);
}
