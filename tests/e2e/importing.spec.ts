import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import * as v from 'valibot';
import { readLadder } from './support/ladder.ts';
import { Program, builtMain, root } from './support/processes.ts';
import { expect, pageOnly, test } from './support/workstation.ts';

const fixtures = join(root, 'tests', 'fixtures', 'binance-spot');
const name = 'btcusdt-20240808-first3000';
const file = join(fixtures, `${name}.ndjson.gz`);
const snapshot = join(fixtures, 'btcusdt-20240808.depth-snapshot.json.gz');

const lineSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ stream: v.string(), data: v.unknown() }),
);
const tradeSchema = v.object({ p: v.string() });
const topSchema = v.object({ u: v.number(), b: v.string(), a: v.string() });

/** What the venue sent on a stream, by other means than the product's. */
function sentOn(stream: string): readonly unknown[] {
  const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
  return lines
    .map((line) => v.parse(lineSchema, line.slice(line.indexOf(' '))))
    .flatMap((sent) => (sent.stream === `btcusdt@${stream}` ? [sent.data] : []));
}

/** All trades of the file fall into one minute. */
function barOfTrades(): string {
  const prices = sentOn('trade').map((sent) => Number(v.parse(tradeSchema, sent).p));
  const figures = [prices[0], Math.max(...prices), Math.min(...prices), prices.at(-1)];
  const [open, high, low, close] = figures.map((price) =>
    price?.toLocaleString('en-US', { minimumFractionDigits: 2 }),
  );
  return `O${open}H${high}L${low}C${close}`;
}

async function expectBarOfTrades(page: Page): Promise<void> {
  const legend = page.locator('.chart-legend');
  const bar = barOfTrades();
  await expect.poll(async () => (await legend.innerText()).replaceAll(/\s/g, '')).toContain(bar);
}

const badgeKinds = (page: Page): Promise<readonly (string | null)[]> =>
  page
    .locator('.source-badge')
    .evaluateAll((badges) => [...new Set(badges.map((badge) => badge.getAttribute('data-kind')))]);

/** As a person does it: over the window, then onto one of its panels. */
async function drop(page: Page, fileName: string, bytes: Buffer): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ([fileNamed, base64]) => {
      const held = new DataTransfer();
      const content = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      held.items.add(new File([content], fileNamed));
      return held;
    },
    [fileName, bytes.toString('base64')] as const,
  );
  const panel = page.locator('.watchlist');
  const words = page.locator('.file-drop');
  await panel.dispatchEvent('dragenter', { dataTransfer });
  await expect(words).toContainText('Drop recordings to replay them');
  await panel.dispatchEvent('dragover', { dataTransfer });
  await panel.dispatchEvent('drop', { dataTransfer });
  await expect(words).toHaveCount(0);
}

async function openSessions(page: Page): Promise<void> {
  await expect(page.getByTestId('pulse-state')).toHaveText(/3\/3 venues/, { timeout: 60_000 });
  await page.locator('.status-bar .record').click();
  await expect(page.locator('.session').first()).toBeVisible();
}

test('a dropped file becomes a session, and its replay shows its prices beside the market', async ({
  shared,
}) => {
  const { page } = shared;
  await openSessions(page);
  const opened = page.context().waitForEvent('page');
  await drop(page, `${name}.ndjson.gz`, readFileSync(file));
  // Too long after the last press, a browser opens a window only by another.
  const offer = page.getByRole('button', { name: 'Open replay' });
  await Promise.race([opened, offer.click()]);
  const replay = await opened;
  const imported = page.locator('.session', { hasText: name });
  await expect(imported.locator('.session-source')).toHaveAttribute('data-source', 'imported');

  await expect(replay.getByRole('slider', { name: 'Position in the recording' })).toBeVisible();
  await expect.poll(() => badgeKinds(replay)).toEqual(['replay']);
  expect(await replay.title()).toContain('REPLAY');
  await replay.getByRole('slider', { name: 'Position in the recording' }).press('End');
  await expect(replay.locator('.replay-bar')).toContainText('At its end');
  await expectBarOfTrades(replay);
  await expect.poll(() => badgeKinds(page)).toEqual(['live']);
  await replay.getByRole('button', { name: /^Back to/ }).click();
  await expect.poll(() => badgeKinds(replay)).toEqual(['live']);
  await replay.close();

  await imported.locator('.session-title').click();
  await page.keyboard.press('Delete');
  await imported.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(imported).toHaveCount(0);
});

