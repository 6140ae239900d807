import { expect, test } from 'vitest';
import { LoopShare } from '../../../../src/main/engine/replay/loopShare.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

const spanMs = 2_000;

/** Workers that take turns of so many milliseconds each for a while; how long each of them worked. */
async function workTogether(part: number, turnsMs: readonly number[]): Promise<readonly number[]> {
  const clock = new VirtualClock();
  const share = new LoopShare(createClockPort(clock), () => part);
  const worked = turnsMs.map(() => 0);
  const work = async (index: number, turnMs: number): Promise<void> => {
    while (clock.monotonicMs() < spanMs) {
      const turn = share.turn();
      if (turn !== null) await turn;
      clock.stall(turnMs);
      worked[index] = (worked[index] ?? 0) + turnMs;
      share.done();
      await new Promise<void>((resolve) => clock.after(0, resolve));
    }
  };
  const ended = turnsMs.map((turnMs, index) => work(index, turnMs));
  while (clock.monotonicMs() < spanMs || clock.pending > 0) {
    clock.advance(0.5);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(ended);
  return worked;
}

test.each([[[4]], [[4, 4, 4, 4]], [[4, 1]]])(
  'turns of %j ms together leave half of the time to live data',
  async (turnsMs) => {
    const worked = await workTogether(0.5, turnsMs);
    const sum = worked.reduce((total, each) => total + each, 0);
    expect(sum).toBeGreaterThan(spanMs * 0.4);
    expect(sum).toBeLessThan(spanMs * 0.52);
  },
);

test('those who work alike get alike', async () => {
  const worked = await workTogether(0.5, [4, 4, 4]);
  expect(Math.max(...worked) - Math.min(...worked)).toBeLessThanOrEqual(8);
});

test('where nothing else runs nobody rests', async () => {
  const [alone = 0] = await workTogether(1, [4]);
  expect(alone).toBeGreaterThan(spanMs * 0.85);
});

test('whom a person waits for goes before those that play', async () => {
  const clock = new VirtualClock();
  const share = new LoopShare(createClockPort(clock), () => 0.5);
  expect(share.turn()).toBeNull();
  const order: string[] = [];
  const take = async (name: string, isUrgent: boolean): Promise<void> => {
    await share.turn(isUrgent);
    order.push(name);
    share.done();
  };
  const taken = [take('playing', false), take('seeking', true)];
  share.done();
  while (order.length < 2) {
    clock.advance(1);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(taken);
  expect(order).toEqual(['seeking', 'playing']);
});

test('a turn that is given back unused goes to the next at once', async () => {
  const clock = new VirtualClock();
  const share = new LoopShare(createClockPort(clock), () => 0.5);
  expect(share.turn()).toBeNull();
  const next = share.turn();
  share.done();
  share.done();
  clock.advance(0);
  await next;
  expect(share.turn()).not.toBeNull();
});
