import type { ClockPort } from '../../src/main/engine/ports/clock.ts';
import type { VirtualClock } from './virtualClock.ts';

export interface VirtualClockPort extends ClockPort {
  /** Moves the wall clock alone, as an operator or a time server would. */
  stepWall(ms: number): void;
}

/** The shell's clock on a virtual one. */
export function createClockPort(
  clock: VirtualClock,
  startWallMs = 1_790_000_000_000,
): VirtualClockPort {
  let wallOffset = startWallMs;
  return {
    wallMs: () => wallOffset + clock.monotonicMs(),
    monotonicMs: () => clock.monotonicMs(),
    setTimer: (delayMs, run) => clock.after(delayMs, run),
    afterInput: (run) => void clock.after(0, run),
    stepWall(ms) {
      wallOffset += ms;
    },
  };
}
