import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of the distribution, not of npm. */
const program = process.env['TRUETAPE_REDIS_SERVER'] ?? 'redis-server';

export const hasRedis =
  spawnSync(program, ['--version'], { stdio: 'ignore', timeout: 5_000 }).status === 0;

if (!hasRedis) {
  process.stderr.write(
    'There is no redis-server here: tests over Redis are skipped (apt-get install redis-server).\n',
  );
}

/** A Redis of its own, empty and in memory. */
export class RedisServer {
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'truetape-redis-'));
  readonly #flags: readonly string[];
  #child: ChildProcess | null = null;

  private constructor(port: number, flags: readonly string[]) {
    this.port = port;
    this.#flags = flags;
  }

  static async start(
    flags: readonly string[] | ((port: number) => readonly string[]) = [],
  ): Promise<RedisServer> {
    const port = await freePort();
    const server = new RedisServer(port, typeof flags === 'function' ? flags(port) : flags);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const own = ['--port', String(this.port), '--dir', this.#folder, '--bind', '127.0.0.1'];
    const inMemory = ['--save', '', '--appendonly', 'no'];
    this.#child = spawn(program, [...own, ...inMemory, ...this.#flags], { stdio: 'ignore' });
    for (let attempt = 0; attempt < 200; attempt++) {
      if (await answers(this.port)) return;
      await sleep(25);
    }
    throw new Error('redis-server did not start');
  }

  /** Without goodbye; what it held is gone. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** It stands still, and its connections stay open. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
