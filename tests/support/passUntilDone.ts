import { patienceMs } from './eventually.ts';
import { socketsSettled } from './socketsSettled.ts';
import type { VirtualClock } from './virtualClock.ts';

const stepMs = 20;

/** Virtual time passes, and sockets get their turns, until the work is done. Returns how much of it passed. */
export async function passUntilDone(clock: VirtualClock, work: Promise<unknown>): Promise<number> {
  const from = clock.monotonicMs();
  const end = performance.now() + patienceMs;
  const state = { isDone: false };
  const finish = (): void => void (state.isDone = true);
  work.then(finish, finish);
  while (!state.isDone) {
    if (performance.now() > end) throw new Error('it was never done');
    await socketsSettled();
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (!state.isDone) clock.advance(stepMs);
  }
  return clock.monotonicMs() - from;
}
