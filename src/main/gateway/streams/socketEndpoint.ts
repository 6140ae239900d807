import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { GatewayRefusal } from '../../../shared/gateway/errors.ts';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import { apiPaths } from '../../../shared/gateway/paths.ts';
import type { Principal } from '../accounts/access.ts';
import type { GatewayContext, GatewayPart } from '../gatewayContext.ts';
import { refuseBrokenHandshakes, refuseUpgrade } from '../upgradeRoutes.ts';
import { SocketClient } from './socketClient.ts';
import { jsonEncoding, packedEncoding } from './socketEncoding.ts';
import type { SocketEncoding } from './socketEncoding.ts';
import { remoteAddressOf, spendAttempt } from './streamRoute.ts';

/** Connections that have not said yet who they are. */
const maxAnonymous = 256;

/** 2 KiB of window and the least memory that zlib takes: some 20 KB a client. No context is kept for what clients send. */
const compression = {
  serverMaxWindowBits: 11,
  clientNoContextTakeover: true,
  zlibDeflateOptions: { level: 3, memLevel: 4 },
  concurrencyLimit: 2,
};

/** The gateway's own protocol on WebSockets. */
export function openSocketEndpoint(context: GatewayContext): GatewayPart {
  const clients = new Set<SocketClient>();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: gatewayLimits.maxMessageBytes,
    perMessageDeflate: context.settings.compress ? compression : false,
    clientTracking: true,
    handleProtocols: (offered) => {
      const known = [packedEncoding, jsonEncoding].find(({ subprotocol }) =>
        offered.has(subprotocol),
      );
      return known?.subprotocol ?? false;
    },
  });
  refuseBrokenHandshakes(sockets);
  let isClosing = false;

  const take = async (request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> => {
    const encoding = encodingOf(request);
    const anonymous = [...clients].filter(({ isAnonymous }) => isAnonymous).length;
    const principal = await principalOf(context, request, anonymous);
    if (isClosing) throw new GatewayRefusal(stopping);
    if (stream.destroyed) return;
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const address = remoteAddressOf(request);
      const client = new SocketClient({ context, socket, encoding, address, principal });
      clients.add(client);
      socket.once('close', () => clients.delete(client));
    });
  };

  context.upgrades.add(apiPaths.socket, (request, stream, head) => {
    take(request, stream, head).catch((cause: unknown) => {
      if (cause instanceof GatewayRefusal) {
        refuseUpgrade(stream, cause.error);
        return;
      }
      const reason = cause instanceof Error ? cause.message : 'unknown';
      context.log({ level: 'error', scope: 'gateway', text: `an upgrade failed: ${reason}` });
      refuseUpgrade(stream, { code: 'INTERNAL', message: 'The gateway failed. Try again.' });
    });
  });
  context.server.get(apiPaths.socket, { exposeHeadRoute: false }, () => {
    throw new GatewayRefusal({
      code: 'UPGRADE_REQUIRED',
      message: 'This address is a WebSocket. For plain HTTP there are /api/stream and /api/poll.',
    });
  });
  return {
    close() {
      isClosing = true;
      for (const client of clients) client.end(stopping);
      sockets.close();
    },
  };
}

const stopping: GatewayError = {
  code: 'OVERLOADED',
  message: 'The gateway stops. Connect again later.',
  retryAfterMs: 1_000,
};

/** The subprotocol decides, then `?encoding=`; JSON is the default. */
function encodingOf(request: IncomingMessage): SocketEncoding {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  const names = offered.split(',').map((name) => name.trim());
  const known = [packedEncoding, jsonEncoding].find(({ subprotocol }) =>
    names.includes(subprotocol),
  );
  if (known !== undefined) return known;
  if (offered !== '') {
    throw new GatewayRefusal({
      code: 'INVALID_REQUEST',
      message: `The subprotocols here are ${jsonEncoding.subprotocol} and ${packedEncoding.subprotocol}. Offer one of them, or none.`,
    });
  }
  const asked = queryOf(request).get('encoding') ?? 'json';
  if (asked === 'json') return jsonEncoding;
  if (asked === 'msgpack') return packedEncoding;
  throw new GatewayRefusal({
    code: 'INVALID_REQUEST',
    message: 'The encodings are "json" and "msgpack".',
  });
}

/**
 * Null: who it is comes in the first message, because programs in browsers cannot set headers. A cookie that is not ours
 * anymore says nothing; a header or ticket that does not hold is refused.
 */
async function principalOf(
  context: GatewayContext,
  request: IncomingMessage,
  anonymous: number,
): Promise<Principal | null> {
  const { access } = context;
  spendAttempt(context, request);
  const isExplicit = request.headers.authorization !== undefined || queryOf(request).has('ticket');
  if (isExplicit || request.headers.cookie !== undefined) {
    const result = await access.ofRequest(request);
    if (result.ok) return result.principal;
    if (isExplicit) throw new GatewayRefusal(result.error);
  }
  if (anonymous < maxAnonymous) return null;
  throw new GatewayRefusal({
    code: 'OVERLOADED',
    message: 'Too many connections wait for their token. Send it as a header, or try again.',
    retryAfterMs: 2_000,
  });
}

function queryOf(request: IncomingMessage): URLSearchParams {
  return URL.parse(request.url ?? '/', 'http://localhost')?.searchParams ?? new URLSearchParams();
}
