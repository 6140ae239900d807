import type { ClientTimers } from './clientClock.ts';
import { systemClientClock } from './clientClock.ts';

/**
 * `size`: out when there are `batchSize`. `time`: out `flushIntervalMs` after the first. `adaptive`: whichever comes first, with
 * a size that follows the pace, so that a slow stream is not held back and a fast one comes in large batches.
 */
export type BatchPriority = 'size' | 'time' | 'adaptive';

export interface MessageBatcherOptions<Message> {
  readonly batchSize?: number;
  readonly flushIntervalMs?: number;
  readonly priority?: BatchPriority;
  /** More messages than this are never held: they go out early, whatever the priority says. */
  readonly maxHeld?: number;
  readonly onBatch: (messages: readonly Message[]) => void;
  readonly clock?: ClientTimers;
}

export const batcherDefaults = {
  batchSize: 50,
  flushIntervalMs: 100,
  priority: 'adaptive',
  maxHeld: 1_000,
} as const;

/** Gathers messages: none is dropped, doubled or reordered. */
export class MessageBatcher<Message> {
  private readonly batchSize: number;
  private readonly flushIntervalMs: number;
  private readonly priority: BatchPriority;
  private readonly maxHeld: number;
  private readonly onBatch: (messages: readonly Message[]) => void;
  private readonly clock: ClientTimers;
  private held: Message[] = [];
  private adaptedSize: number;
  private flushedMs = -Infinity;
  private cancelTimer: (() => void) | null = null;
  private isDestroyed = false;

  constructor(options: MessageBatcherOptions<Message>) {
    this.batchSize = Math.max(1, options.batchSize ?? batcherDefaults.batchSize);
    this.flushIntervalMs = Math.max(0, options.flushIntervalMs ?? batcherDefaults.flushIntervalMs);
    this.priority = options.priority ?? batcherDefaults.priority;
    this.maxHeld = Math.max(1, options.maxHeld ?? batcherDefaults.maxHeld);
    this.onBatch = options.onBatch;
    this.clock = options.clock ?? systemClientClock;
    this.adaptedSize = this.batchSize;
  }

  /** False after `destroy`: the message is not taken. */
  add(message: Message): boolean {
    if (this.isDestroyed) return false;
    this.held.push(message);
    if (this.held.length >= this.sizeLimit()) {
      this.flushFull();
    } else if (this.priority !== 'size') {
      this.cancelTimer ??= this.clock.after(this.flushIntervalMs, () => this.flushLate());
    }
    return true;
  }

  /** What is held goes out now. */
  flush(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    if (this.held.length === 0) return;
    this.flushedMs = this.clock.monotonicMs();
    const batch = this.held;
    this.held = [];
    this.onBatch(batch);
  }

  /** The last messages go out; safe to call twice. */
  destroy(): void {
    this.isDestroyed = true;
    this.flush();
  }

  get heldCount(): number {
    return this.held.length;
  }

  private sizeLimit(): number {
    if (this.priority === 'time') return this.maxHeld;
    const size = this.priority === 'size' ? this.batchSize : this.adaptedSize;
    return Math.min(size, this.maxHeld);
  }

  /** Twice full within one interval: the stream is fast. */
  private flushFull(): void {
    if (this.clock.monotonicMs() - this.flushedMs < this.flushIntervalMs) {
      this.adaptedSize = Math.min(this.adaptedSize * 2, this.batchSize * 8);
    }
    this.flush();
  }

  /** Its time came first: the next batch need not wait for more than came in this one. */
  private flushLate(): void {
    this.cancelTimer = null;
    this.adaptedSize = Math.max(1, Math.min(this.adaptedSize, this.held.length));
    this.flush();
  }
}
