import { expect, test } from 'vitest';
import { runChaos } from '../../support/chaos.ts';
import { readChaosFixtures } from '../../support/chaosFixtures.ts';

// `npm run chaos` runs many more.
const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

test.each(seeds)(
  'no fault of seed %i shows a wrong book, loses a trade unmarked or breaks a limit',
  (seed) => {
    const result = runChaos({ seed, seconds: 60 });
    expect(result.problems).toEqual([]);
    expect(result.schedule.length).toBeGreaterThan(10);
    expect(result.comparisons).toBeGreaterThan(5_000);
    expect(result.recoveredAfterMs).not.toBeNull();
  },
  60_000,
);

test('what failed once does not fail again', () => {
  for (const { seed, seconds, schedule, found } of readChaosFixtures()) {
    const { problems } = runChaos({ seed, seconds, schedule });
    expect([seed, found, problems]).toEqual([seed, found, []]);
  }
}, 120_000);
