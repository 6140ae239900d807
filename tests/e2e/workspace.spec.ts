import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Page } from '@playwright/test';
import { expectAccessible } from './support/accessibility.ts';
import {
  chooseInLadder,
  groupBooks,
  ladderMarket,
  paintedLevels,
  readLadder,
  sequences,
} from './support/ladder.ts';
import type { PaintedBook } from './support/ladder.ts';
import type { OracleBook, TestMarket } from './support/simulator.ts';
import { expect, pageOnly, test } from './support/workstation.ts';

const venues = ['binance', 'bybit', 'okx'];

async function allVenuesLive(page: Page): Promise<void> {
  await expect(page.getByTestId('pulse-state')).toHaveText('Real-time · 3/3 venues · 4/4 symbols', {
    timeout: 30_000,
  });
}

/** What has to be on the screen before a trader calls it working. */
const signsOfLife: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  'market pulse': async (page) => {
    for (const market of ['BTC-USDT', 'ETH-USDT', 'SOL-USDT', 'BNB-USDT']) {
      const coin = page.locator(`.pulse-coin[data-market="${market}"]`);
      await expect(coin.locator('.pulse-price')).toHaveText(/\d/);
      await expect(coin.locator('.pulse-change')).toHaveText(/^[+\u2212]?\d+\.\d\d%$/);
    }
    await allVenuesLive(page);
  },
  watchlist: async (page) => {
    const list = page.locator('.panel-frame[data-panel="watchlist"]');
    for (const base of ['BTC', 'ETH', 'DOT']) await expect(list).toContainText(base);
    await expect(list.locator('[data-look="live"]')).not.toHaveCount(0);
  },
  chart: async (page) => {
    await expect(page.locator('.panel-frame[data-panel="chart"] canvas').first()).toBeVisible();
  },
  'order book': async (page) => {
    await expect.poll(async () => (await readLadder(page))?.bids.length ?? 0).toBe(10);
  },
  tape: async (page) => {
    await expect(page.locator('.tape')).toHaveAttribute('data-appended', /^[1-9]\d*$/);
  },
  'connection health': async (page) => {
    for (const venue of venues) {
      await expect(page.locator(`.health-venue[data-venue="${venue}"]`)).toHaveAttribute(
        'data-state',
        'live',
      );
    }
  },
};

test('every panel of the first workspace shows data [S2-17] [S2-07]', async ({ running }) => {
  const { page } = running;
  const started = performance.now();
  await Promise.all(
    Object.entries(signsOfLife).map(async ([name, isAlive]) => {
      await isAlive(page);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      test.info().annotations.push({ type: name, description: `${seconds} s after the page` });
      process.stdout.write(`  ${name}: ${seconds} s after the page was opened\n`);
    }),
  );
  await expect(page.locator('.source-badge').first()).toHaveAttribute('data-kind', 'live');
  await expect(page.locator('.source-bar')).toHaveCount(0);
});

async function oracleBooks(
  market: TestMarket,
  painted: PaintedBook,
): Promise<ReadonlyMap<string, OracleBook> | null> {
  const books = new Map<string, OracleBook>();
  for (const [venue, updateId] of sequences(painted)) {
    const book = await market.book(venue, painted.market, updateId);
    if (book === null) return null;
    books.set(venue, book);
  }
  return books;
}

/** Compares several painted frames, each with the venues' own books at the very updates that it shows. */
async function expectPaintedTruth(
  page: Page,
  market: TestMarket,
  shown: readonly string[],
): Promise<void> {
  let compared = 0;
  let lastSequence = '';
  await expect
    .poll(
      async () => {
        const painted = await readLadder(page);
        if (painted === null || painted.sequence === lastSequence) return compared;
        if ([...sequences(painted).keys()].join() !== shown.join()) return compared;
        const books = await oracleBooks(market, painted);
        if (books === null) return compared;
        lastSequence = painted.sequence;
        for (const side of ['bids', 'asks'] as const) {
          expect(paintedLevels(painted, side), `${side} at ${painted.sequence}`).toEqual(
            groupBooks(books, side, painted.group),
          );
        }
        compared += 1;
        return compared;
      },
      { timeout: 90_000, intervals: [50] },
    )
    .toBeGreaterThanOrEqual(5);
}

test('the painted ladder is the books of the venues at the updates it names [S0-20]', async ({
  shared,
}) => {
  test.setTimeout(420_000);
  const { page, market } = shared;
  await allVenuesLive(page);
  await expectPaintedTruth(page, market, venues);
  for (const [venue, name] of [
    ['binance', 'Binance'],
    ['bybit', 'Bybit'],
    ['okx', 'OKX'],
  ] as const) {
    await chooseInLadder(page, name);
    await expectPaintedTruth(page, market, [venue]);
  }
});

