import type { ColumnSource } from 'hyparquet-writer';
import { assertNever } from '../../../shared/assert.ts';
import type { ExportColumn } from '../../../shared/exportSchema.ts';
import type { Decimal } from '../../../shared/market.ts';
import type { BigDecimal } from '../decimal.ts';
import type { Cell, Row } from './cells.ts';
import { decimalScale, microsOf } from './cells.ts';
import { ExportError } from './exportError.ts';

export interface ColumnValues {
  readonly data: ColumnSource['data'];
  /** A dictionary would not be worth the search for one. */
  readonly isPlain: boolean;
}

const powers = Array.from(
  { length: decimalScale + 1 },
  (_, decimals) => 10n ** BigInt(decimalScale - decimals),
);
const limit = 10n ** 38n;
const decimalBytes = 16;

/** One column of a row group, in the form in which it is stored. */
export function columnValues(
  column: ExportColumn,
  rows: readonly Row[],
  index: number,
): ColumnValues {
  const { type } = column;
  switch (type) {
    case 'text':
      return textValues(rows, index);
    case 'time':
      return integerValues(rows, index, microsOf);
    case 'integer':
      return integerValues(rows, index, Math.trunc);
    case 'number':
    case 'flag':
      return { data: rows.map((row) => row[index] ?? null), isPlain: false };
    case 'decimal':
      return decimalValues(rows, index);
    default:
      return assertNever(type);
  }
}

function integerValues(
  rows: readonly Row[],
  index: number,
  integerOf: (value: number) => number,
): ColumnValues {
  const data = new Array<bigint | null>(rows.length);
  for (let at = 0; at < rows.length; at += 1) {
    const cell = rows[at]?.[index];
    data[at] = typeof cell === 'number' ? BigInt(integerOf(cell)) : null;
  }
  return { data, isPlain: false };
}

/** Ids differ from row to row: they go in as bytes, without a search for repetitions. */
function textValues(rows: readonly Row[], index: number): ColumnValues {
  const texts = new Array<string | null>(rows.length);
  let length = 0;
  for (let at = 0; at < rows.length; at += 1) {
    const cell = rows[at]?.[index];
    texts[at] = typeof cell === 'string' ? cell : null;
    if (typeof cell === 'string') length += cell.length;
  }
  const sample = texts.slice(0, 1000);
  if (new Set(sample).size < sample.length / 2) return { data: texts, isPlain: false };
  const pool = Buffer.allocUnsafeSlow(length * 3);
  let to = 0;
  const data = texts.map((text) => {
    if (text === null) return null;
    const from = to;
    to = writeText(pool, text, from);
    return new Uint8Array(pool.buffer, from, to - from);
  });
  return { data, isPlain: true };
}

/** Most are short and ASCII: a loop is faster than a call out of JavaScript. */
function writeText(pool: Buffer, text: string, from: number): number {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 127) return from + pool.write(text, from);
    pool[from + at] = code;
  }
  return from + text.length;
}

/** Two's complement, highest byte first. Prices and sizes come again and again: each is worked out once. */
function decimalValues(rows: readonly Row[], index: number): ColumnValues {
  const pool = new ArrayBuffer(rows.length * decimalBytes);
  const view = new DataView(pool);
  const knownByDecimals = new Map<number, Map<number | bigint, Uint8Array>>();
  let to = 0;
  const data = new Array<Uint8Array | null>(rows.length);
  for (let at = 0; at < rows.length; at += 1) {
    const cell: Cell | undefined = rows[at]?.[index];
    data[at] = null;
    if (cell === undefined || cell === null || typeof cell !== 'object') continue;
    let known = knownByDecimals.get(cell.decimals);
    if (known === undefined)
      knownByDecimals.set(cell.decimals, (known = new Map<number | bigint, Uint8Array>()));
    let bytes = known.get(cell.units);
    if (bytes === undefined) {
      const scaled = scaledUnits(cell);
      view.setBigInt64(to, scaled >> 64n);
      view.setBigInt64(to + 8, BigInt.asIntN(64, scaled));
      bytes = new Uint8Array(pool, to, decimalBytes);
      known.set(cell.units, bytes);
      to += decimalBytes;
    }
    data[at] = bytes;
  }
  return { data, isPlain: false };
}

function scaledUnits({ units, decimals }: Decimal | BigDecimal): bigint {
  const power = powers[decimals];
  const scaled = power === undefined ? limit : BigInt(units) * power;
  if (scaled < limit && scaled > -limit) return scaled;
  throw new ExportError(
    `A value of ${units} with ${decimals} decimals does not fit into Parquet. Export as CSV or JSON.`,
  );
}
