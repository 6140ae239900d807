import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import type { Browser, Page } from '@playwright/test';
import { TestMarket } from '../tests/e2e/support/simulator.ts';
import { findBrowser } from '../tests/support/browser.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: join(root, 'docs', 'images') },
    seed: { type: 'string', default: '7' },
    /** How long the market runs before a picture, so that tape, chart and ribbons have something to show. */
    seconds: { type: 'string', default: '45' },
  },
});
const settleMs = Number(values.seconds) * 1000;

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

async function untilWhole(page: Page): Promise<void> {
  await page
    .getByTestId('pulse-state')
    .filter({ hasText: '3/3 venues · 4/4 symbols' })
    .waitFor({ timeout: 60_000 });
  await page.locator('.order-book[data-state="live"]').waitFor({ timeout: 60_000 });
}

/** Opens the workstation on that market, waits until it is whole and then for a while, and takes what `show` leaves. */
async function takePicture(
  chrome: Browser,
  name: string,
  args: readonly string[],
  show: (page: Page) => Promise<void>,
): Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), 'truetape-screenshot-'));
  const gateway = startGateway(profile, args);
  try {
    const page = await chrome.newPage({
      viewport: { width: 1600, height: 1000 },
      locale: 'en-US',
      colorScheme: 'dark',
    });
    await page.goto(await gateway.address);
    await untilWhole(page);
    await show(page);
    const path = join(values.folder, name);
    await page.screenshot({ path });
    await page.close();
    process.stdout.write(`${path}\n`);
  } finally {
    await gateway.stop();
    rmSync(profile, { recursive: true, force: true });
  }
}

async function takeHealthy(chrome: Browser): Promise<void> {
  const flags = ['--market', 'simulated', '--simulator-seed', values.seed];
  await takePicture(chrome, 'workspace-dark.png', flags, async (page) => {
    await page.waitForTimeout(settleMs);
    await untilWhole(page);
  });
}

/** A venue that has fallen silent, a book that cannot be mended yet, and a lost socket that was. */
async function takeTrouble(chrome: Browser): Promise<void> {
  const market = await TestMarket.start(['--seed', values.seed]);
  const flags = ['--market', 'live', ...market.endpointFlags()];
  try {
    await takePicture(chrome, 'trouble-dark.png', flags, async (page) => {
      await page.waitForTimeout(settleMs / 3);
      await market.control({ type: 'reset', venue: 'okx' });
      await page.waitForTimeout((settleMs * 2) / 3);
      await untilWhole(page);
      const refused = { type: 'refuse', what: 'request', path: 'depth', status: 500 };
      await market.control({ ...refused, venue: 'binance', durationMs: 120_000 });
      await market.control({ type: 'silence', venue: 'bybit', durationMs: 120_000 });
      const venue = (id: string) => page.locator(`.book-venue[data-venue="${id}"]`);
      await venue('bybit').and(page.locator(':not([data-state="live"])')).waitFor();
      await market.control({
        type: 'dropDiff',
        venue: 'binance',
        market: 'BTC-USDT',
        count: 1,
      });
      await venue('binance').and(page.locator('[data-state="resyncing"]')).waitFor();
      await page.waitForTimeout(1000);
    });
  } finally {
    await market.close();
  }
}

const browser = await findBrowser();
if (browser === undefined) throw new Error('No Chromium here. Name one in TRUETAPE_CHROMIUM.');
mkdirSync(values.folder, { recursive: true });
const chrome = await chromium.launch({ executablePath: browser.executablePath });
try {
  await takeHealthy(chrome);
  await takeTrouble(chrome);
} finally {
  await chrome.close();
}
