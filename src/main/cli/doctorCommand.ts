import { accessSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { findInstallation } from '../installation.ts';
import type { CommandRecord } from './commandIo.ts';
import { helpText, parseFlags } from './flags.ts';
import type { FlagTable } from './flags.ts';
import { reasonOf } from './hostFlags.ts';
import { findBrowser, hasDisplay } from './openPage.ts';
import { defaultPort, parsePort } from './portFlag.ts';
import { profileFolder } from './profile.ts';

const flagTable = {
  port: { value: 'PORT', help: `port to try (default ${defaultPort})` },
  profile: { value: 'FOLDER', help: 'profile folder to try' },
} as const satisfies FlagTable;

const summary = 'Checks that this machine can run Truetape, and says what to do where it cannot.';

interface Finding {
  /** `note`: works, with less. */
  readonly verdict: 'ok' | 'note' | 'fault';
  readonly text: string;
}

type Check = (options: { readonly port: number; readonly profile: string }) => Promise<Finding>;

const checks: readonly Check[] = [
  checkNode,
  checkModules,
  checkPages,
  checkProfile,
  checkPort,
  checkWindow,
];

export const doctorCommand: CommandRecord = {
  name: 'doctor',
  summary: 'checks that this machine can run Truetape',
  async run(args, io) {
    const flags = parseFlags('doctor', args, flagTable);
    if (flags.has('help')) {
      io.stdout(helpText('truetape doctor [flags]', summary, flagTable));
      return 0;
    }
    const options = {
      port: parsePort(flags.one('port')),
      profile: profileFolder(flags.one('profile')),
    };
    let faults = 0;
    for (const check of checks) {
      const finding = await check(options);
      if (finding.verdict === 'fault') faults += 1;
      io.stdout(`${finding.verdict.padEnd(6)}${finding.text}\n`);
    }
    io.stdout(faults === 0 ? 'Ready.\n' : `${faults} to mend before Truetape runs here.\n`);
    return faults === 0 ? 0 : 1;
  },
};

async function checkNode(): Promise<Finding> {
  return { verdict: 'ok', text: `Node ${process.versions.node}` };
}

async function checkModules(): Promise<Finding> {
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

async function checkPages(): Promise<Finding> {
  const { rendererFolder } = findInstallation();
  try {
    accessSync(join(rendererFolder, 'index.html'));
    return { verdict: 'ok', text: 'pages are built' };
  } catch {
    return { verdict: 'fault', text: 'the pages are not built. Run: npm run build' };
  }
}

async function checkProfile({ profile }: { readonly profile: string }): Promise<Finding> {
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

function checkPort({ port }: { readonly port: number }): Promise<Finding> {
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

async function checkWindow(): Promise<Finding> {
  if (!hasDisplay(process.env)) {
    return { verdict: 'note', text: 'no display: the gateway prints its address' };
  }
  const browser = findBrowser(process.env);
  return browser === null
    ? { verdict: 'note', text: 'no Chromium found: open the printed address in any browser' }
    : { verdict: 'ok', text: `pages open with ${browser}` };
}
