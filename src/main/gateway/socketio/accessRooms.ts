import type { Principal } from '../accounts/access.ts';
import type { GatewaySocket } from './socketEvents.ts';

/** What ends a user's or one login's sockets, at whichever gateway they are. */
export const userRoom = (user: string): string => `user:${user}`;
export const familyRoom = (family: string): string => `login:${family}`;

/** Also where it goes over to another login: the end of the one before means it no more. */
export function joinAccessRooms(
  socket: GatewaySocket,
  { user, family }: Pick<Principal, 'user' | 'family'>,
): void {
  const own = family === null ? null : familyRoom(family);
  for (const room of socket.rooms) {
    if (room.startsWith(familyRoom('')) && room !== own) void socket.leave(room);
  }
  if (user !== null) void socket.join(userRoom(user));
  if (own !== null) void socket.join(own);
}
