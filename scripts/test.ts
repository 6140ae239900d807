import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findBrowser } from '../tests/support/browser.ts';
import {
  addCounts,
  formatCounts,
  noTests,
  parseEndToEndReport,
  parseUnitReport,
  type TestCounts,
} from './testCounts.ts';

interface Step {
  readonly name: string;
  readonly title: string;
  readonly hasTests?: boolean;
  run(): Promise<StepResult> | StepResult;
}

interface StepResult {
  readonly ok: boolean;
  readonly counts: TestCounts;
}

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
): StepResult {
  let counts = noTests;
  try {
    counts = parseReport(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'));
  } catch (error) {
    process.stderr.write(`${path}: ${describeError(error)}\n`);
    return { ok: false, counts: { ...noTests, failed: 1 } };
  }
  if (ok || counts.failed > 0) return { ok: ok && counts.failed === 0, counts };
  return { ok, counts: { ...counts, failed: 1 } };
}

function runUnitTests(): StepResult {
  rmSync(new URL(`../${unitReport}`, import.meta.url), { force: true });
  const ok = runCommand('npx --no-install vitest run --allowOnly=false', {
    TRUETAPE_COUNTS: unitReport,
  });
  return readReport(ok, unitReport, parseUnitReport);
}

async function runEndToEndTests(): Promise<StepResult> {
  rmSync(new URL(`../${endToEndReport}`, import.meta.url), { force: true });
  const browser = await findBrowser();
  if (browser === undefined) {
    process.stdout.write(
      'NO BROWSER WAS FOUND: every end-to-end test is skipped. ' +
        'Install Chromium or Chrome, or name one in TRUETAPE_CHROMIUM.\n',
    );
    // A listing reports each test as skipped.
    const listed = runCommand('npx --no-install playwright test --list');
    return readReport(listed, endToEndReport, parseEndToEndReport);
  }
  process.stdout.write(`${browser.executablePath} (${browser.source})\n`);
  const ok = runCommand('npx --no-install playwright test --forbid-only', {
    TRUETAPE_CHROMIUM: browser.executablePath,
    // Playwright sets FORCE_COLOR in its workers, and Node warns where both are set.
    NO_COLOR: undefined,
  });
  return readReport(ok, endToEndReport, parseEndToEndReport);
}

const steps: readonly Step[] = [
  { name: 'typecheck', title: 'Types', run: () => runCheck('npm run --silent typecheck') },
  { name: 'lint', title: 'Lint', run: () => runCheck('npm run --silent lint') },
  // Before the tests: some of them run the built program.
  { name: 'build', title: 'Build', run: () => runCheck('npm run --silent build') },
  { name: 'unit', title: 'Unit and integration tests', hasTests: true, run: runUnitTests },
  { name: 'e2e', title: 'End-to-end tests', hasTests: true, run: runEndToEndTests },
];

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function selectSteps(): readonly Step[] {
  const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
  const names = values.only ?? steps.map((step) => step.name);
  const unknown = names.find((name) => steps.every((step) => step.name !== name));
  if (unknown !== undefined) {
    const known = steps.map((step) => step.name).join(', ');
    throw new Error(`There is no step "${unknown}". The steps are ${known}.`);
  }
  return steps.filter((step) => names.includes(step.name));
}

async function runStep(step: Step): Promise<StepResult> {
  try {
    return await step.run();
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    return { ok: false, counts: { ...noTests, failed: 1 } };
  }
}

/** What does not compile is not tested; but whoever broke a unit test wants to know of the end-to-end tests as well. */
async function runSteps(selected: readonly Step[]): Promise<StepResult> {
  let counts = noTests;
  let allOk = true;
  for (const step of selected) {
    process.stdout.write(`\n== ${step.title}\n`);
    const startedAt = performance.now();
    const result = await runStep(step);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    counts = addCounts(counts, result.counts);
    process.stdout.write(`== ${step.title}: ${result.ok ? 'ok' : 'FAILED'} in ${seconds} s\n`);
    if (result.ok) continue;
    allOk = false;
    const outcome = step.hasTests ? 'Failed' : 'Stopped';
    process.stdout.write(`\n${outcome} at "${step.name}" (npm test -- --only ${step.name}).\n`);
    if (!step.hasTests) break;
  }
  return { ok: allOk, counts };
}

async function main(): Promise<void> {
  let selected: readonly Step[];
  try {
    selected = selectSteps();
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    process.exitCode = 2;
    return;
  }
  const { ok, counts } = await runSteps(selected);
  process.stdout.write(`\n${formatCounts(counts)}\n`);
  process.exitCode = ok ? 0 : 1;
}

await main();
