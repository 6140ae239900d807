import { expect, test } from 'vitest';
import { fileNameOf } from '../../../../src/main/engine/export/exportName.ts';
import { checkFileName, freeName } from '../../../../src/main/engine/export/fileNames.ts';
import type { ExportRequest } from '../../../../src/shared/exports.ts';

const refused: readonly string[] = [
  '',
  '.',
  '..',
  '../a.csv',
  '..\\a.csv',
  '/etc/passwd',
  'C:\\a.csv',
  'C:a.csv',
  '\\\\server\\share\\a.csv',
  'a/b.csv',
  'a\0.csv',
  'a\n.csv',
  'a\u202egpj.csv',
  'a.csv ',
  'a.csv.',
  ' a.csv',
  '.hidden.csv',
  'CON',
  'con.csv',
  'Aux.parquet',
  'nul.tar.gz',
  'COM1.csv',
  'lpt9.csv',
  'COM¹.csv',
  'CONIN$',
  'a:stream.csv',
  'a?.csv',
  'a*.csv',
  'a|b.csv',
  '<a>.csv',
  '"a".csv',
  'x'.repeat(300),
  '币'.repeat(90),
  '\ud83d.csv',
];

test('[S10] names that lead elsewhere, or that some system refuses, are refused in one sentence', () => {
  for (const name of refused) {
    expect(() => checkFileName(name), JSON.stringify(name)).toThrow(/^[A-Z][^\n]*\.$|\\\.$/);
  }
});

test('[S10] plain names are kept, whatever their language', () => {
  const plain = [
    'a.csv',
    'BTC 2026-11-21.csv',
    'сессия.json',
    '记录.parquet',
    'console.csv',
    'a..b.csv',
  ];
  for (const name of plain) expect(checkFileName(name)).toBe(name);
});

test('a name has its ending once, and another one when it is taken in whatever letters', () => {
  const request: ExportRequest = {
    session: '2026-11-21t14-32-07-live',
    content: { type: 'table', table: 'trades', format: 'csv' },
    ...{ from: null, to: null, markets: [], everyMs: 1000, interval: '1m', levels: 10 },
    fileName: null,
  };
  expect(fileNameOf(request)).toBe('2026-11-21t14-32-07-live-trades.csv');
  expect(fileNameOf({ ...request, fileName: 'mine' })).toBe('mine.csv');
  expect(fileNameOf({ ...request, fileName: 'mine.CSV' })).toBe('mine.CSV');
  expect(() => fileNameOf({ ...request, fileName: '../mine' })).toThrow('path');
  expect(freeName('a.csv', new Set(['A.csv', 'a-2.csv']))).toBe('a-3.csv');
  expect(freeName('a.ndjson.gz', new Set(['a.ndjson.gz']))).toBe('a-2.ndjson.gz');
});
