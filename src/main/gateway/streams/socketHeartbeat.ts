import type { WebSocket } from 'ws';
import type { GatewayClock } from '../gatewayClock.ts';

/**
 * Pings each interval; a peer that neither answered nor said anything since the ping before is gone. One that freezes is
 * therefore noticed in less than two intervals. Returns its end.
 */
export function watchPeer(
  socket: WebSocket,
  clock: GatewayClock,
  intervalMs: number,
  onGone: () => void,
): () => void {
  let hasSpoken = true;
  let cancel: () => void;
  const hear = (): void => {
    hasSpoken = true;
  };
  const check = (): void => {
    if (!hasSpoken) {
      onGone();
      socket.terminate();
      return;
    }
    hasSpoken = false;
    socket.ping();
    cancel = clock.after(intervalMs, check);
  };
  socket.on('pong', hear);
  socket.on('message', hear);
  cancel = clock.after(intervalMs, check);
  return () => {
    cancel();
  };
}
