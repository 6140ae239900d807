import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServerOptions } from 'socket.io';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { apiPaths } from '../../../shared/gateway/paths.ts';
import type { Revocation } from '../accounts/access.ts';
import type { GatewayContext, GatewayPart } from '../gatewayContext.ts';
import { refuseUpgrade } from '../upgradeRoutes.ts';
import { familyRoom, joinAccessRooms, userRoom } from './accessRooms.ts';
import { checkAccess } from './checkAccess.ts';
import { authError, isoTime } from './compatPayloads.ts';
import { openSocketIo } from './ioServer.ts';
import type { SocketIoServer } from './ioServer.ts';
import { PackedPacketDecoder, PackedPacketEncoder } from './packedParser.ts';
import { openSocketClient } from './socketClient.ts';
import type { GatewaySocket } from './socketEvents.ts';
import { TextPacketDecoder, TextPacketEncoder } from './textParser.ts';
import { TickerBoard } from './tickerBoard.ts';

export interface SocketIoOptions {
  /** Joins the rooms of several gateways, e.g. over Redis; absent: this process alone. */
  readonly adapter?: NonNullable<ServerOptions['adapter']>;
}

export interface SocketIoPart extends GatewayPart {
  /** Connections by the transport that they have now. */
  counts(): { readonly websocket: number; readonly polling: number };
  /** The event `broadcast` to every client here; those of other gateways stay. */
  announceEnd(message: string): void;
}

const profitAndLossNamespace = '/pnl';
const namespaces = ['/', profitAndLossNamespace] as const;

/** Socket.IO with its own text format, and under another path with MessagePack: the same events on both. */
export function addSocketIo(context: GatewayContext, options: SocketIoOptions = {}): SocketIoPart {
  const board = new TickerBoard(context.hub, context.clock);
  const servers = [
    openSocketIo(context, {
      ...options,
      parser: { Encoder: TextPacketEncoder, Decoder: TextPacketDecoder },
    }),
    openSocketIo(context, {
      ...options,
      parser: { Encoder: PackedPacketEncoder, Decoder: PackedPacketDecoder },
    }),
  ] as const;
  const [plain, packed] = servers;
  addTransports(context, apiPaths.socketIo, plain);
  addTransports(context, apiPaths.socketIoPacked, packed);
  for (const { io } of servers) {
    for (const name of namespaces) {
      const namespace = io.of(name);
      namespace.use((socket, next) => void checkAccess(context, socket, next));
      namespace.on('connection', (socket) => welcome(context, board, socket));
    }
  }
  const stopListening = context.access.onRevoked((revocation) => {
    const { user, family } = revocation;
    context.hub.endSessions({ user, ...(family === null ? {} : { family }) }, revoked);
    for (const server of servers) endEverywhere(context, server, revocation);
  });
  return {
    counts: () => {
      const transports = servers.flatMap((server) => server.transports());
      const websocket = transports.filter((transport) => transport === 'websocket').length;
      return { websocket, polling: transports.length - websocket };
    },
    announceEnd(message) {
      const payload = { message, timestamp: isoTime(context.clock.wallMs()) };
      for (const { io } of servers) {
        for (const name of namespaces) io.of(name).local.emit('broadcast', payload);
      }
    },
    async close() {
      stopListening();
      await Promise.all(servers.map(async (server) => server.close()));
    },
  };
}

function welcome(context: GatewayContext, board: TickerBoard, socket: GatewaySocket): void {
  const { principal, refusal } = socket.data;
  if (principal === undefined) {
    if (refusal !== undefined)
      socket.emit('auth_error', authError(refusal, context.clock.wallMs()));
    socket.disconnect(true);
    return;
  }
  joinAccessRooms(socket, principal);
  const client = openSocketClient({ context, board, socket, principal });
  if (socket.nsp.name === profitAndLossNamespace) client?.profitAndLoss.open();
}

const revoked: GatewayError = {
  code: 'TOKEN_REVOKED',
  message: 'This login was ended. Sign in again: POST /api/auth/login.',
};

/** Its clients here are ended by the hub; with an adapter those of other gateways hear it by their rooms. */
function endEverywhere(
  { clock }: GatewayContext,
  { io }: SocketIoServer,
  { user, family }: Revocation,
): void {
  const room = family === null ? userRoom(user) : familyRoom(family);
  const error = authError(revoked, clock.wallMs());
  for (const name of namespaces) {
    io.of(name).in(room).emit('auth_error', error);
    io.of(name).in(room).disconnectSockets(true);
  }
}

/** Polls come by the framework, with its checks and headers, upgrades by the one taker of upgrades. */
function addTransports(context: GatewayContext, path: string, server: SocketIoServer): void {
  context.server.route({
    method: ['GET', 'POST'],
    url: path,
    exposeHeadRoute: false,
    // Before the framework would read the body: the engine reads it itself.
    onRequest: (request, reply) => {
      const refusal = refusalOf(context, request, server);
      if (refusal === null) handOver(request, reply, server);
      else context.refuse(reply, refusal);
    },
    handler: (_request, reply) => reply,
  });
  context.upgrades.add(path, (request, stream, head) => {
    const refusal = refusalOf(context, { raw: request, url: request.url ?? '' }, server);
    if (refusal === null) server.engine.handleUpgrade(request, stream, head);
    else refuseUpgrade(stream, refusal);
  });
}

/** Of a new connection only: what belongs to one that is open passes. */
function refusalOf(
  context: GatewayContext,
  { raw, url }: Pick<FastifyRequest, 'raw' | 'url'>,
  server: SocketIoServer,
): GatewayError | null {
  // Of several the engine takes the last, and an empty one for none.
  const session = URL.parse(url, 'http://localhost')?.searchParams.getAll('sid').at(-1) ?? '';
  if (session !== '') return null;
  return server.fullness() ?? context.access.spendAttempt(raw.socket.remoteAddress ?? 'unknown');
}

function handOver(request: FastifyRequest, reply: FastifyReply, server: SocketIoServer): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  reply.hijack();
  server.engine.handleRequest(request.raw, reply.raw);
}
