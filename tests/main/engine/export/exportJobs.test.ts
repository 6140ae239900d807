import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ExportJobs } from '../../../../src/main/engine/export/exportJobs.ts';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import type { ExportContent, ExportJob, ExportRequest } from '../../../../src/shared/exports.ts';
import { eventually } from '../../../support/eventually.ts';
import { tradesAsCsv } from '../../../support/exportOptions.ts';
import { recordEngine } from '../../../support/recordEngine.ts';

const worker = new URL('../../../../src/main/engine/export/exportWorker.ts', import.meta.url);
const child = fileURLToPath(new URL('../../../support/exportChild.ts', import.meta.url));

let root = '';
let id = '';
let library: RecordingLibrary;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'truetape-jobs-'));
  library = new RecordingLibrary(systemFiles, join(root, 'recordings'));
  const session = await recordEngine(library, {}, (engine) => {
    engine.want(['BTC-USDT', 'ETH-USDT']);
    engine.run(8_000);
  });
  id = session.id;
});
afterAll(() => rmSync(root, { recursive: true }));

let places = 0;

function openJobs(
  folder = join(root, `exports-${(places += 1)}`),
  entry = worker,
  stillness: Promise<void> = Promise.resolve(),
): {
  readonly jobs: ExportJobs;
  readonly folder: string;
  readonly held: string[];
} {
  const held: string[] = [];
  const jobs = new ExportJobs({
    ...{ folder, library, worker: entry, appVersion: '1.2.3', log: () => undefined },
    async hold(session) {
      held.push(session);
      await stillness;
      return () => held.splice(held.indexOf(session), 1);
    },
    addressOf: (job) => `/api/exports/${job}`,
  });
  return { jobs, folder, held };
}

function request(changes: Partial<ExportRequest> = {}): ExportRequest {
  return {
    ...{ session: id, content: tradesAsCsv, from: null, to: null, markets: [] },
    ...{ everyMs: 1000, interval: '1s', levels: 20, fileName: null },
    ...changes,
  };
}

const longExport: ExportContent = { type: 'table', table: 'book', format: 'csv' };

function jobOf(jobs: ExportJobs, job: number): ExportJob | undefined {
  return jobs.report().jobs.find((each) => each.id === job);
}

function until(jobs: ExportJobs, isReached: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!isReached()) return;
      jobs.onChange = () => undefined;
      resolve();
    };
    jobs.onChange = look;
    look();
  });
}

function ended(jobs: ExportJobs, job: number): Promise<void> {
  return until(jobs, () => (jobOf(jobs, job)?.endedTime ?? null) !== null);
}

test('exports run one after another, and each file is there under its own name', async () => {
  const { jobs, folder, held } = openJobs();
  const first = jobs.start(request()).id;
  const second = jobs.start(request()).id;
  const third = jobs.start(request({ content: { type: 'report' } })).id;
  let mostRunning = 0;
  await until(jobs, () => {
    const { jobs: all } = jobs.report();
    mostRunning = Math.max(mostRunning, all.filter(({ status }) => status === 'running').length);
    return all.every(({ endedTime }) => endedTime !== null);
  });
  expect(mostRunning).toBe(1);
  expect(readdirSync(folder).sort()).toEqual([
    `${id}-report.html`,
    `${id}-trades-2.csv`,
    `${id}-trades.csv`,
  ]);
  const done = jobOf(jobs, second);
  expect(done).toMatchObject({ status: 'done', progress: 1, address: `/api/exports/${second}` });
  expect(done?.rows).toBeGreaterThan(100);
  expect(done?.bytes).toBe(statSync(jobs.pathOf(second) ?? '').size);
  expect(jobs.pathOf(first)).toBe(join(folder, `${id}-trades.csv`));
  expect(readFileSync(jobs.pathOf(third) ?? '', 'utf8')).toMatch(/^<!doctype html>/i);
  expect(held).toEqual([]);
  await jobs.close();
});

test('an export waits until its session is left alone, and one that is given up meanwhile never runs', async () => {
  const packing: { end: () => void } = { end: () => undefined };
  const stillness = new Promise<void>((resolve) => {
    packing.end = resolve;
  });
  const { jobs, folder, held } = openJobs(undefined, worker, stillness);
  const first = jobs.start(request()).id;
  const second = jobs.start(request()).id;
  await eventually(() => expect(held).toEqual([id]));
  expect(jobOf(jobs, first)?.status).toBe('waiting');
  jobs.cancel(first);
  packing.end();
  await ended(jobs, second);
  expect(jobOf(jobs, first)?.status).toBe('cancelled');
  expect(jobOf(jobs, second)?.status).toBe('done');
  expect(readdirSync(folder)).toEqual([`${id}-trades.csv`]);
  await eventually(() => expect(held).toEqual([]));
  await jobs.close();
});

