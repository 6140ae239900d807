import type { ReactNode } from 'react';
import { useEffect, useMemo, useState } from 'react';
import type { StoreApi } from 'zustand/vanilla';
import { createStore } from 'zustand/vanilla';
import { systemClientClock } from '../clientClock.ts';
import type { TruetapeClient, TruetapeClientOptions } from '../clientContract.ts';
import { createTruetapeClient } from '../createTruetapeClient.ts';
import { reconnectPresets } from '../reconnectPolicy.ts';
import { RealTimeContext } from './realTimeContext.ts';
import { RealTimeStore } from './realTimeStore.ts';
import { useStable } from './useStable.ts';

export interface RealTimeDataProviderProps {
  readonly children?: ReactNode;
  /** Of a gateway; `http(s)` or `ws(s)`. Default: the page's own. */
  readonly wsUrl?: string;
  /** Default true. */
  readonly autoConnect?: boolean;
  /** Before the first new attempt, then doubling. Default 5,000. */
  readonly reconnectInterval?: number;
  /** Then the connection is `CLOSED` until somebody connects. Default 10. */
  readonly maxReconnectAttempts?: number;
  /** Default false. */
  readonly debug?: boolean;
  /** Everything else that a client can be told; wins over the above. */
  readonly options?: TruetapeClientOptions;
  /** A client that somebody else made, and disconnects. */
  readonly client?: TruetapeClient;
}

export const providerDefaults = {
  autoConnect: true,
  reconnectInterval: 5_000,
  maxReconnectAttempts: 10,
  debug: false,
} as const;

interface ClientChoice {
  readonly wsUrl: string | undefined;
  readonly reconnectInterval: number;
  readonly maxReconnectAttempts: number;
  readonly debug: boolean;
  readonly options: TruetapeClientOptions | undefined;
}

type Newest = Pick<TruetapeClientOptions, 'tokenProvider'>;

function createClient(choice: ClientChoice, newest: StoreApi<Newest>): TruetapeClient {
  const { wsUrl, reconnectInterval, maxReconnectAttempts, debug, options } = choice;
  return createTruetapeClient({
    ...(wsUrl === undefined ? {} : { url: wsUrl }),
    reconnect: {
      ...reconnectPresets.doc0,
      initialMs: reconnectInterval,
      maxAttempts: maxReconnectAttempts,
    },
    afterLastAttempt: 'close',
    debug,
    ...options,
    // What it closes over, such as who is signed in, is that of the newest render.
    ...(options?.tokenProvider === undefined
      ? {}
      : { tokenProvider: () => newest.getState().tokenProvider?.() ?? '' }),
  });
}

/** One connection for all hooks below. It ends with the provider. */
export function RealTimeDataProvider(props: RealTimeDataProviderProps): ReactNode {
  const { children, client: given, wsUrl } = props;
  const autoConnect = props.autoConnect ?? providerDefaults.autoConnect;
  const choice = useStable<ClientChoice>({
    wsUrl,
    reconnectInterval: props.reconnectInterval ?? providerDefaults.reconnectInterval,
    maxReconnectAttempts: props.maxReconnectAttempts ?? providerDefaults.maxReconnectAttempts,
    debug: props.debug ?? providerDefaults.debug,
    options: props.options,
  });
  const tokenProvider = props.options?.tokenProvider;
  const [newest] = useState(() => createStore<Newest>(() => ({ ...props.options })));
  useEffect(() => {
    if (tokenProvider !== undefined) newest.setState({ tokenProvider });
  }, [newest, tokenProvider]);
  const [clock] = useState(props.options?.ports?.clock ?? systemClientClock);
  const shared = useMemo(
    () => new RealTimeStore(given ?? createClient(choice, newest), clock),
    [given, choice, newest, clock],
  );
  useEffect(() => shared.attach(), [shared]);
  useEffect(() => {
    if (!autoConnect) return undefined;
    // A failure is in the errors and the state of the client.
    shared.connect().catch(() => undefined);
    return undefined;
  }, [shared, autoConnect]);
  useEffect(() => {
    if (given !== undefined) return undefined;
    return () => {
      // One that never was asked to connect is not closed: it stays as it began.
      if (shared.client.state !== 'DISCONNECTED') shared.client.disconnect();
    };
  }, [shared, given]);
  return <RealTimeContext value={shared}>{children}</RealTimeContext>;
}
