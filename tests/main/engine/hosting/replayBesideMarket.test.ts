import { expect, test } from 'vitest';
import type { TopicRequest } from '../../../../src/shared/bridge.ts';
import { eventually } from '../../../support/eventually.ts';
import { HostPage } from './hostPage.ts';
import {
  btc,
  hasPlayed,
  recordSession,
  startRecording,
  startRecordingHost,
} from './recordingHost.ts';

const wanted: readonly TopicRequest[] = [
  { topic: 'price', market: btc },
  { topic: 'trades', market: btc },
  { topic: 'book', market: btc, venue: null, group: '0', rows: 10, muted: [] },
  { topic: 'status' },
  { topic: 'recordings' },
  { topic: 'marks' },
  { topic: 'metrics' },
];

test('a replay plays and jumps in one window while another shows and records the market', async () => {
  const { host, page } = await startRecordingHost();
  const live = page('main');
  live.subscribe(...wanted);
  const session = await recordSession(live);
  const second = await startRecording(live);

  const opened = await live.run({
    type: 'openReplay',
    ...{ session, at: null, where: 'newWindow' },
  });
  expect(opened).toEqual({ window: 'replay-0-of-main', address: null });
  const replay = new HostPage(host, opened.window ?? '');
  replay.subscribe(...wanted);
  await eventually(() => expect(replay.latest('price')?.status).toBe('live'));
  expect(replay.events[0]).toMatchObject({ type: 'hello', source: `replay:${session}` });
  await eventually(() =>
    expect(replay.told('status')).toContainEqual(
      expect.objectContaining({
        source: `replay:${session}`,
        sourceReason: 'replay',
        replay: expect.objectContaining({ session, speed: 1 }),
        recording: expect.objectContaining({ status: 'recording' }),
      }),
    ),
  );
  await eventually(() => expect(hasPlayed(replay)).toBe(true));
  const { startTime = 0, endTime = 0 } = replay.latest('status')?.replay ?? {};
  const before = live.batches.length;
  const bytesBefore = live.latest('status')?.recording.bytes ?? 0;
  for (const share of [0.9, 0.1, 0.5]) {
    const time = startTime + (endTime - startTime) * share;
    await replay.run({ type: 'controlReplay', action: { do: 'pause' } });
    await replay.run({ type: 'controlReplay', action: { do: 'seek', time } });
    const jumped = replay.batches.length;
    await eventually(() => expect(replay.batches.length).toBeGreaterThan(jumped));
    await eventually(() => expect(replay.latest('status')?.replay?.time).toBe(time));
    const newest = replay.batches.at(-1);
    expect(newest?.hostTime).toBe(time);
    expect(replay.latest('trades')).toSatisfy(
      (trade: { receivedTime?: number } | null) =>
        trade === null || (trade.receivedTime ?? 0) <= time,
    );
  }
  await eventually(() =>
    expect(live.latest('status')?.recording.bytes ?? 0).toBeGreaterThan(bytesBefore),
  );
  await eventually(() => expect(live.batches.length).toBeGreaterThan(before + 5));
  // What one window is told is never of what the other looks at.
  expect(live.sources).toEqual(['live']);
  expect(replay.sources).toEqual([`replay:${session}`]);
  expect(live.latest('status')).toMatchObject({ source: 'live', replay: null });
  await eventually(() => {
    expect(live.latest('metrics')?.source).toBe('live');
    expect(replay.latest('metrics')?.source).toBe(`replay:${session}`);
    expect(live.latest('marks')?.session).toBe(second);
    expect(replay.latest('marks')?.session).toBe(session);
  });
  expect(live.latest('status')?.recording.session).toBe(second);
  expect(live.events.filter(({ type }) => type === 'sourceChanged')).toEqual([]);
  expect(replay.events.filter(({ type }) => type === 'sourceChanged')).toEqual([]);
});

