import { expect, test } from 'vitest';
import type { CoreInput } from '../../../../src/main/engine/inputs.ts';
import { Recordings } from '../../../../src/main/engine/hosting/recordings.ts';
import type { EngineTape } from '../../../../src/main/engine/hosting/engineTape.ts';
import { Replays } from '../../../../src/main/engine/hosting/replays.ts';
import type { RecordedTargets } from '../../../../src/main/engine/sessionCommands.ts';
import { runRecorded } from '../../../../src/main/engine/sessionCommands.ts';
import { eventually } from '../../../support/eventually.ts';
import { MemoryFiles } from '../../../support/memoryFiles.ts';
import { packState } from '../../../support/packState.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

const gibibyte = 1024 * 1024 * 1024;

class Desk {
  readonly clock = new VirtualClock();
  readonly files: MemoryFiles;
  readonly recordings: Recordings;
  readonly packed: string[] = [];
  packing: Promise<void> = Promise.resolve();
  readonly log: string[] = [];

  constructor(files = new MemoryFiles({ freeBytes: () => 100 * gibibyte }), quotaGb = 10) {
    this.files = files;
    this.recordings = new Recordings(
      {
        files,
        clock: createClockPort(this.clock),
        folder: '/profile/recordings',
        appVersion: '1.2.3',
        log: (text) => this.log.push(text),
        pack: (path) => {
          this.packed.push(path);
          return this.packing;
        },
        packState,
      },
      true,
      quotaGb,
    );
  }

  /** As a new engine would. */
  async begin(): Promise<EngineTape> {
    const tape = await this.recordings.openTape('simulated');
    tape.attach({
      inputsHandled: 0,
      stateHash: () => 'state',
      checkpoint: () => ({ inputs: 0, state: {} }),
    });
    this.recordings.show(tape);
    return tape;
  }

