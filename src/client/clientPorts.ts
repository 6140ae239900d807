import type { ClientClock } from './clientClock.ts';

/** The part of a WebSocket that is used; the browser's, Node's and that of `ws` have it. */
export interface SocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly protocol: string;
  send(payload: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'error', listener: (event: unknown) => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: 'close',
    listener: (event: {
      readonly code: number;
      readonly reason: string;
      readonly wasClean: boolean;
    }) => void,
  ): void;
}
export type SocketConstructor = new (url: string, protocols?: string | string[]) => SocketLike;
export type FetchLike = (url: string, init?: RequestInit) => Promise<Response>;

/** The outside world. What is left out is the global of that name. */
export interface ClientPorts {
  readonly WebSocket?: SocketConstructor;
  readonly fetch?: FetchLike;
  readonly clock?: ClientClock;
  /** 0 to 1, for jitter. */
  readonly random?: () => number;
}