test('a window that turns to a replay and back wants nothing of the market meanwhile', async () => {
  const { page } = await startRecordingHost();
  const main = page('main');
  main.subscribe(...wanted);
  const session = await recordSession(main, 800);
  const answer = await main.run({
    type: 'openReplay',
    ...{ session, at: null, where: 'thisWindow' },
  });
  expect(answer).toEqual({ window: null, address: null });
  const changed = main.events.filter(({ type }) => type === 'sourceChanged');
  expect(changed).toEqual([{ type: 'sourceChanged', source: `replay:${session}` }]);
  await eventually(() => expect(main.latest('status')?.replay?.session).toBe(session));
  const live = page('w-live');
  live.subscribe({ topic: 'status' });
  await eventually(() => expect(live.latest('status')?.symbolsTotal).toBeGreaterThan(0));
  const symbols = live.latest('status')?.symbolsTotal ?? 0;
  main.subscribe(...wanted, { topic: 'price', market: 'OTHER-USDT' });
  const told = live.batches.length;
  await eventually(() => expect(live.batches.length).toBeGreaterThan(told + 1));
  expect(live.latest('status')?.symbolsTotal).toBe(symbols);
  for (const type of ['reconnectVenue', 'pauseVenue', 'resumeVenue'] as const) {
    expect(await main.command({ type, venue: 'okx' })).toMatchObject({
      ok: false,
      code: 'not-available',
      message: expect.stringContaining('shows a recording'),
    });
  }
  expect(await main.command({ type: 'switchSource', source: 'simulated' })).toMatchObject({
    ok: false,
    message: expect.stringContaining('Close the replay first'),
  });
  await main.run({ type: 'closeReplay' });
  expect(main.events.at(-1)).toEqual({ type: 'sourceChanged', source: 'live' });
  await eventually(() => expect(live.latest('status')?.symbolsTotal).toBe(symbols + 1));
  const since = main.batches.length;
  await eventually(() => expect(main.batches.length).toBeGreaterThan(since + 3));
  expect([...new Set(main.batches.slice(since).map(({ source }) => source))]).toEqual(['live']);
  expect(await main.command({ type: 'closeReplay' })).toMatchObject({ ok: false });
  expect(await main.command({ type: 'controlReplay', action: { do: 'play' } })).toMatchObject({
    ok: false,
    message: expect.stringContaining('shows no replay'),
  });
});

test('two pages of one window: the other one neither ends the replay nor keeps it when it was closed', async () => {
  const { page } = await startRecordingHost();
  const main = page('main');
  main.subscribe(...wanted);
  const session = await recordSession(main, 500);
  const other = page('main');
  other.subscribe({ topic: 'status' });
  await main.run({ type: 'openReplay', session, at: null, where: 'thisWindow' });
  await eventually(() => expect(hasPlayed(main)).toBe(true));
  await eventually(() => expect(other.latest('status')?.source).toBe('live'));
  other.leave();
  const again = page('main');
  again.subscribe({ topic: 'status' });
  await eventually(() => expect(again.latest('status')?.source).toBe(`replay:${session}`));
  await main.run({ type: 'closeReplay' });
  await eventually(() =>
    expect(again.events.at(-1)).toEqual({ type: 'sourceChanged', source: 'live' }),
  );
  expect(main.events.at(-1)).toEqual({ type: 'sourceChanged', source: 'live' });
  await main.run({ type: 'deleteSession', session });
});

test('a page that is loaded again finds its replay; a window of a former run shows the market and says why', async () => {
  const { host, page, open } = await startRecordingHost();
  const main = page('main');
  main.subscribe(...wanted);
  const session = await recordSession(main, 800);
  const { window } = await main.run({
    type: 'openReplay',
    ...{ session, at: null, where: 'newWindow' },
  });
  const id = window ?? '';
  const first = new HostPage(host, id);
  first.subscribe({ topic: 'status' });
  await eventually(() => expect(hasPlayed(first)).toBe(true));
  await first.run({ type: 'controlReplay', action: { do: 'pause' } });
  first.leave();
  const again = new HostPage(host, id);
  again.subscribe({ topic: 'status' });
  await eventually(() => expect(again.latest('status')?.replay?.isPlaying).toBe(false));
  expect(again.events).toMatchObject([{ type: 'hello', source: `replay:${session}` }]);
  await host.close();
  const restarted = await open();
  const stale = new HostPage(restarted, id);
  await eventually(() => expect(stale.events).toHaveLength(2));
  expect(stale.events).toMatchObject([
    { type: 'hello', source: 'live' },
    { type: 'notice', level: 'info', text: expect.stringContaining('started again') },
  ]);
  stale.leave();
  const reloaded = new HostPage(restarted, id);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(reloaded.events).toMatchObject([{ type: 'hello', source: 'live' }]);
});
