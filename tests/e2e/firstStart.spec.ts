import { freePort } from './support/freePort.ts';
import { readLadder } from './support/ladder.ts';
import { TestMarket } from './support/simulator.ts';
import { expect, pageOnly, test } from './support/workstation.ts';

async function deadNetwork(): Promise<readonly string[]> {
  const port = await freePort();
  return ['binance', 'bybit', 'okx'].flatMap((venue) => [
    '--venue-endpoint',
    `${venue}=ws://127.0.0.1:${port},http://127.0.0.1:${port}`,
  ]);
}

/** Runs in the page: a state that is over when a busy machine looks is noted too. */
function noteKinds(): void {
  const kinds: string[] = [];
  Reflect.set(window, 'kindsShown', kinds);
  const look = (): void => {
    const kind = document.querySelector<HTMLElement>('.source-bar')?.dataset['kind'];
    if (kind !== undefined && kind !== kinds.at(-1)) kinds.push(kind);
  };
  const attributeFilter = ['data-kind'];
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributeFilter });
}

test('a first start without any venue ends in the simulated market, which says so everywhere', async ({
  workstation,
  context,
}) => {
  await context.addInitScript(noteKinds);
  const { page } = await workstation.start(await deadNetwork());
  const bar = page.locator('.source-bar');
  const started = performance.now();
  await expect(bar).toHaveAttribute('data-kind', 'simulated', { timeout: 30_000 });
  process.stdout.write(
    `  simulated market ${((performance.now() - started) / 1000).toFixed(1)} s after the page\n`,
  );
  expect(await page.evaluate(() => Reflect.get(window, 'kindsShown') as unknown)).toEqual([
    ...['probing', 'simulated'],
  ]);
  await expect(bar).toContainText('Simulated market');
  await expect(bar).toContainText('No price here is real.');
  await expect(bar.getByRole('button', { name: 'Retry live' })).toBeVisible();
  await expect(page.getByTestId('pulse-state')).toHaveText('Simulated · 3/3 venues · 4/4 symbols', {
    timeout: 30_000,
  });
  await expect.poll(async () => (await readLadder(page))?.bids.length ?? 0).toBe(10);
  await expect(async () => {
    const kinds = await page
      .locator('.source-badge')
      .evaluateAll((badges) => badges.map((badge) => badge.getAttribute('data-kind')));
    expect(kinds.length).toBeGreaterThanOrEqual(6);
    expect(new Set(kinds)).toEqual(new Set(['simulated']));
  }).toPass({ timeout: 30_000 });
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
  // Venues are asked again every half minute.
  { tag: [pageOnly.tag, '@long'] },
  async ({ workstation }) => {
    test.setTimeout(120_000);
    const ports = await Promise.all([freePort(), freePort(), freePort()]);
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
