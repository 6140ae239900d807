import { expect, test, vi } from 'vitest';
import type { CoreInput } from '../../../../src/main/engine/inputs.ts';
import { Recordings } from '../../../../src/main/engine/hosting/recordings.ts';
import type { SessionRecording } from '../../../../src/main/engine/hosting/sessionRecording.ts';
import { MemoryFiles } from '../../../support/memoryFiles.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

const gibibyte = 1024 * 1024 * 1024;

class Desk {
  readonly clock = new VirtualClock();
  readonly files: MemoryFiles;
  readonly recordings: Recordings;
  readonly packed: string[] = [];
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
          return Promise.resolve();
        },
      },
      true,
      quotaGb,
    );
  }

  async begin(): Promise<SessionRecording | null> {
    const recording = await this.recordings.begin('simulated');
    recording?.attach({
      inputsHandled: 0,
      stateHash: () => '',
      checkpoint: () => ({ inputs: 0, state: {} }),
    });
    this.recordings.show(recording);
    return recording;
  }

  async record(recording: SessionRecording | null, inputs: number, bytes = 100): Promise<void> {
    for (let count = 0; count < inputs; count += 1) {
      const monotonicMs = this.clock.monotonicMs();
      const input: CoreInput = {
        ...{ type: 'frame', connection: 'okx#1', generation: 1, text: 'x'.repeat(bytes) },
        receivedTime: 1_790_000_000_000 + monotonicMs,
        monotonicMs,
      };
      recording?.onInput(input);
      this.clock.advance(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

test('an engine gets a session of its own, whole and packed after its end', async () => {
  const desk = new Desk();
  const first = await desk.begin();
  await desk.record(first, 40);
  expect(desk.recordings.status()).toMatchObject({
    status: 'recording',
    session: first?.id,
    problem: null,
  });
  const second = await desk.begin();
  if (first !== null) desk.recordings.end(first);
  await desk.record(second, 10);
  await vi.waitFor(() => expect(desk.packed).toHaveLength(1), 30_000);
  await desk.recordings.close();
  const sessions = await desk.recordings.library.list();
  expect(sessions.map(({ id }) => id)).toEqual([first?.id, second?.id]);
  expect(first?.id).not.toBe(second?.id);
  expect(sessions.every(({ endTime }) => endTime !== null)).toBe(true);
  expect(desk.packed).toContain(`/profile/recordings/${first?.id}/000001.rec`);
  expect(desk.files.openFiles).toBe(0);
  expect(first?.state?.bytes).toBeGreaterThan(1_000);
});

test('switched off, nothing more is written; switched on, the same session goes on', async () => {
  const desk = new Desk();
  const recording = await desk.begin();
  await desk.record(recording, 20);
  desk.recordings.configure(false, 10);
  await recording?.stop();
  const written = desk.recordings.status().bytes;
  expect(desk.recordings.status().status).toBe('stopped');
  await desk.record(recording, 20);
  expect(desk.recordings.status().bytes).toBe(written);
  desk.recordings.configure(true, 10);
  await desk.record(recording, 20);
  expect(desk.recordings.status().status).toBe('recording');
  await desk.recordings.close();
  expect(recording?.state?.bytes).toBeGreaterThan(written);
});

test('[S03] the oldest segments go when the quota is full, never pinned ones nor the newest', async () => {
  const desk = new Desk(new MemoryFiles({ freeBytes: () => 40_000 }));
  const old = await desk.begin();
  await desk.record(old, 30, 400);
  if (old !== null) desk.recordings.end(old);
  await desk.record(null, 5);
  const pinned = await desk.begin();
  await desk.record(pinned, 30, 400);
  if (pinned !== null) desk.recordings.end(pinned);
  await desk.record(null, 5);
  await desk.recordings.library.change(pinned?.id ?? '', { pinned: true });
  const active = await desk.begin();
  await desk.record(active, 700, 40);
  const sessions = await desk.recordings.library.list();
  expect(sessions.map(({ id }) => id)).toEqual([pinned?.id, active?.id]);
  expect(sessions[1]?.segments.length).toBeGreaterThan(0);
  await desk.recordings.close();
});

test('a folder that cannot be made is said, and the engine opens all the same', async () => {
  const files = new MemoryFiles({
    before: (call) => {
      if (call === 'mkdir') throw new Error('EROFS: read-only file system');
    },
  });
  const desk = new Desk(files);
  expect(await desk.begin()).toBeNull();
  expect(desk.recordings.status()).toMatchObject({
    status: 'off',
    problem: expect.stringContaining('read-only'),
  });
  await desk.recordings.close();
});
