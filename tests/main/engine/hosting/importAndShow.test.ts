import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { ExportRequest } from '../../../../src/shared/exports.ts';
import { eventually } from '../../../support/eventually.ts';
import { HostPage } from './hostPage.ts';
import { btc, hasPlayed, recordSession, startRecordingHost } from './recordingHost.ts';

const fixture = fileURLToPath(
  new URL('../../../fixtures/okx/books-20220513.ndjson.gz', import.meta.url),
);

test('a file that a page sends becomes a session that plays beside the market', async () => {
  const { host, page, profile } = await startRecordingHost();
  const main = page('main');
  main.subscribe({ topic: 'recordings' }, { topic: 'status' });
  const bytes = readFileSync(fixture);
  const pieceBytes = 20_000;
  let session: string | null = null;
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    const piece = bytes.subarray(offset, offset + pieceBytes);
    const answer = await main.run({
      type: 'uploadRecording',
      ...{ upload: 'upload-of-main', fileName: '../OKX books.ndjson.gz', offset },
      base64: piece.toString('base64'),
      last: offset + pieceBytes >= bytes.length,
      ...{ venue: null, marketKind: 'spot' },
    });
    expect(answer.received).toBe(offset + piece.length);
    session = answer.session;
  }
  const id = session ?? '';
  const listed = () => main.latest('recordings')?.sessions.find((each) => each.id === id);
  await eventually(() =>
    expect(listed()).toMatchObject({ source: 'imported', name: 'OKX books', problem: null }),
  );
  expect(readdirSync(join(profile, 'recordings', 'incoming'))).toEqual([]);
  const { window } = await main.run({
    type: 'openReplay',
    ...{ session: id, at: null, where: 'newWindow' },
  });
  const replay = new HostPage(host, window ?? '');
  replay.subscribe({ topic: 'status' }, { topic: 'health' }, { topic: 'metrics' });
  const state = () => replay.latest('status')?.replay;
  await eventually(() => expect(state()).toMatchObject({ recordedSource: 'imported' }));
  const { endTime = 0 } = state() ?? {};
  await replay.run({ type: 'controlReplay', action: { do: 'pause' } });
  await replay.run({ type: 'controlReplay', action: { do: 'seek', time: endTime } });
  await eventually(() => expect(replay.latest('status')).toMatchObject({ venuesTotal: 1 }));
  await eventually(() => {
    const streams = replay.latest('metrics')?.streams ?? [];
    expect(streams.reduce((sum, { messages }) => sum + messages, 0)).toBeGreaterThan(100);
  });
  expect(replay.sources).toEqual([`replay:${id}`]);
});

test('what cannot be imported is refused with the name that the person knows, and nothing stays', async () => {
  const { page, profile } = await startRecordingHost();
  const main = page('main');
  const result = await main.command({
    type: 'uploadRecording',
    ...{ upload: 'upload-of-main', fileName: 'shopping.txt', offset: 0, last: true },
    base64: Buffer.from('milk\neggs\n').toString('base64'),
    ...{ venue: null, marketKind: null },
  });
  expect(result).toMatchObject({
    ok: false,
    code: 'not-available',
    message: expect.stringMatching(/^shopping\.txt: line 1 does not begin/),
  });
  const incoming = join(profile, 'recordings', 'incoming');
  expect(readdirSync(incoming)).toEqual([]);

  const upload = 'upload-given-up';
  await main.run({
    type: 'uploadRecording',
    ...{ upload, fileName: 'long.txt', offset: 0, last: false },
    base64: Buffer.from('a first piece').toString('base64'),
    ...{ venue: null, marketKind: null },
  });
  expect(readdirSync(incoming)).toHaveLength(1);
  expect(await main.run({ type: 'cancelUpload', upload })).toBeNull();
  expect(readdirSync(incoming)).toEqual([]);
});

