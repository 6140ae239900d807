import { constants, zstdCompressSync } from 'node:zlib';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { ColumnSource } from 'hyparquet-writer';
import { assertNever } from '../../../shared/assert.ts';
import type { ExportColumn } from '../../../shared/exportSchema.ts';
import { exportSchema, exportSchemaVersion } from '../../../shared/exportSchema.ts';
import type { Row } from './cells.ts';
import { decimalScale, timeText } from './cells.ts';
import { columnValues } from './parquetColumns.ts';
import type { ExportOrigin, RowEncoder } from './rowEncoder.ts';

type SchemaElements = ParquetWriter['schema'];

/** Of a row group: what is held in memory at a time. */
const groupRows = 50_000;
const packing = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Parquet with zstd; where the data came from stands in the key-value metadata. */
export class ParquetRows implements RowEncoder {
  private readonly columns: readonly ExportColumn[];
  private readonly bytes = new ByteWriter(4 * 1024 * 1024);
  private readonly writer: ParquetWriter;
  private held: Row[] = [];

  constructor(origin: ExportOrigin) {
    this.columns = exportSchema[origin.table].columns;
    this.writer = new ParquetWriter({
      writer: this.bytes,
      schema: schemaOf(this.columns, physicalElement),
      codec: 'ZSTD',
      compressors: { ZSTD: (input) => zstdCompressSync(input, packing) },
      createdBy: `Truetape ${origin.appVersion}`,
      kvMetadata: metadataOf(origin),
    });
  }

  begin(): Uint8Array {
    return this.taken();
  }

  encode(rows: readonly Row[]): Uint8Array {
    for (const row of rows) this.held.push(row);
    for (let from = 0; this.held.length - from >= groupRows || from > 0; from += groupRows) {
      if (this.held.length - from < groupRows) {
        this.held = this.held.slice(from);
        break;
      }
      this.writeGroup(this.held.slice(from, from + groupRows));
    }
    return this.taken();
  }

  end(): Uint8Array {
    if (this.held.length > 0) this.writeGroup(this.held);
    this.held = [];
    // Values went in as the bytes that they are stored as: the writer's own conversions cost several times as much. Readers
    // learn here what they mean.
    this.writer.schema = schemaOf(this.columns, logicalElement);
    void this.writer.finish();
    return this.taken();
  }

  private writeGroup(rows: readonly Row[]): void {
    const columnData = this.columns.map((column, index): ColumnSource => {
      const { data, isPlain } = columnValues(column, rows, index);
      return {
        ...{ name: column.name, data, offsetIndex: false },
        ...(isPlain ? { encoding: 'PLAIN' as const } : {}),
        statistics: column.type === 'time' || column.type === 'integer',
      };
    });
    void this.writer.write({ columnData, rowGroupSize: rows.length });
  }

  /** All bytes since the last time; the writer goes on counting offsets. */
  private taken(): Uint8Array {
    const bytes = this.bytes.getBytes().slice();
    this.bytes.index = 0;
    return bytes;
  }
}

function metadataOf(origin: ExportOrigin): { readonly key: string; readonly value: string }[] {
  const { table, source, session, sessionName, appVersion, from, to, markets } = origin;
  const values: Readonly<Record<string, string>> = {
    schema_version: String(exportSchemaVersion),
    table,
    source,
    session,
    session_name: sessionName,
    app_version: appVersion,
    from: from === null ? '' : timeText(from),
    to: to === null ? '' : timeText(to),
    markets: markets.join(' '),
  };
  return Object.entries(values).map(([key, value]) => ({ key: `truetape.${key}`, value }));
}

type Element = SchemaElements[number];

function schemaOf(
  columns: readonly ExportColumn[],
  element: (column: ExportColumn) => Element,
): SchemaElements {
  return [{ name: 'rows', num_children: columns.length }, ...columns.map(element)];
}

function physicalElement({ name, type }: ExportColumn): Element {
  const element = { name, repetition_type: 'OPTIONAL' } as const;
  switch (type) {
    case 'text':
      return { ...element, type: 'BYTE_ARRAY', converted_type: 'UTF8' };
    case 'time':
    case 'integer':
      return { ...element, type: 'INT64' };
    case 'number':
      return { ...element, type: 'DOUBLE' };
    case 'flag':
      return { ...element, type: 'BOOLEAN' };
    case 'decimal':
      return { ...element, type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16 };
    default:
      return assertNever(type);
  }
}

function logicalElement(column: ExportColumn): Element {
  const element = physicalElement(column);
  if (column.type === 'time') {
    return {
      ...element,
      converted_type: 'TIMESTAMP_MICROS',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
    };
  }
  if (column.type !== 'decimal') return element;
  const digits = { precision: 38, scale: decimalScale };
  return {
    ...element,
    ...digits,
    converted_type: 'DECIMAL',
    logical_type: { type: 'DECIMAL', ...digits },
  };
}
