import type { DefaultEventsMap, Server, Socket } from 'socket.io';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import type { Principal } from '../accounts/access.ts';

/** What is known of a socket when it has passed the check of its access. */
export interface SocketFacts {
  principal?: Principal;
  /** A client of the older protocol is told by an event, for which it has to be connected first. */
  refusal?: GatewayError;
  /** It said `protocol: 1` when it connected: it is not sent the events of the older protocol. */
  isNative?: boolean;
  /** Position of the events from which it goes on. */
  cursor?: string;
}

export type GatewayIo = Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketFacts>;
export type GatewaySocket = Socket<
  DefaultEventsMap,
  DefaultEventsMap,
  DefaultEventsMap,
  SocketFacts
>;
