import type { ClientSink } from './clientContract.ts';
import type { HubLimits } from './hubLimits.ts';

/** What a client was given and has not taken, and what it would have been given. */
export class Unread {
  private readonly sink: ClientSink;
  private readonly limits: HubLimits;
  /** Since it stopped reading. */
  private missedBytes = 0;
  private tooMuchSinceMs: number | null = null;

  constructor(sink: ClientSink, limits: HubLimits) {
    this.sink = sink;
    this.limits = limits;
  }

  /** From here on nothing more is given to it. */
  get isMuch(): boolean {
    return this.sink.bufferedBytes() > this.limits.conflateBytes;
  }

  /** So much that it is let go at once: all of it lies in our memory. */
  get isFull(): boolean {
    return this.sink.bufferedBytes() > this.limits.evictBytes * 4;
  }

  missed(bytes: number): void {
    this.missedBytes += bytes;
  }

  /** For so long that it is let go. */
  isTooMuch(nowMs: number): boolean {
    if (this.sink.bufferedBytes() + this.missedBytes <= this.limits.evictBytes) {
      this.tooMuchSinceMs = null;
      return false;
    }
    this.tooMuchSinceMs ??= nowMs;
    return nowMs - this.tooMuchSinceMs >= this.limits.evictMs;
  }

  reset(): void {
    this.missedBytes = 0;
    this.tooMuchSinceMs = null;
  }
}
