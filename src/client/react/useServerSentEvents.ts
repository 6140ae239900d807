import { useEffect, useMemo, useState } from 'react';
import { createStore } from 'zustand/vanilla';
import type { ClientError, SseClient, SseMessage, SseOptions } from '../clientContract.ts';
import type { FourStates } from '../connectionState.ts';
import { isConnected, toFourStates } from '../connectionState.ts';
import { ReconnectingSseClient } from '../sseClient.ts';
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

interface OwnedSse {
  readonly client: SseClient;
  readonly view: Owned<ServerSentEvents>;
}

interface Former {
  readonly url: string | null;
  readonly client: SseClient | null;
}

/** `before`: the client of the same stream that ends now, for which this one goes on. */
function createSseView(options: SseOptions, before: () => SseClient | null): OwnedSse {
  const client = new ReconnectingSseClient(options);
  const store = createStore<ServerSentEvents>(() => ({
    subscribe: (event, listener) => client.subscribe(event, listener),
    connectionState: toFourStates(client.state),
    isConnected: isConnected(client.state),
    lastEvent: null,
    error: null,
  }));
  const start = (): (() => void) => {
    client.lastEventId = before()?.lastEventId ?? client.lastEventId;
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

/**
 * One stream of server-sent events, from mount to unmount. A token goes into `headers`; with other headers the stream goes on
 * from its last event.
 */
export function useServerSentEvents(options: SseOptions): ServerSentEvents {
  const stable = useStable(options);
  const [former] = useState(() => createStore<Former>(() => ({ url: null, client: null })));
  const { client, view } = useMemo(
    () =>
      createSseView(stable, () => {
        const { url, client: ended } = former.getState();
        return url === stable.url ? ended : null;
      }),
    [stable, former],
  );
  const shown = useOwned(view);
  // Behind the start of the present one, which looks at the former.
  useEffect(() => former.setState({ url: stable.url, client }), [former, stable, client]);
  return shown;
}
