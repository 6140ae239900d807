import { setImmediate as nextTurn } from 'node:timers/promises';
import type { VirtualClock } from './virtualClock.ts';

interface Playing {
  readonly state: { readonly isPlaying: boolean; readonly isSeeking?: boolean } | null;
}

const stepMs = 16;

/** Virtual time passes in steps, and stands while a player reads its files, as slow as their disk may be. */
export async function playFor(
  clock: VirtualClock,
  player: Playing,
  ms: number,
  step = stepMs,
): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) {
    clock.advance(step);
    await whileReading(clock, player);
  }
}

/** As `playFor`; virtual time that has passed until then. */
export async function playUntil(
  clock: VirtualClock,
  player: Playing,
  isDone: () => boolean,
): Promise<number> {
  const startedMs = clock.monotonicMs();
  while (!isDone()) await playFor(clock, player, stepMs);
  return clock.monotonicMs() - startedMs;
}

/** Who plays and waits for the next step has a timer for it; who is at work on one has none. */
async function whileReading(clock: VirtualClock, player: Playing): Promise<void> {
  do {
    await nextTurn();
    clock.advance(0);
  } while (player.state?.isSeeking === true || (player.state?.isPlaying && clock.pending === 0));
}
