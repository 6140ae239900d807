import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { ExportColumn } from '../../src/shared/exportSchema.ts';
import { exportSchema, exportSchemaVersion, originColumns } from '../../src/shared/exportSchema.ts';
import { exportTables } from '../../src/shared/exports.ts';

const page = readFileSync(
  fileURLToPath(new URL('../../docs/export-format.md', import.meta.url)),
  'utf8',
);

function cellsIn(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

function cellsOf(columns: readonly ExportColumn[]): string[][] {
  return columns.map(({ name, type, unit, description }) => [name, type, unit ?? '', description]);
}

test.each(exportTables)('the documentation tells the columns of %s as they are', (table) => {
  const [, text = ''] = page.split(`\n## \`${table}\`\n`);
  const [section = ''] = text.split('\n## ');
  expect(section).toContain(exportSchema[table].description);
  expect(cellsIn(section)).toEqual(cellsOf(exportSchema[table].columns));
});

test('the documentation tells the version, and what every row of a CSV file says of itself', () => {
  expect(page).toContain(`Schema version ${exportSchemaVersion}.`);
  const names = originColumns.map(({ name }) => name);
  expect(cellsIn(page).filter(([name = '']) => names.includes(name))).toEqual(
    cellsOf(originColumns),
  );
});

test('no table has a column twice, beside those of the origin', () => {
  for (const table of exportTables) {
    const names = [...exportSchema[table].columns, ...originColumns].map(({ name }) => name);
    expect(new Set(names).size, table).toBe(names.length);
  }
});
