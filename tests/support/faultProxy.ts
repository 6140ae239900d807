import { createServer, Socket } from 'node:net';
import type { Server } from 'node:net';

const mostHeldBytes = 1024 * 1024;

/** What happens to bytes of one direction. Every value may be changed while connections live. */
export interface LinkFaults {
  /** How long each read is held; order is kept. */
  delayMs: number;
  /** On top, uniform from 0; drawn from `random`. */
  jitterMs: number;
  /** Bytes per second; Infinity: no limit. */
  bytesPerSec: number;
  /** Nothing passes and nobody is told. */
  blackHole: boolean;
  /** Largest write; 1 sends every byte in a segment of its own. */
  sliceBytes: number;
  /** The connection is cut after so many bytes of this direction. */
  truncateAfter: number;
}

export interface FaultProxyOptions {
  readonly targetPort: number;
  readonly targetHost?: string;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

/** A TCP proxy on loopback that does to a connection what networks do. */
export class FaultProxy {
  /** Towards the client, where the data comes from. */
  readonly down: LinkFaults = noFaults();
  readonly up: LinkFaults = noFaults();
  /** New connections are reset. */
  refuses = false;
  accepted = 0;
  private readonly options: FaultProxyOptions;
  private readonly server: Server;
  private readonly pairs = new Set<Pair>();

  private constructor(options: FaultProxyOptions) {
    this.options = options;
    this.server = createServer({ allowHalfOpen: true }, (client) => this.accept(client));
  }

  static async listen(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    await new Promise<void>((resolve, reject) => {
      proxy.server.once('error', reject);
      proxy.server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy is closed');
    return address.port;
  }

  get open(): number {
    return this.pairs.size;
  }

  /** Every connection ends with RST, on both sides. */
  reset(): void {
    for (const pair of this.pairs) pair.reset();
  }

  /** The client is told that no more will come; what it sends still passes. */
  halfClose(): void {
    for (const pair of this.pairs) pair.client.end();
  }

  async close(): Promise<void> {
    this.reset();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
  }

  private accept(client: Socket): void {
    this.accepted += 1;
    if (this.refuses) {
      client.on('error', () => client.destroy());
      client.resetAndDestroy();
      return;
    }
    const target = new Socket({ allowHalfOpen: true });
    const { targetPort, targetHost = '127.0.0.1', random = Math.random } = this.options;
    const pair = new Pair(client, target, () => this.pairs.delete(pair));
    this.pairs.add(pair);
    target.connect(targetPort, targetHost);
    new Pipe(target, this.up, random, pair).follow(client);
    new Pipe(client, this.down, random, pair).follow(target);
  }
}

function noFaults(): LinkFaults {
  return {
    delayMs: 0,
    jitterMs: 0,
    bytesPerSec: Infinity,
    blackHole: false,
    sliceBytes: Infinity,
    truncateAfter: Infinity,
  };
}

class Pair {
  readonly client: Socket;
  private readonly target: Socket;

  constructor(client: Socket, target: Socket, onGone: () => void) {
    this.client = client;
    this.target = target;
    for (const socket of [client, target]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.reset());
      socket.on('close', () => {
        if (client.destroyed && target.destroyed) onGone();
      });
    }
  }

  reset(): void {
    this.client.resetAndDestroy();
    this.target.resetAndDestroy();
  }

  cut(): void {
    this.client.destroy();
    this.target.destroy();
  }
}

/** One direction: bytes leave in order, each read at its due time. */
class Pipe {
  private readonly to: Socket;
  private readonly faults: LinkFaults;
  private readonly random: () => number;
  private readonly pair: Pair;
  private passed = 0;
  private held = 0;
  private dueTime = 0;
  private work: Promise<void> = Promise.resolve();

  constructor(to: Socket, faults: LinkFaults, random: () => number, pair: Pair) {
    this.to = to;
    this.faults = faults;
    this.random = random;
    this.pair = pair;
  }

  follow(from: Socket): void {
    from.on('data', (bytes: Buffer) => {
      // A black hole swallows: what was sent into it never arrives.
      if (this.faults.blackHole) return;
      const { delayMs, jitterMs } = this.faults;
      const now = performance.now();
      this.dueTime = Math.max(this.dueTime, now + delayMs + jitterMs * this.random());
      const { dueTime } = this;
      this.held += bytes.length;
      if (this.held > mostHeldBytes) from.pause();
      this.enqueue(async () => {
        await this.pass(bytes, dueTime);
        this.held -= bytes.length;
        from.resume();
      });
    });
    from.on('end', () => {
      if (!this.faults.blackHole) this.enqueue(() => this.end());
    });
  }

  private enqueue(step: () => Promise<void>): void {
    this.work = this.work.then(step).catch(() => this.pair.reset());
  }

  private end(): Promise<void> {
    this.to.end();
    return Promise.resolve();
  }

  private async pass(bytes: Buffer, dueTime: number): Promise<void> {
    const early = dueTime - performance.now();
    if (early > 0) await wait(early);
    for (let from = 0; from < bytes.length && !this.to.destroyed;) {
      if (this.faults.blackHole) return;
      const left = this.faults.truncateAfter - this.passed;
      const size = Math.min(bytes.length - from, this.faults.sliceBytes, this.burst(), left);
      if (size <= 0) {
        this.pair.cut();
        return;
      }
      await this.write(bytes.subarray(from, from + size));
      from += size;
      this.passed += size;
      if (this.passed >= this.faults.truncateAfter) {
        // What passed is delivered before the end.
        this.to.end(() => this.pair.cut());
        return;
      }
    }
  }

  /** A twentieth of a second's worth at a time. */
  private burst(): number {
    const { bytesPerSec } = this.faults;
    return bytesPerSec === Infinity ? Infinity : Math.max(1, Math.floor(bytesPerSec / 20));
  }

  private async write(part: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => {
      this.to.write(part, () => resolve());
    });
    const { bytesPerSec, sliceBytes } = this.faults;
    if (bytesPerSec !== Infinity) await wait((part.length / bytesPerSec) * 1000);
    // Slices that are written in one turn are read as one.
    else if (sliceBytes !== Infinity) await nextTurn();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
