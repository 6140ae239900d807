import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type { ExportRequest } from '../../../../src/shared/exports.ts';
import { eventually } from '../../../support/eventually.ts';
import { machineTime } from '../../../support/machineTime.ts';
import { HostPage } from './hostPage.ts';
import { btc, recordSession, startRecordingHost } from './recordingHost.ts';

function exportOf(session: string): ExportRequest {
  return {
    session,
    content: { type: 'table', table: 'trades', format: 'csv' },
    ...{ from: null, to: null, markets: [], everyMs: 1_000, interval: '1m', levels: 5 },
    fileName: null,
  };
}

const refusal = (words: string) => ({ ok: false, message: expect.stringContaining(words) });

test('sessions are listed, named, pinned and deleted, never the one that is written or read', async () => {
  const { page } = await startRecordingHost();
  const main = page('main');
  main.subscribe({ topic: 'price', market: btc }, { topic: 'status' }, { topic: 'recordings' });
  const first = await recordSession(main, 600);
  await main.run({ type: 'controlRecording', action: 'start' });
  const sessions = () => main.latest('recordings')?.sessions ?? [];
  // The folder of the second is there before it is recorded into.
  await eventually(() =>
    expect(sessions()).toMatchObject([
      { isRecording: true, endTime: null, source: 'live', name: '' },
      { id: first, isRecording: false, problem: null, lostInputs: 0 },
    ]),
  );
  const [newest, oldest] = sessions();
  expect(oldest?.endTime).toBeGreaterThan(oldest?.startTime ?? 0);
  expect(main.latest('recordings')).toMatchObject({ canReveal: false });

  await main.run({ type: 'changeSession', session: first, name: ' Opening ', pinned: true });
  await eventually(() => expect(sessions()[1]).toMatchObject({ name: 'Opening', pinned: true }));
  const active = newest?.id ?? '';
  expect(await main.command({ type: 'deleteSession', session: active })).toMatchObject(
    refusal('being recorded. Stop it'),
  );
  await main.run({ type: 'openReplay', session: first, at: null, where: 'newWindow' });
  expect(await main.command({ type: 'deleteSession', session: first })).toMatchObject(
    refusal('open in a replay. Close it'),
  );
  expect(await main.command({ type: 'revealSession', session: first })).toMatchObject(
    refusal('Only the desktop program'),
  );
  for (const type of ['deleteSession', 'revealSession'] as const) {
    expect(await main.command({ type, session: 'never-was' })).toMatchObject({
      ok: false,
      code: 'unknown-session',
    });
  }
  expect(
    await main.command({ type: 'openReplay', session: 'never', at: null, where: 'newWindow' }),
  ).toMatchObject({ code: 'unknown-session' });
  await main.run({ type: 'controlRecording', action: 'stop' });
  await main.run({ type: 'deleteSession', session: active });
  await eventually(() => expect(sessions().map(({ id }) => id)).toEqual([first]));
  expect(await main.command({ type: 'controlRecording', action: 'resume' })).toMatchObject(
    refusal('Press Record'),
  );
});

test('at the desktop the files of a session are shown to the person', async () => {
  const { host, page } = await startRecordingHost();
  const main = page('main');
  main.subscribe({ topic: 'price', market: btc }, { topic: 'status' });
  const session = await recordSession(main, 300);
  const revealed: string[] = [];
  const desktop = new HostPage(host, 'w-1', { revealPath: (path) => revealed.push(path) });
  desktop.subscribe({ topic: 'recordings' });
  await desktop.run({ type: 'revealSession', session });
  expect(revealed).toEqual([expect.stringMatching(new RegExp(`recordings.${session}$`))]);
  await eventually(() => expect(desktop.latest('recordings')?.canReveal).toBe(true));
});

