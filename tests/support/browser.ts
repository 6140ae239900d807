import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';
import sparticuz from '@sparticuz/chromium';

export interface FoundBrowser {
  readonly executablePath: string;
  readonly source: 'TRUETAPE_CHROMIUM' | 'installed' | 'playwright' | 'bundled';
}

const installedPaths: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
    '/usr/bin/microsoft-edge',
    '/snap/bin/chromium',
  ],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
    'C:\\Program Files\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
};

function startsUp(executablePath: string): boolean {
  try {
    execFileSync(executablePath, ['--version'], { stdio: 'ignore', timeout: 20_000 });
    return true;
  } catch {
    // A missing shared library is the usual reason; such a browser is as good as none.
    return false;
  }
}

/** The Chromium inside the npm package: Linux only, unpacked once into the temporary folder. */
async function unpackBundled(): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    const executablePath = await sparticuz.executablePath();
    return startsUp(executablePath) ? executablePath : undefined;
  } catch {
    // Not built for this processor, or no room to unpack: the caller reports that none was found.
    return undefined;
  }
}

/**
 * The browser that end-to-end tests and screenshots use, or undefined where there is none.
 * TRUETAPE_CHROMIUM names one; `none` stands for a machine without any.
 */
export async function findBrowser(): Promise<FoundBrowser | undefined> {
  const named = process.env['TRUETAPE_CHROMIUM'];
  if (named === 'none') return undefined;
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return { executablePath: named, source: 'TRUETAPE_CHROMIUM' };
    throw new Error(`TRUETAPE_CHROMIUM names ${named}, which does not exist. Correct or unset it.`);
  }
  const installed = installedPaths[process.platform]?.find((path) => existsSync(path));
  if (installed !== undefined) return { executablePath: installed, source: 'installed' };
  const downloaded = chromium.executablePath();
  if (existsSync(downloaded)) return { executablePath: downloaded, source: 'playwright' };
  const bundled = await unpackBundled();
  return bundled === undefined ? undefined : { executablePath: bundled, source: 'bundled' };
}
