import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';

/**
 * Electron's MessagePortMain. Two of them are joined inside the process until one goes to a page: from then on it is
 * the end of a loopback WebSocket, whose other end the page's preload holds.
 */
export class ShimPort extends EventEmitter {
  peer: ShimPort | null = null;
  private socket: WebSocket | null = null;
  private isClosed = false;
  private isStarted = false;
  private incoming: unknown[] = [];
  private outgoing: unknown[] = [];

  start(): void {
    this.isStarted = true;
    for (const message of this.incoming.splice(0))
      this.emit('message', { data: message, ports: [] });
  }

  postMessage(message: unknown, transfer: readonly unknown[] = []): void {
    if (this.isClosed) return;
    let copy: unknown;
    try {
      copy = structuredClone(message);
    } catch (error) {
      this.close();
      throw error;
    }
    if (transfer.some((entry) => !(entry instanceof ShimPort))) return;
    const { peer } = this;
    setImmediate(() => {
      peer?.arrive(copy);
    });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.socket?.close();
    const { peer } = this;
    setImmediate(() => {
      peer?.end();
      this.emit('close');
    });
  }

  /** This end belongs to a page now: what its peer sends goes over the socket, and back. */
  join(socket: WebSocket): void {
    if (this.isClosed) {
      socket.close();
      return;
    }
    this.socket = socket;
    for (const message of this.outgoing.splice(0)) sendMessage(socket, message);
    socket.on('message', (bytes: Buffer, isBinary) => {
      const message: unknown = isBinary
        ? new Uint8Array(bytes)
        : JSON.parse(bytes.toString('utf8'));
      this.peer?.receive(message);
    });
    socket.on('close', () => {
      this.close();
    });
  }

  private arrive(message: unknown): void {
    if (this.socket !== null) sendMessage(this.socket, message);
    else if (this.isStarted) this.receive(message);
    else this.outgoing.push(message);
  }

  private receive(message: unknown): void {
    if (this.isClosed) return;
    if (this.isStarted) this.emit('message', { data: message, ports: [] });
    else this.incoming.push(message);
  }

  private end(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.socket?.close();
    this.emit('close');
  }
}

export class ShimChannel {
  readonly port1 = new ShimPort();
  readonly port2 = new ShimPort();

  constructor() {
    this.port1.peer = this.port2;
    this.port2.peer = this.port1;
  }
}

function sendMessage(socket: WebSocket, message: unknown): void {
  if (message instanceof Uint8Array) socket.send(message, { binary: true });
  else socket.send(JSON.stringify(message) ?? 'null', { binary: false });
}
