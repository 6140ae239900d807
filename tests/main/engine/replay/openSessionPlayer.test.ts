import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { RecordingError } from '../../../../src/main/engine/recording/recordingError.ts';
import type { RecordedSession } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { openSessionPlayer } from '../../../../src/main/engine/replay/openSessionPlayer.ts';
import type { SessionPlayer } from '../../../../src/main/engine/replay/sessionPlayer.ts';
import { recordWithLoss } from '../../../support/recordWithLoss.ts';
import { RecordedRun } from '../../../support/recordedRun.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

const folders: string[] = [];
const players: SessionPlayer[] = [];
afterEach(() => {
  for (const player of players.splice(0)) player.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

class Session {
  readonly run: RecordedRun;
  readonly library: RecordingLibrary;
  readonly folder: string;

  constructor() {
    this.run = new RecordedRun({ segmentMs: 3_000 });
    this.folder = `${this.run.folder}-library`;
    mkdirSync(this.folder);
    folders.push(this.run.folder, this.folder);
    this.library = new RecordingLibrary(systemFiles, this.folder);
    mkdirSync(join(this.folder, 'one'));
    this.run.engine.want(['BTC-USDT']);
  }

  /** The segments, as another process sees them now. */
  async sync(endTime: number | null = null): Promise<RecordedSession> {
    for (const path of this.run.segments) {
      const target = join(this.folder, 'one', path.slice(this.run.folder.length + 1));
      const bytes = readFileSync(path);
      const old = readExisting(target);
      if (bytes.length > old) appendFileSync(target, bytes.subarray(old));
      // It has just grown, however long the test takes from here.
      const hourAhead = new Date(Date.now() + 3_600_000);
      utimesSync(target, hourAhead, hourAhead);
    }
    const file = {
      ...{ version: 1, id: 'one', name: 'One', source: 'simulated', pinned: false },
      ...{ startTime: this.run.times[0] ?? 0, endTime },
    };
    writeFileSync(join(this.folder, 'one', 'session.json'), JSON.stringify(file));
    const session = await this.library.open('one');
    if (session === null) throw new Error('no session');
    return session;
  }
}

function readExisting(path: string): number {
  try {
    return readFileSync(path).length;
  } catch {
    return 0;
  }
}

/** Until the disk has what the recorder gave it. */
function written({ recorder }: RecordedRun): Promise<void> {
  return recorder.drain();
}

/** Its growth is looked for while it plays: what is read has a time of its own. */
async function passUntil(clock: VirtualClock, isDone: () => boolean): Promise<void> {
  while (!isDone()) {
    clock.advance(16);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test('a session that is still recorded is waited for at its present end, and ends when it ends', async () => {
  const session = new Session();
  session.run.engine.run(4_000);
  await written(session.run);
  const clock = new VirtualClock();
  const player = await openSessionPlayer(await session.sync(), createClockPort(clock));
  players.push(player);
  const firstEnd = player.state.endTime;
  expect(firstEnd).toBeLessThanOrEqual(session.run.lastTime);
  expect(firstEnd).toBeGreaterThan(session.run.lastTime - 400);
  player.play(1000);
  await passUntil(clock, () => player.view.time >= firstEnd);
  const waitedUntil = clock.monotonicMs() + 3_000;
  await passUntil(clock, () => clock.monotonicMs() > waitedUntil);
  expect(player.state).toMatchObject({ isFinished: false, isPlaying: true, problem: null });

  session.run.engine.run(5_000);
  await written(session.run);
  await session.sync();
  await passUntil(clock, () => player.view.time > firstEnd + 4_000);
  expect(player.state.endTime).toBeGreaterThan(firstEnd + 4_000);
  expect(player.state).toMatchObject({ isFinished: false, problem: null });

  const hash = session.run.engine.core.stateHash();
  await session.run.recorder.stop();
  session.run.engine.close();
  await session.sync(session.run.lastTime);
  await passUntil(clock, () => player.state.isFinished);
  expect(player.stateHash()).toBe(hash);
  expect(player.state).toMatchObject({ isPlaying: false, problem: null, check: { isEqual: true } });
});

test('a session whose recorder is paused is waited for as long as it is, and grows on', async () => {
  const session = new Session();
  session.run.engine.run(4_000);
  await written(session.run);
  const recorded = await session.sync();
  utimesSync(recorded.segments.at(-1)?.path ?? '', new Date(0), new Date(0));
  const clock = new VirtualClock();
  const writing = { isOn: true };
  const port = createClockPort(clock);
  const player = await openSessionPlayer(recorded, port, undefined, () => writing.isOn);
  players.push(player);
  const firstEnd = player.state.endTime;
  player.play(1000);
  await passUntil(clock, () => player.view.time >= firstEnd);
  const pausedUntil = clock.monotonicMs() + 15_000;
  await passUntil(clock, () => clock.monotonicMs() > pausedUntil);
  expect(player.state).toMatchObject({ isFinished: false, isPlaying: true });

  session.run.engine.run(5_000);
  await session.run.recorder.stop();
  session.run.engine.close();
  writing.isOn = false;
  await session.sync(session.run.lastTime);
  await passUntil(clock, () => player.state.isFinished);
  expect(player.state.endTime).toBeGreaterThan(firstEnd + 4_000);
});

test('of a killed session everything whole is played, and its end says what is missing', async () => {
  const session = new Session();
  session.run.engine.run(7_000);
  await written(session.run);
  const recorded = await session.sync();
  session.run.engine.close();
  const path = recorded.segments.at(-1)?.path ?? '';
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, bytes.length - 7));
  utimesSync(path, new Date(0), new Date(0));
  const clock = new VirtualClock();
  const player = await openSessionPlayer(recorded, createClockPort(clock));
  players.push(player);
  player.play(null);
  await passUntil(clock, () => player.state.isFinished);
  expect(player.state.time).toBe(player.state.endTime);
  expect(player.state.endTime).toBeGreaterThan(session.run.lastTime - 1_000);
  expect(player.state.problem).toContain('ends inside of a frame');
  expect(player.state.check?.isEqual ?? true).toBe(true);
  await session.run.recorder.stop();
});

test('a session of which nothing can be read is refused with a sentence', async () => {
  const session = new Session();
  session.run.engine.run(1_000);
  await session.run.recorder.stop();
  session.run.engine.close();
  const recorded = await session.sync(session.run.lastTime);
  for (const { path } of recorded.segments) writeFileSync(path, 'nothing of the kind');
  const opening = openSessionPlayer(recorded, createClockPort(new VirtualClock()));
  await expect(opening).rejects.toThrow(RecordingError);
});

test('a replay says from its beginning what its recording does not hold, and ends when it was stopped', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'truetape-lossy-'));
  folders.push(folder);
  const library = new RecordingLibrary(systemFiles, folder);
  const { session, lostInputs } = await recordWithLoss(library, 'until the end');
  const player = await openSessionPlayer(session, createClockPort(new VirtualClock()));
  players.push(player);
  expect(player.state).toMatchObject({
    problem: `Missing in the recording: ${lostInputs} inputs, in one place (the disk was full).`,
    endTime: session.endTime,
  });
});
