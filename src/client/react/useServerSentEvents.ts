import { useMemo } from 'react';
import { createStore } from 'zustand/vanilla';
import type { ClientError, SseClient, SseMessage, SseOptions } from '../clientContract.ts';
import type { FourStates } from '../connectionState.ts';
import { isConnected, toFourStates } from '../connectionState.ts';
import { createSseClient } from '../sseClient.ts';
import type { Owned } from './useOwned.ts';
import { useOwned } from './useOwned.ts';
import { useStable } from './useStable.ts';

export interface ServerSentEvents {
  /** Events of one name, or `*`. Returns its unsubscribe. */
  readonly subscribe: SseClient['subscribe'];
  readonly connectionState: FourStates;
  readonly isConnected: boolean;
  readonly lastEvent: SseMessage | null;
  /** The last failure; null once it is connected. */
  readonly error: ClientError | null;
}

export interface OwnedSse {
  readonly client: SseClient;
  readonly view: Owned<ServerSentEvents>;
}

export function createSseView(options: SseOptions): OwnedSse {
  const client = createSseClient(options);
  const store = createStore<ServerSentEvents>(() => ({
    subscribe: (event, listener) => client.subscribe(event, listener),
    connectionState: toFourStates(client.state),
    isConnected: isConnected(client.state),
    lastEvent: null,
    error: null,
  }));
  const start = (): (() => void) => {
    const leaves = [
      client.subscribe('*', (lastEvent) => store.setState({ lastEvent })),
      client.onError((error) => store.setState({ error })),
      client.onState((state) => {
        store.setState({
          connectionState: toFourStates(state),
          isConnected: isConnected(state),
          ...(isConnected(state) ? { error: null } : {}),
        });
      }),
    ];
    // A failure comes as an error and a state.
    client.connect().catch(() => undefined);
    return () => {
      client.disconnect();
      for (const leave of leaves) leave();
    };
  };
  return { client, view: { store, start } };
}

/** One stream of server-sent events, from mount to unmount. A token goes into `headers`. */
export function useServerSentEvents(options: SseOptions): ServerSentEvents {
  const stable = useStable(options);
  const { view } = useMemo(() => createSseView(stable), [stable]);
  return useOwned(view);
}
