import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Row } from '../../../../src/main/engine/export/cells.ts';
import { decimalText, textCell, timeText } from '../../../../src/main/engine/export/cells.ts';
import { CsvRows } from '../../../../src/main/engine/export/csvRows.ts';
import { JsonRows } from '../../../../src/main/engine/export/jsonRows.ts';
import { ParquetRows } from '../../../../src/main/engine/export/parquetRows.ts';
import type { ExportOrigin, RowEncoder } from '../../../../src/main/engine/export/rowEncoder.ts';
import { DuckReader } from '../../../support/duckReader.ts';

let folder = '';
let duck: DuckReader;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-csv-'));
  duck = await DuckReader.open();
});
afterAll(() => {
  duck.close();
  rmSync(folder, { recursive: true });
});

const origin: ExportOrigin = {
  ...{ table: 'marks', source: 'live', session: 's', sessionName: '=1+1', appVersion: '1.2.3' },
  ...{ from: null, to: null, markets: [] },
};

const corpus: readonly string[] = [
  '=1+1',
  '=cmd|" /C calc"!A0',
  '+1234567890',
  '-2+3+cmd|" /C calc"!D2',
  '-0.5',
  '@SUM(1+9)*cmd|" /C calc"!A0',
  '\t=1+1',
  '\r=1+1',
  '\n=1+1',
  '＝1+1',
  "'=1+1",
  "'",
  "''quoted",
  '=HYPERLINK("http://127.0.0.1/?x="&A1,"click")',
  'a,b',
  'a"b',
  '"',
  'line\nbreak',
  'line\r\nbreak',
  '',
  ' ',
  ' =1',
  'null',
  'NaN',
  'é币🚀',
  '; semicolon',
  'x;=cmd|1',
  'x\t=1+1',
  'a\0b',
  '\ud83d alone',
  '\u2028\u2029',
  'x'.repeat(200),
];

function rowsOf(texts: readonly string[]): readonly Row[] {
  return texts.map((text, index) => [
    ...[1_790_000_000_000.125 + index, null, 'user', null, null],
    ...[textCell(text), `m${index}`],
  ]);
}

function bytesOf(encoder: RowEncoder, rows: readonly Row[]): Buffer {
  return Buffer.concat([encoder.begin(), encoder.encode(rows), encoder.end()]);
}

test('[S09] no text of a file can run in a spreadsheet, and each comes back as it was', () => {
  const csv = bytesOf(new CsvRows(origin), rowsOf(corpus));
  const rows: Record<string, string>[] = parse(csv, { columns: true });
  expect(rows).toHaveLength(corpus.length);
  for (const [index, row] of rows.entries()) {
    const field = row['text'] ?? '';
    expect(field).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
    expect(field.startsWith("'") ? field.slice(1) : field).toBe(textCell(corpus[index] ?? ''));
    expect(row['id']).toBe(`m${index}`);
    expect(row['source']).toBe('live');
  }
});

test('[S09] nothing in a text begins a field where another sign separates them', () => {
  const text = bytesOf(new CsvRows(origin), rowsOf(['x;=cmd|1', 'x\t=1+1'])).toString();
  expect(text).toContain(',"x;=cmd|1",');
  expect(text).not.toContain(',x\t=');
});

test('[S09] the corpus is the same in all three formats, read by a foreign database', async () => {
  const rows = rowsOf(corpus);
  for (const [format, encoder] of [
    ['csv', new CsvRows(origin)],
    ['json', new JsonRows(origin)],
    ['parquet', new ParquetRows(origin)],
  ] as const) {
    const path = join(folder, `corpus.${format}`);
    writeFileSync(path, bytesOf(encoder, rows));
    await duck.load(format, 'marks', format, path);
  }
  expect(await duck.count('csv')).toBe(corpus.length);
  expect(await duck.difference('csv', 'json')).toBe(0);
  expect(await duck.difference('csv', 'parquet')).toBe(0);
  const read = await duck.rows(`SELECT text FROM parquet ORDER BY time`);
  expect(read.map(({ text }) => text)).toEqual(corpus.map(textCell));
});

test('[S09] numbers stay numbers: negative, tiny, huge, and exact beyond what a double holds', async () => {
  const price = { units: 9_007_199_254_740_991, decimals: 15 };
  const sum = { units: 123_456_789_012_345_678_901_234_567n, decimals: 9 };
  const small = { units: -1n, decimals: 18 };
  const rows: readonly Row[] = [price, sum, small].map((volume, index) => [
    ...[index * 1000, index * 1000 + 1000, '1s', 'BTC-USDT', 'okx', 'whole'],
    ...[volume, volume, volume, volume, volume, 'base', volume, -7, 3, false, null, null],
  ]);
  const candles = { ...origin, table: 'candles' as const };
  const csv = bytesOf(new CsvRows(candles), rows);
  const fields: Record<string, string>[] = parse(csv, { columns: true });
  expect(fields.map(({ volume }) => volume)).toEqual([
    '9.007199254740991',
    '123456789012345678.901234567',
    '-0.000000000000000001',
  ]);
  expect(fields[0]?.['trades']).toBe('-7');
  const path = join(folder, 'exact.parquet');
  writeFileSync(path, bytesOf(new ParquetRows(candles), rows));
  await duck.load('exact', 'candles', 'parquet', path);
  expect(await duck.rows('SELECT volume::VARCHAR AS v FROM exact ORDER BY open_time')).toEqual([
    { v: '9.007199254740991000' },
    { v: '123456789012345678.901234567000000000' },
    { v: '-0.000000000000000001' },
  ]);
});

test('times keep their microseconds and carry over borders', () => {
  expect(timeText(1_790_000_000_000.125)).toBe('2026-09-21T14:13:20.000125Z');
  expect(timeText(1_790_000_039_999.9998)).toBe('2026-09-21T14:14:00.000000Z');
  expect(timeText(0)).toBe('1970-01-01T00:00:00.000000Z');
  expect(decimalText({ units: -5, decimals: 3 })).toBe('-0.005');
});
