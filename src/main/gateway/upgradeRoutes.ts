import type { IncomingMessage, Server } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocketServer } from 'ws';
import type { GatewayError } from '../../shared/gateway/errors.ts';
import { gatewayErrorStatus } from '../../shared/gateway/errors.ts';
import type { AllowList } from './allowList.ts';
import { adoptForwardedAddress } from './http/forwardedAddress.ts';

/** Takes the connection (e.g. `handleUpgrade` of `ws` or of Engine.IO), or answers with `refuseUpgrade`. */
export type UpgradeTaker = (request: IncomingMessage, stream: Duplex, head: Buffer) => void;

/** Who takes the WebSocket upgrades of which path: there is one listener on the server, and this is it. */
export interface UpgradeRoutes {
  /** `path` is exact, or with a slash at its end the beginning of a path. The longest one decides. */
  add(path: string, taker: UpgradeTaker): void;
  close(): void;
}

/** Of every path: foreign hosts and origins are refused here, and a cookie counts for pages of our own alone. */
export function listenForUpgrades(
  server: Server,
  allowList: () => AllowList,
  isBehindProxy = false,
): UpgradeRoutes {
  const takers = new Map<string, UpgradeTaker>();
  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    stream.on('error', () => {
      stream.destroy();
    });
    if (isBehindProxy) adoptForwardedAddress(request);
    const refusal = foreignness(request, allowList());
    if (refusal !== null) {
      refuseUpgrade(stream, refusal);
      return;
    }
    const taker = takerOf(takers, pathOf(request));
    if (taker === null) {
      refuseUpgrade(stream, {
        code: 'NOT_FOUND',
        message:
          'There is no socket at this path. See /api/asyncapi.json for those that there are.',
      });
      return;
    }
    if (!allowList().isOwnOrigin(request.headers.origin)) delete request.headers.cookie;
    taker(request, stream, head);
  };
  server.on('upgrade', onUpgrade);
  return {
    add(path, taker) {
      if (takers.has(path)) throw new Error(`the upgrades of ${path} are taken twice`);
      takers.set(path, taker);
    },
    close() {
      server.off('upgrade', onUpgrade);
    },
  };
}

function foreignness(request: IncomingMessage, allowList: AllowList): GatewayError | null {
  if (!allowList.isAllowedHost(request.headers.host)) return wrongHost;
  return allowList.isAllowedOrigin(request.headers.origin) ? null : foreignOrigin;
}

export const wrongHost: GatewayError = {
  code: 'WRONG_HOST',
  message:
    'This name is not served here. Use the address that the gateway printed, or start it with --public-host NAME.',
};

export const foreignOrigin: GatewayError = {
  code: 'FOREIGN_ORIGIN',
  message:
    'Requests of pages of this origin are refused. Start the gateway with --allow-origin ORIGIN to let them in.',
};

function takerOf(takers: ReadonlyMap<string, UpgradeTaker>, path: string): UpgradeTaker | null {
  const exact = takers.get(path);
  if (exact !== undefined) return exact;
  const [longest] = [...takers.keys()]
    .filter((candidate) => candidate.endsWith('/') && path.startsWith(candidate))
    .sort((left, right) => right.length - left.length);
  return longest === undefined ? null : (takers.get(longest) ?? null);
}

function pathOf(request: IncomingMessage): string {
  return URL.parse(request.url ?? '/', 'http://localhost')?.pathname ?? '';
}

/** The answer to a handshake that is not taken: the same body as of any refusal. */
export function refuseUpgrade(stream: Duplex, error: GatewayError): void {
  stream.end(rawRefusal(error));
  // No bound of HTTP holds for it any more: who does not close it would keep its place for ever.
  setTimeout(() => stream.destroy(), refusedMs).unref();
}

const refusedMs = 1_000;

/** `ws` would answer a handshake that it does not understand in words of its own. */
export function refuseBrokenHandshakes(sockets: WebSocketServer): void {
  sockets.on('wsClientError', (_error, stream) => refuseUpgrade(stream, brokenHandshake));
}

const brokenHandshake: GatewayError = {
  code: 'INVALID_REQUEST',
  message:
    'This is no handshake of a WebSocket: it needs "sec-websocket-version: 13" and a "sec-websocket-key" of 16 bytes.',
};

/** A whole HTTP answer, where there is no framework to write it. */
export function rawRefusal(error: GatewayError): string {
  const status = gatewayErrorStatus[error.code];
  const body = JSON.stringify({ error });
  const retry =
    error.retryAfterMs === undefined
      ? ''
      : `Retry-After: ${Math.max(1, Math.ceil(error.retryAfterMs / 1000))}\r\n`;
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\n${retry}` +
    'Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n' +
    'Content-Type: application/json; charset=utf-8\r\n' +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}
