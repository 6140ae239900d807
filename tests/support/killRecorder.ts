import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RecordReader } from '../../src/main/engine/recording/readRecords.ts';
import type { SegmentDamage } from '../../src/main/engine/recording/readSegment.ts';
import { readSegment } from '../../src/main/engine/recording/readSegment.ts';
import { repairTail } from '../../src/main/engine/recording/repairTail.ts';
import { madeText } from './madeInput.ts';

export interface KillResult {
  /** Empty: nothing was lost that may not be. */
  readonly problems: readonly string[];
  readonly killedAfterMs: number;
  readonly given: number;
  readonly readBack: number;
  /** Newest input read, before the kill. */
  readonly lostMs: number;
  /** Longest that the machine let the program stand: it comes on top of what a kill may cost. */
  readonly stoodMs: number;
  readonly tornBytes: number;
}

/** What a kill may cost. */
const mayLoseMs = 1_000;
const child = join(import.meta.dirname, 'recordingChild.ts');

/** Kills a recording program at a moment and reads everything back. */
export async function killRecorder(afterMs: number, rate: number): Promise<KillResult> {
  const folder = mkdtempSync(join(tmpdir(), 'truetape-kill-'));
  try {
    const told = await runUntilKilled(folder, afterMs, rate);
    return await judge(folder, afterMs, told);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Told {
  readonly given: number;
  readonly time: number;
}

async function runUntilKilled(
  folder: string,
  afterMs: number,
  rate: number,
): Promise<readonly Told[]> {
  const running = spawn(process.execPath, [child, folder, String(rate)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told: Told[] = [];
  let rest = '';
  running.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [given = 0, time = 0] = line.split(' ').map(Number);
      told.push({ given, time });
    }
  });
  const ended = new Promise<void>((resolve) => {
    running.once('close', () => resolve());
  });
  while (told.length === 0) await sleep(5);
  await sleep(afterMs);
  running.kill('SIGKILL');
  await ended;
  return told;
}

async function judge(folder: string, afterMs: number, told: readonly Told[]): Promise<KillResult> {
  const problems: string[] = [];
  const last = told.at(-1) ?? { given: 0, time: 0 };
  const stoodMs = told.reduce(
    (longest, { time }, index) => Math.max(longest, time - (told[index - 1]?.time ?? time)),
    0,
  );
  const due = told.findLast(({ time }) => time <= last.time - mayLoseMs - stoodMs)?.given ?? 0;
  let number = 0;
  let tornBytes = 0;
  const paths = readdirSync(folder)
    .filter((name) => !name.endsWith('.part'))
    .sort()
    .filter((name, index, names) => !names.slice(0, index).some((other) => name === `${other}.zst`))
    .map((name) => join(folder, name));
  for (const [index, path] of paths.entries()) {
    const isLast = index === paths.length - 1;
    if (isLast && !path.endsWith('.zst')) tornBytes = await repaired(path, problems);
    number = await readOn(path, number, problems);
  }
  if (number < due)
    problems.push(`only ${number} of ${due} inputs that are older than ${mayLoseMs} ms`);
  const newest = told.findLast(({ given }) => given <= number)?.time ?? last.time;
  return {
    problems,
    killedAfterMs: afterMs,
    given: last.given,
    readBack: number,
    lostMs: last.time - newest,
    stoodMs,
    tornBytes,
  };
}

/** The torn end goes, and nothing in front of it. */
async function repaired(path: string, problems: string[]): Promise<number> {
  const before = readFileSync(path);
  if (before.length < 12) return before.length;
  await repairTail(path);
  const after = readFileSync(path);
  if (!before.subarray(0, after.length).equals(after))
    problems.push(`${path}: the repair changed it`);
  if ((await repairTail(path)) !== null) problems.push(`${path}: still damaged after its repair`);
  return before.length - after.length;
}

async function readOn(path: string, from: number, problems: string[]): Promise<number> {
  let number = from;
  if (readFileSync(path).length < 12) return number;
  const reader = new RecordReader();
  const onDamage = (damage: SegmentDamage): void => {
    problems.push(`${path}: damaged at ${damage.offset}, ${damage.reason}`);
  };
  for await (const frame of readSegment(path, onDamage)) {
    if (frame.type !== 'records') continue;
    if (frame.firstInput !== number + 1) problems.push(`${path}: input ${number + 1} is missing`);
    for (const item of reader.read(frame.body)) {
      if (item.type !== 'input' || item.input.type !== 'frame') continue;
      number += 1;
      if (item.input.text !== madeText(number))
        problems.push(`${path}: input ${number} is another`);
    }
  }
  return number;
}
