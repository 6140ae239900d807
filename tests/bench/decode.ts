/**
 * Bytes to validated book and tape state, against bare `JSON.parse` of the same bytes: both from the same Buffers, taken
 * in turns. Usage: TRUETAPE_FIXTURES=FOLDER node tests/bench/decode.ts [ROUNDS]
 */
import { decodeAll, parseOnly, readFrames } from './recordedFrames.ts';

const folder = process.env['TRUETAPE_FIXTURES'];
const rounds = Number(process.argv[2] ?? 15);
const finalBook = '1c49adbccd208ab0c5a7b5e8051c23834b6b6292fd5861e951ff00d97a25cd5f';

function elapsedMs(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((first, second) => first - second);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function run(root: string): void {
  const { frames, snapshot } = readFrames(root);
  const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
  const parseTimes: number[] = [];
  const decodeTimes: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < rounds + 2; round += 1) {
    const parseMs = elapsedMs(() => parseOnly(frames));
    const decodeMs = elapsedMs(() => {
      if (decodeAll(frames, snapshot) !== finalBook) throw new Error('the book is not right');
    });
    if (round < 2) continue;
    parseTimes.push(parseMs);
    decodeTimes.push(decodeMs);
    ratios.push(decodeMs / parseMs);
  }
  const rate = (ms: number) => `${Math.round(frames.length / ms)}k msg/s`;
  const parseMs = median(parseTimes);
  const decodeMs = median(decodeTimes);
  process.stdout.write(
    `${frames.length} frames, ${(bytes / 1e6).toFixed(1)} MB, ${rounds} rounds, medians\n` +
      `JSON.parse alone       ${parseMs.toFixed(0)} ms  ${rate(parseMs)}\n` +
      `to book and tape state ${decodeMs.toFixed(0)} ms  ${rate(decodeMs)}\n` +
      `ratio                  ${median(ratios).toFixed(2)}\n`,
  );
}

if (folder === undefined) {
  process.stderr.write('Set TRUETAPE_FIXTURES to the folder of the recorded frames.\n');
  process.exitCode = 2;
} else run(folder);
