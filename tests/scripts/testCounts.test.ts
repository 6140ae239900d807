import { expect, test } from 'vitest';
import {
  addCounts,
  formatCounts,
  parseEndToEndReport,
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

test.each(['{}', '{"stats":{}}', '[]', 'null', '{"passed":-1}', '{"passed":"1"}'])(
  'refuses the report %s instead of counting nothing',
  (text) => {
    expect(() => parseUnitReport(text)).toThrow(Error);
    expect(() => parseEndToEndReport(text)).toThrow(Error);
  },
);
