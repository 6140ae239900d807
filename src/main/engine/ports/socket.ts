import type { LinkFailure } from './linkFailure.ts';

/** What a socket tells the shell. Nothing is called after `closed`. */
export interface SocketHandlers {
  opened(): void;
  frame(text: string): void;
  /** Protocol ping of the venue; `answer` sends its pong, and does nothing on a socket that has ended. */
  pinged(answer: () => void): void;
  /**
   * Close code; 1006 without a close frame; the HTTP status (below 1000) of a refused handshake, whose answer says how long
   * to wait. `failure`: what this machine knows of the cause.
   */
  closed(code: number, reason: string, retryAfterMs: number | null, failure?: LinkFailure): void;
}

export interface SocketHandle {
  send(text: string): void;
  /** Ends at once, without waiting for the other side; `closed` follows. */
  terminate(): void;
}

export type OpenSocket = (url: string, handlers: SocketHandlers) => SocketHandle;
