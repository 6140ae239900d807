/**
 * Random faults on virtual time: `npm run chaos -- --seeds 200 [--first-seed N] [--seconds S] [--every MS] [--keep]
 * [--bail]`. With `--keep` a failing run is written to the fixtures that `npm test` replays, with `--bail` it is the last.
 */
import { parseArgs } from 'node:util';
import { runChaos } from '../tests/support/chaos.ts';
import type { ChaosResult } from '../tests/support/chaos.ts';
import { addChaosFixture } from '../tests/support/chaosFixtures.ts';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function describe(result: ChaosResult, tookMs: number): string {
  const recovered =
    result.recoveredAfterMs === null
      ? 'not recovered'
      : `whole after ${result.recoveredAfterMs} ms`;
  return (
    `seed ${result.seed}: ${result.problems.length === 0 ? 'ok' : 'FAILED'}, ${result.schedule.length} faults, ` +
    `${result.inputs} inputs, ${result.comparisons} books compared, ${result.trades} trades, ${result.gaps} gaps, ` +
    `${result.resyncs} resyncs, ${result.reconnects} reconnects, ${recovered}, ${(tookMs / 1000).toFixed(1)} s`
  );
}

/** The run up to a little after its first problem. */
function keep(result: ChaosResult, seconds: number): void {
  const failedAt = result.failedAtMs ?? seconds * 1000;
  addChaosFixture({
    seed: result.seed,
    seconds: Math.min(seconds, Math.ceil(failedAt / 1000) + 1),
    found: (result.problems[0] ?? '').slice(0, 160),
    schedule: result.schedule.filter(({ atMs }) => atMs <= failedAt),
    clocks: result.clocks.filter(({ atMs }) => atMs <= failedAt),
  });
}

function main(): number {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '10' },
      'first-seed': { type: 'string', default: '1' },
      seconds: { type: 'string', default: '60' },
      every: { type: 'string', default: '2000' },
      keep: { type: 'boolean', default: false },
      bail: { type: 'boolean', default: false },
    },
  });
  const firstSeed = Number(values['first-seed']);
  const seeds = Number(values.seeds);
  const seconds = Number(values.seconds);
  const everyMs = Number(values.every);
  if (![firstSeed, seeds, seconds, everyMs].every((each) => Number.isInteger(each) && each >= 1)) {
    say(
      'usage: npm run chaos -- --seeds N [--first-seed N] [--seconds S] [--every MS] [--keep] [--bail]',
    );
    return 2;
  }
  const begin = performance.now();
  const failed: number[] = [];
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const started = performance.now();
    const result = runChaos({ seed, seconds, everyMs });
    say(describe(result, performance.now() - started));
    if (result.problems.length === 0) continue;
    for (const problem of result.problems) say(`  ${problem}`);
    const rest = `--seconds ${seconds} --every ${everyMs}`;
    say(`  again: npm run chaos -- --seeds 1 --first-seed ${seed} ${rest}`);
    failed.push(seed);
    if (values.keep) keep(result, seconds);
    if (values.bail) break;
  }
  const took = ((performance.now() - begin) / 1000).toFixed(0);
  say(
    failed.length === 0 ? `${seeds} seeds ok in ${took} s` : `failing seeds: ${failed.join(', ')}`,
  );
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = main();
