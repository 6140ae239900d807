import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import { type FailedTest, formatCounts, type TestCounts } from '../../scripts/testCounts.ts';

/** A module that cannot be loaded and an error outside of any test each count as one failure. */
export function countTests(
  modules: readonly TestModule[],
  unhandledErrors: readonly SerializedError[],
): TestCounts {
  const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
  for (const module of modules) {
    let failedTests = 0;
    for (const testCase of module.children.allTests()) {
      const { state } = testCase.result();
      if (state === 'passed') counts.passed += 1;
      else if (state === 'failed') failedTests += 1;
      else counts.skipped += 1;
    }
    const failedOutsideTests = failedTests === 0 && !module.ok();
    counts.failed += failedOutsideTests ? 1 : failedTests;
  }
  return counts;
}

/** What may be repeated by name: none where a module could not be loaded, or an error belongs to no test. */
export function nameFailed(
  modules: readonly TestModule[],
  unhandledErrors: readonly SerializedError[],
): readonly FailedTest[] {
  const failed = modules.filter((module) => !module.ok());
  const tests = failed.map((module) => [...module.children.allTests('failed')]);
  if (unhandledErrors.length > 0 || tests.some(({ length }) => length === 0)) return [];
  return tests.flat().map(({ module, fullName }) => ({
    file: module.relativeModuleId,
    title: fullName,
  }));
}

/** Prints the totals as one plain line, and leaves them as JSON where TRUETAPE_COUNTS says. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const counts = countTests(modules, unhandledErrors);
    process.stdout.write(`${formatCounts(counts)}\n`);
    const path = process.env['TRUETAPE_COUNTS'];
    if (path === undefined) return;
    mkdirSync(dirname(path), { recursive: true });
    const failedTests = nameFailed(modules, unhandledErrors);
    writeFileSync(path, JSON.stringify({ ...counts, failedTests }));
  }
}
