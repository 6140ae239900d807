import { useEffect, useRef, useState } from 'react';
import type { FourStates } from '../connectionState.ts';
import type { EnvelopeWebSocket } from './envelopeView.ts';

export interface WebSocketSubscription<Payload> {
  /** Of the newest message of the type; null before the first. */
  readonly data: Payload | null;
  /** Of the newest message that could not be read, else of the connection. */
  readonly error: string | null;
  readonly connectionState: FourStates;
}

interface Heard<Payload> {
  readonly data: Payload | null;
  readonly error: string | null;
}

/** The newest payload of one message type. `parse` throws at what is not a `Payload`; the data before it stays. */
export function useWebSocketSubscription<Payload>(
  socket: EnvelopeWebSocket,
  type: string,
  parse: (payload: unknown) => Payload,
): WebSocketSubscription<Payload> {
  const { subscribe, connectionState } = socket;
  const [heard, setHeard] = useState<Heard<Payload>>({ data: null, error: null });
  const parseNow = useRef(parse);
  useEffect(() => {
    parseNow.current = parse;
  }, [parse]);
  useEffect(
    () =>
      subscribe(type, ({ payload }) => {
        setHeard(({ data }) => {
          try {
            return { data: parseNow.current(payload), error: null };
          } catch (error) {
            return { data, error: error instanceof Error ? error.message : String(error) };
          }
        });
      }),
    [subscribe, type],
  );
  return {
    data: heard.data,
    error: heard.error ?? socket.error?.message ?? null,
    connectionState,
  };
}
