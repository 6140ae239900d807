import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import Fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { assertNever } from '../../shared/assert.ts';
import { gatewayPaths } from '../../shared/channels.ts';
import { pageSecurityHeaders } from '../../shared/pageSecurity.ts';
import type { EngineHost, HostLogEntry } from '../engine/host.ts';
import { createAllowList } from './allowList.ts';
import type { AllowList } from './allowList.ts';
import { openBridgeSockets } from './bridgeSocket.ts';
import type { BridgeSockets } from './bridgeSocket.ts';
import { addExportRoute } from './exportRoute.ts';
import { cookieName, readCookie, sessionCookie } from './cookies.ts';
import { computeHealth } from './health.ts';
import { Sessions } from './sessions.ts';

export interface GatewayOptions {
  readonly host: EngineHost;
  /** Built pages: index.html and hashed files under assets/. */
  readonly rendererFolder: string;
  readonly hostname: '127.0.0.1' | '::1';
  /** 0 takes any free port. */
  readonly port: number;
  readonly appVersion: string;
  readonly log: (entry: HostLogEntry) => void;
}

export interface Gateway {
  readonly port: number;
  /** With the session key in its fragment, which never leaves the browser by itself. */
  readonly address: string;
  /** The same for one use, for a window that we open ourselves. */
  issueOneTimeAddress(): string;
  close(): Promise<void>;
}

export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

interface RequestRules {
  allowList: AllowList;
  cookie: string;
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const sessions = new Sessions(() => performance.now());
  // The port, and with it host names and cookie, is known only once the server listens.
  const rules: RequestRules = { allowList: createAllowList(options.port), cookie: '' };
  const isAuthorized = (request: IncomingMessage): boolean =>
    sessions.isKnown(readCookie(request.headers.cookie, rules.cookie));

  const server = createServer(rules);
  let bridge: BridgeSockets | null = null;
  addSessionRoutes(server, sessions, isAuthorized);
  addHealthRoute(server, options.host, () => bridge?.count() ?? 0);
  addExportRoute(server, { host: options.host, isAuthorized, refuse });
  addPages(server, options.rendererFolder);

  const port = await listen(server, options);
  rules.allowList = createAllowList(port);
  rules.cookie = cookieName(port);
  bridge = openBridgeSockets({
    server: server.server,
    host: options.host,
    allowList: rules.allowList,
    isAuthorized,
  });
  options.log({
    level: 'info',
    scope: 'gateway',
    text: `listening on ${options.hostname}:${port}`,
  });

  const origin = `http://${options.hostname === '::1' ? '[::1]' : options.hostname}:${port}`;
  let closing: Promise<void> | null = null;
  return {
    port,
    address: `${origin}/#key=${sessions.key}`,
    issueOneTimeAddress: () => `${origin}/#key=${sessions.issueOneTimeKey()}`,
    close() {
      closing ??= closeServer(server, bridge);
      return closing;
    },
  };
}

async function closeServer(server: FastifyInstance, bridge: BridgeSockets | null): Promise<void> {
  bridge?.close();
  await server.close();
}

function createServer(rules: RequestRules): FastifyInstance {
  const server = Fastify({
    logger: false,
    bodyLimit: 4096,
    // A request that drips in byte by byte is cut.
    requestTimeout: 10_000,
    keepAliveTimeout: 30_000,
    forceCloseConnections: true,
    // Refused before any hook runs, e.g. a path that is no valid text.
    frameworkErrors(_error, _request, reply) {
      reply.headers(pageSecurityHeaders);
      refuse(reply, 400, 'The request is not understood.');
    },
  });
  server.server.headersTimeout = 10_000;
  server.server.maxConnections = 512;
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(pageSecurityHeaders);
    if (!rules.allowList.isAllowedHost(request.headers.host)) {
      return refuse(reply, 421, 'This address is not served here. Use the one that was printed.');
    }
    const foreignSite =
      request.headers['sec-fetch-site'] === 'cross-site' && request.method !== 'GET';
    if (!rules.allowList.isAllowedOrigin(request.headers.origin) || foreignSite) {
      return refuse(reply, 403, 'Requests of other pages are refused.');
    }
    return undefined;
  });
  server.setNotFoundHandler((_request, reply) => refuse(reply, 404, 'There is no such page.'));
  server.setErrorHandler((error: { readonly statusCode?: number }, _request, reply) => {
    const code = error.statusCode ?? 500;
    return refuse(
      reply,
      code,
      code < 500 ? 'The request is not understood.' : 'The gateway failed.',
    );
  });
  return server;
}

function refuse(reply: FastifyReply, code: number, message: string): FastifyReply {
  return reply
    .code(code)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ error: message }));
}

const sessionRequestSchema = v.strictObject({ key: v.pipe(v.string(), v.maxLength(128)) });

function addSessionRoutes(
  server: FastifyInstance,
  sessions: Sessions,
  isAuthorized: (request: IncomingMessage) => boolean,
): void {
  /** A page asks whether its cookie still holds: a refused socket cannot tell it. */
  server.get(gatewayPaths.session, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    return isAuthorized(request.raw)
      ? reply.code(204).send()
      : refuse(reply, 401, 'Open the address that the gateway printed.');
  });
  server.post(gatewayPaths.session, async (request: FastifyRequest, reply) => {
    const parsed = v.safeParse(sessionRequestSchema, request.body);
    if (!parsed.success) return refuse(reply, 400, 'The request is not understood.');
    const result = sessions.exchange(parsed.output.key);
    switch (result.type) {
      case 'session':
        return reply
          .code(204)
          .header('cache-control', 'no-store')
          .header('set-cookie', sessionCookie(portOf(request), result.token))
          .send();
      case 'limited':
        reply.header('retry-after', String(result.retryAfterSec));
        return refuse(reply, 429, `Too many wrong keys; try again in ${result.retryAfterSec} s.`);
      case 'refused':
        return refuse(
          reply,
          401,
          'This key is not valid. Open the address that the gateway printed.',
        );
      default:
        return assertNever(result);
    }
  });
}

function portOf(request: FastifyRequest): number {
  return request.socket.localPort ?? 0;
}

function addHealthRoute(server: FastifyInstance, host: EngineHost, clients: () => number): void {
  server.get(gatewayPaths.health, async (_request, reply) => {
    const { code, report } = computeHealth(await host.status(), clients(), Date.now());
    return reply.code(code).header('cache-control', 'no-store').send(report);
  });
}

function addPages(server: FastifyInstance, rendererFolder: string): void {
  server.register(fastifyStatic, {
    root: rendererFolder,
    dotfiles: 'ignore',
    cacheControl: false,
    index: 'index.html',
    setHeaders(reply, path) {
      // Built names carry a hash of their content; everything else may change with the next build.
      const hashed = path.startsWith(join(rendererFolder, 'assets'));
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}

async function listen(server: FastifyInstance, options: GatewayOptions): Promise<number> {
  try {
    await server.listen({ host: options.hostname, port: options.port });
  } catch (error) {
    await server.close();
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new PortInUseError(error.message, { cause: error });
    }
    throw error;
  }
  const address = server.server.address();
  return typeof address === 'object' && address !== null ? address.port : options.port;
}
