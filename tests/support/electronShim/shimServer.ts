import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { shimPaths } from './messages.ts';
import type { ShimPort } from './shimPort.ts';

export type PageHandler = (request: Request) => Response | Promise<Response>;

export interface ShimServer {
  readonly origin: string;
  /** Makes a port available to the page that will ask for it under this number. */
  offerPort(port: ShimPort): number;
  close(): void;
}

export interface ShimServerOptions {
  readonly scheme: string;
  readonly pageHandler: () => PageHandler | null;
  readonly onDocument: (contents: number, socket: WebSocket) => void;
}

/**
 * A plain browser knows no scheme of ours: its pages come from a loopback server that asks the registered handler, so
 * that content, headers and policy are the handler's own. Sockets are of the same origin, as that policy demands.
 */
export async function openShimServer(options: ShimServerOptions): Promise<ShimServer> {
  const ports = new Map<number, ShimPort>();
  let nextPort = 1;
  const server = createServer((request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  const sockets = new WebSocketServer({ server, maxPayload: 16 * 1_048_576 });
  sockets.on('connection', (socket, request) => {
    const address = new URL(request.url ?? '/', 'http://localhost');
    if (address.pathname === shimPaths.contents) {
      options.onDocument(Number(address.searchParams.get('contents')), socket);
      return;
    }
    const id = Number(address.searchParams.get('port'));
    const port = ports.get(id);
    ports.delete(id);
    if (address.pathname === shimPaths.port && port !== undefined) port.join(socket);
    else socket.terminate();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the shim has no port');
  return {
    origin: `http://127.0.0.1:${bound.port}`,
    offerPort(port) {
      const id = nextPort++;
      ports.set(id, port);
      return id;
    },
    close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ShimServerOptions,
): Promise<void> {
  const handler = options.pageHandler();
  if (handler === null) throw new Error('no page scheme is registered');
  const answered = await handler(
    new Request(`${options.scheme}://truetape${request.url ?? '/'}`, {
      method: request.method ?? 'GET',
    }),
  );
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  response.end(Buffer.from(await answered.arrayBuffer()));
}
