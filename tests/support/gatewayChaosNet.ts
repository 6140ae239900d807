import { Agent, request } from 'node:http';
import type { Server } from 'node:http';
import { Duplex } from 'node:stream';
import type { FetchLike } from '../../src/client/clientPorts.ts';

/** Connections without a network: what is written arrives in the next turn, and nothing else moves. */
export class MemoryNet {
  #moves = 0;

  moved(): void {
    this.#moves += 1;
  }

  /** The other end is given to the server. */
  connect(server: Server): Wire {
    const [near, far] = [new Wire(this), new Wire(this)];
    near.join(far);
    far.join(near);
    setImmediate(() => {
      this.moved();
      server.emit('connection', far);
    });
    return near;
  }

  /** Until nothing has moved for some turns. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3;) {
      const before = this.#moves;
      await new Promise((resolve) => setImmediate(resolve));
      quiet = before === this.#moves ? quiet + 1 : 0;
    }
  }
}

interface Waiting {
  readonly bytes: Buffer | null;
  readonly done: (error?: Error | null) => void;
}

/** One end of a connection. */
export class Wire extends Duplex {
  readonly #net: MemoryNet;
  #peer: Wire | null = null;
  readonly #queue: Waiting[] = [];
  #isMoving = false;
  #isStalled = false;
  #isPeerFull = false;

  constructor(net: MemoryNet) {
    super({ allowHalfOpen: false });
    this.#net = net;
    this.on('error', () => undefined);
  }

  join(peer: Wire): void {
    this.#peer = peer;
  }

  /** What this end writes waits: its peer does not take it. Its end waits as well. */
  stall(isStalled: boolean): void {
    this.#isStalled = isStalled;
    if (this.destroyed && !isStalled) this.#endPeer();
    else this.#move();
  }

  /** Neither end hears of the other any more, and neither is told. */
  vanish(): void {
    this.stall(true);
    this.#peer?.stall(true);
  }

  stallIncoming(isStalled: boolean): void {
    this.#peer?.stall(isStalled);
  }

  // What the HTTP of Node asks of a socket.
  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    this.#peer?.roomAgain();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#queue.push({ bytes: chunk, done });
    this.#move();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#queue.push({ bytes: null, done });
    this.#move();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    for (const each of this.#queue.splice(0)) each.done(new Error('cut'));
    if (!this.#isStalled) this.#endPeer();
    done(error);
  }

  #endPeer(): void {
    setImmediate(() => {
      this.#net.moved();
      this.#peer?.destroy();
    });
  }

  roomAgain(): void {
    if (!this.#isPeerFull) return;
    this.#isPeerFull = false;
    this.#move();
  }

  #move(): void {
    if (this.#isMoving || this.#isStalled || this.#isPeerFull || this.#queue.length === 0) return;
    this.#isMoving = true;
    setImmediate(() => {
      this.#isMoving = false;
      this.#net.moved();
      if (this.#isStalled) return;
      const next = this.#queue.shift();
      if (next === undefined) return;
      const peer = this.#peer;
      if (peer !== null && !peer.destroyed && !peer.push(next.bytes)) this.#isPeerFull = true;
      next.done();
      this.#move();
    });
  }
}

/** The connections of one client, and what becomes of them. Null: refused. */
export class Dialer<Connection extends Duplex = Duplex> extends Agent {
  readonly #open: () => Connection | null;
  readonly #connections = new Set<Connection>();

  constructor(open: () => Connection | null) {
    super({ keepAlive: false });
    this.#open = open;
  }

  get connections(): readonly Connection[] {
    return [...this.#connections];
  }

  /** Nobody is told of their end by these any more. */
  forget(): void {
    this.#connections.clear();
  }

  override createConnection(): Duplex {
    const connection = this.#open();
    if (connection === null) {
      const refused = new Duplex({
        read: () => undefined,
        write: (_chunk, _encoding, done) => done(),
      });
      setImmediate(() => refused.destroy(new Error('refused')));
      return refused;
    }
    this.#connections.add(connection);
    connection.once('close', () => this.#connections.delete(connection));
    return connection;
  }
}

/** `fetch` by an agent: the global one takes none. */
export function fetchOver(agent: Agent): FetchLike {
  return (url, init = {}) =>
    new Promise((resolve, reject) => {
      const headers = Object.fromEntries(new Headers(init.headers));
      const method = init.method ?? 'GET';
      const sent = request(url, { agent, method, headers }, (answer) => {
        const status = answer.statusCode ?? 0;
        const body = new ReadableStream<Uint8Array>({
          start(controller) {
            answer.on('data', (bytes: Buffer) => controller.enqueue(bytes));
            answer.on('end', () => controller.close());
            answer.on('error', (error) => controller.error(error));
          },
          cancel: () => void answer.destroy(),
        });
        const own = new Headers();
        for (const [name, value] of Object.entries(answer.headers)) own.set(name, String(value));
        resolve(new Response(status === 204 ? null : body, { status, headers: own }));
      });
      sent.on('error', reject);
      const abort = (): void => void sent.destroy(new Error('aborted'));
      if (init.signal?.aborted === true) abort();
      init.signal?.addEventListener('abort', abort);
      sent.end(typeof init.body === 'string' ? init.body : undefined);
    });
}