  async record(tape: EngineTape | null, inputs: number, bytes = 100): Promise<void> {
    for (let count = 0; count < inputs; count += 1) {
      const monotonicMs = this.clock.monotonicMs();
      const input: CoreInput = {
        ...{ type: 'frame', connection: 'okx#1', generation: 1, text: 'x'.repeat(bytes) },
        receivedTime: 1_790_000_000_000 + monotonicMs,
        monotonicMs,
      };
      tape?.onInput(input);
      this.clock.advance(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

test('an engine gets a session of its own, whole and packed after its end', async () => {
  const desk = new Desk();
  const first = await desk.begin();
  const firstRecording = first.recording;
  await desk.record(first, 40);
  expect(desk.recordings.status()).toMatchObject({
    status: 'recording',
    session: firstRecording?.id,
    problem: null,
  });
  const second = await desk.begin();
  const secondId = second.recording?.id;
  desk.recordings.end(first);
  await desk.record(second, 10);
  await eventually(() => expect(desk.packed).toHaveLength(1));
  await desk.recordings.close();
  const sessions = await desk.recordings.sessions.library.list();
  expect(sessions.map(({ id }) => id)).toEqual([firstRecording?.id, secondId]);
  expect(firstRecording?.id).not.toBe(secondId);
  expect(sessions.every(({ endTime }) => endTime !== null)).toBe(true);
  expect(desk.packed).toContain(`/profile/recordings/${firstRecording?.id}/000001.rec`);
  expect(desk.files.openFiles).toBe(0);
  expect(firstRecording?.state?.bytes).toBeGreaterThan(1_000);
});

test('stopped, the session is whole; started again on the same engine, another one begins', async () => {
  const desk = new Desk();
  const tape = await desk.begin();
  await desk.record(tape, 20);
  const first = tape.recording?.id;
  await desk.recordings.stop();
  expect(desk.recordings.status()).toMatchObject({ status: 'stopped', session: null, bytes: 0 });
  const [whole] = await desk.recordings.sessions.library.list();
  expect(whole?.endTime).not.toBeNull();
  await desk.record(tape, 20);
  expect(await desk.recordings.sessions.library.list()).toEqual([whole]);
  await Promise.all([desk.recordings.start(), desk.recordings.start()]);
  const second = tape.recording?.id;
  await desk.record(tape, 20);
  expect(desk.recordings.status()).toMatchObject({ status: 'recording', session: second });
  await desk.recordings.close();
  const sessions = await desk.recordings.sessions.library.list();
  expect(sessions.map(({ id }) => id)).toEqual([first, second]);
  expect(sessions.every(({ endTime, bytes }) => endTime !== null && bytes > 1_000)).toBe(true);
});

test('an engine that opens after a stop is not recorded until a person says so', async () => {
  const desk = new Desk();
  const first = await desk.begin();
  await desk.recordings.stop();
  const second = await desk.begin();
  desk.recordings.end(first);
  expect(second.recording).toBeNull();
  expect(desk.recordings.status().status).toBe('stopped');
  await desk.recordings.start();
  expect(desk.recordings.status().session).toBe(second.recording?.id);
  await desk.recordings.close();
});

test('switched off in the settings, the session ends; switched on, another one begins', async () => {
  const desk = new Desk();
  const tape = await desk.begin();
  const first = tape.recording?.id;
  await desk.record(tape, 20);
  desk.recordings.configure(false, 10);
  await eventually(() => expect(tape.recording).toBeNull());
  expect(desk.recordings.status().status).toBe('off');
  desk.recordings.configure(true, 10);
  await eventually(() => expect(tape.recording).not.toBeNull());
  await desk.record(tape, 20);
  expect(desk.recordings.status().status).toBe('recording');
  expect(tape.recording?.id).not.toBe(first);
  await desk.recordings.close();
});

test('[S03] the oldest segments go when the quota is full, never pinned ones nor the newest', async () => {
  const desk = new Desk(new MemoryFiles({ freeBytes: () => 40_000 }));
  const old = await desk.begin();
  await desk.record(old, 30, 400);
  desk.recordings.end(old);
  await desk.record(null, 5);
  const pinned = await desk.begin();
  const pinnedId = pinned.recording?.id ?? '';
  await desk.record(pinned, 30, 400);
  desk.recordings.end(pinned);
  await desk.record(null, 5);
  await desk.recordings.sessions.change(pinnedId, { pinned: true });
  const active = await desk.begin();
  const activeId = active.recording?.id;
  await desk.record(active, 700, 40);
  const sessions = await desk.recordings.sessions.library.list();
  expect(sessions.map(({ id }) => id)).toEqual([pinnedId, activeId]);
  expect(sessions[1]?.segments.length).toBeGreaterThan(0);
  await desk.recordings.close();
});

test('a session is being written until its last byte is on the disk', async () => {
  let isSlow = false;
  const slow: { end: (() => void) | null } = { end: null };
  const files = new MemoryFiles({
    freeBytes: () => 100 * gibibyte,
    before: (call) => {
      if (!isSlow || call !== 'close') return undefined;
      isSlow = false;
      return new Promise((resolve) => {
        slow.end = resolve;
      });
    },
  });
  const desk = new Desk(files);
  const tape = await desk.begin();
  const id = tape.recording?.id ?? '';
  await desk.record(tape, 5);
  expect(desk.recordings.isWriting(id)).toBe(true);
  isSlow = true;
  const stopped = desk.recordings.stop();
  await eventually(() => expect(slow.end).not.toBeNull());
  expect([desk.recordings.current, desk.recordings.isWriting(id)]).toEqual([null, true]);
  slow.end?.();
  await stopped;
  expect(desk.recordings.isWriting(id)).toBe(false);
  await desk.recordings.close();
});

test('what is pinned or imported leaves room to what is recorded, or the status says so', async () => {
  const desk = new Desk();
  const { sessions } = desk.recordings;
  const old = await desk.begin();
  const id = old.recording?.id ?? '';
  await desk.record(old, 30, 400);
  desk.recordings.end(old);
  const tape = await desk.begin();
  await desk.record(tape, 620, 1);
  const room = sessions.pinnableBytes;
  expect(room).toBeCloseTo(sessions.quotaBytes * 0.75);
  expect(desk.recordings.status().problem).toBeNull();
  const session = await sessions.library.open(tape.recording?.id ?? '');
  if (session === null) return expect.unreachable();
  sessions.imported({ ...session, bytes: room + 1 });
  expect(sessions.pinnableBytes).toBeCloseTo(-1);
  expect(desk.recordings.status()).toMatchObject({
    status: 'recording',
    problem: expect.stringContaining('Unpin or delete some'),
  });
  await desk.record(tape, 620, 1);
  expect(sessions.pinnableBytes).toBeGreaterThan(0);
  const { bytes = 0 } = (await sessions.library.open(id)) ?? {};
  const before = sessions.pinnableBytes;
  await sessions.change(id, { pinned: true });
  expect(sessions.pinnableBytes).toBeCloseTo(before - bytes);
  await sessions.change(id, { pinned: true, name: 'again' });
  expect(sessions.pinnableBytes).toBeCloseTo(before - bytes);
  await sessions.delete(id);
  expect(sessions.pinnableBytes).toBeCloseTo(before);
  await desk.recordings.close();
});

test('what somebody reads is neither packed nor removed for room before it is given back', async () => {
  const desk = new Desk(new MemoryFiles({ freeBytes: () => 40_000 }));
  const tape = await desk.begin();
  const id = tape.recording?.id ?? '';
  const release = desk.recordings.sessions.hold(id);
  await desk.record(tape, 30, 400);
  desk.recordings.end(tape);
  await desk.record(null, 700);
  expect(desk.packed).toEqual([]);
  expect((await desk.recordings.sessions.library.open(id))?.segments).toHaveLength(1);
  release();
  release();
  await eventually(() => expect(desk.packed).toEqual([`/profile/recordings/${id}/000001.rec`]));
  await desk.record(null, 700);
  await eventually(async () => expect(await desk.recordings.sessions.library.open(id)).toBeNull());
  await desk.recordings.close();
});

test('whoever needs a session left alone waits for the packing that is under way', async () => {
  const desk = new Desk();
  const tape = await desk.begin();
  const id = tape.recording?.id ?? '';
  await desk.record(tape, 5);
  const pack: { end: () => void } = { end: () => undefined };
  desk.packing = new Promise((resolve) => {
    pack.end = resolve;
  });
  desk.recordings.end(tape);
  await eventually(() => expect(desk.packed).toHaveLength(1));
  let isStill = false;
  const holding = desk.recordings.sessions.holdStill(id).then((release) => {
    isStill = true;
    return release;
  });
  await desk.record(null, 5);
  expect(isStill).toBe(false);
  pack.end();
  (await holding)();
  await desk.recordings.close();
});

test('a session is not deleted while its replay opens, and is when that did not come about', async () => {
  const desk = new Desk();
  const tape = await desk.begin();
  const session = tape.recording?.id ?? '';
  await desk.record(tape, 5);
  await desk.recordings.stop();
  const { sessions } = desk.recordings;
  const player: { fail: (error: Error) => void } = { fail: () => undefined };
  const replays = new Replays({
    clock: createClockPort(desk.clock),
    openPlayer: () =>
      new Promise((_, reject) => {
        player.fail = reject;
      }),
    openTimeline: () => Promise.resolve(null),
    hold: (id) => sessions.hold(id),
    ...{ onJump: () => undefined, onMarks: () => undefined, onEnd: () => undefined },
  });
  const targets = { recordings: desk.recordings, replays, exports: null };
  const remove = () =>
    runRecorded({ type: 'deleteSession', session }, targets as unknown as RecordedTargets);
  const recorded = await sessions.library.open(session);
  if (recorded === null) return expect.unreachable();
  const removing = remove();
  const opening = replays.start(recorded, null);
  expect(await removing).toMatchObject({
    code: 'not-available',
    message: expect.stringContaining('being opened'),
  });
  expect(await sessions.library.open(session)).toEqual(recorded);
  player.fail(new Error('EIO'));
  await expect(opening).rejects.toThrow('EIO');
  expect(await remove()).toEqual({ ok: true, value: null });
  expect(await sessions.library.open(session)).toBeNull();
  expect(await remove()).toMatchObject({ code: 'unknown-session' });
  await desk.recordings.close();
});

/** A disk on which no folder is made before it is told to. */
class SlowDisk {
  readonly files = new MemoryFiles({
    freeBytes: () => 100 * gibibyte,
    before: (call) =>
      this.isSlow && call === 'mkdir'
        ? new Promise((resolve) => this.waiting.push(resolve))
        : undefined,
  });
  isSlow = false;
  private readonly waiting: (() => void)[] = [];

  async goOn(): Promise<void> {
    await eventually(() => expect(this.waiting).not.toEqual([]));
    this.isSlow = false;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

test('what a person pressed last holds, however slow the disk is', async () => {
  const disk = new SlowDisk();
  const desk = new Desk(disk.files);
  const tape = await desk.begin();
  await desk.recordings.stop();
  disk.isSlow = true;
  const pressed = [desk.recordings.start(), desk.recordings.stop(), desk.recordings.start()];
  await disk.goOn();
  await Promise.all(pressed);
  expect(desk.recordings.status()).toMatchObject({
    status: 'recording',
    session: tape.recording?.id,
  });
  disk.isSlow = true;
  const others = [desk.recordings.stop(), desk.recordings.start(), desk.recordings.stop()];
  await disk.goOn();
  await Promise.all(others);
  expect([desk.recordings.status().status, tape.recording]).toEqual(['stopped', null]);
  await desk.recordings.close();
  expect(desk.files.openFiles).toBe(0);
});

test('a press while a setting takes effect outlasts it', async () => {
  const disk = new SlowDisk();
  const desk = new Desk(disk.files);
  const tape = await desk.begin();
  desk.recordings.configure(false, 10);
  await eventually(() => expect(tape.recording).toBeNull());
  disk.isSlow = true;
  desk.recordings.configure(true, 10);
  const stopped = desk.recordings.stop();
  await disk.goOn();
  await stopped;
  await new Promise((resolve) => setImmediate(resolve));
  expect(desk.recordings.status().status).toBe('stopped');
  expect((await desk.begin()).recording).toBeNull();
  await desk.recordings.close();
});

test('a press while another engine opens holds for that engine', async () => {
  const disk = new SlowDisk();
  const desk = new Desk(disk.files);
  await desk.begin();
  disk.isSlow = true;
  const opening = desk.begin();
  const stopped = desk.recordings.stop();
  await disk.goOn();
  await stopped;
  const second = await opening;
  await eventually(() => expect(second.recording).toBeNull());
  expect(desk.recordings.status().status).toBe('stopped');

  const third = await desk.recordings.openTape('simulated');
  await desk.recordings.start();
  expect(third.recording).toBeNull();
  desk.recordings.show(third);
  await eventually(() => expect(third.recording).not.toBeNull());
  desk.recordings.end(second);
  expect(desk.recordings.status()).toMatchObject({ session: third.recording?.id });
  await desk.recordings.close();
});

test('a folder that cannot be made is said, and the engine opens all the same', async () => {
  const files = new MemoryFiles({
    before: (call) => {
      if (call === 'mkdir') throw new Error('EROFS: read-only file system');
    },
  });
  const desk = new Desk(files);
  expect((await desk.begin()).recording).toBeNull();
  expect(desk.recordings.status()).toMatchObject({
    status: 'off',
    problem: expect.stringContaining('read-only'),
  });
  await expect(desk.recordings.start()).rejects.toThrow('read-only');
  await desk.recordings.close();
});