test('[S08] a cancelled export leaves nothing, and the next one runs', async () => {
  const { jobs, folder } = openJobs();
  const long = jobs.start(request({ content: longExport, everyMs: 100, levels: 1000 })).id;
  const waiting = jobs.start(request()).id;
  const last = jobs.start(request()).id;
  jobs.cancel(waiting);
  await until(jobs, () => jobOf(jobs, long)?.status === 'running');
  jobs.cancel(long);
  await ended(jobs, last);
  expect(jobs.report().jobs.map(({ status }) => status)).toEqual([
    'done',
    'cancelled',
    'cancelled',
  ]);
  expect(jobs.pathOf(long)).toBeNull();
  expect(readdirSync(folder)).toEqual([`${id}-trades.csv`]);
  await jobs.close();
});

test('what cannot be exported says why', async () => {
  const { jobs, folder } = openJobs();
  const missing = jobs.start(request({ session: 'no-such-session' })).id;
  await ended(jobs, missing);
  expect(jobOf(jobs, missing)).toMatchObject({
    status: 'failed',
    problem: 'Nothing was exported: there is no such session any more.',
  });
  expect(() => jobs.start(request({ fileName: '../../.bashrc' }))).toThrow('path');
  expect(readdirSync(folder)).toEqual([]);
  await jobs.close();
});

/** A thread that begins a file and comes to no good end. */
function brokenWorker(end: string): URL {
  const code = `import { writeFileSync } from 'node:fs';
    import { parentPort, workerData } from 'node:worker_threads';
    const { folder, fileName, tag } = workerData;
    writeFileSync(folder + '/' + fileName + '.' + process.pid + '-' + tag + '.part', 'half');
    parentPort.postMessage({ type: 'progress', progress: { progress: 0.5, rows: 1, bytes: 4 } });
    ${end}`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

test('[S08] a thread that dies, or does not end when it is told, leaves nothing', async () => {
  for (const end of [`process.exit(3);`, `throw new Error('no');`, `for (;;);`]) {
    const { jobs, folder } = openJobs(undefined, brokenWorker(end));
    const { id: job } = jobs.start(request());
    await until(jobs, () => jobOf(jobs, job)?.rows === 1);
    expect(readdirSync(folder)).toHaveLength(1);
    if (end.startsWith('for')) jobs.cancel(job);
    await ended(jobs, job);
    const expected = end.startsWith('for')
      ? { status: 'cancelled', problem: null }
      : { status: 'failed', problem: expect.stringContaining('ended unexpectedly') };
    expect(jobOf(jobs, job)).toMatchObject(expected);
    expect(readdirSync(folder)).toEqual([]);
    await jobs.close();
  }
});

test('an export that would fill the disk to its last byte ends, and leaves nothing', async () => {
  const rooms: number[] = [];
  const openRoomy = (entry: URL) => {
    const folder = join(root, `exports-${(places += 1)}`);
    const files = { ...systemFiles, freeBytes: () => Promise.resolve(rooms.shift() ?? 0) };
    const jobs = new ExportJobs({
      ...{ folder, library, worker: entry, appVersion: '1.2.3', log: () => undefined, files },
    });
    return { jobs, folder };
  };
  const failed = {
    status: 'failed',
    problem: 'Nothing was exported: the disk has too little room. Make room, then export again.',
  };
  const least = 200 * 1024 * 1024;
  rooms.push(least - 1);
  const full = openRoomy(worker);
  const { id: first } = full.jobs.start(request());
  await ended(full.jobs, first);
  expect(jobOf(full.jobs, first)).toMatchObject(failed);
  expect(readdirSync(full.folder)).toEqual([]);
  await full.jobs.close();

  rooms.push(least, least - 1);
  const going = brokenWorker(`const alive = setInterval(() => undefined, 1000);
    parentPort.once('message', () => clearInterval(alive));`);
  const filling = openRoomy(going);
  const { id: second } = filling.jobs.start(request());
  await ended(filling.jobs, second);
  expect(jobOf(filling.jobs, second)).toMatchObject({ ...failed, rows: 1 });
  expect(readdirSync(filling.folder)).toEqual([]);
  await filling.jobs.close();
});

test('closing while an export runs leaves nothing and does not wait for it', async () => {
  const { jobs, folder } = openJobs();
  const long = jobs.start(request({ content: longExport, everyMs: 100, levels: 1000 })).id;
  await until(jobs, () => jobOf(jobs, long)?.status === 'running');
  await jobs.close();
  expect(readdirSync(folder)).toEqual([]);
  expect(() => jobs.start(request())).toThrow('closing');
});

test('[S08] killed during an export, there is no part under a final name, and the next start tidies up', async () => {
  const folder = join(root, 'killed');
  mkdirSync(folder);
  let seen = 0;
  for (let round = 0; round < 3; round += 1) {
    const args = [child, library.folder, id, folder];
    const running = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => running.stdout.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 40 * round));
    running.kill('SIGKILL');
    await new Promise((resolve) => running.once('exit', resolve));
    seen += readdirSync(folder).filter((name) => name.endsWith('.part')).length;
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.csv'))) {
      expect(readFileSync(join(folder, name), 'utf8').endsWith('1.2.3\r\n')).toBe(true);
    }
  }
  expect(seen).toBeGreaterThan(0);
  writeFileSync(join(folder, 'mine.part.txt'), '');
  const { jobs } = openJobs(folder);
  await jobs.close();
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  expect(readdirSync(folder)).toContain('mine.part.txt');
});
