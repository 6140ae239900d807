import { TestMarket } from '../../tests/e2e/support/simulator.ts';
import type { Studio } from './stage.ts';
import { keepPicture, untilWhole, withWorkstation } from './stage.ts';

export async function takeHealthy(studio: Studio): Promise<void> {
  const flags = ['--market', 'simulated', '--simulator-seed', studio.seed];
  await withWorkstation(studio, flags, async ({ page }) => {
    await page.waitForTimeout(studio.settleMs);
    await untilWhole(page);
    await keepPicture(studio, page, 'workspace-dark.png');
  });
}

/** A venue that has fallen silent, a book that cannot be mended yet, and a lost socket that was. */
export async function takeTrouble(studio: Studio): Promise<void> {
  const { settleMs } = studio;
  const market = await TestMarket.start(['--seed', studio.seed]);
  const flags = ['--market', 'live', ...market.endpointFlags()];
  try {
    await withWorkstation(studio, flags, async ({ page }) => {
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
      await keepPicture(studio, page, 'trouble-dark.png');
    });
  } finally {
    await market.close();
  }
}
