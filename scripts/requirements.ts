import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isRecord } from './json.ts';
import { firstArgument, parseSource, readLiteral, visitNodes } from './syntax.ts';

export interface RequirementRow {
  readonly id: string;
  readonly name: string;
}

export interface Coverage {
  readonly row: RequirementRow;
  readonly files: readonly string[];
}

/** Rows of a table whose first cell starts with an id such as `S0-09` or `N01`. */
export function parseRows(markdown: string): readonly RequirementRow[] {
  return [...markdown.matchAll(/^\| (S\d-\d\d|[A-Z]\d\d)(?: [A-Z])? \| ([^|]+) \|/gm)].map(
    ([, id = '', name = '']) => ({ id, name: name.trim() }),
  );
}

/** `test`, also of `test.skip(...)`, `test.each(...)(...)` and the like. */
function findCalledName(callee: unknown): unknown {
  if (!isRecord(callee)) return undefined;
  const inner = callee['object'] ?? callee['callee'] ?? callee['tag'];
  return inner === undefined ? callee['name'] : findCalledName(inner);
}

/** Ids in brackets inside a test's title, such as `[S0-09]` or `[S0-09, N04]`. */
export function findTitleIds(path: string, source: string): ReadonlySet<string> {
  const ids = new Set<string>();
  visitNodes(parseSource(path, source), (node) => {
    if (node['type'] !== 'CallExpression') return;
    const name = findCalledName(node['callee']);
    if (name !== 'test' && name !== 'it' && name !== 'describe') return;
    const title = readLiteral(firstArgument(node)) ?? '';
    for (const [, list = ''] of title.matchAll(/\[([^\]]+)\]/g)) {
      const named = list.split(/[\s,]+/).filter((id) => /^(S\d-\d\d|[A-Z]\d\d)$/.test(id));
      for (const id of named) ids.add(id);
    }
  });
  return ids;
}

export function computeCoverage(
  rows: readonly RequirementRow[],
  sourceByFile: ReadonlyMap<string, string>,
): { readonly covered: readonly Coverage[]; readonly unknownIds: readonly string[] } {
  const filesById = new Map<string, string[]>();
  for (const [file, source] of sourceByFile) {
    for (const id of findTitleIds(file, source)) {
      filesById.set(id, [...(filesById.get(id) ?? []), file]);
    }
  }
  const known = new Set(rows.map((row) => row.id));
  return {
    covered: rows.map((row) => ({ row, files: filesById.get(row.id) ?? [] })),
    unknownIds: [...filesById.keys()].filter((id) => !known.has(id)).toSorted(),
  };
}

function printCoverage(title: string, covered: readonly Coverage[], isBrief: boolean): void {
  const withTest = covered.filter(({ files }) => files.length > 0);
  process.stdout.write(`${title}: ${withTest.length} of ${covered.length} have a test\n`);
  if (isBrief) return;
  for (const { row, files } of covered) {
    const where = files.length > 0 ? files.join(', ') : 'no test';
    process.stdout.write(`  ${row.id.padEnd(6)} ${row.name}: ${where}\n`);
  }
}

function main(): void {
  const { values } = parseArgs({ options: { brief: { type: 'boolean', default: false } } });
  const root = fileURLToPath(new URL('..', import.meta.url));
  const files = globSync('tests/**/*.{test,spec}.{ts,tsx}', { cwd: root }).toSorted();
  const sourceByFile = new Map(
    files.map((file) => [file.replaceAll('\\', '/'), readFileSync(join(root, file), 'utf8')]),
  );
  const requirements = parseRows(readFileSync(join(root, 'docs/requirements.md'), 'utf8'));
  const faults = parseRows(readFileSync(join(root, 'docs/faults.md'), 'utf8'));
  const { covered, unknownIds } = computeCoverage([...requirements, ...faults], sourceByFile);
  printCoverage('Requirements', covered.slice(0, requirements.length), values.brief);
  printCoverage('Faults', covered.slice(requirements.length), values.brief);
  for (const id of unknownIds) process.stderr.write(`A test names ${id}, which is no row.\n`);
  if (unknownIds.length > 0) process.exitCode = 1;
}

if (import.meta.main) main();
