import type { GatewaySocket } from './socketEvents.ts';

/** For limits: the address of the connection itself, whatever a header claims. */
export function socketAddress(socket: GatewaySocket): string {
  return socket.conn.remoteAddress;
}
