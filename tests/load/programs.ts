import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const builtProgram = join(root, 'out', 'main', 'cli.js');
const startLimitMs = 30_000;

export interface Ended {
  readonly code: number | null;
  readonly tookMs: number;
}

/** A program that this one started, and ends. */
export interface Program {
  readonly name: string;
  readonly pid: number;
  /** What it said first. */
  readonly firstLine: string;
  /** By a stop signal; also safe when it has ended. */
  stop(): Promise<Ended>;
}

export interface LoadedGateway extends Program {
  readonly origin: string;
  readonly key: string;
}

/** Resolves when the program says something that fits; rejects when it ends before. */
export async function startProgram(
  name: string,
  command: readonly [string, ...string[]],
  expected: RegExp,
): Promise<Program> {
  const [file, ...args] = command;
  const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  let said = '';
  // It does not outlive us, however we end.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      process.off('exit', kill);
      resolve(code);
    });
  });
  const ready = Promise.withResolvers<string>();
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < 100_000) said += text;
      const found = expected.exec(said);
      if (found !== null) ready.resolve(found[0]);
    });
  }
  child.once('error', ready.reject);
  void exited.then(() => ready.reject(new Error(`${name} ended: ${said.slice(-600)}`)));
  const timer = setTimeout(() => {
    ready.reject(new Error(`${name} did not start: ${said.slice(-600)}`));
    child.kill('SIGKILL');
  }, startLimitMs);
  const firstLine = await ready.promise.finally(() => clearTimeout(timer));
  return {
    ...{ name, pid: pid ?? 0, firstLine },
    async stop() {
      const sinceMs = performance.now();
      if (child.exitCode === null) child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
      const code = await exited;
      clearTimeout(late);
      return { code, tookMs: performance.now() - sinceMs };
    },
  };
}

export interface GatewayStart {
  readonly nodeFlags: readonly string[];
  readonly flags: readonly string[];
  readonly profile: string;
}

/** On its simulated market, unless the flags say where its data comes from. */
export async function startLoadedGateway(
  name: string,
  start: GatewayStart,
): Promise<LoadedGateway> {
  const program = await startProgram(
    name,
    [
      ...([process.execPath, ...start.nodeFlags, builtProgram, 'gateway'] as const),
      ...['--no-open', '--port', '0', '--profile', start.profile, ...start.flags],
    ],
    /http:\/\/\S+#key=\S+/,
  );
  const url = new URL(program.firstLine);
  const key = new URLSearchParams(url.hash.slice(1)).get('key') ?? '';
  const gateway = { ...program, origin: url.origin, key };
  await untilLive(gateway.origin);
  return gateway;
}

async function untilLive(origin: string): Promise<void> {
  const limitMs = performance.now() + startLimitMs;
  for (;;) {
    const { status } = await fetch(`${origin}/health`);
    if (status === 200) return;
    if (performance.now() > limitMs) throw new Error('no venue became live');
    await pause(200);
  }
}

export async function startRedis(folder: string): Promise<Program & { readonly url: string }> {
  const port = await freePort();
  const program = await startProgram(
    'redis-server',
    [
      ...(['redis-server', '--bind', '127.0.0.1', '--port', String(port)] as const),
      ...['--dir', folder, '--save', '', '--appendonly', 'no'],
    ],
    /Ready to accept connections/,
  );
  return { ...program, url: `redis://127.0.0.1:${port}` };
}

export function startIngester(redisUrl: string, profile: string): Promise<Program> {
  return startProgram(
    'ingester',
    [
      ...([process.execPath, builtProgram, 'ingest', '--redis', redisUrl] as const),
      ...['--market', 'simulated', '--profile', profile],
    ],
    /Truetape publishes over/,
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Profiles and other folders of one run. */
export class RunFolders {
  readonly #root = mkdtempSync(join(tmpdir(), 'truetape-load-'));

  make(name: string): string {
    return mkdtempSync(join(this.#root, `${name}-`));
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** Figures of `GET /metrics` by name; labels stay a part of it. */
export async function readMetrics({
  origin,
  key,
}: Pick<LoadedGateway, 'origin' | 'key'>): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(`${origin}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const lines = (await answer.text()).split('\n').filter((line) => /^[a-z]/.test(line));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}
