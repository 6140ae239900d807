import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { addressKey } from '../accounts/attemptBuckets.ts';
import { rawRefusal } from '../upgradeRoutes.ts';

/** Connections of one address: whoever opens more is told so, and the others stay. */
export function limitConnections(server: Server, limit: number): void {
  const countByAddress = new Map<string, number>();
  const isSecure = 'setSecureContext' in server;
  server.on('connection', (socket: Socket) => {
    const address = addressKey(socket.remoteAddress ?? 'unknown');
    const count = (countByAddress.get(address) ?? 0) + 1;
    countByAddress.set(address, count);
    socket.once('close', () => {
      const left = (countByAddress.get(address) ?? 1) - 1;
      if (left === 0) countByAddress.delete(address);
      else countByAddress.set(address, left);
    });
    if (count <= limit) return;
    if (isSecure) {
      // Nothing can be said before the handshake, and that is what has to be spared.
      socket.destroy();
      return;
    }
    socket.end(
      rawRefusal({
        code: 'OVERLOADED',
        message: `There are ${limit} connections from this address already. Close some, or try again later.`,
        retryAfterMs: 5_000,
      }),
    );
    setTimeout(() => socket.destroy(), 1_000).unref();
  });
}
