/**
 * Breaks one rule at a time in a copy of the tree and sees tests fail: `npm run mutations [-- --only TEXT] [--no-chaos]`. A
 * rule that can be broken unnoticed ends the program with code 1.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Mutant } from './mutations/mutants.ts';
import { mutants } from './mutations/mutants.ts';
import { mutate } from './mutations/mutate.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const parts = ['src', 'tests', 'scripts', 'docs', 'package.json', 'vitest.config.ts'];
const parametersOfTypes = ['tsconfig.json', 'tsconfig.base.json'];
const longestRunMs = 600_000;
const chaosSeeds = 12;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'truetape-mutants-'));
  for (const part of [...parts, ...parametersOfTypes]) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  return copy;
}

type Outcome = 'fails' | 'passes' | 'broken';

/** `broken`: not one test ran, so that nothing is proven. */
function runTests(
  copy: string,
  files: readonly string[],
  output: 'ignore' | 'inherit' = 'ignore',
): Outcome {
  const counts = join(copy, 'counts.json');
  rmSync(counts, { force: true });
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const flags = ['run', '--project', 'node', '--testTimeout', String(longestRunMs)];
  const { status } = spawnSync(process.execPath, [vitest, ...flags, ...files], {
    cwd: copy,
    env: { ...process.env, TRUETAPE_COUNTS: counts },
    stdio: output,
    timeout: longestRunMs,
  });
  if (status === 0) return 'passes';
  if (status === null) return 'fails';
  const text = readFileSync(counts, { encoding: 'utf8', flag: 'a+' });
  return /"failed":\s*[1-9]/.test(text) && !/"passed":\s*0\b/.test(text) ? 'fails' : 'broken';
}

function runChaos(copy: string): Outcome {
  const { status, stdout } = spawnSync(
    process.execPath,
    ['scripts/chaos.ts', '--seeds', String(chaosSeeds), '--bail'],
    { cwd: copy, encoding: 'utf8', timeout: longestRunMs },
  );
  if (status === 0) return 'passes';
  return status === null || stdout.includes('FAILED') ? 'fails' : 'broken';
}

interface Verdict {
  readonly mutant: Mutant;
  readonly tests: Outcome;
  /** Null: not asked for. */
  readonly chaos: Outcome | null;
}

function isKilled({ tests, chaos }: Verdict): boolean {
  return tests === 'fails' && (chaos === null || chaos === 'fails');
}

function judge(copy: string, mutant: Mutant, withChaos: boolean): Verdict {
  const path = join(copy, mutant.file);
  const original = readFileSync(path, 'utf8');
  writeFileSync(path, mutate(copy, mutant));
  try {
    const tests = runTests(copy, mutant.tests);
    const chaos = withChaos && mutant.chaos === true ? runChaos(copy) : null;
    return { mutant, tests, chaos };
  } finally {
    writeFileSync(path, original);
  }
}

function main(): number {
  const { values } = parseArgs({
    options: { only: { type: 'string', default: '' }, 'no-chaos': { type: 'boolean' } },
  });
  const chosen = mutants.filter(({ rule, file }) => `${rule} ${file}`.includes(values.only));
  const copy = copyTree();
  try {
    const named = [...new Set(chosen.flatMap((mutant) => mutant.tests))];
    if (runTests(copy, named, 'inherit') !== 'passes') {
      say('The tests fail without any mutation: nothing can be told.');
      return 1;
    }
    say(`${'tests'.padEnd(8)}${'chaos'.padEnd(8)}rule`);
    let survivors = 0;
    for (const mutant of chosen) {
      const verdict = judge(copy, mutant, values['no-chaos'] !== true);
      const killed = isKilled(verdict);
      if (!killed) survivors += 1;
      const columns = `${verdict.tests.padEnd(8)}${(verdict.chaos ?? '-').padEnd(8)}`;
      say(`${columns}${mutant.rule}${killed ? '' : '   SURVIVES'}`);
    }
    say(`${chosen.length - survivors} of ${chosen.length} broken rules were noticed`);
    return survivors === 0 && chosen.length > 0 ? 0 : 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

process.exitCode = main();
