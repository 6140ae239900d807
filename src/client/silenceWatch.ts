import type { ClientClock } from './clientClock.ts';

export interface SilenceWatchOptions {
  readonly noDataMs: number;
  readonly clock: ClientClock;
  /** Whether the other side can be asked; null: it is asked all the time, or nothing is to be expected of it. */
  readonly canAsk: () => boolean | null;
  readonly ask: () => void;
  /** Whether a stream that cannot be asked has missed something. */
  readonly isBehind: () => Promise<boolean>;
  readonly onSilent: () => void;
}

/** Silence is judged, not assumed: a quiet market says as little as a connection that is gone. */
export class SilenceWatch {
  private readonly options: SilenceWatchOptions;
  private heardMs: number;
  /** When it was asked, because nothing came. */
  private askedMs: number | null = null;
  private generation = 0;
  private cancel: (() => void) | null = null;

  constructor(options: SilenceWatchOptions) {
    this.options = options;
    this.heardMs = options.clock.monotonicMs();
  }

  get silentMs(): number {
    return this.options.clock.monotonicMs() - this.heardMs;
  }

  heard(): void {
    this.heardMs = this.options.clock.monotonicMs();
    this.askedMs = null;
  }

  start(): void {
    this.stop();
    this.checkLater();
  }

  /** What was asked of the connection before says nothing of the next one. Safe to call twice. */
  stop(): void {
    this.generation += 1;
    this.askedMs = null;
    this.cancel?.();
    this.cancel = null;
  }

  private checkLater(): void {
    const { clock, noDataMs } = this.options;
    this.cancel = clock.after(noDataMs / 4, () => {
      const { generation } = this;
      this.check();
      if (generation === this.generation) this.checkLater();
    });
  }

  private check(): void {
    const canAsk = this.options.canAsk();
    if (canAsk === true) this.checkAnswers();
    else if (canAsk === false) this.compare();
  }

  private checkAnswers(): void {
    const { noDataMs, clock, ask, onSilent } = this.options;
    if (this.silentMs < noDataMs / 2) return;
    const nowMs = clock.monotonicMs();
    if (this.askedMs === null) {
      this.askedMs = nowMs;
      ask();
      return;
    }
    // Timers of a page in the background come late: nobody is judged who had no time to answer.
    const hadTime = nowMs - this.askedMs >= noDataMs / 4;
    if (hadTime && this.silentMs >= noDataMs) onSilent();
  }

  private compare(): void {
    const { noDataMs, clock, isBehind, onSilent } = this.options;
    if (this.askedMs !== null || this.silentMs < (noDataMs * 3) / 4) return;
    const askedMs = clock.monotonicMs();
    this.askedMs = askedMs;
    const { generation } = this;
    const judge = (isLate: boolean): void => {
      if (this.askedMs !== askedMs || generation !== this.generation) return;
      if (isLate) onSilent();
      else this.askedMs = null;
    };
    isBehind().then(judge, () => judge(true));
  }
}
