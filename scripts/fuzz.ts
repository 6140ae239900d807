/**
 * Broken frames through every decoder: `npm run fuzz [-- --frames N] [--seed N] [--venue NAME]`. No crash, no hang, no growing
 * heap; every rejection has a reason; two decoders of one message agree.
 */
import { parseArgs } from 'node:util';
import type { FuzzReport } from '../tests/support/fuzz.ts';
import { collectFrames, fuzzVenue } from '../tests/support/fuzz.ts';

const maxGrowthBytes = 4 * 1024 * 1024;
const mebibyte = 1024 * 1024;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function heapAfterCollection(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  for (let round = 0; round < 3; round += 1) globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** Tells each tenth; bytes from the first of them on are what the decoder kept. */
class Progress {
  private readonly venue: string;
  private readonly frames: number;
  private readonly beginMs = performance.now();
  private tenths = 0;
  private earlyBytes = 0;

  constructor(venue: string, frames: number) {
    this.venue = venue;
    this.frames = frames;
  }

  note(done: number): void {
    if (done < ((this.tenths + 1) * this.frames) / 10) return;
    this.tenths += 1;
    const heap = heapAfterCollection();
    if (this.tenths === 1) this.earlyBytes = heap;
    const passed = `${(heap / mebibyte).toFixed(2)} MiB, ${this.seconds()} s`;
    say(`  ${this.venue} ${this.tenths * 10} %: heap ${passed}`);
  }

  growth(): number {
    return heapAfterCollection() - this.earlyBytes;
  }

  seconds(): string {
    return ((performance.now() - this.beginMs) / 1000).toFixed(1);
  }
}

function problemsOf(report: FuzzReport, growth: number): readonly string[] {
  const rejections = [...report.rejected.values()].reduce((sum, count) => sum + count, 0);
  return [
    ...(growth > maxGrowthBytes ? ['the heap grows'] : []),
    ...(report.accepted + rejections === report.frames ? [] : ['frames are not accounted for']),
    ...(report.rejected.has('') ? ['rejections without a reason'] : []),
    ...report.slow.map(
      ({ text, tookMs }) => `${tookMs.toFixed(0)} ms for ${JSON.stringify(text.slice(0, 300))}`,
    ),
  ];
}

function main(): number {
  const { values } = parseArgs({
    options: {
      frames: { type: 'string', default: '10000000' },
      seed: { type: 'string', default: '1' },
      venue: { type: 'string' },
    },
  });
  const frames = Number(values.frames);
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(frames) || frames < 1 || !Number.isSafeInteger(seed)) {
    say('--frames and --seed take whole numbers.');
    return 2;
  }
  let failed = 0;
  for (const [venue, corpus] of collectFrames()) {
    if (values.venue !== undefined && values.venue !== venue) continue;
    const progress = new Progress(venue, frames);
    const report = fuzzVenue(venue, corpus, frames, seed, (done) => progress.note(done));
    const growth = progress.growth();
    say(`${venue}: ${frames} frames in ${progress.seconds()} s, ${report.accepted} accepted`);
    const rejected = [...report.rejected].sort((first, second) => second[1] - first[1]);
    for (const [reason, count] of rejected) say(`  ${String(count).padStart(9)} ${reason}`);
    const compared = report.compared > 0 ? `, ${report.compared} through both decoders` : '';
    const slowest = `slowest frame ${report.slowestMs.toFixed(2)} ms`;
    say(`  heap ${(growth / mebibyte).toFixed(2)} MiB from 10 % to the end, ${slowest}${compared}`);
    const problems = problemsOf(report, growth);
    for (const problem of problems) say(`  FAILED: ${problem}`);
    if (problems.length > 0) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = main();
