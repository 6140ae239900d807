import { expect, test } from 'vitest';
import type { ClockPort } from '../../../../src/main/engine/ports/clock.ts';
import { Recorder } from '../../../../src/main/engine/recording/recorder.ts';
import { madeInput } from '../../../support/madeInput.ts';
import { MemoryFiles } from '../../../support/memoryFiles.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

/** Inputs at which checkpoints were made. */
function checkpointsOf(everyMs: number, inputs: number, costMs = 0): number[] {
  const clock = new VirtualClock();
  const port = createClockPort(clock);
  let spentMs = 0;
  const costly: ClockPort = { ...port, monotonicMs: () => port.monotonicMs() + spentMs };
  const made: number[] = [];
  let given = 0;
  const recorder = new Recorder({
    files: new MemoryFiles(),
    clock: costly,
    folder: '/one',
    describe: () => ({}),
    checkpoint: () => {
      made.push(given);
      spentMs += costMs;
      return { inputs: given, state: {} };
    },
    stateHash: () => '',
    inputsHandled: 0,
    onSegment: () => undefined,
    limits: { waitingBytes: Number.MAX_SAFE_INTEGER },
  });
  for (; given < inputs; given += 1) {
    recorder.tap(madeInput(given, given * everyMs));
  }
  void recorder.stop();
  return made;
}

test('in a quiet market a checkpoint is made each minute', () => {
  expect(checkpointsOf(500, 601)).toEqual([0, 120, 240, 360, 480, 600]);
});

test('in a lively market there is never more to play than fits into a short seek', () => {
  const made = checkpointsOf(0.2, 100_000);
  expect(made.length).toBeGreaterThanOrEqual(5);
  for (const [index, at] of made.slice(1).entries()) {
    expect(at - (made[index] ?? 0)).toBeLessThanOrEqual(50_000);
    expect(at - (made[index] ?? 0)).toBeGreaterThanOrEqual(20_000);
  }
});

test('checkpoints that hold up the loop are made so seldom that they take two parts of a hundred', () => {
  const made = checkpointsOf(0.2, 200_000, 200);
  for (const [index, at] of made.slice(1).entries()) {
    expect((at - (made[index] ?? 0)) * 0.2).toBeGreaterThanOrEqual(10_000);
  }
  expect(made.length).toBeGreaterThan(2);
});
