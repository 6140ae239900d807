import { expect, test } from 'vitest';
import { SessionCatalog } from '../../../../src/main/engine/hosting/sessionCatalog.ts';
import type { RecordedLoss } from '../../../../src/main/engine/recording/recordedLosses.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { SessionTimeline } from '../../../../src/main/engine/recording/sessionTimeline.ts';
import type { RecordingStatus } from '../../../../src/shared/recordings.ts';
import { notRecording } from '../../../../src/shared/recordings.ts';
import { MemoryFiles } from '../../../support/memoryFiles.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

const startTime = 1_790_000_000_000;

class Desk {
  readonly clock = new VirtualClock();
  readonly files = new MemoryFiles({ freeBytes: () => 5_000 });
  readonly library = new RecordingLibrary(this.files, '/recordings');
  status: RecordingStatus = notRecording;
  problem: string | null = null;
  changes = 0;
  asked = 0;
  lossLooks = 0;
  losses: readonly RecordedLoss[] | Error = [];
  readonly logged: string[] = [];
  readonly catalog = new SessionCatalog({
    files: this.files,
    clock: createClockPort(this.clock),
    library: this.library,
    recording: () => this.status,
    endOf: ({ startTime: start }) => {
      this.asked += 1;
      return Promise.resolve(start + 4_000);
    },
    problemOf: () => this.problem,
    lossesOf: () => {
      this.lossLooks += 1;
      return this.losses instanceof Error
        ? Promise.reject(this.losses)
        : Promise.resolve(this.losses);
    },
    onChange: () => {
      this.changes += 1;
    },
    log: (text) => void this.logged.push(text),
  });

  write(id: string, segment: number, bytes: number): void {
    const path = `/recordings/${id}/${String(segment).padStart(6, '0')}.rec`;
    this.files.contentByPath.set(path, Buffer.alloc(bytes));
  }

  async look() {
    this.catalog.list(false);
    await this.catalog.refresh();
    return this.catalog.list(false).sessions;
  }
}

test('the newest is first; one whose program was killed ends with its last input', async () => {
  const desk = new Desk();
  const killed = await desk.library.create('live', startTime);
  desk.write(killed.id, 1, 100);
  const whole = await desk.library.create('simulated', startTime + 10_000);
  await desk.library.change(whole.id, { endTime: startTime + 20_000, name: 'Fed' });
  desk.write(whole.id, 1, 10);
  desk.write(whole.id, 2, 10);
  const active = await desk.library.create('live', startTime + 30_000);
  desk.write(active.id, 1, 7);
  desk.status = { ...notRecording, session: active.id, lostInputs: 3, quotaBytes: 1_000 };
  const timeline = await SessionTimeline.open(desk.files, whole.folder);
  timeline.add({
    ...{ kind: 'user', time: startTime + 11_000, toTime: null },
    ...{ venue: null, market: null, text: 'here' },
  });
  await timeline.close();
  const sessions = await desk.look();
  expect(sessions).toMatchObject([
    { id: active.id, isRecording: true, endTime: null, lostInputs: 3, bytes: 7, marks: 0 },
    { id: whole.id, endTime: startTime + 20_000, name: 'Fed', segments: 2, bytes: 20, marks: 1 },
    { id: killed.id, isRecording: false, endTime: startTime + 4_000, problem: null },
  ]);
  expect(desk.catalog.list(true)).toMatchObject({
    ...{ totalBytes: 127, quotaBytes: 1_000, freeBytes: 5_000 },
    ...{ folder: '/recordings', canReveal: true },
  });
  await desk.look();
  expect([desk.asked, desk.changes]).toEqual([1, 1]);
});

test('a session of which nothing was written says so', async () => {
  const desk = new Desk();
  await desk.library.create('live', startTime);
  expect(await desk.look()).toMatchObject([{ problem: 'Nothing was written of it.', segments: 0 }]);
});

test('a session whose segment was found damaged says so', async () => {
  const desk = new Desk();
  const { id } = await desk.library.create('live', startTime);
  desk.write(id, 1, 100);
  expect(await desk.look()).toMatchObject([{ problem: null }]);
  desk.problem = '000001.rec is damaged at byte 7.';
  expect(await desk.look()).toMatchObject([{ problem: desk.problem }]);
});

test('the disk is read every five seconds while somebody looks, at once after a change, and never else', async () => {
  const desk = new Desk();
  const reads = (): number => desk.files.calls.filter((call) => call === 'list /recordings').length;
  const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
  desk.catalog.changed();
  desk.clock.advance(60_000);
  await settle();
  expect(reads()).toBe(0);
  for (let count = 0; count < 11; count += 1) {
    desk.catalog.list(false);
    await settle();
    desk.clock.advance(1_000);
  }
  expect(reads()).toBe(3);
  desk.catalog.changed();
  await settle();
  expect(reads()).toBe(4);
  desk.catalog.changed();
  desk.catalog.changed();
  desk.catalog.changed();
  await settle();
  expect(reads()).toBe(6);
});

test('inputs that a recorder of an earlier run lost are found in the files, once', async () => {
  const desk = new Desk();
  const session = await desk.library.create('live', startTime);
  await desk.library.change(session.id, { endTime: startTime + 9_000 });
  desk.write(session.id, 1, 100);
  const loss = { from: startTime, to: startTime + 1_000, count: 40, reason: 'overflow' } as const;
  desk.losses = [loss, { ...loss, count: 2 }];
  expect(await desk.look()).toMatchObject([{ lostInputs: 42, problem: null }]);
  await desk.look();
  expect(desk.lossLooks).toBe(1);
  desk.write(session.id, 2, 100);
  desk.losses = [loss, { ...loss, count: null, reason: 'disk-full' }];
  expect(await desk.look()).toMatchObject([
    {
      lostInputs: 40,
      problem: 'Missing in the recording: inputs, in one place (the disk was full).',
    },
  ]);
  expect(desk.logged).toEqual([]);
});

test('a session that cannot be looked into is not told as whole, and is looked at again', async () => {
  const desk = new Desk();
  const { id } = await desk.library.create('live', startTime);
  desk.write(id, 1, 100);
  desk.losses = new Error('EIO: i/o error');
  expect(await desk.look()).toMatchObject([
    { lostInputs: 0, problem: 'Whether it is whole could not be found out.' },
  ]);
  expect(desk.logged[0]).toBe(`losses of ${id}: EIO: i/o error`);
  desk.losses = [];
  expect(await desk.look()).toMatchObject([{ lostInputs: 0, problem: null }]);
});
