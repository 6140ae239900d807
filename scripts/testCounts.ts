import { isRecord } from './json.ts';

/** What a test runner reports, however it counts by itself. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const noTests: TestCounts = { passed: 0, failed: 0, skipped: 0 };

export function addCounts(left: TestCounts, right: TestCounts): TestCounts {
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
  };
}

export function formatCounts({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function parseCount(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`The report has no count "${name}".`);
}

/** Reads what `tests/support/countReporter.ts` wrote. */
export function parseUnitReport(text: string): TestCounts {
  const report: unknown = JSON.parse(text);
  if (!isRecord(report)) throw new Error('The unit test report is not an object.');
  return {
    passed: parseCount(report['passed'], 'passed'),
    failed: parseCount(report['failed'], 'failed'),
    skipped: parseCount(report['skipped'], 'skipped'),
  };
}

/** Reads Playwright's JSON report. A test that passed at the second try counts as failed. */
export function parseEndToEndReport(text: string): TestCounts {
  const report: unknown = JSON.parse(text);
  const stats = isRecord(report) ? report['stats'] : undefined;
  if (!isRecord(report) || !isRecord(stats)) throw new Error('The report has no "stats".');
  const failedTests =
    parseCount(stats['unexpected'], 'unexpected') + parseCount(stats['flaky'], 'flaky');
  const errors = Array.isArray(report['errors']) ? report['errors'].length : 0;
  return {
    passed: parseCount(stats['expected'], 'expected'),
    failed: Math.max(failedTests, errors),
    skipped: parseCount(stats['skipped'], 'skipped'),
  };
}
