import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { hasDisplay } from '../../src/main/cli/openPage.ts';
import { chooseHost } from './chooseHost.ts';
import type { HostChoice } from './chooseHost.ts';

const root = join(import.meta.dirname, '..', '..');

/** A desktop that ends sooner than this with no code of its own never came up. */
const startupMs = 8_000;
/** Codes that our own programs use: 0 done, 1 failed with a message, 2 wrong flags. */
const highestOwnCode = 2;

export interface RunOptions {
  readonly args: readonly string[];
  readonly mayDownload: boolean;
}

/** Opens the workstation in the best host there is; resolves with the exit code. */
export async function runWorkstation({ args, mayDownload }: RunOptions): Promise<number> {
  let choice: HostChoice;
  try {
    choice = await chooseHost({
      environment: process.env,
      packageFolder: join(root, 'node_modules', 'electron'),
      hasDisplay: hasDisplay(process.env),
      mayDownload,
      say,
    });
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 2;
  }
  if (choice.type === 'desktop') {
    const started = performance.now();
    const code = await runDesktop(choice.binary, args);
    const neverCameUp = code > highestOwnCode && performance.now() - started < startupMs;
    if (!neverCameUp || process.env['TRUETAPE_HOST'] === 'electron') return code;
    choice = { type: 'gateway', reason: `The desktop window could not open (exit ${code}).` };
  }
  say(`${choice.reason} Opening the workstation in the browser instead.`);
  return runUntilExit(
    spawn(process.execPath, [join(root, 'out', 'main', 'cli.js'), 'gateway', ...args], {
      stdio: 'inherit',
      env: childEnvironment(),
    }),
  );
}

function runDesktop(binary: string, args: readonly string[]): Promise<number> {
  // Chromium's sandbox refuses to run as root; nobody else loses it.
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  const flags = isRoot ? ['--no-sandbox'] : [];
  return runUntilExit(
    spawn(binary, [...flags, root, ...args], { stdio: 'inherit', env: childEnvironment() }),
  );
}

function childEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, UV_THREADPOOL_SIZE: process.env['UV_THREADPOOL_SIZE'] ?? '16' };
}

function runUntilExit(child: ChildProcess): Promise<number> {
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, pass);
  return new Promise((resolve) => {
    child.once('error', (error) => {
      say(error.message);
      resolve(127);
    });
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, pass);
      resolve(code ?? (signal === null ? 1 : 128));
    });
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
