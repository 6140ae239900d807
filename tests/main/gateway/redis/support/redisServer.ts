import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of the distribution, not of npm. */
const program = process.env['TRUETAPE_REDIS_SERVER'] ?? 'redis-server';

export const hasRedis =
  spawnSync(program, ['--version'], { stdio: 'ignore', timeout: 60_000 }).status === 0;

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
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const port = await freePort();
      const server = new RedisServer(port, typeof flags === 'function' ? flags(port) : flags);
      if (await server.#tryStart()) return server;
      await server.close();
    }
    throw new Error('redis-server ends as soon as it begins');
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Where it was before. */
  async start(): Promise<void> {
    while (!(await this.#tryStart())) await sleep(25);
  }

  /** False: somebody else has its port by now, and it ended. */
  async #tryStart(): Promise<boolean> {
    const own = ['--port', String(this.port), '--dir', this.#folder, '--bind', '127.0.0.1'];
    const inMemory = ['--save', '', '--appendonly', 'no'];
    const child = spawn(program, [...own, ...inMemory, ...this.#flags], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    return new Promise((resolve, reject) => {
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said = `${said}${text}`.slice(-10_000);
        if (said.includes('Ready to accept connections')) resolve(true);
      });
      child.once('exit', () => resolve(false));
      child.once('error', reject);
    });
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
