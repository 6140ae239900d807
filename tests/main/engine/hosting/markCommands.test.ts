import { expect, test } from 'vitest';
import { SessionTimeline } from '../../../../src/main/engine/recording/sessionTimeline.ts';
import type { RecordedTargets } from '../../../../src/main/engine/sessionCommands.ts';
import { runRecorded } from '../../../../src/main/engine/sessionCommands.ts';
import { maxMarks } from '../../../../src/shared/marks.ts';
import { eventually } from '../../../support/eventually.ts';
import { MemoryFiles } from '../../../support/memoryFiles.ts';
import { startRecordingHost } from './recordingHost.ts';

const mark = { type: 'addMark', time: null, market: null, note: 'here' } as const;

test('a mark beyond what a session holds is refused with what to do', async () => {
  const timeline = await SessionTimeline.open(new MemoryFiles(), '/recordings/full');
  const made = { kind: 'user', toTime: null, venue: null, market: null, text: '' } as const;
  for (let time = 0; time < 2 * maxMarks; time += 1) timeline.add({ ...made, time });
  const looked = { id: 'full', timeline, startTime: 0, endTime: 10, now: 5 };
  const targets = { looked: () => looked, window: { engine: {} } } as unknown as RecordedTargets;
  expect(await runRecorded(mark, targets)).toMatchObject({
    ok: false,
    code: 'not-available',
    message: 'This session has too many marks. Remove some first.',
  });
  await timeline.close();
});

test('many marks in a moment are told together: the list is sent at most once a second', async () => {
  const { page } = await startRecordingHost();
  const main = page('main');
  main.subscribe({ topic: 'marks' }, { topic: 'status' });
  await eventually(() => expect(main.latest('status')?.recording.status).toBe('recording'));
  const startedMs = performance.now();
  for (let count = 0; count < 60; count += 1) {
    await main.run(mark);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const own = () => main.latest('marks')?.marks.filter(({ kind }) => kind === 'user').length ?? 0;
  await eventually(() => expect(own()).toBe(60));
  const lists = main.batches.filter(({ records }) =>
    records.some(({ update }) => update?.topic === 'marks' && update.value.marks.length > 0),
  );
  const seconds = (performance.now() - startedMs) / 1_000;
  expect(lists.length).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
});
