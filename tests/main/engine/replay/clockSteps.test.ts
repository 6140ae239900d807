import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { SessionPlayer } from '../../../../src/main/engine/replay/sessionPlayer.ts';
import { playFor, playUntil } from '../../../support/playTime.ts';
import { RecordedRun } from '../../../support/recordedRun.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

const hour = 3_600_000;
const beforeMs = 6_000;
const lengthMs = 11_000;
const runs = new Map<number, RecordedRun>();
const opened: SessionPlayer[] = [];

beforeAll(async () => {
  for (const step of [-hour, -3_000, 60_000]) runs.set(step, await record(step));
});
afterAll(() => {
  for (const { folder } of runs.values()) rmSync(folder, { recursive: true });
});
afterEach(() => {
  for (const player of opened.splice(0)) player.close();
});

/** After six of eleven seconds the wall clock is set. */
async function record(step: number): Promise<RecordedRun> {
  const run = new RecordedRun({ checkpointMs: 2_000, segmentMs: 4_000 });
  run.engine.want(['BTC-USDT']);
  run.engine.run(beforeMs);
  run.engine.links.clockPort.stepWall(step);
  run.engine.run(lengthMs - beforeMs);
  await run.end();
  return run;
}

function runOf(step: number): { readonly run: RecordedRun; readonly start: number } {
  const run = runs.get(step);
  if (run === undefined) throw new Error('no such run');
  return { run, start: run.times[0] ?? 0 };
}

async function open(run: RecordedRun, clock = new VirtualClock()): Promise<SessionPlayer> {
  const player = await run.player(createClockPort(clock));
  opened.push(player);
  return player;
}

test.each([-hour, -3_000, 60_000])(
  '[T01] a wall clock that was set by %i ms is played in the time that passed, at a position inside of the session',
  async (step) => {
    const { run } = runOf(step);
    const clock = new VirtualClock();
    const player = await open(run, clock);
    player.play(1);
    const tookMs = await playUntil(clock, player, () => {
      const { time, startTime, endTime, isFinished } = player.state;
      expect(time).toBeGreaterThanOrEqual(startTime);
      expect(time).toBeLessThanOrEqual(endTime);
      return isFinished;
    });
    expect(Math.abs(tookMs - lengthMs)).toBeLessThan(1_500);
    expect(player.stateHash()).toBe(run.engine.core.stateHash());
    expect(player.now()).toBe(run.lastTime);
  },
);

test.each([-hour, -3_000, 60_000])(
  '[T01] a time that comes twice is sought in its first passage, where the clock was set by %i ms',
  async (step) => {
    const { run, start } = runOf(step);
    const player = await open(run);
    for (const at of [500, 2_500, 4_200, 5_900]) {
      await player.seek(start + at);
      expect(player.state).toMatchObject({ time: start + at, problem: null });
      const beyond = run.times.findIndex((time) => time > start + at);
      expect(player.state.inputs).toBe(beyond);
      const live = run.hashAfter.get(beyond);
      if (live !== undefined) expect(player.stateHash()).toBe(live);
    }
    await player.seek(Infinity);
    expect(player.state.inputs).toBe(run.times.length);
  },
);

test('[T01] a time that only comes after the clock was set back is found behind that', async () => {
  const { run, start } = runOf(-3_000);
  const player = await open(run);
  await player.seek(start + 7_000);
  expect(player.state.inputs).toBe(run.times.findIndex((time) => time > start + 7_000));
  expect(player.state.time).toBe(start + 7_000);
});

test('[T01] a loop ends when its time has passed, where its position never comes', async () => {
  const { run, start } = runOf(-hour);
  const clock = new VirtualClock();
  const player = await open(run, clock);
  await player.seek(start + 4_000);
  player.setLoop({ from: start + 4_000, to: start + 8_000 });
  player.play(1);
  let rounds = 0;
  player.onReplaced = () => {
    rounds += 1;
  };
  const tookMs = await playUntil(clock, player, () => rounds >= 2);
  expect(Math.abs(tookMs - 8_000)).toBeLessThan(2_000);
  expect(player.state.inputs).toBeLessThan(run.times.length / 2);
});

test('[T01] a loop ends where the clock jumps past its end', async () => {
  const { run, start } = runOf(60_000);
  const clock = new VirtualClock();
  const player = await open(run, clock);
  await player.seek(start + 5_000);
  player.setLoop({ from: start + 5_000, to: start + 30_000 });
  player.play(1);
  let rounds = 0;
  player.onReplaced = () => {
    rounds += 1;
  };
  const tookMs = await playUntil(clock, player, () => rounds >= 2);
  expect(Math.abs(tookMs - 2_000)).toBeLessThan(1_000);
});

test.each([-hour, 60_000])(
  '[T01] a second further and back is a second that passed, where the clock was set by %i ms',
  async (step) => {
    const { run, start } = runOf(step);
    const player = await open(run);
    await player.seek(start + 5_500);
    const { inputs } = player.state;
    const hash = player.stateHash();
    await player.step('second', 1);
    expect(player.now()).toBeCloseTo(start + 6_500 + step, 2);
    await player.step('second', 1);
    expect(player.now()).toBeCloseTo(start + 7_500 + step, 2);
    await player.step('second', -1);
    await player.step('second', -1);
    expect(player.state.inputs).toBe(inputs);
    expect(player.state.time).toBeCloseTo(start + 5_500, 2);
    expect(player.stateHash()).toBe(hash);
    await player.step('minute', -1);
    expect(player.state).toMatchObject({ time: player.state.startTime, problem: null });
  },
);

test('a replay that stands shows one time, wherever it was stopped', async () => {
  const { run, start } = runOf(60_000);
  const clock = new VirtualClock();
  const player = await open(run, clock);
  await player.seek(start + 1_000);
  for (const [round, speed] of [0.37, 1, 7.3, 2.9].entries()) {
    player.play(speed);
    await playFor(clock, player, 300);
    clock.advance(round * 5 + 3);
    const shown = player.now();
    player.pause();
    const { time } = player.state;
    expect(time).toBe(shown);
    await playFor(clock, player, 100);
    expect(player.now()).toBe(time);
    expect(player.state.time).toBe(time);
  }
  const { startTime } = player.state;
  await player.seek(startTime);
  expect([player.now(), player.state.time]).toEqual([startTime, startTime]);
});
