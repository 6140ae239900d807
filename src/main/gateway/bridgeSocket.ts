import { randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { gatewayPaths } from '../../shared/channels.ts';
import { mainWindowId, replayWindowPrefix, windowIdPattern } from '../../shared/pageSecurity.ts';
import type { AttachedWindow, EngineHost } from '../engine/host.ts';
import type { AllowList } from './allowList.ts';
import { createSocketTransport } from './socketTransport.ts';

/** The largest message of a page is a saved layout of 256 Ki characters. */
const maxPayloadBytes = 2 * 1_048_576;
const maxSockets = 64;

export interface BridgeSockets {
  count(): number;
  close(): void;
}

export interface BridgeSocketOptions {
  readonly server: Server;
  readonly host: EngineHost;
  readonly allowList: AllowList;
  readonly isAuthorized: (request: IncomingMessage) => boolean;
}

/** Takes the upgrade requests of the gateway: one bridge session per socket, none without a session cookie. */
export function openBridgeSockets(options: BridgeSocketOptions): BridgeSockets {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxPayloadBytes,
    perMessageDeflate: false,
    clientTracking: true,
  });
  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    stream.on('error', () => {
      stream.destroy();
    });
    const refusal = refusalOf(request, options, sockets.clients.size);
    if (refusal !== null) {
      refuse(stream, refusal);
      return;
    }
    const window = windowOf(request);
    sockets.handleUpgrade(request, stream, head, (socket: WebSocket) => {
      options.host.attach(createSocketTransport(socket), attachedWindow(window));
    });
  };
  options.server.on('upgrade', onUpgrade);
  return {
    count: () => sockets.clients.size,
    close() {
      options.server.off('upgrade', onUpgrade);
      for (const socket of sockets.clients) socket.close(1001, 'the gateway stops');
      sockets.close();
    },
  };
}

function refusalOf(
  request: IncomingMessage,
  { allowList, isAuthorized }: BridgeSocketOptions,
  openSockets: number,
): number | null {
  if (!allowList.isAllowedHost(request.headers.host)) return 421;
  const { origin } = request.headers;
  // A browser always names the origin of a page's socket: without one, this is no page of ours.
  if (origin === undefined || !allowList.isAllowedOrigin(origin)) return 403;
  if (pathOf(request) !== gatewayPaths.bridge) return 404;
  if (!isAuthorized(request)) return 401;
  if (!windowIdPattern.test(windowOf(request))) return 400;
  return openSockets >= maxSockets ? 503 : null;
}

function addressOf(request: IncomingMessage): URL | null {
  return URL.parse(request.url ?? '/', 'http://localhost');
}

function pathOf(request: IncomingMessage): string {
  return addressOf(request)?.pathname ?? '';
}

function windowOf(request: IncomingMessage): string {
  return addressOf(request)?.searchParams.get('window') ?? mainWindowId;
}

function refuse(stream: Duplex, status: number): void {
  stream.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}

/** A page in a browser opens windows and links itself: the host only names them. */
function attachedWindow(window: string): AttachedWindow {
  return {
    window,
    platform: process.platform,
    openWindow: ({ isReplay }) => {
      const opened = `${isReplay ? replayWindowPrefix : 'w-'}${randomBytes(6).toString('hex')}`;
      return Promise.resolve({ window: opened, address: `/?window=${opened}` });
    },
    openExternal: () => undefined,
    windowControl: () => undefined,
  };
}
