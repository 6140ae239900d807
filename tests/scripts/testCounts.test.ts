import { expect, test } from 'vitest';
import {
  addCounts,
  formatCounts,
  mergeRepeat,
  parseEndToEndReport,
  parseFailedEndToEnd,
  parseFailedUnits,
  parseUnitReport,
} from '../../scripts/testCounts.ts';

const stats = { expected: 5, unexpected: 2, flaky: 1, skipped: 3 };

test('sums the runners into the closing line', () => {
  const unit = parseUnitReport('{"passed":10,"failed":0,"skipped":1}');
  const endToEnd = parseEndToEndReport(JSON.stringify({ stats, errors: [] }));
  expect(formatCounts(addCounts(unit, endToEnd))).toBe('15 passed, 3 failed, 4 skipped');
});

test('counts an end-to-end run that broke outside of its tests as failed', () => {
  const nothingRan = { expected: 0, unexpected: 0, flaky: 0, skipped: 0 };
  const report = JSON.stringify({ stats: nothingRan, errors: [{ message: 'no such file' }] });
  expect(parseEndToEndReport(report)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('names what failed, so that only that is repeated', () => {
  const failedTests = [{ file: 'tests/a.test.ts', title: 'outer > inner' }];
  expect(parseFailedUnits(JSON.stringify({ failedTests }))).toEqual(failedTests);
  const spec = (title: string, ok: boolean) => ({ title, ok });
  const suites = [
    {
      file: 'a.spec.ts',
      specs: [spec('fine', true), spec('bad', false)],
      suites: [{ file: 'a.spec.ts', specs: [spec('deep', false)] }],
    },
  ];
  expect(parseFailedEndToEnd(JSON.stringify({ suites, errors: [] }))).toEqual([
    { file: 'a.spec.ts', title: 'bad' },
    { file: 'a.spec.ts', title: 'deep' },
  ]);
  expect(parseFailedEndToEnd(JSON.stringify({ suites, errors: [{ message: 'x' }] }))).toEqual([]);
});

test('a repeat takes back only what passed in it', () => {
  const first = { passed: 10, failed: 3, skipped: 1 };
  const repeat = { passed: 8, failed: 1, skipped: 0 };
  expect(mergeRepeat(first, repeat)).toEqual({ passed: 12, failed: 1, skipped: 1 });
  const worse = { passed: 0, failed: 5, skipped: 0 };
  expect(mergeRepeat(first, worse)).toEqual(first);
});

test.each(['{}', '{"stats":{}}', '[]', 'null', '{"passed":-1}', '{"passed":"1"}'])(
  'refuses the report %s instead of counting nothing',
  (text) => {
    expect(() => parseUnitReport(text)).toThrow(Error);
    expect(() => parseEndToEndReport(text)).toThrow(Error);
  },
);
