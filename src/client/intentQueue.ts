interface WaitingIntent<Intent> {
  readonly intent: Intent;
  readonly sinceMs: number;
}

export interface IntentQueueOptions {
  readonly maxMessages: number;
  readonly ttlMs: number;
  readonly monotonicMs: () => number;
  readonly onDropped: (reason: 'QUEUE_FULL' | 'INTENT_EXPIRED') => void;
}

/** What a user wanted while there was no connection, in order. Neither subscriptions nor heartbeats ever wait here. */
export class IntentQueue<Intent> {
  dropped = 0;
  private waiting: WaitingIntent<Intent>[] = [];
  private readonly options: IntentQueueOptions;

  constructor(options: IntentQueueOptions) {
    this.options = options;
  }

  get size(): number {
    this.expire();
    return this.waiting.length;
  }

  push(intent: Intent): void {
    this.expire();
    this.waiting.push({ intent, sinceMs: this.options.monotonicMs() });
    while (this.waiting.length > this.options.maxMessages) {
      this.waiting.shift();
      this.drop('QUEUE_FULL');
    }
  }

  /** What still matters, in order, until one cannot be sent. */
  flush(send: (intent: Intent) => boolean): void {
    this.expire();
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      if (!send(next.intent)) return;
      this.waiting.shift();
    }
  }

  private expire(): void {
    const oldestMs = this.options.monotonicMs() - this.options.ttlMs;
    const kept = this.waiting.filter(({ sinceMs }) => sinceMs > oldestMs);
    const expired = this.waiting.length - kept.length;
    this.waiting = kept;
    for (let each = 0; each < expired; each += 1) this.drop('INTENT_EXPIRED');
  }

  private drop(reason: 'QUEUE_FULL' | 'INTENT_EXPIRED'): void {
    this.dropped += 1;
    this.options.onDropped(reason);
  }
}
