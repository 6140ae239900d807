import type { GapRecord } from '../../../shared/feedHealth.ts';
import type { Incident } from '../../../shared/incidents.ts';
import type { CandleUpdate, TradeValue } from '../../../shared/values.ts';
import type { Subscription } from './subscription.ts';

export type QueuedEvent =
  | { readonly type: 'trade'; readonly subscription: Subscription; readonly value: TradeValue }
  | { readonly type: 'candle'; readonly subscription: Subscription; readonly value: CandleUpdate }
  | { readonly type: 'gap'; readonly subscription: Subscription; readonly value: GapRecord }
  | { readonly type: 'incident'; readonly subscription: Subscription; readonly value: Incident };

export interface EventQueueLimits {
  readonly events: number;
  readonly bytes: number;
}

export const eventQueueLimits: EventQueueLimits = { events: 50_000, bytes: 4 * 1024 * 1024 };

/** Bytes on the wire without the id: close enough to bound what a session may hold. */
const eventBytes = { trade: 72, candle: 110, gap: 110, incident: 600 } as const;

/** Events of one session in the order of things, waiting for room in a batch. Past its limits the oldest go. */
export class EventQueue {
  readonly #limits: EventQueueLimits;
  readonly #onDropped: (event: QueuedEvent) => void;
  #events: QueuedEvent[] = [];
  #head = 0;
  #bytes = 0;

  constructor(limits: EventQueueLimits, onDropped: (event: QueuedEvent) => void) {
    this.#limits = limits;
    this.#onDropped = onDropped;
  }

  get length(): number {
    return this.#events.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(event: QueuedEvent): void {
    this.#events.push(event);
    this.#bytes += sizeOf(event);
    while (this.length > this.#limits.events || this.#bytes > this.#limits.bytes) {
      const oldest = this.shift();
      if (oldest === null) return;
      this.#onDropped(oldest);
    }
  }

  peek(): QueuedEvent | null {
    return this.#events[this.#head] ?? null;
  }

  shift(): QueuedEvent | null {
    const event = this.#events[this.#head];
    if (event === undefined) return null;
    this.#bytes -= sizeOf(event);
    this.#head++;
    if (this.#head === this.#events.length) {
      this.#events = [];
      this.#head = 0;
    } else if (this.#head >= 4096 && this.#head * 2 >= this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
    return event;
  }

  clear(): void {
    this.#events = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}

function sizeOf(event: QueuedEvent): number {
  const id = event.type === 'trade' ? event.value.id.length : 0;
  return eventBytes[event.type] + id;
}
