import { createServer, STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { RawData, WebSocket } from 'ws';
import type { WireForm } from '../faults/faultBoard.ts';
import type { SimConnection, SimLink, VenueDialect } from '../wire/dialect.ts';
import type { OutputBatch } from './outputBatch.ts';

const largestFrameBytes = 1024 * 1024;
const closeGraceMs = 2000;

/** One venue's REST and WebSocket on one loopback port, around a dialect. */
export class VenueServer {
  private readonly dialect: VenueDialect;
  private readonly batch: OutputBatch;
  private readonly http: Server;
  private readonly sockets = new Set<Duplex>();
  private readonly webSockets: WebSocketServer;

  constructor(dialect: VenueDialect, batch: OutputBatch, compression: boolean) {
    this.dialect = dialect;
    this.batch = batch;
    this.webSockets = new WebSocketServer({
      noServer: true,
      autoPong: false,
      maxPayload: largestFrameBytes,
      perMessageDeflate: compression,
    });
    this.http = createServer((request, response) => this.answer(request, response));
    this.http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    this.http.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen(port, '127.0.0.1', () => {
        this.http.off('error', reject);
        resolve();
      });
    });
    const address = this.http.address();
    if (address === null || typeof address === 'string') throw new Error('no port was given');
    return address.port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.http.close(() => resolve());
    });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const result = this.dialect.rest({
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      ip: addressOf(request),
    });
    if (result === 'hang') return;
    if (result === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    setTimeout(() => {
      const body = Buffer.from(result.body);
      response.writeHead(result.status, { ...result.headers, 'content-length': body.length });
      response.end(request.method === 'HEAD' ? undefined : body);
    }, result.delayMs);
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const link = new SocketLink(socket, this.batch);
    const path = request.url ?? '/';
    const handshake = this.dialect.connect(link, { path, ip: addressOf(request) });
    if (handshake.accepted === 'hang') return;
    if (handshake.accepted) {
      const { connection } = handshake;
      this.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        link.open(webSocket, connection);
      });
      // A malformed upgrade is answered by the library: then nobody will ever speak here.
      if (!link.isOpen()) connection.closed(1006, '');
      return;
    }
    if (handshake.status === 0) {
      request.socket.resetAndDestroy();
      return;
    }
    socket.end(refusalText(handshake.status, handshake.headers, handshake.body));
  }
}

const noUtf8 = Buffer.from([0xc3, 0x28]);
const fragmentBytes = 16;

/** A dialect's link over a real socket. */
class SocketLink implements SimLink {
  private readonly socket: Duplex;
  private readonly batch: OutputBatch;
  private webSocket: WebSocket | undefined;

  constructor(socket: Duplex, batch: OutputBatch) {
    this.socket = socket;
    this.batch = batch;
  }

  open(webSocket: WebSocket, connection: SimConnection): void {
    this.webSocket = webSocket;
    webSocket.on('message', (content, isBinary) => {
      if (!isBinary) connection.receive(textOf(content));
    });
    webSocket.on('ping', (payload) => connection.receivePing(payload.toString()));
    webSocket.on('pong', (payload) => connection.receivePong(payload.toString()));
    webSocket.on('close', (code, reason) => connection.closed(code, reason.toString()));
    webSocket.on('error', () => webSocket.terminate());
  }

  isOpen(): boolean {
    return this.webSocket !== undefined;
  }

  send(text: string): void {
    this.batch.touch(this.socket);
    this.webSocket?.send(encodeOnce(text), { binary: false });
  }

  sendAs(form: WireForm, text: string): void {
    this.batch.touch(this.socket);
    const bytes = Buffer.from(text);
    if (form === 'binary') this.webSocket?.send(bytes, { binary: true });
    else if (form === 'invalidUtf8') {
      this.webSocket?.send(Buffer.concat([bytes, noUtf8]), { binary: false });
    } else this.sendFragments(bytes);
  }

  private sendFragments(bytes: Buffer): void {
    for (let from = 0; from < bytes.length; from += fragmentBytes) {
      const fin = from + fragmentBytes >= bytes.length;
      const part = bytes.subarray(from, from + fragmentBytes);
      this.webSocket?.send(part, { binary: false, fin });
    }
  }

  ping(payload: string): void {
    this.batch.touch(this.socket);
    this.webSocket?.ping(payload);
  }

  pong(payload: string): void {
    this.batch.touch(this.socket);
    this.webSocket?.pong(payload);
  }

  close(code: number, reason: string): void {
    const { webSocket } = this;
    // The dialect's codes include 1006, which no frame can carry.
    if (code === 1006) webSocket?.terminate();
    else webSocket?.close(code, reason);
    setTimeout(() => webSocket?.terminate(), closeGraceMs).unref();
  }

  terminate(): void {
    this.webSocket?.terminate();
  }

  bufferedBytes(): number {
    return this.webSocket?.bufferedAmount ?? 0;
  }
}

let lastText = '';
let lastBytes = Buffer.alloc(0);

/** All subscribers of a stream get the same text in a row: it becomes bytes once. */
function encodeOnce(text: string): Buffer {
  if (text !== lastText) {
    lastText = text;
    lastBytes = Buffer.from(text);
  }
  return lastBytes;
}

function textOf(content: RawData): string {
  if (Array.isArray(content)) return Buffer.concat(content).toString();
  return Buffer.isBuffer(content) ? content.toString() : Buffer.from(content).toString();
}

function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? '127.0.0.1';
}

function refusalText(status: number, headers: Record<string, string>, body: string): string {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  lines.push('connection: close', `content-length: ${Buffer.byteLength(body)}`, '', body);
  return lines.join('\r\n');
}
