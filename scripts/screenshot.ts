import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import type { Page } from '@playwright/test';
import { findBrowser } from '../tests/support/browser.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    output: { type: 'string', default: join(root, 'docs', 'images', 'workspace-dark.png') },
    seed: { type: 'string', default: '7' },
    /** How long the market runs before the picture, so that tape, chart and ribbons have something to show. */
    seconds: { type: 'string', default: '45' },
  },
});

/** The simulated market of a fixed seed in a profile of its own; resolves with its address. */
function startDemo(profile: string): { readonly address: Promise<string>; stop(): Promise<void> } {
  const flags = ['--market', 'simulated', '--simulator-seed', values.seed, '--profile', profile];
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
      reject(new Error('the demonstration ended before it was up'));
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

async function untilWhole(page: Page): Promise<void> {
  await page
    .getByTestId('pulse-state')
    .filter({ hasText: '3/3 venues · 4/4 symbols' })
    .waitFor({ timeout: 60_000 });
  await page.locator('.order-book[data-state="live"]').waitFor({ timeout: 60_000 });
}

async function takePicture(): Promise<void> {
  const browser = await findBrowser();
  if (browser === undefined) throw new Error('No Chromium here. Name one in TRUETAPE_CHROMIUM.');
  const profile = mkdtempSync(join(tmpdir(), 'truetape-screenshot-'));
  const demo = startDemo(profile);
  const chrome = await chromium.launch({ executablePath: browser.executablePath });
  try {
    const page = await chrome.newPage({
      viewport: { width: 1600, height: 1000 },
      locale: 'en-US',
      colorScheme: 'dark',
    });
    await page.goto(await demo.address);
    await untilWhole(page);
    await page.waitForTimeout(Number(values.seconds) * 1000);
    await untilWhole(page);
    mkdirSync(dirname(values.output), { recursive: true });
    await page.screenshot({ path: values.output });
  } finally {
    await chrome.close();
    await demo.stop();
    rmSync(profile, { recursive: true, force: true });
  }
  process.stdout.write(`${values.output}\n`);
}

await takePicture();
