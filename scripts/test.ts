import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findBrowser } from '../tests/support/browser.ts';
import {
  addCounts,
  type FailedTest,
  formatCounts,
  mergeRepeat,
  noTests,
  parseEndToEndReport,
  parseFailedEndToEnd,
  parseFailedUnits,
  parseUnitReport,
  type TestCounts,
} from './testCounts.ts';

interface Step {
  readonly name: string;
  readonly title: string;
  readonly hasTests?: boolean;
  run(): Promise<StepResult> | StepResult;
  /** Runs only what failed, alone. */
  repeat?(failed: readonly FailedTest[]): Promise<StepResult> | StepResult;
}

interface StepResult {
  readonly ok: boolean;
  readonly counts: TestCounts;
  /** Empty where that is not known. */
  readonly failed?: readonly FailedTest[];
}

/** More than these are a broken program, and no unlucky moment of a busy machine. */
const repeatLimit = 3;

const root = fileURLToPath(new URL('..', import.meta.url));
const unitReport = 'test-results/unit.json';
const endToEndReport = 'test-results/e2e.json';

/** One command line for a shell, since npm's own commands are `.cmd` files on Windows. */
function runCommand(commandLine: string, environment: NodeJS.ProcessEnv = {}): boolean {
  const { status } = spawnSync(commandLine, {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...environment },
    shell: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0;
}

function runCheck(commandLine: string): StepResult {
  const ok = runCommand(commandLine);
  return { ok, counts: ok ? noTests : { ...noTests, failed: 1 } };
}

/** A runner that fails although all of its tests passed, or that left no report, counts as one failure. */
function readReport(
  ok: boolean,
  path: string,
  parseReport: (text: string) => TestCounts,
  parseFailed: (text: string) => readonly FailedTest[],
): StepResult {
  let counts = noTests;
  let failed: readonly FailedTest[] = [];
  try {
    const text = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
    counts = parseReport(text);
    failed = parseFailed(text);
  } catch (error) {
    process.stderr.write(`${path}: ${describeError(error)}\n`);
    return { ok: false, counts: { ...noTests, failed: 1 } };
  }
  if (ok || counts.failed > 0) return { ok: ok && counts.failed === 0, counts, failed };
  return { ok, counts: { ...counts, failed: 1 } };
}

function runUnitTests(only: readonly FailedTest[] = []): StepResult {
  rmSync(new URL(`../${unitReport}`, import.meta.url), { force: true });
  const files = [...new Set(only.map(({ file }) => file))].join(' ');
  const ok = runCommand(`npx --no-install vitest run --allowOnly=false ${files}`, {
    TRUETAPE_COUNTS: unitReport,
  });
  return readReport(ok, unitReport, parseUnitReport, parseFailedUnits);
}

async function runEndToEndTests(only: readonly FailedTest[] = []): Promise<StepResult> {
  rmSync(new URL(`../${endToEndReport}`, import.meta.url), { force: true });
  const browser = await findBrowser();
  if (browser === undefined) {
    process.stdout.write(
      'NO BROWSER WAS FOUND: every end-to-end test is skipped. ' +
        'Install Chromium or Chrome, or name one in TRUETAPE_CHROMIUM.\n',
    );
    // A listing reports each test as skipped.
    const listed = runCommand('npx --no-install playwright test --list');
    return readReport(listed, endToEndReport, parseEndToEndReport, parseFailedEndToEnd);
  }
  process.stdout.write(`${browser.executablePath} (${browser.source})\n`);
  const selection = only.length === 0 ? '' : '--last-failed';
  const ok = runCommand(`npx --no-install playwright test --forbid-only ${selection}`, {
    TRUETAPE_CHROMIUM: browser.executablePath,
    // Playwright sets FORCE_COLOR in its workers, and Node warns where both are set.
    NO_COLOR: undefined,
  });
  return readReport(ok, endToEndReport, parseEndToEndReport, parseFailedEndToEnd);
}

const steps: readonly Step[] = [
  { name: 'typecheck', title: 'Types', run: () => runCheck('npm run --silent typecheck') },
  { name: 'lint', title: 'Lint', run: () => runCheck('npm run --silent lint') },
  // Before the tests: some of them run the built program.
  { name: 'build', title: 'Build', run: () => runCheck('npm run --silent build') },
  {
    ...{ name: 'unit', title: 'Unit and integration tests', hasTests: true },
    ...{ run: () => runUnitTests(), repeat: runUnitTests },
  },
  {
    ...{ name: 'e2e', title: 'End-to-end tests', hasTests: true },
    ...{ run: () => runEndToEndTests(), repeat: runEndToEndTests },
  },
];

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Selection {
  readonly steps: readonly Step[];
  /** A few tests that failed are run once more, and both is told. */
  readonly repeatsFailed: boolean;
}

function readArguments(): Selection {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      'repeat-failed': { type: 'boolean', default: false },
    },
  });
  const names = values.only ?? steps.map((step) => step.name);
  const unknown = names.find((name) => steps.every((step) => step.name !== name));
  if (unknown !== undefined) {
    const known = steps.map((step) => step.name).join(', ');
    throw new Error(`There is no step "${unknown}". The steps are ${known}.`);
  }
  return {
    steps: steps.filter((step) => names.includes(step.name)),
    repeatsFailed: values['repeat-failed'],
  };
}

