import type { ClockPort } from '../ports/clock.ts';

/** Work that is done at once while nobody has to wait for it. */
const mostAtOnceMs = 4;
/** So much is saved up before the next turn: a timer for less would come late by as much. */
const resumeMs = 2;

/**
 * The part of one loop that all replays have together, beside live data that must not wait for them. Whoever wants to work takes
 * a turn, works without a promise in between, and gives it back; turns go round, so that each has as much as the others.
 */
export class LoopShare {
  private readonly clock: ClockPort;
  /** Of the loop's time, from above 0 to 1. */
  private readonly part: () => number;
  private readonly waiting: (() => void)[] = [];
  private savedMs = mostAtOnceMs;
  private countedMs: number;
  private isTaken = false;
  private isScheduled = false;

  constructor(clock: ClockPort, part: () => number) {
    this.clock = clock;
    this.part = part;
    this.countedMs = clock.monotonicMs();
  }

  /** Null: the turn is there at once. `done` has to follow it, whatever happens. `isUrgent`: a person waits for it. */
  turn(isUrgent = false): Promise<void> | null {
    if (this.waiting.length === 0 && !this.isTaken && this.maySpend()) {
      this.isTaken = true;
      return null;
    }
    return new Promise((resolve) => {
      if (isUrgent) this.waiting.unshift(resolve);
      else this.waiting.push(resolve);
      this.schedule();
    });
  }

  done(): void {
    if (!this.isTaken) return;
    this.isTaken = false;
    const part = this.part();
    if (part < 1) {
      const nowMs = this.clock.monotonicMs();
      const tookMs = nowMs - this.countedMs;
      this.savedMs = Math.min(mostAtOnceMs, this.savedMs - tookMs * (1 - part));
      this.countedMs = nowMs;
    }
    this.schedule();
  }

  /** What was not spent until now is saved up. */
  private maySpend(): boolean {
    const part = this.part();
    if (part >= 1) return true;
    const nowMs = this.clock.monotonicMs();
    this.savedMs = Math.min(mostAtOnceMs, this.savedMs + (nowMs - this.countedMs) * part);
    this.countedMs = nowMs;
    return this.savedMs > 0;
  }

  private schedule(): void {
    if (this.isScheduled || this.isTaken || this.waiting.length === 0) return;
    this.isScheduled = true;
    const part = this.part();
    const next = (): void => {
      this.isScheduled = false;
      this.next();
    };
    if (part >= 1 || this.savedMs > 0) this.clock.afterInput(next);
    else this.clock.setTimer((resumeMs - this.savedMs) / part, next);
  }

  private next(): void {
    if (this.isTaken || !this.maySpend()) {
      this.schedule();
      return;
    }
    const resolve = this.waiting.shift();
    if (resolve === undefined) return;
    this.isTaken = true;
    resolve();
  }
}
