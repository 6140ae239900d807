import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { verifySession } from '../../../../src/main/engine/replay/verifySession.ts';
import { eventually } from '../../../support/eventually.ts';
import { machineTime } from '../../../support/machineTime.ts';
import { HostPage } from './hostPage.ts';
import {
  btc,
  hasPlayed,
  recordSession,
  startRecording,
  startRecordingHost,
} from './recordingHost.ts';

test('the host ends in less than two seconds, its sockets closed and the recording whole to its last frame [S0-36]', async () => {
  const { host, page, open, profile, connections } = await startRecordingHost(300);
  const main = page('main');
  main.subscribe({ topic: 'price', market: btc }, { topic: 'status' }, { topic: 'marks' });
  const first = await recordSession(main, 500);
  const second = await startRecording(main);
  const { window } = await main.run({
    type: 'openReplay',
    ...{ session: first, at: null, where: 'newWindow' },
  });
  const replay = new HostPage(host, window ?? '');
  replay.subscribe({ topic: 'status' });
  await eventually(() => expect(hasPlayed(replay)).toBe(true));
  const mark = await main.run({ type: 'addMark', time: null, market: null, note: 'the last' });
  await main.run({ type: 'changeSettings', changes: { recordingQuotaGb: 3 } });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(connections()).toBeGreaterThan(0);

  const taken = machineTime();
  await Promise.all([host.close(), host.close()]);
  expect(taken()).toBeLessThan(2_000);
  await eventually(() => expect(connections()).toBe(0));
  for (const each of [main, replay]) {
    expect(each.events.at(-1)).toEqual({ type: 'goodbye', reason: 'Truetape was closed.' });
  }
  const library = new RecordingLibrary(systemFiles, join(profile, 'recordings'));
  for (const id of [first, second]) {
    const session = await library.open(id);
    expect(session?.endTime).not.toBeNull();
    if (session === null) continue;
    // The live run wrote its last input and its state with it: a frame less, and they differ.
    const verification = await verifySession(session, 1);
    expect(verification).toMatchObject({ isEqual: true, damages: [] });
    expect(verification.live?.inputs).toBe(verification.inputs);
  }
  const again = new HostPage(await open(), 'main');
  expect((await again.run({ type: 'getSettings' })).recordingQuotaGb).toBe(3);
  const reopened = await again.run({
    type: 'openReplay',
    ...{ session: second, at: mark.time, where: 'thisWindow' },
  });
  expect(reopened.window).toBeNull();
  again.subscribe({ topic: 'marks' });
  await eventually(() => expect(again.latest('marks')?.marks).toContainEqual(mark));
});
