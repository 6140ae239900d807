import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ExportColumn, ExportColumnType } from '../../src/shared/exportSchema.ts';
import { exportSchema } from '../../src/shared/exportSchema.ts';
import type { ExportTable, TableFormat } from '../../src/shared/exports.ts';

const sqlTypes: Readonly<Record<ExportColumnType, string>> = {
  text: 'VARCHAR',
  time: 'TIMESTAMPTZ',
  integer: 'BIGINT',
  decimal: 'DECIMAL(38,18)',
  number: 'DOUBLE',
  flag: 'BOOLEAN',
};

/** Exported files in a database that we did not write; it loads nothing from anywhere. */
export class DuckReader {
  private readonly connection: DuckDBConnection;
  private readonly instance: DuckDBInstance;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.instance = instance;
    this.connection = connection;
  }

  static async open(): Promise<DuckReader> {
    const instance = await DuckDBInstance.create(':memory:', {
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      threads: '1',
    });
    const reader = new DuckReader(instance, await instance.connect());
    return reader;
  }

  async rows(sql: string): Promise<Record<string, unknown>[]> {
    const result = await this.connection.runAndReadAll(sql);
    return result.getRowObjectsJson();
  }

  /** A view of a file, every column in the type that the schema says. */
  async load(name: string, table: ExportTable, format: TableFormat, path: string): Promise<void> {
    const { columns } = exportSchema[table];
    const list = columns.map((column) => selected(column, format)).join(', ');
    await this.connection.run(
      `CREATE VIEW "${name}" AS SELECT ${list} FROM ${source(columns, format, path)}`,
    );
  }

  async count(name: string): Promise<number> {
    return Number((await this.rows(`SELECT count(*) AS n FROM "${name}"`))[0]?.['n']);
  }

  /** Rows of the one that the other has not, each way and each as often as it is there. */
  async difference(left: string, right: string): Promise<number> {
    const only = (a: string, b: string): string =>
      `(SELECT count(*) FROM (SELECT * FROM "${a}" EXCEPT ALL SELECT * FROM "${b}"))`;
    const [row] = await this.rows(`SELECT ${only(left, right)} + ${only(right, left)} AS n`);
    return Number(row?.['n']);
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}

/** The apostrophe that keeps a spreadsheet from running a text is taken off again. */
function selected({ name, type }: ExportColumn, format: TableFormat): string {
  if (format === 'parquet') return `"${name}"`;
  const isInert = format === 'csv' && type === 'text';
  const value = isInert
    ? `CASE WHEN starts_with("${name}", '''') THEN substr("${name}", 2) ELSE "${name}" END`
    : `"${name}"`;
  return `CAST(${value} AS ${sqlTypes[type]}) AS "${name}"`;
}

function source(columns: readonly ExportColumn[], format: TableFormat, path: string): string {
  if (format === 'parquet') return `read_parquet('${path}')`;
  if (format === 'csv') {
    const options = `header = true, all_varchar = true, nullstr = '', allow_quoted_nulls = false`;
    return `read_csv('${path}', ${options}, delim = ',', quote = '"', escape = '"', max_line_size = 4000000)`;
  }
  const fields = columns.map(({ name }) => `"${name}" VARCHAR`).join(', ');
  const options = `columns = {rows: 'STRUCT(${fields})[]'}, format = 'auto', maximum_object_size = 400000000`;
  return `(SELECT unnest(rows, recursive := true) FROM read_json('${path}', ${options}))`;
}
