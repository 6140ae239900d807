import { expect, test } from 'vitest';
import type { LoopBlock } from '../../../../src/main/engine/hosting/loopWatch.ts';
import { LoopWatch } from '../../../../src/main/engine/hosting/loopWatch.ts';
import type { ClockPort } from '../../../../src/main/engine/ports/clock.ts';
import { systemClock } from '../../../../src/main/engine/ports/clock.ts';

/** A loop whose timers come as late as the test makes it. */
class SlowLoop implements ClockPort {
  nowMs = 0;
  #timer: { readonly dueMs: number; readonly run: () => void } | null = null;

  wallMs = (): number => 1_790_000_000_000 + this.nowMs;
  monotonicMs = (): number => this.nowMs;
  afterInput = (run: () => void): void => run();
  setTimer = (delayMs: number, run: () => void): (() => void) => {
    this.#timer = { dueMs: this.nowMs + delayMs, run };
    return () => {
      this.#timer = null;
    };
  };

  /** Runs the waiting timer this late; false when none waits. */
  turn(lateMs: number): boolean {
    const timer = this.#timer;
    if (timer === null) return false;
    this.#timer = null;
    this.nowMs = timer.dueMs + lateMs;
    timer.run();
    return true;
  }
}

test('[T03] a loop that stood still for two seconds is measured and told with its time', () => {
  const loop = new SlowLoop();
  const blocks: LoopBlock[] = [];
  const watch = new LoopWatch(loop, (block) => blocks.push(block));
  expect(watch.status()).toBeNull();
  for (let turn = 0; turn < 500; turn += 1) loop.turn(0.4);
  expect(watch.status()).toMatchObject({ maxMs: 0.4, blockedTime: null, blockedMs: null });
  const stoodFrom = loop.nowMs + 20;
  loop.turn(2_000);
  for (let turn = 0; turn < 500; turn += 1) loop.turn(0.4);
  const block = { time: 1_790_000_000_000 + stoodFrom, lateMs: 2_000 };
  expect(blocks).toEqual([block]);
  const status = watch.status();
  expect(status).toMatchObject({ maxMs: 2_000, blockedTime: block.time, blockedMs: 2_000 });
  expect(status?.p99Ms).toBeLessThan(1);
});

test('a late loop is no blocked one, and a minute later it is forgotten', () => {
  const loop = new SlowLoop();
  const watch = new LoopWatch(loop);
  loop.turn(240);
  expect(watch.status()).toMatchObject({ maxMs: 240, blockedTime: null });
  for (let turn = 0; turn < 3_400; turn += 1) loop.turn(0);
  expect(watch.status()).toMatchObject({ p99Ms: 0, maxMs: 0 });
  watch.close();
  expect(loop.turn(0)).toBe(false);
});

test('a machine that slept has not blocked its loop', () => {
  const loop = new SlowLoop();
  const watch = new LoopWatch(loop);
  loop.turn(1);
  loop.turn(3_600_000);
  loop.turn(2);
  expect(watch.status()).toMatchObject({ maxMs: 2, blockedTime: null });
});

test('[T03] a busy loop of a real process is seen', async () => {
  const blocks: LoopBlock[] = [];
  const watch = new LoopWatch(systemClock, (block) => blocks.push(block));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const until = performance.now() + 400;
  while (performance.now() < until) Math.sqrt(until);
  await new Promise((resolve) => setTimeout(resolve, 50));
  watch.close();
  expect(blocks.length).toBeGreaterThanOrEqual(1);
  expect(watch.status()?.blockedMs ?? 0).toBeGreaterThan(250);
});
