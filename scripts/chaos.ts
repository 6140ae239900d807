import { parseArgs } from 'node:util';
import { runChaos } from '../tests/support/chaos.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10' },
    'first-seed': { type: 'string', default: '1' },
    seconds: { type: 'string', default: '60' },
    every: { type: 'string', default: '2000' },
  },
});
const firstSeed = Number(values['first-seed']);
const seeds = Number(values.seeds);
const seconds = Number(values.seconds);
const everyMs = Number(values.every);
const write = (line: string): boolean => process.stdout.write(`${line}\n`);

if (![firstSeed, seeds, seconds, everyMs].every((value) => Number.isInteger(value) && value >= 1)) {
  write('usage: npm run chaos -- --seeds N [--first-seed N] [--seconds S] [--every MS]');
  process.exitCode = 2;
} else {
  const failed: number[] = [];
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const started = performance.now();
    const result = runChaos({ seed, seconds, everyMs });
    const took = ((performance.now() - started) / 1000).toFixed(1);
    const recovered = result.recoveredAfterMs === null ? 'not' : `${result.recoveredAfterMs} ms`;
    write(
      `seed ${seed}: ${result.problems.length === 0 ? 'ok' : 'FAILED'}, ${result.schedule.length} faults, ` +
        `${result.inputs} inputs, ${result.comparisons} books compared, ${result.trades} trades, ` +
        `${result.gaps} gaps, ${result.resyncs} resyncs, ${result.reconnects} reconnects, ` +
        `recovered after ${recovered}, ${took} s`,
    );
    for (const problem of result.problems) write(`  ${problem}`);
    if (result.problems.length > 0) failed.push(seed);
  }
  write(failed.length === 0 ? `${seeds} seeds ok` : `failing seeds: ${failed.join(', ')}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
