import type { Socket } from 'node:net';

export const loadTransports = [
  'websocket',
  'socketio',
  'sse',
  'poll',
  'snapshots',
  'plain',
] as const;
/** `snapshots`: asks once a second for the price. `plain`: a `ws` client of the floor. */
export type LoadTransport = (typeof loadTransports)[number];

export type LoadEncoding = 'json' | 'msgpack';

/** Where a client connects, and what it asks for. */
export interface ClientPlace {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly key: string;
  /** Of this machine's loopback: the gateway limits connections by address. Null: any. */
  readonly localAddress: string | null;
  readonly encoding: LoadEncoding;
  readonly channels: readonly string[];
  readonly ratePerSec: number;
  /** Of books; absent: the gateway's own choice. */
  readonly depth?: number;
}

export interface ClientEars {
  /** Null: nobody reads what comes, it is only counted. */
  readonly onMessage: ((message: unknown, bytes: number) => void) | null;
  /** As it came; for who wants the bytes themselves. */
  readonly onPayload: ((payload: Buffer) => void) | null;
  onCounted(messages: number): void;
  onRequest(): void;
  onEnd(reason: string): void;
}

export interface LoadClient {
  /** From the wire, with the headers of frames and answers. */
  bytesRead(): number;
  setReading(isReading: boolean): void;
  close(): void;
}

export type OpenClient = (place: ClientPlace, ears: ClientEars) => Promise<LoadClient>;

/** One that was not let in, with the words of the other side. */
export class NotOpened extends Error {
  override readonly name = 'NotOpened';
}

/** Whoever reads the stream is the one to pause: a socket alone would be resumed by it. */
export function clientOf(
  socket: () => Socket | null,
  reader: { pause(): unknown; resume(): unknown },
  close: () => void,
): LoadClient {
  return {
    bytesRead: () => socket()?.bytesRead ?? 0,
    setReading(isReading) {
      if (isReading) reader.resume();
      else reader.pause();
    },
    close,
  };
}

export function parseJsonMessage(text: string): unknown {
  const message: unknown = JSON.parse(text);
  return message;
}
