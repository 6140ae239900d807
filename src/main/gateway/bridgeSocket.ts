import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { gatewayPaths } from '../../shared/channels.ts';
import type { GatewayError } from '../../shared/gateway/errors.ts';
import { mainWindowId, replayWindowPrefix, windowIdPattern } from '../../shared/pageSecurity.ts';
import type { AttachedWindow, EngineHost } from '../engine/host.ts';
import type { Access, Principal, Revocation } from './accounts/access.ts';
import type { GatewayContext, GatewayPart } from './gatewayContext.ts';
import { createSocketTransport } from './socketTransport.ts';
import { foreignOrigin, refuseBrokenHandshakes, refuseUpgrade } from './upgradeRoutes.ts';

/** The largest message of a page is a saved layout of 256 Ki characters. */
const maxPayloadBytes = 2 * 1_048_576;
const maxSockets = 64;
/** A page that asks again with a cookie that does not hold is told so by HTTP. */
const accessEndedCode = 4401;
const goodbyeMs = 500;
/** Beyond some weeks a timer of the platform would fire at once. */
const longestWaitMs = 3_600_000;

export interface BridgeSockets extends GatewayPart {
  count(): number;
  close(): void;
}

type BridgeContext = Pick<GatewayContext, 'upgrades' | 'access' | 'clock' | 'log' | 'allowList'>;

/** The workstation's pages: one bridge session per socket, none without a session. */
export function openBridgeSockets(context: BridgeContext, host: EngineHost): BridgeSockets {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxPayloadBytes,
    perMessageDeflate: false,
    clientTracking: true,
  });
  refuseBrokenHandshakes(sockets);
  const principals = new Map<WebSocket, Principal>();
  let isClosed = false;
  const attach = (socket: WebSocket, principal: Principal, window: string): void => {
    principals.set(socket, principal);
    const cancel = endAtExpiry(context, socket, principal);
    context.log({ level: 'info', scope: 'gateway', text: `window ${window} connected` });
    socket.once('close', () => {
      principals.delete(socket);
      cancel();
      context.log({ level: 'info', scope: 'gateway', text: `window ${window} disconnected` });
    });
    host.attach(createSocketTransport(socket), attachedWindow(window));
  };
  const decide = async (request: IncomingMessage): Promise<Principal | GatewayError> => {
    const refusal = refusalOf(request, context, sockets.clients.size);
    if (refusal !== null) return refusal;
    const result = await context.access.ofRequest(request);
    if (!result.ok) return result.error;
    return windowIdPattern.test(windowOf(request)) ? result.principal : wrongWindow;
  };
  const take = async (request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> => {
    const decided = await decide(request);
    if (stream.destroyed) return;
    if (isClosed || 'code' in decided) {
      refuseUpgrade(stream, 'code' in decided ? decided : stopping);
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      attach(socket, decided, windowOf(request));
    });
  };
  context.upgrades.add(gatewayPaths.bridge, (request, stream, head) => {
    void take(request, stream, head);
  });
  const forget = endAtRevocation(context.access, principals);
  return {
    count: () => sockets.clients.size,
    close() {
      isClosed = true;
      forget();
      for (const socket of sockets.clients) socket.close(1001, 'the gateway stops');
      sockets.close();
    },
  };
}

const wrongWindow: GatewayError = {
  code: 'INVALID_REQUEST',
  message: 'The name of a window has up to 40 small letters, digits and hyphens.',
};

const stopping: GatewayError = {
  code: 'OVERLOADED',
  message: 'The gateway stops. Try again when it is there again.',
  retryAfterMs: 5_000,
};

function refusalOf(
  { headers }: IncomingMessage,
  { allowList }: BridgeContext,
  openSockets: number,
): GatewayError | null {
  // A browser always names the origin of a page's socket: without one, this is no page of ours.
  if (headers.origin === undefined || !allowList().isOwnOrigin(headers.origin))
    return foreignOrigin;
  if (openSockets < maxSockets) return null;
  return {
    code: 'OVERLOADED',
    message: `There are ${maxSockets} windows already. Close one of them.`,
    retryAfterMs: 5_000,
  };
}

/** A page renews its login meanwhile: then the end has moved when it comes. */
function endAtExpiry(
  { clock }: BridgeContext,
  socket: WebSocket,
  principal: Principal,
): () => void {
  let cancel = (): void => undefined;
  const wait = (): void => {
    if (principal.expiresTime === null) return;
    const leftMs = principal.expiresTime - clock.wallMs();
    if (leftMs <= 0) endAccess(socket, 'the access ended');
    else cancel = clock.after(Math.min(leftMs, longestWaitMs), wait);
  };
  wait();
  return () => cancel();
}

/** Who does not answer the goodbye is cut. */
function endAccess(socket: WebSocket, reason: string): void {
  socket.close(accessEndedCode, reason);
  setTimeout(() => socket.terminate(), goodbyeMs).unref();
}

function endAtRevocation(
  access: Access,
  principals: ReadonlyMap<WebSocket, Principal>,
): () => void {
  return access.onRevoked(({ user, family }: Revocation) => {
    for (const [socket, principal] of principals) {
      if (principal.user !== user || (family !== null && principal.family !== family)) continue;
      endAccess(socket, 'the access was revoked');
    }
  });
}

function windowOf(request: IncomingMessage): string {
  const address = URL.parse(request.url ?? '/', 'http://localhost');
  return address?.searchParams.get('window') ?? mainWindowId;
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
