import { accessSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { MachineFinding } from '../engine/host.ts';
import { findInstallation } from '../installation.ts';
import { reasonOf } from './hostFlags.ts';
import { findBrowser, hasDisplay } from './openPage.ts';

export interface CheckOptions {
  /** Null: a program of ours has it already. */
  readonly port: number | null;
  /** Null: nothing is kept on disk. */
  readonly profile: string | null;
}

/** Everything that Truetape needs of this machine, one after the other. */
export async function checkMachine({
  port,
  profile,
}: CheckOptions): Promise<readonly MachineFinding[]> {
  const findings = [await checkNode(), await checkModules(), await checkPages()];
  if (profile !== null) findings.push(await checkProfile({ profile }));
  if (port !== null) findings.push(await checkPort({ port }));
  return [...findings, await checkWindow()];
}

async function checkNode(): Promise<MachineFinding> {
  return { verdict: 'ok', text: `Node ${process.versions.node}` };
}

async function checkModules(): Promise<MachineFinding> {
  try {
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE probe (value TEXT)');
    database.close();
  } catch (error) {
    return { verdict: 'fault', text: `node:sqlite does not work: ${reasonOf(error)}` };
  }
  const { zstdCompressSync } = await import('node:zlib');
  return typeof zstdCompressSync === 'function'
    ? { verdict: 'ok', text: 'sqlite and zstd' }
    : { verdict: 'note', text: 'no zstd in this runtime: recordings are compressed with gzip' };
}

async function checkPages(): Promise<MachineFinding> {
  const { rendererFolder } = findInstallation();
  try {
    accessSync(join(rendererFolder, 'index.html'));
    return { verdict: 'ok', text: 'pages are built' };
  } catch {
    return { verdict: 'fault', text: 'the pages are not built. Run: npm run build' };
  }
}

async function checkProfile({ profile }: { readonly profile: string }): Promise<MachineFinding> {
  const probe = join(profile, `.doctor-${process.pid}`);
  try {
    mkdirSync(profile, { recursive: true, mode: 0o700 });
    writeFileSync(probe, 'probe', { flush: true });
    rmSync(probe);
    const disk = statfsSync(profile);
    const freeMiB = Math.floor((disk.bavail * disk.bsize) / 1_048_576);
    if (freeMiB < 500) {
      return { verdict: 'note', text: `profile ${profile}: only ${freeMiB} MiB free on its disk` };
    }
    return { verdict: 'ok', text: `profile ${profile} is writable` };
  } catch (error) {
    return {
      verdict: 'fault',
      text: `profile ${profile} cannot be written (${reasonOf(error)}). Choose another: --profile FOLDER`,
    };
  }
}

function checkPort({ port }: { readonly port: number }): Promise<MachineFinding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => {
      resolve({
        verdict: 'fault',
        text: `port ${port} cannot be used (${error.message}). Choose another: --port PORT`,
      });
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.close(() => {
        resolve({ verdict: 'ok', text: `port ${port} on 127.0.0.1 is free` });
      });
    });
  });
}

async function checkWindow(): Promise<MachineFinding> {
  if (!hasDisplay(process.env)) {
    return { verdict: 'note', text: 'no display: the gateway prints its address' };
  }
  const browser = findBrowser(process.env);
  return browser === null
    ? { verdict: 'note', text: 'no Chromium found: open the printed address in any browser' }
    : { verdict: 'ok', text: `pages open with ${browser}` };
}
