/**
 * What it costs to write everything down, against bare `JSON.parse` of the same frames, then 50,000 messages a second onto
 * the disk. Usage: TRUETAPE_FIXTURES=FOLDER node tests/bench/recorder.ts [SECONDS]
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CoreInput } from '../../src/main/engine/inputs.ts';
import { systemClock } from '../../src/main/engine/ports/clock.ts';
import { systemFiles } from '../../src/main/engine/ports/files.ts';
import { packSegment } from '../../src/main/engine/recording/packSegment.ts';
import { RecordBlock } from '../../src/main/engine/recording/recordBlock.ts';
import { Recorder } from '../../src/main/engine/recording/recorder.ts';
import { readFrames } from './recordedFrames.ts';

const fixtures = process.env['TRUETAPE_FIXTURES'];
const seconds = Number(process.argv[2] ?? 10);
const perSec = 50_000;

function inputsOf(folder: string): readonly CoreInput[] {
  return readFrames(folder).frames.map((frame, index) => ({
    type: 'frame',
    connection: 'binance#1',
    generation: 1,
    text: frame.toString('utf8'),
    receivedTime: 1_790_000_000_000 + index / 50,
    monotonicMs: index / 50,
  }));
}

function perMessage(
  inputs: readonly CoreInput[],
  work: (input: CoreInput, index: number) => void,
): number {
  const times: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    const started = performance.now();
    for (const [index, input] of inputs.entries()) work(input, index);
    times.push(((performance.now() - started) / inputs.length) * 1000);
  }
  return times.toSorted((a, b) => a - b)[4] ?? Number.NaN;
}

function compare(inputs: readonly CoreInput[]): void {
  const block = new RecordBlock();
  const recordUs = perMessage(inputs, (input, index) => {
    block.addInput(input, index + 1);
    if (block.bytes > 256 * 1024) block.seal(index + 2);
  });
  const parseUs = perMessage(inputs, (input) => {
    if (input.type === 'frame') JSON.parse(input.text);
  });
  process.stdout.write(
    `${inputs.length} frames: written down in ${recordUs.toFixed(2)} us each with their checksums, ` +
      `JSON.parse alone ${parseUs.toFixed(2)} us, ratio ${(recordUs / parseUs).toFixed(2)}\n`,
  );
}

async function flood(inputs: readonly CoreInput[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'truetape-bench-'));
  const packing: Promise<void>[] = [];
  const recorder = new Recorder({
    files: systemFiles,
    clock: systemClock,
    folder,
    describe: () => ({ source: 'simulated' }),
    checkpoint: () => ({ inputs: 0, state: {} }),
    stateHash: () => '',
    inputsHandled: 0,
    onSegment: (path) => packing.push(packSegment(path)),
  });
  const delay = monitorEventLoopDelay({ resolution: 2 });
  delay.enable();
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  let given = 0;
  while (performance.now() - started < seconds * 1000) {
    const due = Math.floor(((performance.now() - started) * perSec) / 1000);
    for (; given < due; given += 1) {
      const input = inputs[given % inputs.length];
      if (input === undefined) break;
      recorder.tap({
        ...input,
        receivedTime: systemClock.wallMs(),
        monotonicMs: performance.now(),
      });
    }
    await sleep(2);
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  delay.disable();
  await recorder.stop();
  await Promise.all(packing);
  const { inputs: written, lostInputs } = recorder.state;
  const packed = readdirSync(folder).reduce(
    (sum, name) => sum + statSync(join(folder, name)).size,
    0,
  );
  process.stdout.write(
    `${Math.round(given / seconds)} msg/s for ${seconds} s: ${written} written, ${lostInputs} lost, ` +
      `${((user + system) / 10_000 / seconds).toFixed(0)} % of a core with packing, loop p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms, ` +
      `${(recorder.state.bytes / written).toFixed(0)} bytes a message, ${(packed / written).toFixed(0)} packed\n`,
  );
  rmSync(folder, { recursive: true });
}

if (fixtures === undefined) {
  process.stderr.write('Set TRUETAPE_FIXTURES to the folder of the recorded frames.\n');
  process.exitCode = 2;
} else {
  const inputs = inputsOf(fixtures);
  compare(inputs);
  await flood(inputs);
}
