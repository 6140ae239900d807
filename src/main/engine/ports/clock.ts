/** Time of the shell. The core never sees it: it only knows the times of its inputs. */
export interface ClockPort {
  /** Epoch ms with a microsecond fraction. */
  wallMs(): number;
  monotonicMs(): number;
  /** Returns its cancel. */
  setTimer(delayMs: number, run: () => void): () => void;
  /** Runs after everything that already waits to be read. */
  afterInput(run: () => void): void;
}

/** Node runs a timer of more than 2^31 - 1 ms at once: a ban of a month must not end in the moment it begins. */
const longestTimerMs = 2_147_483_647;

export const systemClock: ClockPort = {
  wallMs: () => performance.timeOrigin + performance.now() + wallCorrection(),
  monotonicMs: () => exactMs(performance.now()),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, Math.min(delayMs, longestTimerMs));
    return () => clearTimeout(timer);
  },
  afterInput: (run) => void setImmediate(run),
};

/**
 * In 1,024ths of a millisecond, so that whole milliseconds are added and taken away without rounding for 250 years: of other
 * times `t + 250 - t` may be less than 250, and what is due then would be found too early to be done, again and again.
 */
function exactMs(ms: number): number {
  return Math.floor(ms * 1_024) / 1_024;
}

/**
 * `performance` keeps the wall clock of the process start. When the system's clock was set since, its whole milliseconds win;
 * within a few milliseconds the fraction is worth more than the difference.
 */
function wallCorrection(): number {
  const difference = Date.now() - (performance.timeOrigin + performance.now());
  return Math.abs(difference) < 5 ? 0 : difference;
}
