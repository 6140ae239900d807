import type { ClientTimers } from './clientClock.ts';
import { systemClientClock } from './clientClock.ts';

export interface MessageThrottlerOptions<Message> {
  readonly intervalMs: number;
  readonly onMessage: (message: Message) => void;
  readonly clock?: ClientTimers;
}

/**
 * For state, where the newest wins: the first message goes out at once, then one per interval, and always the last.
 * `conflatedCount` says how many were replaced by newer ones.
 */
export class MessageThrottler<Message> {
  conflatedCount = 0;
  private readonly intervalMs: number;
  private readonly onMessage: (message: Message) => void;
  private readonly clock: ClientTimers;
  private waiting: { readonly message: Message } | null = null;
  private cancelTimer: (() => void) | null = null;
  private isDestroyed = false;

  constructor(options: MessageThrottlerOptions<Message>) {
    this.intervalMs = Math.max(0, options.intervalMs);
    this.onMessage = options.onMessage;
    this.clock = options.clock ?? systemClientClock;
  }

  /** False after `destroy`: the message is not taken. */
  push(message: Message): boolean {
    if (this.isDestroyed) return false;
    if (this.cancelTimer === null) {
      this.rest();
      this.onMessage(message);
      return true;
    }
    if (this.waiting !== null) this.conflatedCount += 1;
    this.waiting = { message };
    return true;
  }

  /** The waiting message, if any, goes out now. */
  flush(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    this.tellWaiting();
  }

  /** The last message goes out; safe to call twice. */
  destroy(): void {
    this.isDestroyed = true;
    this.flush();
  }

  private rest(): void {
    this.cancelTimer = this.clock.after(this.intervalMs, () => {
      this.cancelTimer = null;
      if (this.waiting === null) return;
      this.rest();
      this.tellWaiting();
    });
  }

  private tellWaiting(): void {
    const { waiting } = this;
    this.waiting = null;
    if (waiting !== null) this.onMessage(waiting.message);
  }
}
