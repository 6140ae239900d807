import { expect, test } from 'vitest';
import type { BuildTimeline } from '../../../../src/main/engine/hosting/timelines.ts';
import { Timelines } from '../../../../src/main/engine/hosting/timelines.ts';
import { MemoryFiles } from '../../../support/memoryFiles.ts';

const folder = '/recordings/one';

function open() {
  const timelines = new Timelines(new MemoryFiles(), (text) => expect.unreachable(text));
  const builds: { stopped: boolean; end: () => void }[] = [];
  const build: BuildTimeline = (file, signal) =>
    new Promise((resolve) => {
      file.beginBuild();
      const made = { stopped: false, end: resolve };
      signal.addEventListener('abort', () => {
        made.stopped = true;
        resolve();
      });
      builds.push(made);
    });
  const read = () => timelines.reader(folder, () => undefined, build);
  return { read, builds };
}

test('a timeline that is made for two readers goes on until the last of them leaves', async () => {
  const { read, builds } = open();
  const first = await read();
  const second = await read();
  expect(second.file).toBe(first.file);
  expect(builds).toMatchObject([{ stopped: false }]);
  await first.release();
  await first.release();
  expect(builds).toMatchObject([{ stopped: false }]);
  await second.release();
  expect(builds).toMatchObject([{ stopped: true }]);
});

test('after the last reader has left, the next one has it made from the beginning', async () => {
  const { read, builds } = open();
  await (await read()).release();
  const again = await read();
  expect(builds).toMatchObject([{ stopped: true }, { stopped: false }]);
  await again.release();
});

test('one that was made is not made again for the next reader', async () => {
  const { read, builds } = open();
  const first = await read();
  const counts = { coversMs: 5_000, messages: 10, bytes: 100, venuesLive: 1, inputs: 10 };
  first.file.sample({ ...counts, time: 1_000, prices: new Map() });
  first.file.endBuild();
  builds[0]?.end();
  await Promise.resolve();
  const second = await read();
  expect(builds).toHaveLength(1);
  await second.release();
  await first.release();
  const later = await read();
  expect(builds).toHaveLength(1);
  await later.release();
});
