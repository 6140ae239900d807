import type { RawData } from 'ws';
import { WebSocket } from 'ws';
import type { LinkFailure } from './linkFailure.ts';
import { failureOf, isHijack } from './linkFailure.ts';
import type { LinkOptions } from './linkOptions.ts';
import { venueLookup } from './linkOptions.ts';
import { parseRetryAfter } from './retryAfter.ts';
import type { OpenSocket, SocketHandle, SocketHandlers } from './socket.ts';

const handshakeTimeoutMs = 10_000;
/** The largest honest frame is a full book of some hundred kilobytes, and no venue sends one in pieces. */
const maxFrameBytes = 4 * 1024 * 1024;
const maxFragments = 1_024;
/** A venue that reads so little is as good as gone. */
const maxBufferedBytes = 1024 * 1024;

/**
 * Sockets of the `ws` package: no compression (16 times the cost of a plain frame), bounded frames, redirects not followed, certificates always verified.
 */
export function createOpenSocket(options: LinkOptions = {}): OpenSocket {
  const { lookup = venueLookup, ca } = options;
  return (url, handlers) => {
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      autoPong: false,
      maxPayload: maxFrameBytes,
      maxFragments,
      handshakeTimeout: handshakeTimeoutMs,
      followRedirects: false,
      lookup,
      ...(ca === undefined ? {} : { ca }),
    });
    return watch(socket, handlers);
  };
}

export const openWsSocket: OpenSocket = createOpenSocket();

function watch(socket: WebSocket, handlers: SocketHandlers): SocketHandle {
  let failure = '';
  let retryAfterMs: number | null = null;
  let refusedStatus: number | null = null;
  let cause: LinkFailure | null = null;
  socket.on('open', () => handlers.opened());
  socket.on('message', (frame: RawData) => handlers.frame(textOf(frame)));
  socket.on('ping', (payload) => {
    handlers.pinged(() => {
      if (socket.readyState === WebSocket.OPEN) socket.pong(payload);
    });
  });
  socket.on('unexpected-response', (request, response) => {
    refusedStatus = response.statusCode ?? 0;
    retryAfterMs = parseRetryAfter(response.headers['retry-after']);
    failure = `handshake refused with HTTP ${refusedStatus}`;
    // Whoever speaks the protocol answers with 101, a refusal with 4xx or 5xx.
    if (refusedStatus < 400 || isHijack(refusedStatus, undefined)) cause = 'hijacked';
    response.resume();
    request.destroy();
    socket.terminate();
  });
  socket.on('error', (error) => {
    if (failure !== '') return;
    failure = error.message;
    cause = failureOf(error);
  });
  socket.on('close', (code, reason) => {
    const text = reason.length > 0 ? reason.toString() : failure;
    handlers.closed(refusedStatus ?? code, text.slice(0, 500), retryAfterMs, cause ?? undefined);
  });
  return {
    send(text) {
      if (socket.readyState !== WebSocket.OPEN) return;
      if (socket.bufferedAmount > maxBufferedBytes) socket.terminate();
      else socket.send(text);
    },
    terminate: () => socket.terminate(),
  };
}

function textOf(frame: RawData): string {
  if (Array.isArray(frame)) return Buffer.concat(frame).toString();
  return frame instanceof ArrayBuffer ? Buffer.from(frame).toString() : frame.toString();
}
