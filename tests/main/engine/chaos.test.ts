import { expect, test } from 'vitest';
import { runChaos } from '../../support/chaos.ts';
import { readChaosFixtures } from '../../support/chaosFixtures.ts';

// `TRUETAPE_LONG=1` runs ten, `npm run chaos` many more.
const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].slice(process.env['TRUETAPE_LONG'] === '1' ? 0 : 6);

test.each(seeds)(
  'no fault of seed %i shows a wrong book, loses a trade unmarked or breaks a limit',
  (seed) => {
    const result = runChaos({ seed, seconds: 60 });
    expect(result.problems).toEqual([]);
    expect(result.schedule.length).toBeGreaterThan(10);
    // Of books that count: a run in which few of them do proves nothing.
    expect(result.comparisons).toBeGreaterThan(8_000);
    expect(result.recoveredAfterMs).not.toBeNull();
  },
);

test('what failed once does not fail again', () => {
  for (const { seed, seconds, schedule, clocks, found } of readChaosFixtures()) {
    const drawn = clocks === undefined ? {} : { clocks };
    const { problems } = runChaos({ seed, seconds, schedule, ...drawn });
    expect([seed, found, problems]).toEqual([seed, found, []]);
  }
});
