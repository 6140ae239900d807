import { expectAccessible } from './support/accessibility.ts';
import { expect, test } from './support/workstation.ts';

test('the waterfall fills from painted messages, and says the same as the status bar', async ({
  shared,
}) => {
  const { page } = shared;
  await page.locator('.panel-tab-title', { hasText: 'Latency' }).click();
  const panel = page.locator('.panel-frame[data-panel="latency"]');
  await expect(panel.locator('.latency-verdict')).toContainText(/[\d,]{3,} values/);
  await expect(panel.locator('.latency-stage')).toHaveCount(7);
  for (const row of await panel.locator('.latency-stage').all()) {
    await expect(row.locator('.latency-strong').first()).toHaveText(/\d/);
  }
  for (const venue of ['Binance', 'Bybit', 'OKX']) {
    await panel.getByRole('radio', { name: venue }).click();
    await expect(panel.locator('.latency-hero')).toHaveText(/\d.* ms p50/);
  }
  await panel.getByRole('radio', { name: 'All' }).click();
  await expect(page.locator('.status-bar')).toContainText(
    /Wire to pixel p50 [\d.,]+ p99 [\d.,]+ ms/,
  );
  await expectAccessible(page);
  const figures = await panel.locator('.latency-stage').evaluateAll((rows) =>
    rows.map((row) => {
      const name = row.querySelector('b')?.textContent ?? '';
      const cells = [...row.querySelectorAll('.num')].map(({ textContent }) => textContent);
      return `${name}: p50 ${cells[0]}, p99 ${cells[1]}, max ${cells[2]} ms`;
    }),
  );
  test.info().annotations.push({ type: 'waterfall', description: figures.join('; ') });
  process.stdout.write(`${figures.join('\n')}\n`);
});
