import { createServer as createPlainServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Duplex } from 'node:stream';
import Fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayError } from '../../shared/gateway/errors.ts';
import { GatewayRefusal } from '../../shared/gateway/errors.ts';
import { gatewayLimits } from '../../shared/gateway/limits.ts';
import { pageSecurityHeaders } from '../../shared/pageSecurity.ts';
import type { HostLogEntry } from '../engine/host.ts';
import type { AllowList } from './allowList.ts';
import { adoptForwardedAddress } from './http/forwardedAddress.ts';
import { limitConnections } from './http/connectionLimits.ts';
import { answerCrossOrigin } from './http/crossOrigin.ts';
import {
  errorOf,
  headersTooLarge,
  isDeeperThan,
  notHttp,
  notJson,
  nothingThere,
  requestLimits,
  requestTimeout,
  uriTooLong,
} from './http/requestErrors.ts';
import { watchRoutes } from './http/routeTable.ts';
import type { RouteTable } from './http/routeTable.ts';
import type { GatewayContext } from './gatewayContext.ts';
import { refuse as refusePlainly } from './refuse.ts';
import { foreignOrigin, rawRefusal, wrongHost } from './upgradeRoutes.ts';

/** Certificate chain and key as PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface HttpServerOptions {
  readonly allowList: () => AllowList;
  /** In place of the plain one, e.g. to count. */
  readonly refuse?: GatewayContext['refuse'];
  readonly tls: TlsFiles | null;
  readonly log: (entry: HostLogEntry) => void;
  /** Null: behind a proxy, which has one address for all. */
  readonly maxConnectionsPerAddress: number | null;
  /** A proxy in front says whose requests they are. */
  readonly isBehindProxy?: boolean;
  /** Of a request; tests make it short. */
  readonly requestMs?: number;
}

const maxParamLength = 200;

/** The framework with every bound and check that holds for all routes; the routes come after. */
export function createHttpServer(options: HttpServerOptions): {
  readonly server: FastifyInstance;
  readonly routes: RouteTable;
} {
  const refuse = options.refuse ?? refusePlainly;
  const server = Fastify({
    logger: false,
    bodyLimit: requestLimits.bodyBytes,
    forceCloseConnections: true,
    routerOptions: { maxParamLength },
    serverFactory: (listener) => createListener(listener, options),
    // Refused before any hook runs, e.g. a path that is no valid text.
    frameworkErrors(error, _request, reply) {
      reply.headers(pageSecurityHeaders);
      refuse(reply, errorOf(error));
    },
  });
  const routes = watchRoutes(server);
  if (options.isBehindProxy === true) {
    server.addHook('onRequest', async (request) => adoptForwardedAddress(request.raw));
  }
  addChecks(server, options.allowList, refuse);
  takeJsonOnly(server);
  server.setNotFoundHandler((request, reply) => refuse(reply, unknownPath(request, reply, routes)));
  server.setErrorHandler((cause, request, reply) => {
    const error = errorOf(cause);
    if (Number(request.headers['content-length']) <= requestLimits.readAwayBytes) {
      // Closed with a part unread, the connection would be reset, and the answer with it.
      reply.removeHeader('connection');
    }
    if (error.code === 'INTERNAL') {
      const reason = cause instanceof Error ? cause.message : String(cause);
      options.log({ level: 'error', scope: 'gateway', text: `a request failed: ${reason}` });
    }
    return refuse(reply, error);
  });
  return { server, routes };
}

