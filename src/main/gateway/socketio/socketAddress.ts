import type { GatewaySocket } from './socketEvents.ts';

/** For limits: the address of the connection itself, whatever a header claims. */
export function socketAddress(socket: GatewaySocket): string {
  // Of one that has gone by now there is none, whatever the library's type says.
  const address: unknown = socket.conn.remoteAddress;
  return typeof address === 'string' ? address : 'unknown';
}