test('a mark stands in the session that its window looks at, in the live one and in its replay', async () => {
  const { host, page } = await startRecordingHost();
  const main = page('main');
  main.subscribe({ topic: 'price', market: btc }, { topic: 'status' }, { topic: 'marks' });
  await eventually(() => expect(main.latest('price')?.status).toBe('live'));
  const made = await main.run({ type: 'addMark', time: null, market: btc, note: ' here ' });
  expect(made).toMatchObject({ kind: 'user', text: 'here', market: btc, toTime: null });
  await eventually(() => expect(main.latest('marks')?.marks).toContainEqual(made));
  const session = await recordSession(main, 600);
  await eventually(() => expect(main.latest('marks')?.session).toBeNull());
  expect(await main.command({ type: 'addMark', time: null, market: null, note: '' })).toMatchObject(
    refusal('Nothing is being recorded'),
  );

  await main.run({ type: 'openReplay', session, at: made.time, where: 'newWindow' });
  const replay = new HostPage(host, main.opened[0] ?? '');
  replay.subscribe({ topic: 'marks' }, { topic: 'status' });
  await eventually(() => expect(replay.latest('marks')?.marks).toContainEqual(made));
  await replay.run({ type: 'controlReplay', action: { do: 'pause' } });
  await replay.run({ type: 'controlReplay', action: { do: 'seek', time: made.time } });
  const added = await replay.run({ type: 'addMark', time: null, market: null, note: 'again' });
  expect(added.time).toBe(made.time);
  await replay.run({ type: 'changeMark', mark: added.id, note: 'changed' });
  await eventually(() =>
    expect(replay.latest('marks')?.marks).toContainEqual({ ...added, text: 'changed' }),
  );
  await replay.run({ type: 'removeMark', mark: added.id });
  expect(await replay.command({ type: 'removeMark', mark: added.id })).toMatchObject(
    refusal('no such mark'),
  );
  expect(
    await replay.command({ type: 'addMark', time: 1_000, market: null, note: '' }),
  ).toMatchObject(refusal('outside of the session'));
  expect(
    await replay.command({ type: 'addMark', time: null, market: 'NO-SUCH', note: '' }),
  ).toMatchObject({ code: 'unknown-market' });
  expect(
    await replay.command({
      type: 'controlReplay',
      action: { do: 'setLoop', loop: { from: made.time, to: made.time } },
    }),
  ).toMatchObject(refusal('ends after it begins'));
  const timeline = await replay.run({ type: 'loadTimeline', market: btc, buckets: 20 });
  expect(timeline).toMatchObject({ session, buckets: { length: 20 } });
  expect(main.latest('marks')?.session).toBeNull();
});

test('a session is exported to a file of the host, and not deleted meanwhile', async () => {
  const { page, host, profile, open } = await startRecordingHost();
  const main = page('main');
  main.subscribe({ topic: 'price', market: btc }, { topic: 'status' });
  const session = await recordSession(main, 800);
  expect(await main.command({ type: 'startExport', request: exportOf(session) })).toMatchObject(
    refusal('no recordings to export'),
  );
  await host.close();

  const hanging = join(profile, 'hanging.mjs');
  writeFileSync(hanging, 'setInterval(() => undefined, 1000);');
  const stuck = await open({ exportWorker: pathToFileURL(hanging) });
  const waiting = new HostPage(stuck, 'main');
  waiting.subscribe({ topic: 'exports' });
  const { export: id } = await waiting.run({ type: 'startExport', request: exportOf(session) });
  expect(await waiting.command({ type: 'deleteSession', session })).toMatchObject(
    refusal('being exported'),
  );
  expect(await waiting.command({ type: 'revealExport', export: id })).toMatchObject(
    refusal('did not end'),
  );
  expect(await waiting.command({ type: 'cancelExport', export: 99 })).toMatchObject(
    refusal('no such export'),
  );
  expect(await waiting.command({ type: 'startExport', request: exportOf('never') })).toMatchObject({
    code: 'unknown-session',
  });
  await eventually(() => expect(waiting.latest('exports')?.jobs[0]?.status).toBe('running'));
  const taken = machineTime();
  await stuck.close();
  expect(taken()).toBeLessThan(3_500);

  const worker = new URL('../../../../src/main/engine/export/exportWorker.ts', import.meta.url);
  const working = await open({ exportWorker: worker });
  const last = new HostPage(working, 'main');
  last.subscribe({ topic: 'exports' });
  const { export: done } = await last.run({ type: 'startExport', request: exportOf(session) });
  const job = () => last.latest('exports')?.jobs.find((each) => each.id === done);
  await eventually(() => expect(job()).toMatchObject({ status: 'done', problem: null }));
  expect(job()?.rows).toBeGreaterThan(0);
  expect(job()?.address).toBe(`/api/exports/${done}`);
  const file = await working.exportFile(done);
  expect(readdirSync(join(profile, 'exports'))).toEqual([file?.fileName]);
  expect(await working.exportFile(done + 1)).toBeNull();
  await last.run({ type: 'deleteSession', session });
});
