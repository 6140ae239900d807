import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Lookup } from '../../src/main/engine/ports/resolver.ts';

const folder = new URL('../fixtures/tls/', import.meta.url);

/** A file of tests/fixtures/tls. */
export function pem(name: string): string {
  return readFileSync(new URL(`${name}.pem`, folder), 'utf8');
}

/** Every name is on this machine. */
export const toLoopback: Lookup = (_hostname, options, callback) => {
  if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

export interface ImpostorOptions {
  /** Certificate to show, absent: no TLS. */
  readonly certificate?: string;
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => void;
  /** What a handshake gets in place of a socket. */
  readonly refusal?: string;
}

/** A server on loopback in the place of a venue: honest, badly certified, or somebody else. */
export class VenueImpostor {
  handshakes = 0;
  requests = 0;
  private readonly server: Server;
  private readonly webSockets = new WebSocketServer({ noServer: true });

  private constructor(options: ImpostorOptions) {
    const { certificate, answer } = options;
    this.server =
      certificate === undefined
        ? createHttpServer()
        : createHttpsServer({ cert: pem(certificate), key: pem('server.key') });
    this.server.on('request', (request, response) => {
      this.requests += 1;
      if (answer === undefined) {
        response.setHeader('content-type', 'application/json').end('{"serverTime":1790000000000}');
      } else answer(request, response);
    });
    this.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.handshakes += 1;
      socket.on('error', () => socket.destroy());
      if (options.refusal === undefined) {
        this.webSockets.handleUpgrade(request, socket, head, (each) => each.send('hello'));
      } else socket.end(options.refusal);
    });
  }

  static async listen(options: ImpostorOptions = {}): Promise<VenueImpostor> {
    const impostor = new VenueImpostor(options);
    await new Promise<void>((resolve) => {
      impostor.server.listen(0, '127.0.0.1', resolve);
    });
    return impostor;
  }

  get port(): number {
    const address: AddressInfo | string | null = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return address.port;
  }

  async close(): Promise<void> {
    for (const client of this.webSockets.clients) client.terminate();
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
  }
}