test(
  'a venue that dies is marked everywhere, the others go on, and it comes back [S2-10]',
  pageOnly,
  async ({ shared }) => {
    test.setTimeout(420_000);
    const { page, market } = shared;
    await allVenuesLive(page);
    const row = page.locator('.health-venue[data-venue="binance"]');
    const inLadder = page.locator('.book-venue[data-venue="binance"]');
    await expect(inLadder).toHaveAttribute('data-state', 'live');
    await market.control({ type: 'refuse', venue: 'binance', durationMs: 300_000 });
    await market.control({ type: 'reset', venue: 'binance' });
    await Promise.all([
      expect(page.getByTestId('pulse-state')).toHaveText('Real-time · 2/3 venues · 4/4 symbols'),
      expect(row).not.toHaveAttribute('data-state', 'live'),
      expect(inLadder).not.toHaveAttribute('data-state', 'live'),
      expect(page.locator('.pulse-coin[data-market="BTC-USDT"] .pulse-partial')).toHaveText('2/3'),
      expect(page.locator('.source-badge').first()).toContainText('2 of 3'),
    ]);
    const price = page.locator('.pulse-coin[data-market="BTC-USDT"] .pulse-price');
    const before = await price.textContent();
    await expect(price).not.toHaveText(before ?? '');
    await expectPaintedTruth(page, market, ['bybit', 'okx']);
    await market.control({ type: 'restore', venue: 'binance' });
    await allVenuesLive(page);
    await expect(row).toHaveAttribute('data-state', 'live');
    await expectPaintedTruth(page, market, venues);
  },
);

test('choosing a symbol changes every linked panel', pageOnly, async ({ shared }) => {
  const { page } = shared;
  await allVenuesLive(page);
  await page.locator('.pulse-coin[data-market="ETH-USDT"]').click();
  await expect.poll(() => ladderMarket(page)).toBe('ETH-USDT');
  await expect(page.getByRole('grid', { name: /^Tape of ETH-USDT/ })).toBeVisible();
  await expect(page.locator('.panel-frame[data-panel="chart"]')).toContainText('ETH-USDT');
  await page.locator('.panel-frame[data-panel="watchlist"]').getByText('SOL').first().click();
  await expect.poll(() => ladderMarket(page)).toBe('SOL-USDT');
  await expect(page.getByRole('grid', { name: /^Tape of SOL-USDT/ })).toBeVisible();
  await page.locator('.pulse-coin[data-market="BTC-USDT"]').click();
  await expect.poll(() => ladderMarket(page)).toBe('BTC-USDT');
});

/** Layouts, then linked symbols, as the next start reads them. */
function savedIn(profile: string): string {
  const database = new DatabaseSync(join(profile, 'truetape.sqlite'), { readOnly: true });
  try {
    const layouts = database.prepare('SELECT layout FROM workspace').all();
    return JSON.stringify([layouts, database.prepare('SELECT market FROM link').all()]);
  } finally {
    database.close();
  }
}

test('layout and linked symbol survive a restart', async ({ workstation, market }) => {
  const args = ['--market', 'live', ...market.endpointFlags()];
  const first = await workstation.start(args);
  await allVenuesLive(first.page);
  await first.page.getByRole('button', { name: 'Settings' }).click();
  await expect(first.page.locator('.panel-frame[data-panel="settings"]')).toBeVisible();
  await first.page.locator('.pulse-coin[data-market="BNB-USDT"]').click();
  await expect.poll(() => ladderMarket(first.page)).toBe('BNB-USDT');
  // Layouts are saved shortly after the last change, not with each.
  await expect.poll(() => savedIn(workstation.profile)).toMatch(/settings.*BNB-USDT/s);
  expect(await first.stop()).toEqual({ code: 0, signal: null });

  const second = await workstation.start(args);
  await allVenuesLive(second.page);
  await expect(second.page.locator('.panel-frame[data-panel="settings"]')).toBeVisible();
  await expect.poll(() => ladderMarket(second.page)).toBe('BNB-USDT');
});

test('a panel in a window of its own lives on when the first window is hidden or closed', async ({
  running,
}) => {
  const { page } = running;
  await allVenuesLive(page);
  const opening = page.context().waitForEvent('page');
  await page.getByRole('button', { name: 'Menu of Order book' }).click();
  await page.getByText('Move to its own window').click();
  const torn = await opening;
  await expect.poll(() => ladderMarket(torn)).toBe('BTC-USDT');
  await expect(page.locator('.order-book')).toHaveCount(0);
  await page.locator('.pulse-coin[data-market="ETH-USDT"]').click();
  await expect.poll(() => ladderMarket(torn)).toBe('ETH-USDT');
  await page.close();
  const sequence = torn.locator('.order-book');
  const before = await sequence.getAttribute('data-sequence');
  await expect(sequence).not.toHaveAttribute('data-sequence', before ?? '');
  await expect.poll(() => ladderMarket(torn)).toBe('ETH-USDT');
});

test('a page that is reloaded shows everything again', async ({ shared }) => {
  const { page } = shared;
  await allVenuesLive(page);
  await page.reload();
  await allVenuesLive(page);
  await expect.poll(async () => (await readLadder(page))?.bids.length ?? 0).toBe(10);
});

test(
  'the first workspace has no fault that an accessibility checker finds',
  pageOnly,
  async ({ shared }) => {
    const { page } = shared;
    await Promise.all(Object.values(signsOfLife).map((isAlive) => isAlive(page)));
    await expectAccessible(page);
  },
);