async function attempt(run: () => Promise<StepResult> | StepResult): Promise<StepResult> {
  try {
    return await run();
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    return { ok: false, counts: { ...noTests, failed: 1 } };
  }
}

/** What failed with so few others that it may have been the moment, is run once more by itself. */
async function repeatFailed(step: Step, first: StepResult): Promise<StepResult> {
  const { failed = [], counts } = first;
  const { repeat } = step;
  const isKnown = failed.length > 0 && failed.length === counts.failed;
  if (repeat === undefined || !isKnown || failed.length > repeatLimit) return first;
  process.stdout.write(`\n== ${step.title}: once more, only what failed\n`);
  const again = await attempt(() => repeat(failed));
  return { ok: again.ok, counts: mergeRepeat(counts, again.counts), failed };
}

/** What does not compile is not tested; but whoever broke a unit test wants to know of the end-to-end tests as well. */
async function runSteps({ steps: selected, repeatsFailed }: Selection): Promise<StepResult> {
  let counts = noTests;
  let allOk = true;
  const unstable: FailedTest[] = [];
  for (const step of selected) {
    process.stdout.write(`\n== ${step.title}\n`);
    const startedAt = performance.now();
    let result = await attempt(() => step.run());
    if (!result.ok && repeatsFailed) {
      result = await repeatFailed(step, result);
      if (result.ok) unstable.push(...(result.failed ?? []));
    }
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    counts = addCounts(counts, result.counts);
    process.stdout.write(`== ${step.title}: ${result.ok ? 'ok' : 'FAILED'} in ${seconds} s\n`);
    if (result.ok) continue;
    allOk = false;
    const outcome = step.hasTests ? 'Failed' : 'Stopped';
    process.stdout.write(`\n${outcome} at "${step.name}" (npm test -- --only ${step.name}).\n`);
    if (!step.hasTests) break;
  }
  return { ok: allOk, counts, failed: unstable };
}

async function main(): Promise<void> {
  let selection: Selection;
  try {
    selection = readArguments();
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    process.exitCode = 2;
    return;
  }
  const { ok, counts, failed = [] } = await runSteps(selection);
  for (const { file, title } of failed) {
    process.stdout.write(`\nFailed once, and passed when repeated alone: ${file} > ${title}\n`);
  }
  process.stdout.write(`\n${formatCounts(counts)}\n`);
  process.exitCode = ok ? 0 : 1;
}

await main();
