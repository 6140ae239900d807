/**
 * Breaks one rule at a time in a copy of the tree and sees tests fail: `npm run mutations [-- --only TEXT] [--no-chaos] [--no-tests]`. A
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
function runTests(copy: string, file: string): Outcome {
  const counts = join(copy, 'counts.json');
  rmSync(counts, { force: true });
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const flags = ['--project', 'node', '--bail', '1', '--testTimeout', String(longestRunMs)];
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...flags, file], {
    cwd: copy,
    env: { ...process.env, TRUETAPE_COUNTS: counts },
    stdio: 'ignore',
    timeout: longestRunMs,
  });
  if (status === 0) return 'passes';
  if (status === null) return 'fails';
  const text = readFileSync(counts, { encoding: 'utf8', flag: 'a+' });
  return /"failed":\s*[1-9]/.test(text) ? 'fails' : 'broken';
}

/** Whether the tests of a file pass while no rule is broken: asked once, before they are used as proof. */
class SoundTests {
  private readonly copy: string;
  private readonly outcomes = new Map<string, Outcome>();

  constructor(copy: string) {
    this.copy = copy;
  }

  has(file: string): boolean {
    const known = this.outcomes.get(file) ?? runTests(this.copy, file);
    this.outcomes.set(file, known);
    return known === 'passes';
  }
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
  /** Null: not asked for. */
  readonly tests: Outcome | null;
  readonly chaos: Outcome | null;
}

function isKilled({ tests, chaos }: Verdict): boolean {
  const asked = [tests, chaos].filter((outcome) => outcome !== null);
  return asked.length > 0 && asked.every((outcome) => outcome === 'fails');
}

function judge(
  copy: string,
  sound: SoundTests,
  mutant: Mutant,
  asked: { readonly tests: boolean; readonly chaos: boolean },
): Verdict {
  const usable = asked.tests ? mutant.tests.filter((file) => sound.has(file)) : [];
  const path = join(copy, mutant.file);
  const original = readFileSync(path, 'utf8');
  writeFileSync(path, mutate(copy, mutant));
  try {
    let tests: Outcome = usable.length === 0 ? 'broken' : 'passes';
    for (const file of usable) {
      if (tests === 'passes') tests = runTests(copy, file);
    }
    const chaos = asked.chaos && mutant.chaos === true ? runChaos(copy) : null;
    return { mutant, tests: asked.tests ? tests : null, chaos };
  } finally {
    writeFileSync(path, original);
  }
}

function main(): number {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      'no-chaos': { type: 'boolean', default: false },
      'no-tests': { type: 'boolean', default: false },
    },
  });
  const asked = { tests: !values['no-tests'], chaos: !values['no-chaos'] };
  const chosen = mutants.filter(
    ({ rule, file, chaos }) =>
      `${rule} ${file}`.includes(values.only) && (asked.tests || chaos === true),
  );
  const copy = copyTree();
  try {
    const sound = new SoundTests(copy);
    say(`${'tests'.padEnd(8)}${'chaos'.padEnd(8)}rule`);
    let survivors = 0;
    for (const mutant of chosen) {
      const verdict = judge(copy, sound, mutant, asked);
      const killed = isKilled(verdict);
      if (!killed) survivors += 1;
      const columns = [verdict.tests, verdict.chaos]
        .map((each) => (each ?? '-').padEnd(8))
        .join('');
      say(`${columns}${mutant.rule}${killed ? '' : '   SURVIVES'}`);
    }
    say(`${chosen.length - survivors} of ${chosen.length} broken rules were noticed`);
    return survivors === 0 && chosen.length > 0 ? 0 : 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

process.exitCode = main();
