import type { GatewayClock } from '../gatewayClock.ts';
import type { EventEntry, RedisPort } from './redisPort.ts';
import { RedisAwayError } from './redisPort.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';

export interface EventReaderOptions {
  readonly port: RedisPort;
  readonly clock: GatewayClock;
  readonly onEntries: (entries: readonly EventEntry[]) => void;
  /** Not that Redis is away. */
  readonly onFailed: (error: unknown) => void;
}

const awayMs = 200;
const oddMs = 1_000;

/** Waits in Redis for events, and goes on after whatever happens to it. */
export class EventReader {
  /** All that Redis keeps has been read, or this has ended. */
  readonly caughtUp: Promise<void>;
  readonly #options: EventReaderOptions;
  #afterId = '0';
  #nowCaughtUp: () => void = () => undefined;
  #wake: (() => void) | null = null;
  #isClosed = false;

  constructor(options: EventReaderOptions) {
    this.#options = options;
    this.caughtUp = new Promise((resolve) => {
      this.#nowCaughtUp = resolve;
    });
  }

  async run(): Promise<void> {
    const { port, onEntries, onFailed } = this.#options;
    while (!this.#isClosed) {
      try {
        const entries = await port.readEvents(this.#afterId);
        if (this.#isClosed) return;
        onEntries(entries);
        if (entries.length < scaleOutLimits.readCount) this.giveUp();
        const last = entries.at(-1);
        if (last !== undefined) this.#afterId = last.id;
      } catch (error) {
        if (this.#isClosed) return;
        const isAway = error instanceof RedisAwayError;
        if (!isAway) onFailed(error);
        await this.#pause(isAway ? awayMs : oddMs);
      }
    }
  }

  /** A log that begins anew may have smaller ids. */
  startOver(): void {
    this.#afterId = '0';
  }

  /** Nobody waits any longer for what is kept. */
  giveUp(): void {
    this.#nowCaughtUp();
  }

  close(): void {
    this.#isClosed = true;
    this.giveUp();
    this.#wake?.();
  }

  #pause(forMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(forMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
