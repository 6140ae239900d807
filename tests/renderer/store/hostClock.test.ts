import { expect, test } from 'vitest';
import { HostClock } from '../../../src/renderer/store/hostClock.ts';

const recorded = 1_600_000_000_000;
const playing = { isPlaying: true, speed: 1, endTime: recorded + 3_600_000 };

function replayClock(): HostClock {
  const clock = new HostClock();
  clock.observe(recorded, 1000, true);
  return clock;
}

test('the clock of a paused replay stands still, whatever our own clock does', () => {
  const clock = replayClock();
  clock.setPace({ ...playing, isPlaying: false });
  expect(clock.now(1000)).toBe(recorded);
  expect(clock.now(3_600_000)).toBe(recorded);
});

test('before anything is known of its pace a replay stands', () => {
  expect(replayClock().now(5000)).toBe(recorded);
});

test('between two batches a replay goes on at its own speed', () => {
  const clock = replayClock();
  clock.setPace(playing);
  expect(clock.now(1400)).toBe(recorded + 400);
  clock.setPace({ ...playing, speed: 0.1 });
  clock.jump();
  clock.setPace({ ...playing, speed: 0.1 });
  expect(clock.now(1400)).toBe(recorded + 40);
});

test('at a thousand times nothing ages by what has not been told yet', () => {
  const clock = replayClock();
  clock.setPace({ ...playing, speed: 1000 });
  expect(clock.now(1016)).toBeLessThanOrEqual(recorded + 250);
  clock.observe(recorded + 16_000, 1016, true);
  expect(clock.now(1016)).toBe(recorded + 16_000);
  clock.setPace({ ...playing, speed: null });
  clock.jump();
  clock.setPace({ ...playing, speed: null });
  expect(clock.now(1900)).toBe(recorded + 16_000);
});

test('a replay whose host is silent stops, and none runs past its end', () => {
  const clock = replayClock();
  clock.setPace(playing);
  expect(clock.now(60_000)).toBe(recorded + 1000);
  clock.setPace({ ...playing, endTime: recorded + 300 });
  clock.jump();
  clock.setPace({ ...playing, endTime: recorded + 300 });
  expect(clock.now(60_000)).toBe(recorded + 300);
});

test('a playing clock never runs back a little, and goes back with a jump', () => {
  const clock = replayClock();
  clock.setPace(playing);
  expect(clock.now(1300)).toBe(recorded + 300);
  clock.observe(recorded + 280, 1300, true);
  expect(clock.now(1310)).toBe(recorded + 300);
  expect(clock.now(1340)).toBe(recorded + 320);
  clock.jump();
  expect(clock.now(1350)).toBe(recorded + 280);
  clock.observe(recorded - 9000, 1360, true);
  clock.setPace(playing);
  expect(clock.now(1360)).toBe(recorded - 9000);
});

test('a live clock takes the fastest way here, and goes on without news', () => {
  const clock = new HostClock();
  clock.observe(recorded + 20, 1000, false);
  clock.observe(recorded + 1000, 2000, false);
  expect(clock.now(2000)).toBe(recorded + 1020);
  expect(clock.now(12_000)).toBe(recorded + 11_020);
});
