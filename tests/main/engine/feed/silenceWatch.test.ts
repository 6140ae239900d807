import { expect, test } from 'vitest';
import { SilenceWatch } from '../../../../src/main/engine/feed/silenceWatch.ts';
import { throughJson } from '../../../support/throughJson.ts';

function limitAfter(gaps: readonly number[], scheduleMs: number | null): number {
  const watch = new SilenceWatch(scheduleMs);
  let now = 1_000;
  watch.begin(now);
  for (const gap of gaps) {
    now += gap;
    watch.touch(now);
  }
  const copy = new SilenceWatch(scheduleMs);
  copy.restore(throughJson(watch.save()));
  expect(copy.limitMs()).toBe(watch.limitMs());
  return watch.limitMs();
}

const many = (gap: number): number[] => Array.from({ length: 300 }, () => gap);

test.each([
  ['nothing learned yet', [], null, 10_000],
  ['fast: at least one second', many(5), null, 1_000],
  ['fast: four times the p99', [...many(100), 400, 400, 400], null, 1_600],
  [
    'fast with rare long gaps: at most three seconds',
    [...many(50), 9_000, 9_000, 9_000],
    null,
    3_000,
  ],
  ['slow on a schedule of a second', many(1_000), 1_000, 4_000],
  ['slow on a schedule, irregular: at most ten seconds', many(4_000), 1_000, 10_000],
  ['a schedule of three seconds is not judged before two were missed', many(300), 3_000, 7_500],
  ['slow without a schedule: at least ten seconds', many(1_000), null, 10_000],
  ['slow without a schedule: at most a minute', many(40_000), null, 60_000],
] as const)('%s', (_name, gaps, scheduleMs, limitMs) => {
  expect(limitAfter(gaps, scheduleMs)).toBe(limitMs);
});
