import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Program, builtMain, root } from './processes.ts';

const quiet = { DISPLAY: '', WAYLAND_DISPLAY: '', NO_COLOR: '1' };

/** The built command line, as a user starts it. */
export function truetape(...args: readonly string[]): Program {
  return new Program(
    spawn(process.execPath, [join(builtMain, 'cli.js'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...quiet },
    }),
  );
}

/** `truetape user`, with a password piped in; what it printed. */
export async function truetapeUser(
  profile: string,
  words: readonly string[],
  password = '',
): Promise<string> {
  const child = spawn(
    process.execPath,
    [join(builtMain, 'cli.js'), 'user', ...words, '--profile', profile],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const program = new Program(child);
  child.stdin.end(`${password}\n`);
  const { code } = await program.ended;
  if (code !== 0) throw new Error(`user ${words.join(' ')} ended with ${code}: ${program.errors}`);
  return program.output;
}

/** Vite in the folder of the repository, as the guide of the example says. */
export function vite(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  const script = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  return new Program(
    spawn(process.execPath, [script, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...quiet, ...env },
    }),
  );
}
