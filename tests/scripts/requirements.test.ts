import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { computeCoverage, findTitleIds, parseRows } from '../../scripts/requirements.ts';

function readDocument(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
}

test('finds every row of the two documents, each once', () => {
  const requirements = parseRows(readDocument('requirements.md')).map((row) => row.id);
  const faults = parseRows(readDocument('faults.md')).map((row) => row.id);
  const announced = [...readDocument('requirements.md').matchAll(/^## S\d .*\((\d+)\)$/gm)];
  const total = announced.reduce((sum, [, count]) => sum + Number(count), 0);
  expect({ rows: requirements.length, different: new Set(requirements).size }).toEqual({
    rows: total,
    different: total,
  });
  expect(faults.length).toBeGreaterThan(60);
  expect(new Set([...requirements, ...faults]).size).toBe(total + faults.length);
});

test('reads ids from titles only, whatever the quotes and the form of the call', () => {
  const source = `
    // [S0-01] in a comment
    const note = '[S0-02] in a string';
    test('resubscribes once [S0-03]', () => { expect(x).toBe('[S0-04]'); });
    it.skip("stays marked [S0-05, N04]", async () => {});
    test.each([[1], [2]])(\`is the same [S1-06]\`, () => {});
    describe('health [D01] [D02]', () => {});
    test('it is not [an id]', () => {});
  `;
  expect([...findTitleIds('tests/a.test.ts', source)].toSorted()).toEqual([
    'D01',
    'D02',
    'N04',
    'S0-03',
    'S0-05',
    'S1-06',
  ]);
});

test('lists rows with their files, rows without any, and ids that are no row', () => {
  const rows = parseRows('| S0-01 P | one | x | y |\n| N01 | two | x | y |\n');
  const sources = new Map([
    ['tests/a.test.ts', `test('a [S0-01]', () => {}); test('b [S9-99]', () => {});`],
    ['tests/b.test.ts', `test('c [S0-01]', () => {});`],
  ]);
  expect(computeCoverage(rows, sources)).toEqual({
    covered: [
      { row: { id: 'S0-01', name: 'one' }, files: ['tests/a.test.ts', 'tests/b.test.ts'] },
      { row: { id: 'N01', name: 'two' }, files: [] },
    ],
    unknownIds: ['S9-99'],
  });
});
