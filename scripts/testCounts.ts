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

/** A test that failed, as its runner calls it; `file` is relative to the repository. */
export interface FailedTest {
  readonly file: string;
  readonly title: string;
}

/** Reads the names that `tests/support/countReporter.ts` wrote; empty where something outside of any test failed. */
export function parseFailedUnits(text: string): readonly FailedTest[] {
  const report: unknown = JSON.parse(text);
  const tests = isRecord(report) ? report['failedTests'] : undefined;
  if (!Array.isArray(tests)) throw new Error('The report has no "failedTests".');
  return tests.map((test: unknown) => {
    if (!isRecord(test)) throw new Error('A failed test of the report is not an object.');
    const { file, title } = test;
    if (typeof file !== 'string' || typeof title !== 'string') {
      throw new Error('A failed test of the report has no "file" or no "title".');
    }
    return { file, title };
  });
}

/** Of two runs, the second one only of what failed in the first: what passed then has passed. */
export function mergeRepeat(first: TestCounts, repeat: TestCounts): TestCounts {
  const mended = Math.max(0, first.failed - repeat.failed);
  return { ...first, passed: first.passed + mended, failed: first.failed - mended };
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

/** Reads the names of Playwright's JSON report; empty where something outside of any test failed. */
export function parseFailedEndToEnd(text: string): readonly FailedTest[] {
  const report: unknown = JSON.parse(text);
  if (!isRecord(report)) throw new Error('The report is not an object.');
  const isWhole = Array.isArray(report['errors']) && report['errors'].length === 0;
  return isWhole ? failedOf(report, '') : [];
}

function failedOf(suite: Readonly<Record<string, unknown>>, path: string): readonly FailedTest[] {
  const below = listOf(suite['suites']).flatMap((each) =>
    failedOf(each, typeof each['file'] === 'string' ? each['file'] : path),
  );
  const own = listOf(suite['specs'])
    .filter((spec) => spec['ok'] !== true)
    .map((spec) => ({ file: path, title: String(spec['title']) }));
  return [...own, ...below];
}

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