test('a program that was started for a recording shows it alone, and changes nothing', async () => {
  const { page, host, open, profile } = await startRecordingHost();
  const main = page('main');
  main.subscribe({ topic: 'price', market: btc }, { topic: 'status' });
  const session = await recordSession(main, 800);
  await host.close();
  const folder = join(profile, 'recordings', session);
  const shown = await open({ profile: null, replaySession: folder });
  const first = new HostPage(shown, 'main');
  first.subscribe({ topic: 'status' }, { topic: 'marks' }, { topic: 'recordings' });
  await eventually(() =>
    expect(first.told('status')).toContainEqual(
      expect.objectContaining({
        ...{ source: `replay:${session}`, sourceReason: 'replay' },
        replay: expect.objectContaining({ session }),
        recording: expect.objectContaining({ status: 'off' }),
      }),
    ),
  );
  await eventually(() => expect(hasPlayed(first)).toBe(true));
  expect(first.events[0]).toMatchObject({ type: 'hello', source: `replay:${session}` });
  await eventually(() => expect(first.latest('marks')?.session).toBe(session));
  const { startTime = 0 } = first.latest('status')?.replay ?? {};
  await first.run({ type: 'controlReplay', action: { do: 'pause' } });
  await first.run({ type: 'controlReplay', action: { do: 'seek', time: startTime + 300 } });
  await first.run({ type: 'controlReplay', action: { do: 'step', unit: 'frame', direction: 1 } });
  await first.run({ type: 'loadTimeline', market: btc, buckets: 10 });
  for (const command of [
    { type: 'deleteSession', session },
    { type: 'changeSession', session, name: 'x' },
    { type: 'controlRecording', action: 'start' },
  ] as const) {
    expect(await first.command(command)).toMatchObject({
      ok: false,
      message: expect.stringContaining('records nothing and changes no session'),
    });
  }
  expect(await first.command({ type: 'closeReplay' })).toMatchObject({
    ok: false,
    message: expect.stringContaining('no market to go back to'),
  });
  first.leave();
  const again = new HostPage(shown, 'main');
  again.subscribe({ topic: 'status' });
  await eventually(() => expect(again.latest('status')?.replay?.isPlaying).toBe(false));
  await expect(open({ profile: null, replaySession: join(profile, 'nothing') })).rejects.toThrow(
    'is no recorded session',
  );
});

test('the next start removes what an import that was killed had begun', async () => {
  const { host, open, profile } = await startRecordingHost();
  await host.close();
  // A number that no process has.
  const draft = join(profile, 'recordings', 'import-99999999-1.part');
  const other = join(profile, 'recordings', 'mine.part');
  for (const folder of [draft, other]) {
    mkdirSync(folder);
    writeFileSync(join(folder, '000001.rec'), 'half of it');
  }
  await open();
  await eventually(() => expect(existsSync(draft)).toBe(false));
  expect(existsSync(other)).toBe(true);
});

test('what a shown recording exports goes where it is told to, else to a folder of nobody else', async () => {
  const { page, host, open, profile } = await startRecordingHost();
  const main = page('main');
  main.subscribe({ topic: 'price', market: btc }, { topic: 'status' });
  const session = await recordSession(main, 500);
  await host.close();
  const folder = join(profile, 'recordings', session);
  const exportWorker = new URL(
    '../../../../src/main/engine/export/exportWorker.ts',
    import.meta.url,
  );
  const request: ExportRequest = {
    session,
    content: { type: 'table', table: 'trades', format: 'csv' },
    ...{ from: null, to: null, markets: [], everyMs: 1_000, interval: '1m', levels: 5 },
    fileName: null,
  };
  const exportOf = async (changes: { readonly exportFolder?: string }): Promise<string> => {
    const shown = await open({ profile: null, replaySession: folder, exportWorker, ...changes });
    const window = new HostPage(shown, 'main');
    window.subscribe({ topic: 'exports' });
    await window.run({ type: 'startExport', request });
    await eventually(() =>
      expect(window.latest('exports')?.jobs[0]).toMatchObject({ status: 'done' }),
    );
    const told = window.latest('exports')?.folder ?? '';
    expect(readdirSync(told)).toEqual([window.latest('exports')?.jobs[0]?.fileName]);
    await shown.close();
    return told;
  };
  const chosen = join(profile, 'chosen');
  expect(await exportOf({ exportFolder: chosen })).toBe(chosen);
  const own = await exportOf({});
  onTestFinished(() => rmSync(own, { recursive: true }));
  expect(own).toMatch(/truetape-exports-[0-9a-f]{24}$/);
  if (process.platform !== 'win32') expect(statSync(own).mode & 0o777).toBe(0o700);
  expect(readdirSync(profile)).not.toContain('exports');
});
