import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ClockPort } from '../../../../src/main/engine/ports/clock.ts';
import { RecordingReader } from '../../../../src/main/engine/recording/recordingReader.ts';
import type { SessionPlayer } from '../../../../src/main/engine/replay/sessionPlayer.ts';
import type { Mark } from '../../../../src/shared/marks.ts';
import { playFor, playUntil } from '../../../support/playTime.ts';
import { RecordedRun } from '../../../support/recordedRun.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

let run: RecordedRun;
let start = 0;
const opened: SessionPlayer[] = [];

beforeAll(async () => {
  run = new RecordedRun();
  run.engine.want(['BTC-USDT', 'ETH-USDT']);
  run.engine.run(8_000);
  run.engine.control({ type: 'dropDiff', venue: 'okx', market: 'BTC-USDT', count: 2 });
  run.engine.control({ type: 'close', venue: 'bybit', code: 1006 });
  run.engine.run(12_000);
  await run.end();
  start = run.times[0] ?? 0;
});
afterAll(() => rmSync(run.folder, { recursive: true }));
afterEach(() => {
  for (const player of opened.splice(0)) player.close();
});

async function openPlayer(clock = new VirtualClock()): Promise<SessionPlayer> {
  const player = await run.player(createClockPort(clock));
  opened.push(player);
  return player;
}

function markAt(time: number): Mark {
  return {
    ...{ id: String(time), kind: 'user' as const, time, toTime: null },
    ...{ venue: null, market: null, text: '' },
  };
}

test('at a thousand times its speed, and at its own, a session ends in the state of the live run', async () => {
  for (const speed of [1, 1000, null]) {
    const clock = new VirtualClock();
    const player = await openPlayer(clock);
    player.play(speed);
    await playUntil(clock, player, () => player.state.isFinished);
    expect(player.state).toMatchObject({
      isPlaying: false,
      time: run.lastTime,
      problem: null,
      check: { isEqual: true, inputs: run.times.length },
    });
    await playFor(clock, player, 100);
    expect(player.state.isFinished).toBe(true);
  }
});

test('after each of ten seeks, playing on comes through the states of the live run', async () => {
  let draw = 7;
  for (let round = 0; round < 10; round += 1) {
    draw = (draw * 48_271) % 2_147_483_647;
    const time = start + ((run.lastTime - start) * draw) / 2_147_483_647;
    const player = await openPlayer();
    await player.seek(time);
    const { inputs } = player.state;
    expect(player.state).toMatchObject({ time, problem: null, isSeeking: false });
    expect(run.times[inputs - 1]).toBeLessThanOrEqual(time);
    expect(run.times[inputs] ?? Infinity).toBeGreaterThan(time);
    await player.playThrough(() => {
      const live = run.hashAfter.get(player.view.sequence);
      if (live !== undefined) expect(player.stateHash()).toBe(live);
    });
    expect(player.stateHash()).toBe(run.engine.core.stateHash());
  }
});

test('a frame back and forth returns to the same state, over a checkpoint and a segment too', async () => {
  const player = await openPlayer();
  for (const at of [3_000, 6_050, 12_400, 19_000]) {
    await player.seek(start + at);
    await player.step('frame', 1);
    const { inputs, time } = player.state;
    const hash = player.stateHash();
    expect(run.kinds[inputs - 1]).toBe('frame');
    for (let count = 0; count < 5; count += 1) await player.step('frame', -1);
    expect(player.state.inputs).toBeLessThan(inputs);
    expect(
      run.kinds.slice(player.state.inputs, inputs).filter((kind) => kind === 'frame'),
    ).toHaveLength(5);
    for (let count = 0; count < 5; count += 1) await player.step('frame', 1);
    expect(player.state).toMatchObject({ inputs, time });
    expect(player.stateHash()).toBe(hash);
  }
});

test('a frame back leads to the frame before from a checkpoint, from between two and from the end', async () => {
  const player = await openPlayer();
  const reader = await RecordingReader.open(run.segments);
  const checkpoints: number[] = [];
  for (let at = start + 2_000; at < run.lastTime; at += 2_000) {
    const { inputs, cursor } = await reader.startAt({ time: at });
    cursor.close();
    checkpoints.push(inputs);
  }
  expect(new Set(checkpoints).size).toBeGreaterThan(5);
  const places = [...checkpoints, ...checkpoints.map((inputs) => inputs + 1), run.kinds.length];
  const frameBefore = (inputs: number): number =>
    run.kinds.findLastIndex((kind, index) => kind === 'frame' && index + 1 < inputs) + 1;
  for (const inputs of places) {
    await player.seek(run.times[inputs - 1] ?? 0);
    const from = player.state;
    await player.step('frame', -1);
    const { state } = player;
    expect(state.inputs).toBe(frameBefore(from.inputs));
    expect(state.time).toBeCloseTo(run.times[state.inputs - 1] ?? 0, 3);
    expect(state.time).toBeLessThanOrEqual(from.time);
    expect(state.problem).toBeNull();
  }
});

