import { afterEach, expect, test } from 'vitest';
import { replayControl } from '../../../../src/renderer/workspace/replay/replayControl.ts';
import { useToasts } from '../../../../src/renderer/workspace/toasts.ts';
import { endTime, ReplayPage, startTime } from './replayPage.tsx';

afterEach(() => useToasts.setState({ toasts: [] }));

async function open(changes = {}): Promise<ReplayPage> {
  const page = ReplayPage.open(changes);
  page.store.subscribeTopic({ topic: 'status' }, () => undefined);
  page.store.subscribeTopic({ topic: 'price', market: 'BTC-USDT' }, () => undefined);
  await page.run(300);
  return page;
}

test('of many jumps one is under way at a time, and the last one wins', async () => {
  const page = await open();
  const control = replayControl(page.store);
  const waiting: (() => void)[] = [];
  page.answerSeek = (done) => void waiting.push(done);
  for (let minute = 1; minute <= 50; minute++) control.seek(startTime + minute * 60_000);
  await page.run(50);
  expect(page.actions()).toEqual([{ do: 'seek', time: startTime + 60_000 }]);
  expect(control.target.get()).toBe(startTime + 50 * 60_000);
  waiting.shift()?.();
  await page.run(50);
  waiting.shift()?.();
  await page.run(200);
  expect(page.actions()).toEqual([
    { do: 'seek', time: startTime + 60_000 },
    { do: 'seek', time: startTime + 50 * 60_000 },
  ]);
  expect(control.target.get()).toBeNull();
  expect(control.position(page.replay)).toBe(startTime + 50 * 60_000);
});

test('the playhead follows the person at once, and never shows the old place after the new one', async () => {
  const page = await open();
  const control = replayControl(page.store);
  page.landsAfterMs = 40;
  const target = startTime + 120_000;
  control.seek(target);
  expect(control.position(page.replay)).toBe(target);
  for (let slice = 0; slice < 100; slice++) {
    await page.run(2, 1);
    expect(control.position(page.replay)).toBe(target);
  }
  expect(control.target.get()).toBeNull();
});

test('a jump goes no further than the recording', async () => {
  const page = await open();
  const control = replayControl(page.store);
  control.seek(endTime + 5_000);
  await page.run(200);
  control.moveBy(-24 * 3_600_000);
  await page.run(200);
  expect(page.actions()).toEqual([
    { do: 'seek', time: endTime },
    { do: 'seek', time: startTime },
  ]);
});

test('a refused jump puts the playhead back and says why', async () => {
  const page = ReplayPage.open({}, (command) =>
    command.type === 'controlReplay'
      ? { ok: false, code: 'internal', message: 'The file is gone.', candidates: [] }
      : undefined,
  );
  page.store.subscribeTopic({ topic: 'status' }, () => undefined);
  await page.run(300);
  const control = replayControl(page.store);
  control.seek(startTime);
  await page.run(100);
  expect(control.target.get()).toBeNull();
  expect(control.position(page.replay)).toBe(page.position);
  expect(useToasts.getState().toasts.map(({ text }) => text)).toEqual(['The file is gone.']);
});

test('play at the end starts over', async () => {
  const page = await open({ isFinished: true });
  page.position = endTime;
  await replayControlled(page);
  expect(page.actions()).toEqual([{ do: 'seek', time: startTime }, { do: 'play' }]);
});

async function replayControlled(page: ReplayPage): Promise<void> {
  void replayControl(page.store).togglePlay();
  await page.run(300);
}

test('one key sets the beginning of a loop, its end, and ends it', async () => {
  const page = await open();
  const control = replayControl(page.store);
  const from = page.position;
  control.toggleLoop();
  expect(control.loopStart.get()).toBe(from);
  control.seek(from - 60_000);
  await page.run(300);
  control.toggleLoop();
  await page.run(300);
  expect(page.replay.loop).toEqual({ from: from - 60_000, to: from });
  control.toggleLoop();
  await page.run(300);
  expect(page.replay.loop).toBeNull();
});
