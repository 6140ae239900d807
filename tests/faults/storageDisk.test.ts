import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CoreInput } from '../../src/main/engine/inputs.ts';
import { systemFiles } from '../../src/main/engine/ports/files.ts';
import { RecordReader } from '../../src/main/engine/recording/readRecords.ts';
import { readSegment } from '../../src/main/engine/recording/readSegment.ts';
import type { LostInputs } from '../../src/main/engine/recording/recordBlock.ts';
import type { RecorderLimits } from '../../src/main/engine/recording/recorder.ts';
import { Recorder } from '../../src/main/engine/recording/recorder.ts';
import type { RecordedSession } from '../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../src/main/engine/recording/recordingLibrary.ts';
import { verifySession } from '../../src/main/engine/replay/verifySession.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';
import { FaultyFiles } from '../support/faultyFiles.ts';
import { packState } from '../support/packState.ts';

const mebibyte = 1024 * 1024;
let root = '';
let library: RecordingLibrary;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'truetape-disk-'));
  library = new RecordingLibrary(systemFiles, root);
});
afterAll(() => rmSync(root, { recursive: true }));

/** An engine on the simulated market that is recorded on a disk with faults; virtual time, but for the disk itself. */
class RecordedEngine {
  readonly files = new FaultyFiles();
  readonly engine: EngineOnLinks;
  readonly recorder: Recorder;
  readonly id: string;
  handled = 0;
  /** Longest time between two ticks: how long the loop was held up. */
  longestTickMs = 0;
  private lastTickMs: number | null = null;

  private constructor(session: RecordedSession, limits: Partial<RecorderLimits>) {
    this.id = session.id;
    const state: { recorder?: Recorder } = {};
    this.engine = new EngineOnLinks({
      seed: 11,
      messagesPerSec: 500,
      onInput: (input) => state.recorder?.tap(input),
      onHandled: (input) => this.count(input),
    });
    state.recorder = new Recorder({
      files: this.files,
      clock: this.engine.links.clockPort,
      folder: session.folder,
      describe: () => ({ appVersion: '1.2.3', source: 'simulated' }),
      checkpoint: () => ({ inputs: this.engine.view.sequence, state: this.engine.core.save() }),
      stateHash: () => this.engine.core.stateHash(),
      inputsHandled: this.engine.view.sequence,
      onSegment: () => undefined,
      limits: { spaceCheckMs: 500, retryMs: 1_000, ...limits },
      packState,
    });
    this.recorder = state.recorder;
    this.engine.want(['BTC-USDT']);
  }

  static async start(limits: Partial<RecorderLimits> = {}): Promise<RecordedEngine> {
    return new RecordedEngine(await library.create('simulated', 1_790_000_000_000), limits);
  }

  /** In steps, so that the disk has its turn as in a real loop. */
  async run(forMs: number): Promise<void> {
    for (let passed = 0; passed < forMs; passed += 20) {
      this.engine.run(20);
      await this.letDiskWork();
    }
  }

  /** Until it has done what it can: a call that a fault holds up is not at work. */
  private async letDiskWork(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.files.working > 0);
  }

  async end(): Promise<RecordedSession> {
    await this.recorder.stop();
    this.engine.close();
    const session = await library.open(this.id);
    if (session === null) throw new Error('the session cannot be read back');
    return session;
  }

  private count(input: CoreInput): void {
    this.handled += 1;
    if (input.type !== 'tick') return;
    if (this.lastTickMs !== null) {
      this.longestTickMs = Math.max(this.longestTickMs, input.monotonicMs - this.lastTickMs);
    }
    this.lastTickMs = input.monotonicMs;
  }
}

async function lossesOf(session: RecordedSession): Promise<LostInputs[]> {
  const losses: LostInputs[] = [];
  for (const { path } of session.segments) {
    const reader = new RecordReader();
    for await (const frame of readSegment(path, () => undefined)) {
      if (frame.type !== 'records') continue;
      for (const item of reader.read(frame.body)) if (item.type === 'lost') losses.push(item.lost);
    }
  }
  return losses;
}

async function expectSameEnd(session: RecordedSession): Promise<void> {
  const { hashes, live, isEqual } = await verifySession(session, 3);
  expect(live).not.toBeNull();
  expect(new Set(hashes).size).toBe(1);
  expect(isEqual).toBe(true);
}

