import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { readLadder } from './support/ladder.ts';
import { TestMarket } from './support/simulator.ts';
import { expect, pageOnly, test } from './support/workstation.ts';

/** A port of this machine where nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function deadNetwork(): Promise<readonly string[]> {
  const port = await closedPort();
  return ['binance', 'bybit', 'okx'].flatMap((venue) => [
    '--venue-endpoint',
    `${venue}=ws://127.0.0.1:${port},http://127.0.0.1:${port}`,
  ]);
}

test('a first start without any venue ends in the simulated market, which says so everywhere', async ({
  workstation,
}) => {
  const { page } = await workstation.start(await deadNetwork());
  const bar = page.locator('.source-bar');
  await expect(bar).toHaveAttribute('data-kind', 'probing');
  const started = performance.now();
  await expect(bar).toHaveAttribute('data-kind', 'simulated', { timeout: 30_000 });
  process.stdout.write(
    `  simulated market ${((performance.now() - started) / 1000).toFixed(1)} s after the page\n`,
  );
  await expect(bar).toContainText('Simulated market');
  await expect(bar).toContainText('No price here is real.');
  await expect(bar.getByRole('button', { name: 'Retry live' })).toBeVisible();
  await expect(page.getByTestId('pulse-state')).toHaveText('Simulated · 3/3 venues · 4/4 symbols', {
    timeout: 30_000,
  });
  await expect.poll(async () => (await readLadder(page))?.bids.length ?? 0).toBe(10);
  const kinds = await page
    .locator('.source-badge')
    .evaluateAll((badges) => badges.map((badge) => badge.getAttribute('data-kind')));
  expect(kinds.length).toBeGreaterThanOrEqual(6);
  expect(new Set(kinds)).toEqual(new Set(['simulated']));
  expect(await page.title()).toContain('SIMULATED');
});

test(
  'a profile that chose live stays live and empty rather than show an invented price',
  pageOnly,
  async ({ workstation }) => {
    const { page } = await workstation.start(['--market', 'live', ...(await deadNetwork())]);
    await page.waitForTimeout(10_000);
    await expect(page.locator('.source-bar[data-kind="simulated"]')).toHaveCount(0);
    await expect(page.getByTestId('pulse-state')).toHaveText(
      /^Not live · 0\/3 venues · 0\/4 symbols$/,
    );
    await expect(page.locator('.pulse-coin .pulse-price').first()).not.toHaveText(/\d/);
    for (const venue of ['binance', 'bybit', 'okx']) {
      await expect(page.locator(`.health-venue[data-venue="${venue}"]`)).not.toHaveAttribute(
        'data-state',
        'live',
      );
    }
    await expect(page.getByText('No venue lists this market')).toHaveCount(0);
  },
);

test(
  'the venues are offered when they can be reached again, and chosen by the person',
  pageOnly,
  async ({ workstation }) => {
    test.setTimeout(120_000);
    const ports = await Promise.all([closedPort(), closedPort(), closedPort()]);
    const flags = ['binance', 'bybit', 'okx'].flatMap((venue, index) => [
      '--venue-endpoint',
      `${venue}=ws://127.0.0.1:${ports[index]},http://127.0.0.1:${ports[index]}`,
    ]);
    const { page } = await workstation.start(flags);
    await expect(page.locator('.source-bar')).toHaveAttribute('data-kind', 'simulated', {
      timeout: 30_000,
    });
    const market = await TestMarket.start(
      ['binance', 'bybit', 'okx'].flatMap((venue, index) => [
        `--${venue}-port`,
        String(ports[index]),
      ]),
    );
    try {
      await page.getByRole('button', { name: 'Switch to live' }).click({ timeout: 60_000 });
      await expect(page.getByTestId('pulse-state')).toHaveText(
        'Real-time · 3/3 venues · 4/4 symbols',
        {
          timeout: 30_000,
        },
      );
      await expect(page.locator('.source-bar')).toHaveCount(0);
    } finally {
      await market.close();
    }
  },
);
