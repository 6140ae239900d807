import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from './electronRelease.ts';

export interface DownloadLimits {
  /** Without a single byte. */
  readonly firstByteMs: number;
  /** Without a further byte. */
  readonly stallMs: number;
}

const pollMs = 250;

/**
 * Runs the package's own installer, which has no time limit of its own: its temporary folder is ours, and when nothing
 * grows there any more the installer is ended. True when the binary was installed.
 */
export async function downloadElectron(
  packageFolder: string,
  environment: Environment,
  limits: DownloadLimits = { firstByteMs: 5_000, stallMs: 20_000 },
): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'truetape-electron-'));
  const installer = spawn(process.execPath, [join(packageFolder, 'install.js')], {
    stdio: ['ignore', 'inherit', 'ignore'],
    env: { ...environment, TMPDIR: folder, TMP: folder, TEMP: folder },
  });
  let size = 0;
  let lastGrowth = performance.now();
  const watch = setInterval(() => {
    const now = performance.now();
    const present = sizeOf(folder);
    if (present !== size) {
      size = present;
      lastGrowth = now;
    } else if (now - lastGrowth > (size === 0 ? limits.firstByteMs : limits.stallMs)) {
      installer.kill('SIGKILL');
    }
  }, pollMs);
  try {
    return await new Promise<boolean>((resolve) => {
      installer.once('error', () => {
        resolve(false);
      });
      installer.once('exit', (code) => {
        resolve(code === 0);
      });
    });
  } finally {
    clearInterval(watch);
    rmSync(folder, { recursive: true, force: true });
  }
}

function sizeOf(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(folder, name), { throwIfNoEntry: false }))
      .reduce((sum, found) => sum + (found?.isFile() === true ? found.size : 0), 0);
  } catch {
    // The installer tidies up while we look.
    return 0;
  }
}
