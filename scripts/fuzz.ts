/**
 * Broken frames through every decoder: `npm run fuzz [-- --frames N] [--seed N]`. No crash, no hang, no growing heap; every
 * rejection has a reason.
 */
import { parseArgs } from 'node:util';
import { collectFrames, fuzzVenue } from '../tests/support/fuzz.ts';

const maxGrowthBytes = 4 * 1024 * 1024;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function heapAfterCollection(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  for (let round = 0; round < 3; round += 1) globalThis.gc();
  return process.memoryUsage().heapUsed;
}

function main(): number {
  const { values } = parseArgs({
    options: { frames: { type: 'string' }, seed: { type: 'string' } },
  });
  const frames = Number(values.frames ?? 10_000_000);
  const seed = Number(values.seed ?? 1);
  if (!Number.isSafeInteger(frames) || frames < 1 || !Number.isSafeInteger(seed)) {
    say('--frames and --seed take whole numbers.');
    return 2;
  }
  let failed = 0;
  for (const [venue, corpus] of collectFrames()) {
    const begin = performance.now();
    let early = 0;
    const report = fuzzVenue(venue, corpus, frames, seed, (done) => {
      if (early === 0 && done >= frames / 10) early = heapAfterCollection();
    });
    const growth = heapAfterCollection() - early;
    const seconds = (performance.now() - begin) / 1_000;
    const rejected = [...report.rejected].sort((first, second) => second[1] - first[1]);
    say(`${venue}: ${frames} frames in ${seconds.toFixed(1)} s, ${report.accepted} accepted`);
    for (const [reason, count] of rejected) say(`  ${String(count).padStart(9)} ${reason}`);
    const compared = report.compared > 0 ? `, ${report.compared} through both decoders` : '';
    say(`  heap ${(growth / 1_048_576).toFixed(2)} MiB from 10 % to the end${compared}`);
    if (growth > maxGrowthBytes) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = main();
