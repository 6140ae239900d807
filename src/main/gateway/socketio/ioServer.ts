import { createServer } from 'node:http';
import { Server } from 'socket.io';
import type { ServerOptions } from 'socket.io';
import { WebSocketServer } from 'ws';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import type { GatewayContext } from '../gatewayContext.ts';
import { cutConnection, guardConnection } from './connectionBuffer.ts';
import type { EngineConnection } from './connectionBuffer.ts';
import type { GatewayIo } from './socketEvents.ts';

export interface IoServerOptions {
  readonly parser: unknown;
  readonly adapter?: NonNullable<ServerOptions['adapter']>;
}

/** One Socket.IO server, reached by the transports that are added to it. */
export interface SocketIoServer {
  readonly io: GatewayIo;
  readonly engine: GatewayIo['engine'];
  /** Of the open connections. */
  transports(): readonly string[];
  /** Refuses one more connection. */
  fullness(): GatewayError | null;
  close(): Promise<void>;
}

/** A connection that joins no namespace by then is closed. */
const joinMs = 10_000;
const upgradeMs = 10_000;
/** Those that have not shown their token yet, or are just leaving. */
const sparePlaces = 64;
/** Of the 25 s and 45 s in which a peer that is gone is noticed. */
const answerShare = 0.8;
const goodbyeMs = 300;

/** Bounded windows: about 50 KiB of memory for a client instead of 300. */
const compression = {
  threshold: 1_024,
  serverMaxWindowBits: 12,
  clientMaxWindowBits: 12,
  clientNoContextTakeover: true,
  zlibDeflateOptions: { level: 3, memLevel: 5 },
} as const;

export function openSocketIo(context: GatewayContext, options: IoServerOptions): SocketIoServer {
  const { heartbeatMs, compress } = context.settings;
  const io: GatewayIo = new Server({
    parser: options.parser,
    ...(options.adapter === undefined ? {} : { adapter: options.adapter }),
    transports: ['websocket', 'polling'],
    maxHttpBufferSize: gatewayLimits.maxMessageBytes,
    perMessageDeflate: compress ? compression : false,
    httpCompression: compress ? { threshold: compression.threshold } : false,
    pingInterval: heartbeatMs,
    pingTimeout: Math.round(heartbeatMs * answerShare),
    connectTimeout: joinMs,
    upgradeTimeout: upgradeMs,
    cookie: false,
    allowEIO3: false,
    serveClient: false,
    destroyUpgrade: false,
    // Its own copy is older, and answers pings without end to who reads no answer.
    wsEngine: WebSocketServer,
  });
  // It never listens: the engine wants a server, and would put itself in front of ours, past all that is checked there.
  io.attach(createServer());
  const { engine } = io;
  const connections = new Set<EngineConnection>();
  engine.on('connection', (connection: EngineConnection) => {
    connections.add(connection);
    guardConnection(connection, context.clock);
    connection.once('close', () => connections.delete(connection));
  });
  return {
    io,
    engine,
    transports: () => [...connections].map(({ transport }) => transport.name),
    fullness: () => (connections.size < gatewayLimits.maxClients + sparePlaces ? null : noPlace),
    async close() {
      const open = [...connections];
      // In order, so that what was said as goodbye still goes out.
      io.local.disconnectSockets(true);
      for (const connection of open) connection.close();
      await leave(context, connections, open);
      await io.close();
      // Their close frame is not answered; an upgraded socket would keep the HTTP server open.
      for (const connection of open) cutConnection(connection);
    },
  };
}

function leave(
  { clock }: GatewayContext,
  connections: ReadonlySet<EngineConnection>,
  open: readonly EngineConnection[],
): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(goodbyeMs, resolve);
    const look = (): void => {
      if (connections.size > 0) return;
      cancel();
      resolve();
    };
    for (const connection of open) connection.once('close', look);
    look();
  });
}

const noPlace: GatewayError = {
  code: 'OVERLOADED',
  message: 'This gateway has as many clients as it takes. Try again later, or use another one.',
  retryAfterMs: 5_000,
};
