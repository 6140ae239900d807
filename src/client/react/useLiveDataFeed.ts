import { useEffect, useMemo, useRef } from 'react';
import { createStore, useStore } from 'zustand';
import type { SseMessage, SseOptions } from '../clientContract.ts';
import type { FourStates } from '../connectionState.ts';
import { withNewest } from '../newestFirst.ts';
import { useServerSentEvents } from './useServerSentEvents.ts';

export const liveFeedLimit = 100;

export interface LiveDataFeedOptions<Entry> extends SseOptions {
  /** Name of the events; default: all. */
  readonly event?: string;
  /** Makes an entry of an event; throws at what is none. Undefined leaves the event out. */
  readonly transform: (message: SseMessage) => Entry | undefined;
}

export interface LiveDataFeed<Entry> {
  /** The last 100, newest first. */
  readonly entries: readonly Entry[];
  /** Of the newest event that could not be read, else of the connection. */
  readonly error: string | null;
  /** Events that could not be read. */
  readonly refusedCount: number;
  readonly connectionState: FourStates;
  readonly isConnected: boolean;
  readonly clear: () => void;
}

interface Feed<Entry> {
  readonly entries: readonly Entry[];
  readonly error: string | null;
  readonly refusedCount: number;
}

export function useLiveDataFeed<Entry>(options: LiveDataFeedOptions<Entry>): LiveDataFeed<Entry> {
  const { event = '*', transform, ...sse } = options;
  const stream = useServerSentEvents(sse);
  const { subscribe, connectionState, isConnected } = stream;
  const store = useMemo(
    () => createStore<Feed<Entry>>(() => ({ entries: [], error: null, refusedCount: 0 })),
    [],
  );
  const transformNow = useRef(transform);
  useEffect(() => {
    transformNow.current = transform;
  }, [transform]);
  useEffect(
    () =>
      subscribe(event, (message) => {
        try {
          const entry = transformNow.current(message);
          if (entry === undefined) return;
          store.setState(({ entries }) => ({
            entries: withNewest(entries, entry, liveFeedLimit),
            error: null,
          }));
        } catch (thrown) {
          const error = thrown instanceof Error ? thrown.message : String(thrown);
          store.setState(({ refusedCount }) => ({ error, refusedCount: refusedCount + 1 }));
        }
      }),
    [store, subscribe, event],
  );
  const { entries, error, refusedCount } = useStore(store);
  return {
    entries,
    error: error ?? stream.error?.message ?? null,
    refusedCount,
    connectionState,
    isConnected,
    clear: () => store.setState({ entries: [], error: null }),
  };
}
