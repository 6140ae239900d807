import type { EpochMs } from '../../../shared/market.ts';
import type { Subscriptions, SubscriptionsSaved } from './subscriptions.ts';

/** What waited in buffers while the machine slept is read by then: what comes later was sent after the wake. */
export const drainMs = 500;

/** One socket of a connection, from the moment it was asked for. */
export interface Socket {
  readonly generation: number;
  readonly subscriptions: Subscriptions;
  /** Null until the handshake is done. */
  openedMs: number | null;
  openedTime: EpochMs | null;
  /** Any frame, ping or pong. */
  lastFrameMs: number;
  lastDataMs: number;
  hasData: boolean;
  /** When our ping went out that has no answer yet. */
  pingMs: number | null;
  /** Since when nothing proves that it lives, after a jump of the clock; else null. */
  doubtedMs: number | null;
}

export interface SocketSaved {
  readonly generation: number;
  readonly subscriptions: SubscriptionsSaved;
  readonly openedMs: number | null;
  readonly openedTime: EpochMs | null;
  readonly lastFrameMs: number;
  readonly lastDataMs: number;
  readonly hasData: boolean;
  readonly pingMs: number | null;
  readonly doubtedMs: number | null;
}

export function createSocket(
  generation: number,
  subscriptions: Subscriptions,
  nowMs: number,
): Socket {
  return {
    generation,
    subscriptions,
    openedMs: null,
    openedTime: null,
    lastFrameMs: nowMs,
    lastDataMs: nowMs,
    hasData: false,
    pingMs: null,
    doubtedMs: null,
  };
}

export function saveSocket(socket: Socket): SocketSaved {
  return { ...socket, subscriptions: socket.subscriptions.save() };
}

/** Fills a new socket with what was saved. */
export function restoreSocket(socket: Socket, saved: SocketSaved): Socket {
  const { subscriptions, ...rest } = saved;
  socket.subscriptions.restore(subscriptions);
  return Object.assign(socket, rest);
}

/** True when the frame that has just come ends the doubt whether the socket lives. */
export function acquits(socket: Socket, nowMs: number): boolean {
  if (socket.doubtedMs === null || nowMs - socket.doubtedMs < drainMs) return false;
  socket.doubtedMs = null;
  return true;
}

/** The handshake is done. */
export function isOpen(socket: Socket | null): socket is Socket {
  return socket !== null && socket.openedMs !== null;
}
