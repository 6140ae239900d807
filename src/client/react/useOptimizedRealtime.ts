import { useEffect, useMemo, useRef } from 'react';
import { createStore, useStore } from 'zustand';
import type { ClientTimers } from '../clientClock.ts';
import { systemClientClock } from '../clientClock.ts';
import type { BatchPriority } from '../messageBatcher.ts';
import { MessageBatcher } from '../messageBatcher.ts';
import { MessageThrottler } from '../messageThrottler.ts';

export const optimizedMessagesLimit = 100;

export interface OptimizedRealtimeOptions<Message> {
  /** Begins to hand over messages, and returns its end. Called again when it is another function. */
  readonly source: (listener: (message: Message) => void) => () => void;
  /** `batch`: every message, in lots. `throttle`: the newest, once per interval, for state. Default `batch`. */
  readonly mode?: 'batch' | 'throttle';
  /** Default 100. */
  readonly intervalMs?: number;
  /** Of `batch`. Default 50. */
  readonly batchSize?: number;
  /** Of `batch`. Default `adaptive`. */
  readonly priority?: BatchPriority;
  /** How many are kept. Default 100. */
  readonly maxMessages?: number;
  readonly clock?: ClientTimers;
}

export interface OptimizedRealtime<Message> {
  /** The newest, oldest first. */
  readonly messages: readonly Message[];
  readonly latest: Message | null;
  readonly receivedCount: number;
  /** Shown and no longer kept, or (batch) too many between two renders. */
  readonly droppedCount: number;
  /** Of `throttle`: replaced by a newer one before they were shown. */
  readonly conflatedCount: number;
}

function emptyView<Message>(): OptimizedRealtime<Message> {
  return { messages: [], latest: null, receivedCount: 0, droppedCount: 0, conflatedCount: 0 };
}

function newest<Message>(messages: readonly Message[], limit: number): readonly Message[] {
  return limit > 0 ? messages.slice(-limit) : [];
}

/** Messages of a fast stream with a bounded number of renders, and never more of them kept than `maxMessages`. */
export function useOptimizedRealtime<Message>(
  options: OptimizedRealtimeOptions<Message>,
): OptimizedRealtime<Message> {
  const { source, mode = 'batch', intervalMs = 100, batchSize, priority } = options;
  const { maxMessages = optimizedMessagesLimit } = options;
  const clock = useRef(options.clock ?? systemClientClock);
  const store = useMemo(() => createStore(() => emptyView<Message>()), []);
  useEffect(() => {
    const take = (came: readonly Message[], conflated: number): void => {
      store.setState((view) => {
        const messages = newest([...view.messages, ...newest(came, maxMessages)], maxMessages);
        const received = view.receivedCount + came.length + conflated;
        return {
          messages,
          latest: came.at(-1) ?? view.latest,
          receivedCount: received,
          conflatedCount: view.conflatedCount + conflated,
          droppedCount: received - view.conflatedCount - conflated - messages.length,
        };
      });
    };
    const gathered = mode === 'batch' ? createBatches() : createThrottle();
    const leave = source(gathered.add);
    return () => {
      leave();
      gathered.end();
    };

    function createBatches(): Gathering<Message> {
      const batcher = new MessageBatcher<Message>({
        flushIntervalMs: intervalMs,
        ...(batchSize === undefined ? {} : { batchSize }),
        ...(priority === undefined ? {} : { priority }),
        clock: clock.current,
        onBatch: (batch) => take(batch, 0),
      });
      return { add: (message) => void batcher.add(message), end: () => batcher.destroy() };
    }

    function createThrottle(): Gathering<Message> {
      let told = 0;
      const throttler = new MessageThrottler<Message>({
        intervalMs,
        clock: clock.current,
        onMessage: (message) => {
          const conflated = throttler.conflatedCount - told;
          told += conflated;
          take([message], conflated);
        },
      });
      return { add: (message) => void throttler.push(message), end: () => throttler.destroy() };
    }
  }, [store, source, mode, intervalMs, batchSize, priority, maxMessages]);
  return useStore(store);
}

interface Gathering<Message> {
  add(this: void, message: Message): void;
  end(this: void): void;
}
