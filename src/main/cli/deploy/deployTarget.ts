import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandFailure, usageFailure } from '../commandFailure.ts';
import { printable } from '../flags.ts';
import { finishesWithin } from '../untilStopped.ts';
import { DeployProbe } from './deployProbe.ts';

export interface DeployTarget {
  readonly probe: DeployProbe;
  close(): Promise<void>;
}

const startMs = 45_000;
const stopMs = 6_000;

/** A gateway that runs: its address, perhaps as it was printed, with the key behind `#`. */
export function runningTarget(address: string, token: string | null): DeployTarget {
  const url = URL.parse(address);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw usageFailure(`--url "${printable(address)}" is no address like https://desk.example.`);
  }
  const key = new URLSearchParams(url.hash.slice(1)).get('key');
  return {
    probe: new DeployProbe(new URL(url.origin), key ?? token),
    close: () => Promise.resolve(),
  };
}

/** One of its own, with the simulated market, for as long as it is looked at. */
export async function startedTarget(entry: string): Promise<DeployTarget> {
  const profile = await mkdtemp(join(tmpdir(), 'truetape-deploy-'));
  const flags = ['--port', '0', '--market', 'simulated', '--no-open', '--profile', profile];
  const child = spawn(process.execPath, [entry, 'gateway', ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    if (!(await finishesWithin(ended, stopMs))) child.kill('SIGKILL');
    await rm(profile, { recursive: true, force: true });
  };
  const printed = new Promise<string>((resolve) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const [, address] = /Truetape is at (\S+)/.exec(output) ?? [];
      if (address !== undefined) resolve(address);
    });
  });
  const failed = ended.then(() => null);
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), startMs).unref());
  const address = await Promise.race([printed, failed, late]);
  if (address === null) {
    await close();
    throw new CommandFailure(
      'A gateway cannot be started here. See: truetape doctor, then truetape gateway --market simulated',
    );
  }
  const target = runningTarget(address, null);
  await untilLive(target.probe);
  return { probe: target.probe, close };
}

/** The simulated venues need a moment. */
async function untilLive(probe: DeployProbe): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const { status, body } = await probe.ask('/health');
    if (status === 200 && !body.includes('"down"')) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
