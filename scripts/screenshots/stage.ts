import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from '@playwright/test';

export const root = join(import.meta.dirname, '..', '..');

/** What every picture is made with. */
export interface Studio {
  readonly chrome: Browser;
  readonly seed: string;
  /** How long the market runs before a picture, so that tape, chart and ribbons have something to show. */
  readonly settleMs: number;
  readonly folder: string;
}

export interface Stage {
  readonly page: Page;
  readonly context: BrowserContext;
}

/** A gateway in a profile of its own; resolves with its address. */
function startGateway(
  profile: string,
  args: readonly string[],
): { readonly address: Promise<string>; stop(): Promise<void> } {
  const flags = ['--profile', profile, ...args];
  const child = spawn(
    process.execPath,
    [join(root, 'out', 'main', 'cli.js'), 'gateway', '--port', '0', '--no-open', ...flags],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  const address = new Promise<string>((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const match = /^Truetape is at (http:\S+)$/m.exec(output);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
    void exited.then(() => {
      reject(new Error('the gateway ended before it was up'));
    });
  });
  return {
    address,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

export async function untilWhole(page: Page): Promise<void> {
  await page
    .getByTestId('pulse-state')
    .filter({ hasText: '3/3 venues · 4/4 symbols' })
    .waitFor({ timeout: 60_000 });
  await page.locator('.order-book[data-state="live"]').waitFor({ timeout: 60_000 });
}

/** Opens the workstation on that market, waits until it is whole, and leaves the rest to `show`. */
export async function withWorkstation(
  { chrome }: Studio,
  args: readonly string[],
  show: (stage: Stage) => Promise<void>,
): Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), 'truetape-screenshot-'));
  const gateway = startGateway(profile, args);
  const context = await chrome.newContext({
    viewport: { width: 1600, height: 1000 },
    locale: 'en-US',
    colorScheme: 'dark',
  });
  try {
    const page = await context.newPage();
    await page.goto(await gateway.address);
    await untilWhole(page);
    await show({ page, context });
  } finally {
    await context.close();
    await gateway.stop();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** Without the pointer over anything, and without the names of this machine's folders. */
export async function keepPicture({ folder }: Studio, page: Page, name: string): Promise<void> {
  const path = join(folder, name);
  await page.mouse.move(1200, 20);
  await page.screenshot({ path, style: '.export-folder { visibility: hidden }' });
  process.stdout.write(`${path}\n`);
}