test('a frame back from the beginning stays at the beginning', async () => {
  const player = await openPlayer();
  await player.seek(start);
  await player.step('frame', -1);
  await player.step('frame', -1);
  expect(player.state).toMatchObject({ problem: null, time: start });
});

test('seconds, minutes and marks are stepped both ways, and never past an end', async () => {
  const player = await openPlayer();
  const marks = [markAt(start + 9_000), markAt(start + 4_000), markAt(start + 90_000)];
  await player.seek(start + 5_000);
  await player.step('second', 1);
  expect(player.state.time).toBe(start + 6_000);
  await player.step('second', -1);
  expect(player.state.time).toBe(start + 5_000);
  const hash = player.stateHash();
  await player.step('mark', 1, marks);
  expect(player.state.time).toBe(start + 9_000);
  await player.step('mark', 1, marks);
  expect(player.state.time).toBe(start + 9_000);
  await player.step('mark', -1, marks);
  expect(player.state.time).toBe(start + 4_000);
  await player.seek(start + 5_000);
  expect(player.stateHash()).toBe(hash);
  await player.step('minute', 1);
  expect(player.state).toMatchObject({ time: run.lastTime, isPlaying: false });
  await player.step('minute', -1);
  expect(player.state.time).toBe(start);
});

test('of fifty seeks at once the last is carried out, and nothing of the others is shown', async () => {
  const player = await openPlayer();
  await player.seek(start + 1_000);
  const before = player.view;
  let replaced = 0;
  player.onReplaced = () => {
    replaced += 1;
  };
  const seeks = Array.from({ length: 50 }, (_, count) => player.seek(start + 300 * (count + 1)));
  expect(player.state).toMatchObject({ isSeeking: true, time: start + 1_000 });
  expect(player.view).toBe(before);
  await Promise.all(seeks);
  expect(player.state).toMatchObject({ isSeeking: false, time: start + 15_000, problem: null });
  expect(replaced).toBe(1);
});

test('steps that come faster than they are done are all done, and a held key does not pile them up', async () => {
  const player = await openPlayer();
  await player.seek(start + 5_000);
  const { inputs } = player.state;
  await Promise.all([player.step('frame', 1), player.step('frame', 1), player.step('frame', 1)]);
  const frames = () =>
    run.kinds.slice(inputs, player.state.inputs).filter((kind) => kind === 'frame').length;
  expect(frames()).toBe(3);
  await Promise.all(Array.from({ length: 100 }, () => player.step('frame', 1)));
  expect(frames()).toBeLessThan(10);
});

test('a change of speed during a seek does not take the seek away', async () => {
  const player = await openPlayer();
  const seeking = player.seek(start + 10_000);
  player.setSpeed(20);
  player.setLoop(null);
  await seeking;
  expect(player.state.time).toBe(start + 10_000);
});

test('a range is played again and again, and left when it is taken away', async () => {
  const clock = new VirtualClock();
  const player = await openPlayer(clock);
  const loop = { from: start + 4_000, to: start + 6_000 };
  await player.seek(loop.from);
  player.setLoop(loop);
  player.play(10);
  let jumps = 0;
  player.onReplaced = () => {
    jumps += 1;
  };
  await playUntil(clock, player, () => {
    expect(player.now()).toBeGreaterThanOrEqual(loop.from);
    expect(player.now()).toBeLessThanOrEqual(loop.to);
    return jumps >= 4;
  });
  player.setLoop(null);
  await playUntil(clock, player, () => player.state.isFinished);
  expect(player.stateHash()).toBe(run.engine.core.stateHash());
});

test('at a tenth of its speed, and where nothing was recorded, the clock runs smoothly', async () => {
  const clock = new VirtualClock();
  const player = await openPlayer(clock);
  await player.seek(start + 5_000);
  player.play(0.1);
  await playFor(clock, player, 32);
  let last = player.now();
  for (let step = 0; step < 100; step += 1) {
    await playFor(clock, player, 4, 4);
    const now = player.now();
    expect(now).toBeGreaterThanOrEqual(last);
    expect(now - last).toBeLessThan(2.5);
    last = now;
  }
  expect(last - start - 5_000).toBeGreaterThan(38);
  player.pause();
  expect(player.now()).toBe(last);
  await playFor(clock, player, 100);
  expect(player.now()).toBe(last);
});

