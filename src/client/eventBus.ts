import type { RealtimeEvent } from './realtimeEvent.ts';
import { createEventId } from './realtimeEvent.ts';

export const eventBusReplay = 10;
export const eventBusHistory = 100;

export type EventListener<Payload = unknown> = (event: RealtimeEvent<Payload>) => void;

export interface EventToPublish {
  readonly type: string;
  readonly payload: unknown;
  readonly source: string;
  readonly target?: string;
}

export interface EventBusProblem {
  readonly channel: string;
  readonly message: string;
  readonly cause?: unknown;
}

export interface EventBusOptions {
  readonly wallMs?: () => number;
  /** Hears of what was published to no channel, and of listeners that threw. */
  readonly onProblem?: (problem: EventBusProblem) => void;
}

interface BusChannel {
  readonly maxHistory: number;
  readonly history: RealtimeEvent[];
  readonly listeners: Set<EventListener>;
}

interface Delivery {
  readonly name: string;
  readonly event: RealtimeEvent;
}

/**
 * Events between the parts of one program, by named channels. Every listener hears all events of a channel in the order in
 * which they were published, also those that another listener publishes while it is being told.
 */
export class EventBus {
  /** Events for channels that nobody created. */
  droppedUnknownChannel = 0;
  listenerErrors = 0;
  private readonly channels = new Map<string, BusChannel>();
  private readonly waiting: Delivery[] = [];
  private readonly options: EventBusOptions;
  private isDelivering = false;

  constructor(options: EventBusOptions = {}) {
    this.options = options;
  }

  /** A channel that exists stays as it is, with its listeners. */
  createChannel(name: string, maxHistory: number = eventBusHistory): void {
    if (this.channels.has(name)) return;
    const cap = Math.max(0, Math.floor(maxHistory));
    this.channels.set(name, { maxHistory: cap, history: [], listeners: new Set() });
  }

  /** The listener first hears the last ten events. Returns its unsubscribe. */
  subscribe(name: string, listener: EventListener): () => void {
    const channel = this.channels.get(name);
    if (channel === undefined) {
      throw new Error(`There is no channel ${JSON.stringify(name)}: create it first.`);
    }
    // A callback of its own, so that one function may listen twice.
    const own: EventListener = (event) => listener(event);
    const wasDelivering = this.isDelivering;
    this.isDelivering = true;
    channel.listeners.add(own);
    for (const event of channel.history.slice(-eventBusReplay)) this.tell(name, own, event);
    this.isDelivering = wasDelivering;
    this.deliver();
    return () => {
      channel.listeners.delete(own);
    };
  }

  /** Null where the channel does not exist: counted and reported. */
  publish(name: string, toPublish: EventToPublish): RealtimeEvent | null {
    if (!this.channels.has(name)) {
      this.droppedUnknownChannel += 1;
      this.options.onProblem?.({ channel: name, message: 'Published to a channel that is not.' });
      return null;
    }
    const timestamp = (this.options.wallMs ?? Date.now)();
    const event: RealtimeEvent = { id: createEventId(), timestamp, ...toPublish };
    this.waiting.push({ name, event });
    this.deliver();
    return event;
  }

  history(name: string): readonly RealtimeEvent[] {
    return this.channels.get(name)?.history.slice() ?? [];
  }

  listenerCount(name: string): number {
    return this.channels.get(name)?.listeners.size ?? 0;
  }

  /** Ends all channels; safe to call twice. */
  close(): void {
    for (const { listeners } of this.channels.values()) listeners.clear();
    this.channels.clear();
    this.waiting.length = 0;
  }

  private deliver(): void {
    if (this.isDelivering) return;
    this.isDelivering = true;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      const { name, event } = next;
      const channel = this.channels.get(name);
      if (channel === undefined) continue;
      channel.history.push(event);
      if (channel.history.length > channel.maxHistory) channel.history.shift();
      for (const listener of [...channel.listeners]) {
        if (channel.listeners.has(listener)) this.tell(name, listener, event);
      }
    }
    this.isDelivering = false;
  }

  private tell(channel: string, listener: EventListener, event: RealtimeEvent): void {
    try {
      listener(event);
    } catch (cause) {
      this.listenerErrors += 1;
      this.options.onProblem?.({ channel, message: 'A listener threw.', cause });
    }
  }
}
