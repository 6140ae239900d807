import { useCallback } from 'react';
import type { DataSource } from '../../shared/values.ts';
import type { AuthState, ClientError, ClientTransport, TruetapeClient } from '../clientContract.ts';
import type { ConnectionState } from '../connectionState.ts';
import { useRealTimeStore, useSelected } from './realTimeContext.ts';

export interface ConnectionView {
  readonly state: ConnectionState;
  readonly isConnected: boolean;
  readonly transport: ClientTransport | null;
  /** What the data is; null until the gateway has said so. */
  readonly source: DataSource | null;
  /** `error`: no token could be had that the gateway takes; signing in again and `reconnect` mend it. */
  readonly authState: AuthState;
  /** Why there is no connection; null with one. */
  readonly error: ClientError | null;
  /** For a button: with a new token, and from the best transport on. */
  readonly reconnect: () => void;
}

export function useConnection(): ConnectionView {
  const { client } = useRealTimeStore();
  const view = useSelected(({ data, transport, source, authState }) => ({
    state: data.connectionState,
    isConnected: data.isConnected,
    transport,
    source,
    authState,
    error: data.isConnected ? null : (data.errors.at(-1) ?? null),
  }));
  const reconnect = useCallback(() => {
    // A failure is in the errors and the state of the client.
    client.reconnect().catch(() => undefined);
  }, [client]);
  return { ...view, reconnect };
}

/** The client itself, for what no hook gives. */
export function useTruetapeClient(): TruetapeClient {
  return useRealTimeStore().client;
}