test(
  'what is no recording is refused in a sentence, and leaves nothing',
  pageOnly,
  async ({ shared }) => {
    const { page, profile } = shared;
    await openSessions(page);
    const recordings = join(profile, 'recordings');
    // The folder of uploads is there from the first one on.
    const sessions = () => readdirSync(recordings).filter((entry) => entry !== 'incoming');
    const before = sessions();
    const input = page.getByLabel('Recordings to import');
    const toast = page.locator('.toast');
    const choose = (fileName: string, text: string) =>
      input.setInputFiles({
        name: fileName,
        mimeType: 'text/plain',
        buffer: Buffer.from(text),
      });
    await choose('shopping.txt', 'milk\neggs\n');
    await expect(toast.last()).toContainText(
      /^Not importedshopping\.txt is no recording\. Recordings end in \.rec,/,
    );
    await choose('shopping.ndjson', 'milk\neggs\n');
    await expect(toast.last()).toContainText(
      /^shopping\.ndjson was not importedshopping\.ndjson: line 1 does not begin with a receive time; .*lines\.$/,
    );
    await drop(page, 'cut.ndjson.gz', readFileSync(file).subarray(0, 20_000));
    await expect(toast.last()).toContainText(
      /^cut\.ndjson\.gz was not importedcut\.ndjson\.gz is damaged after line \d+: the packed data ends too early\.$/,
    );
    expect(readdirSync(join(recordings, 'incoming'))).toEqual([]);
    expect(sessions().toSorted()).toEqual(before.toSorted());
    expect(page.context().pages()).toHaveLength(1);
  },
);

test(
  'truetape replay FILE shows the recording alone, to its last message',
  pageOnly,
  async ({ workstation, context }) => {
    const program = new Program(
      spawn(
        process.execPath,
        [
          ...[join(builtMain, 'cli.js'), 'replay', file, '--snapshot', `BTCUSDT=${snapshot}`],
          ...['--speed', 'max', '--no-open', '--port', '0', '--profile', workstation.profile],
        ],
        { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, DISPLAY: '' } },
      ),
    );
    try {
      const page = await context.newPage();
      await page.goto(await program.says(/^Truetape is at (http:\S+)$/m));
      await expect(page.locator('.replay-bar')).toContainText('At its end');
      await expect.poll(() => badgeKinds(page)).toEqual(['replay']);
      await expect(page.locator('.health-totals')).toContainText('Messages received3,000');
      await expectBarOfTrades(page);
      // The book ends before the quotes do: the quote of its last update tells its best prices.
      await expect.poll(async () => (await readLadder(page))?.bids.length).toBe(10);
      const ladder = await readLadder(page);
      const updateId = Number(ladder?.sequence.split(':')[1]);
      const quotes = sentOn('bookTicker').map((sent) => v.parse(topSchema, sent));
      const quote = quotes.findLast(({ u }) => u <= updateId);
      expect([ladder?.bids[0]?.price, ladder?.asks[0]?.price].map(Number)).toEqual([
        Math.floor(Number(quote?.b)),
        Math.ceil(Number(quote?.a)),
      ]);
      await expect(page.getByRole('button', { name: /^Back to/ })).toBeDisabled();
      expect(readdirSync(workstation.profile)).toEqual([]);
    } finally {
      workstation.faults.isHostStopping = true;
      expect(await program.stop()).toEqual({ code: 0, signal: null });
    }
  },
);