function createListener(listener: RequestListener, options: HttpServerOptions): Server {
  const requestMs = options.requestMs ?? requestLimits.requestMs;
  const shared = {
    maxHeaderSize: requestLimits.headerBytes,
    requestTimeout: requestMs,
    headersTimeout: requestMs,
    keepAliveTimeout: requestLimits.keepAliveMs,
    // Node looks for overdue requests every 30 s unless it is told otherwise.
    connectionsCheckingInterval: Math.min(1_000, requestMs),
    // Some clients offer HTTP/2 with every first request: what is no socket is answered as if they had not.
    shouldUpgradeCallback: ({ method, headers }: IncomingMessage) =>
      method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket',
  };
  const server =
    options.tls === null
      ? createPlainServer(shared, listener)
      : createSecureServer(
          { ...shared, ...options.tls, minVersion: 'TLSv1.2', handshakeTimeout: requestMs },
          listener,
        );
  server.maxHeadersCount = requestLimits.headerCount;
  server.maxConnections = gatewayLimits.maxClients + 512;
  if (options.maxConnectionsPerAddress !== null) {
    limitConnections(server, options.maxConnectionsPerAddress);
  }
  server.on('clientError', answerBrokenRequest);
  return server;
}

/** What the parser of HTTP itself refuses has no request and no reply. */
function answerBrokenRequest(
  error: Error & { code?: string; rawPacket?: Buffer },
  stream: Duplex,
): void {
  if (error.code === 'ECONNRESET' || !stream.writable) {
    stream.destroy();
    return;
  }
  const answer =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? headerOverflow(error.rawPacket)
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? requestTimeout
        : notHttp;
  stream.end(rawRefusal(answer));
  // Who does not read the answer does not keep the connection either.
  setTimeout(() => stream.destroy(), 1_000).unref();
}

/** A first line without its end was an address that is too long. */
function headerOverflow(packet: Buffer | undefined): typeof headersTooLarge {
  return packet !== undefined && !packet.subarray(0, requestLimits.headerBytes).includes('\r\n')
    ? uriTooLong
    : headersTooLarge;
}

function addChecks(
  server: FastifyInstance,
  allowList: () => AllowList,
  refuse: GatewayContext['refuse'],
): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(pageSecurityHeaders);
    const { headers } = request;
    const rules = allowList();
    if (!rules.isAllowedHost(headers.host)) return refuse(reply, wrongHost);
    if (!rules.isAllowedOrigin(headers.origin) || isForeignPost(request, rules)) {
      return refuse(reply, foreignOrigin);
    }
    if (request.url.length > requestLimits.urlBytes) return refuse(reply, uriTooLong);
    if (rules.isOwnOrigin(headers.origin)) return undefined;
    // A page elsewhere has to show a token: what a browser adds by itself does not count for it.
    delete headers.cookie;
    return answerCrossOrigin(request, reply);
  });
}

/** A browser names the site of every request: a form of a foreign page has perhaps no origin. */
function isForeignPost({ headers, method }: FastifyRequest, rules: AllowList): boolean {
  if (headers['sec-fetch-site'] !== 'cross-site' || method === 'GET' || method === 'HEAD')
    return false;
  return headers.origin === undefined || rules.isOwnOrigin(headers.origin);
}

function takeJsonOnly(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body.toString();
    const coding = request.headers['content-encoding'] ?? 'identity';
    if (coding.toLowerCase() !== 'identity') {
      done(new GatewayRefusal(notJson), undefined);
    } else if (text.trim() === '') {
      done(null, undefined);
    } else if (isDeeperThan(text, requestLimits.jsonDepth)) {
      done(new SyntaxError('nested too deeply'), undefined);
    } else {
      void parse(request, text, done);
    }
  });
}

function unknownPath(
  request: FastifyRequest,
  reply: FastifyReply,
  routes: RouteTable,
): GatewayError {
  const [path = ''] = request.url.split('?', 1);
  const methods = routes.methodsOf(path);
  if (methods.length === 0) return nothingThere;
  if (methods.includes(request.method)) {
    return {
      code: 'URI_TOO_LONG',
      message: `A part of this path has more than ${maxParamLength} characters. For many symbols there is /api/stream?channels=, and POST /api/poll takes lists.`,
    };
  }
  reply.header('allow', methods.join(', '));
  return {
    code: 'METHOD_NOT_ALLOWED',
    message: `This path takes ${methods.join(', ')} only.`,
  };
}
