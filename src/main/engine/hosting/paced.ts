import type { ClockPort } from '../ports/clock.ts';

/** Tells the first of many changes at once, and the others together after a while. */
export class Paced<Key> {
  private readonly clock: Pick<ClockPort, 'setTimer'>;
  private readonly everyMs: number;
  private readonly tell: (key: Key) => void;
  private readonly noted = new Set<Key>();
  private cancelTimer: (() => void) | null = null;

  constructor(clock: Pick<ClockPort, 'setTimer'>, everyMs: number, tell: (key: Key) => void) {
    this.clock = clock;
    this.everyMs = everyMs;
    this.tell = tell;
  }

  note(key: Key): void {
    if (this.cancelTimer !== null) {
      this.noted.add(key);
      return;
    }
    this.tell(key);
    this.schedule();
  }

  close(): void {
    this.cancelTimer?.();
    this.noted.clear();
  }

  private schedule(): void {
    this.cancelTimer = this.clock.setTimer(this.everyMs, () => {
      this.cancelTimer = null;
      if (this.noted.size === 0) return;
      const noted = [...this.noted];
      this.noted.clear();
      for (const key of noted) this.tell(key);
      this.schedule();
    });
  }
}