test('[S03] a disk that fills warns, then waits; live data continues, and after the command three replays end as the live run', async () => {
  const recorded = await RecordedEngine.start();
  const { files, recorder, engine } = recorded;
  files.freeSpace = 2_000 * mebibyte;
  await recorded.run(1_500);
  expect(recorder.state).toMatchObject({ status: 'recording', problem: null });
  files.freeSpace = 400 * mebibyte;
  await recorded.run(1_000);
  expect(recorder.state).toMatchObject({
    status: 'recording',
    problem: 'The disk is nearly full: 400 MiB are free.',
  });
  files.freeSpace = 99 * mebibyte;
  await recorded.run(1_000);
  expect(recorder.state.status).toBe('paused');
  expect(recorder.state.problem).toContain('only 99 MiB are free. Live data continues.');
  const before = recorded.handled;
  await recorded.run(1_000);
  expect(recorded.handled - before).toBeGreaterThan(40);
  expect(engine.view.priceOf('BTC-USDT').status).toBe('live');
  files.freeSpace = 2_000 * mebibyte;
  await recorded.run(1_000);
  expect(recorder.state.status).toBe('paused');
  recorder.resume();
  await recorded.run(1_500);
  expect(recorder.state).toMatchObject({ status: 'recording', problem: null });
  const session = await recorded.end();
  const losses = await lossesOf(session);
  expect(losses.map(({ reason }) => reason)).toEqual(['disk-full']);
  expect(losses[0]?.count).toBe(recorder.state.lostInputs);
  await expectSameEnd(session);
});

test('[S03] [S11] writes that the full disk refuses are told and tried again; nothing that was written is hurt', async () => {
  const recorded = await RecordedEngine.start();
  const { files, recorder, engine } = recorded;
  await recorded.run(2_000);
  let refused = 0;
  files.before = (call) => {
    if (call !== 'write' && call !== 'open') return;
    refused += 1;
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  await recorded.run(3_500);
  expect(refused).toBeGreaterThan(1);
  expect(recorder.state.problem).toContain('ENOSPC');
  expect(engine.view.priceOf('BTC-USDT').status).toBe('live');
  expect(files.openFiles).toBe(0);
  files.before = () => undefined;
  await recorded.run(2_500);
  expect(recorder.state.status).toBe('recording');
  const session = await recorded.end();
  expect(files.openFiles).toBe(0);
  const lost = (await lossesOf(session)).reduce((sum, { count }) => sum + count, 0);
  expect(lost).toBeGreaterThan(0);
  expect(lost).toBeLessThanOrEqual(recorder.state.lostInputs);
  await expectSameEnd(session);
});

test('[S04] writes that take a second each hold up nothing: bounded memory, a gap mark, ticks on time, the end as live', async () => {
  const waitingBytes = 200 * 1_024;
  const recorded = await RecordedEngine.start({ waitingBytes, checkpointMs: 600_000 });
  const { files, recorder, engine } = recorded;
  await recorded.run(1_000);
  files.before = (call) =>
    call === 'write'
      ? new Promise((resolve) => void engine.links.clock.after(1_000, resolve))
      : undefined;
  let mostWaiting = 0;
  const problems = new Set<string>();
  for (let second = 0; second < 20; second += 1) {
    await recorded.run(1_000);
    mostWaiting = Math.max(mostWaiting, recorder.waitingBytes);
    problems.add(recorder.state.problem ?? '');
  }
  expect(recorder.state.lostInputs).toBeGreaterThan(0);
  expect([...problems].some((problem) => problem.startsWith('The disk is too slow'))).toBe(true);
  // The bound, and what one block may put on top of it.
  expect(mostWaiting).toBeLessThanOrEqual(waitingBytes + 64 * 1_024);
  expect(recorded.longestTickMs).toBeLessThanOrEqual(100);
  expect(engine.view.health().streams.every(({ status }) => status === 'live')).toBe(true);
  files.before = () => undefined;
  await recorded.run(4_000);
  const session = await recorded.end();
  const losses = await lossesOf(session);
  expect(new Set(losses.map(({ reason }) => reason))).toEqual(new Set(['overflow']));
  expect(losses.reduce((sum, { count }) => sum + count, 0)).toBe(recorder.state.lostInputs);
  await expectSameEnd(session);
});
