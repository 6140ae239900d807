import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

/** Between a program and a gateway: looks at the first request of each connection and lets it pass, or cuts it off. */
export class BlockingProxy {
  /** Of a request's first line and headers. */
  isBlocked: (head: string) => boolean = () => false;
  readonly port: number;
  private readonly server: Server;
  private readonly sockets: Set<Socket>;

  private constructor(server: Server, port: number, sockets: Set<Socket>) {
    this.server = server;
    this.port = port;
    this.sockets = sockets;
  }

  static async start(targetPort: number): Promise<BlockingProxy> {
    const sockets = new Set<Socket>();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    const proxy = new BlockingProxy(server, address.port, sockets);
    server.on('connection', (client) => {
      proxy.pass(client, targetPort);
    });
    return proxy;
  }

  /** Ends what is under way: it has to come back through the present rules. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.server.close();
    this.cut();
  }

  private pass(client: Socket, targetPort: number): void {
    this.keep(client);
    client.once('data', (head) => {
      if (this.isBlocked(head.toString('latin1'))) {
        client.destroy();
        return;
      }
      const target = connect(targetPort, '127.0.0.1');
      this.keep(target);
      target.write(head);
      client.pipe(target).pipe(client);
      client.once('close', () => target.destroy());
      target.once('close', () => client.destroy());
    });
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    // Whoever is cut off sees it by its own means.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.sockets.delete(socket));
  }
}
