import { createStore } from 'zustand/vanilla';
import type {
  ClientError,
  Envelope,
  EnvelopeDraft,
  EnvelopeSocket,
  WebSocketConfig,
} from '../clientContract.ts';
import type { FourStates } from '../connectionState.ts';
import { isConnected, toFourStates } from '../connectionState.ts';
import { createEnvelopeSocket } from '../envelopeSocket.ts';
import type { Owned } from './useOwned.ts';

/** What `useWebSocket({ url })` gives. */
export interface EnvelopeWebSocket {
  /** True: sent. False: queued until there is a connection. */
  readonly sendMessage: (message: EnvelopeDraft) => boolean;
  /** Messages of one type, or `*`. Returns its unsubscribe. */
  readonly subscribe: EnvelopeSocket['subscribe'];
  readonly connectionState: FourStates;
  readonly isConnected: boolean;
  readonly lastMessage: Envelope | null;
  /** The last failure; null once it is connected. */
  readonly error: ClientError | null;
  /** Messages that were dropped from a full queue. */
  readonly droppedMessages: number;
  readonly connect: () => Promise<void>;
  readonly disconnect: () => void;
}

export function createEnvelopeView(config: WebSocketConfig): Owned<EnvelopeWebSocket> {
  const socket = createEnvelopeSocket(config);
  const store = createStore<EnvelopeWebSocket>(() => ({
    sendMessage: (message) => {
      const isSent = socket.sendMessage(message);
      const { droppedMessages } = socket;
      if (droppedMessages !== store.getState().droppedMessages) store.setState({ droppedMessages });
      return isSent;
    },
    subscribe: (type, listener) => socket.subscribe(type, listener),
    connectionState: toFourStates(socket.state),
    isConnected: isConnected(socket.state),
    lastMessage: null,
    error: null,
    droppedMessages: 0,
    connect: () => socket.connect(),
    disconnect: () => socket.disconnect(),
  }));
  return {
    store,
    start() {
      const leaves = [
        socket.subscribe('*', (lastMessage) => store.setState({ lastMessage })),
        socket.onError((error) => store.setState({ error })),
        socket.onState((state) => {
          store.setState({
            connectionState: toFourStates(state),
            isConnected: isConnected(state),
            ...(isConnected(state) ? { error: null } : {}),
          });
        }),
      ];
      // A failure comes as an error and a state.
      socket.connect().catch(() => undefined);
      return () => {
        socket.disconnect();
        for (const leave of leaves) leave();
      };
    },
  };
}
