/**
 * A session with a million trades as CSV, Parquet and JSON, in the thread that exports run in, while this one handles 5,000
 * messages a second. Usage: node tests/bench/export.ts [TRADES]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExportJobs } from '../../src/main/engine/export/exportJobs.ts';
import { systemClock } from '../../src/main/engine/ports/clock.ts';
import { systemFiles } from '../../src/main/engine/ports/files.ts';
import { packSegment } from '../../src/main/engine/recording/packSegment.ts';
import { Recorder } from '../../src/main/engine/recording/recorder.ts';
import { RecordingLibrary } from '../../src/main/engine/recording/recordingLibrary.ts';
import type { ExportJob } from '../../src/shared/exports.ts';
import { tableFormats } from '../../src/shared/exports.ts';
import { BenchSession, binanceInstrument } from './benchSession.ts';

const trades = Number(process.argv[2] ?? 1_000_000);
const livePerSec = 5_000;
const recordedPerSec = 2_000;
const bases = ['BTC', 'ETH', 'SOL', 'XRP'];
/** The design's limits for a million rows: seconds, and how long the loop beside it may be held. */
const mustSec = { csv: 4, json: null, parquet: 6 } as const;
const mustLoopMs = 20;
const worker = new URL('../../src/main/engine/export/exportWorker.ts', import.meta.url);

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function judged(value: number, limit: number | null, unit: string): string {
  if (limit === null) return 'no limit';
  return `${limit} ${unit} ${value <= limit ? 'met' : 'MISSED'}`;
}

class TradeFrames {
  private draw = 17;
  private count = 0;

  next(time: number): string {
    this.count += 1;
    const symbol = `${bases[this.count % bases.length] ?? ''}USDT`;
    const price = ((6_000_000 + Math.floor(this.random() * 4_000)) / 100).toFixed(2);
    const size = (0.00001 + this.random() ** 3).toFixed(5);
    const stamp = Math.round(time) - 3;
    return (
      `{"stream":"${symbol.toLowerCase()}@trade","data":{"e":"trade","E":${stamp},"s":"${symbol}","t":${Math.ceil(this.count / bases.length)},` +
      `"p":"${price}","q":"${size}","T":${stamp},"m":${this.random() < 0.5},"M":true}}`
    );
  }

  private random(): number {
    this.draw = (this.draw * 48_271) % 2_147_483_647;
    return this.draw / 2_147_483_647;
  }
}

function openSession(startTime: number): BenchSession {
  const markets = bases.map((base) => ({
    instrument: binanceInstrument(base),
    snapshot: () => null,
  }));
  const session = new BenchSession(markets, startTime);
  session.begin();
  return session;
}

async function record(library: RecordingLibrary): Promise<string> {
  const session = openSession(1_790_000_000_000);
  const { id, folder } = await library.create('simulated', session.time);
  const packing: Promise<void>[] = [];
  const recorder = new Recorder({
    files: systemFiles,
    clock: { ...systemClock, monotonicMs: () => session.monotonicMs, wallMs: () => session.time },
    folder,
    describe: () => ({ source: 'simulated' }),
    checkpoint: () => ({ inputs: session.core.view.sequence, state: session.core.save() }),
    stateHash: () => session.core.stateHash(),
    inputsHandled: session.core.view.sequence,
    onSegment: (path) => packing.push(packSegment(path)),
  });
  session.recorder = recorder;
  const frames = new TradeFrames();
  const start = session.time;
  for (let count = 0; count < trades; count += 1) {
    const time = start + (count * 1000) / recordedPerSec;
    session.frame(time, frames.next(time));
    if (count % 4_000 !== 0) continue;
    do await new Promise((resolve) => setImmediate(resolve));
    while (session.core.view.sequence - recorder.state.inputs > 20_000);
  }
  await recorder.stop();
  if (recorder.state.lostInputs > 0) throw new Error(`${recorder.state.lostInputs} inputs lost`);
  await Promise.all(packing);
  await library.change(id, { endTime: session.time });
  return id;
}

/** 5,000 messages a second through a core in this thread, until it is stopped; tells how long the loop stood still. */
function flow(): () => { readonly longestMs: number; readonly text: string } {
  const session = openSession(systemClock.wallMs());
  const frames = new TradeFrames();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const started = performance.now();
  const cpu = process.threadCpuUsage();
  let given = 0;
  delay.enable();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - started) * livePerSec) / 1000);
    for (; given < due; given += 1) {
      const time = systemClock.wallMs();
      session.frame(time, frames.next(time));
    }
  }, 2);
  return () => {
    clearInterval(timer);
    delay.disable();
    const { user, system } = process.threadCpuUsage(cpu);
    const seconds = (performance.now() - started) / 1000;
    const longestMs = delay.max / 1e6;
    const text =
      `${Math.round(given / seconds)} msg/s beside it in ${((user + system) / 10_000 / seconds).toFixed(0)} % of a core, ` +
      `loop p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms, longest ${longestMs.toFixed(1)} ms`;
    return { longestMs, text };
  };
}

async function untilEnded(jobs: ExportJobs, id: number): Promise<ExportJob> {
  for (;;) {
    const job = jobs.report().jobs.find((each) => each.id === id);
    if (job !== undefined && job.endedTime !== null) return job;
    await sleep(5);
  }
}

/** What the same frames cost a program that does nothing but read them. */
function bareParse(): number {
  const frames = new TradeFrames();
  const texts = Array.from({ length: 20_000 }, (_, index) =>
    frames.next(1_790_000_000_000 + index),
  );
  const started = performance.now();
  for (let count = 0; count < trades; count += 1) JSON.parse(texts[count % texts.length] ?? '');
  return (performance.now() - started) / 1000;
}

const root = mkdtempSync(join(tmpdir(), 'truetape-export-bench-'));
const library = new RecordingLibrary(systemFiles, join(root, 'recordings'));
const session = await record(library);
say(`${trades} trades recorded; load ${loadavg()[0]?.toFixed(1) ?? '?'}`);
const alone = flow();
await sleep(3_000);
say(`nothing is exported: ${alone().text}`);
const folder = join(root, 'exports');
const jobs = new ExportJobs({
  ...{ folder, library, worker, appVersion: 'bench', log: say },
});
for (const format of tableFormats) {
  const parseSec = bareParse();
  const stop = flow();
  const cpu = process.cpuUsage();
  const started = performance.now();
  const { id } = jobs.start({
    ...{ session, content: { type: 'table', table: 'trades', format }, from: null, to: null },
    ...{ markets: [], everyMs: 1000, interval: '1m', levels: 10, fileName: null },
  });
  const { status, rows, bytes, problem } = await untilEnded(jobs, id);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const flowed = stop();
  // Those of before the socket was open are not in the recording.
  if (status !== 'done' || rows < trades - recordedPerSec) process.exitCode = 1;
  say(
    `${format}: ${status} ${problem ?? ''} ${rows} rows, ${(bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s ` +
      `(${(seconds / parseSec).toFixed(1)} times bare JSON.parse of the frames, ${((user + system) / 1e6).toFixed(1)} s of CPU in all threads, load ${loadavg()[0]?.toFixed(1) ?? '?'}); ${flowed.text}; ` +
      `must: ${judged(seconds, mustSec[format], 's')}, loop ${judged(flowed.longestMs, mustLoopMs, 'ms')}`,
  );
}
await jobs.close();
rmSync(root, { recursive: true });