test('the time that is shown is never past an input that was not fed', async () => {
  const clock = new VirtualClock();
  const player = await openPlayer(clock);
  player.play(1000);
  for (let step = 0; step < 40; step += 1) {
    clock.advance(7);
    const { inputs, time } = player.state;
    expect(run.times[inputs] ?? Infinity).toBeGreaterThanOrEqual(time);
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test('nobody waits longer than a few milliseconds for a replay that goes as fast as it can', async () => {
  const clock = new VirtualClock();
  const port = createClockPort(clock);
  let waitedMs = 0;
  let longestMs = 0;
  let fed = 0;
  let most = 0;
  // Each look at this clock takes a millisecond, as sixteen slow inputs would.
  const slow: ClockPort = {
    ...port,
    monotonicMs: () => {
      waitedMs += 1;
      clock.stall(1);
      return clock.monotonicMs();
    },
    afterInput: (next) => {
      longestMs = Math.max(longestMs, waitedMs);
      fed = 0;
      setImmediate(() => {
        waitedMs = 0;
        next();
      });
    },
  };
  const player = await run.player(slow);
  opened.push(player);
  await player.playThrough(() => {
    fed += 1;
    most = Math.max(most, fed);
  });
  expect(most).toBeLessThanOrEqual(100);
  expect(player.stateHash()).toBe(run.engine.core.stateHash());
  expect(longestMs).toBeGreaterThan(0);
  expect(longestMs).toBeLessThanOrEqual(10);
});

test('playing is held against the live run at checkpoints, five seconds apart at most often', async () => {
  const clock = new VirtualClock();
  const player = await openPlayer(clock);
  await player.seek(start + 1_000);
  expect(player.state.check).toBeNull();
  player.play(1);
  const madeMs: number[] = [];
  let inputs = 0;
  await playUntil(clock, player, () => {
    const { check, isFinished } = player.state;
    if (check === null || isFinished || check.inputs === inputs) return isFinished;
    ({ inputs } = check);
    expect(check.isEqual).toBe(true);
    madeMs.push(clock.monotonicMs());
    return false;
  });
  expect(madeMs.length).toBeGreaterThanOrEqual(2);
  for (const [index, ms] of madeMs.slice(1).entries()) {
    expect(ms - (madeMs[index] ?? 0)).toBeGreaterThanOrEqual(5_000 - 16);
  }
  expect(player.state.check).toMatchObject({ isEqual: true, inputs: run.times.length });
});

test('a damaged segment in the middle is told with its place, and the next one goes on right', async () => {
  const path = run.segments[1] ?? '';
  const bytes = readFileSync(path);
  const broken = Buffer.from(bytes);
  const at = Math.floor(bytes.length * 0.6);
  broken[at] = (broken[at] ?? 0) ^ 0x55;
  writeFileSync(path, broken);
  try {
    const clock = new VirtualClock();
    const player = await openPlayer(clock);
    let replaced = 0;
    player.onReplaced = () => {
      replaced += 1;
    };
    player.play(null);
    await playUntil(clock, player, () => player.state.isFinished);
    const name = basename(path).replaceAll('.', '\\.');
    expect(player.state.problem).toMatch(new RegExp(`${name} is damaged at byte \\d+`));
    expect(player.stateHash()).toBe(run.engine.core.stateHash());
    // The first core, and the one behind the hole.
    expect(replaced).toBe(2);
  } finally {
    writeFileSync(path, bytes);
  }
});

test('behind the damage of the last segment no value stands as that of a later moment', async () => {
  const path = run.segments.at(-1) ?? '';
  const bytes = readFileSync(path);
  const broken = Buffer.from(bytes);
  const at = Math.floor(bytes.length * 0.5);
  broken[at] = (broken[at] ?? 0) ^ 0x55;
  writeFileSync(path, broken);
  try {
    const clock = new VirtualClock();
    const player = await openPlayer(clock);
    player.play(null);
    await playUntil(clock, player, () => player.state.isFinished);
    const { time, endTime, problem } = player.state;
    expect(time).toBeLessThan(endTime - 500);
    expect(problem).toMatch(/is damaged at byte \d+/);
    await player.seek(endTime);
    expect(player.state).toMatchObject({ time, isFinished: true, problem });
  } finally {
    writeFileSync(path, bytes);
  }
});

test('a disk that takes the files away stops the replay with a sentence, and another jump tries again', async () => {
  const clock = new VirtualClock();
  const player = await openPlayer(clock);
  await player.seek(start + 1_000);
  const path = run.segments[2] ?? '';
  const bytes = readFileSync(path);
  rmSync(path);
  try {
    await player.seek(start + 14_000);
    expect(player.state).toMatchObject({ isPlaying: false, isSeeking: false, time: start + 1_000 });
    expect(player.state.problem).toContain('cannot be read');
  } finally {
    writeFileSync(path, bytes);
  }
  await player.seek(start + 14_000);
  expect(player.state).toMatchObject({ problem: null, time: start + 14_000 });
});
