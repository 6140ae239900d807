import { readFileSync } from 'node:fs';
import { expect, test } from './support/workstation.ts';

test('a lost socket is an incident with its outcome, in this page and after a reload', async ({
  running,
  market,
}) => {
  const { page } = running;
  const bybit = page.locator('.health-venue[data-venue="bybit"]');
  await expect(bybit).toHaveAttribute('data-state', 'live', { timeout: 60_000 });
  await market.control({ type: 'close', venue: 'bybit', code: 1006 });
  const incident = page.locator('.incident[data-kind="disconnected"]', {
    has: page.getByText('BY', { exact: true }),
  });
  await expect(incident).toHaveCount(1);
  await expect(incident).not.toHaveAttribute('data-outcome', 'running');
  const words = await incident.locator('.incident-what').textContent();
  await page.reload();
  await expect(incident.locator('.incident-what')).toHaveText(words ?? '', { timeout: 90_000 });
  await expect(
    page.getByRole('img', { name: /^Bybit, 60 minutes: .*disconnected/ }).first(),
  ).toBeVisible();
});

test('[S0-45] a row opens by Enter, and its Why leads to the page inside of the program', async ({
  shared,
}) => {
  const { page } = shared;
  const okx = page.locator('.health-venue[data-venue="okx"]');
  await expect(okx).toHaveAttribute('data-state', 'live', { timeout: 60_000 });
  await okx.focus();
  await page.keyboard.press('p');
  await expect(page.getByRole('img', { name: 'OKX paused' })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(okx).toHaveAttribute('aria-expanded', 'true');
  await page.locator('.health-why').getByRole('button', { name: 'Why' }).click();
  const heading = page.locator('.help-page [data-section="paused-by-you"]');
  await expect(heading).toBeFocused();
  await okx.focus();
  await page.keyboard.press('p');
  await expect(okx).toHaveAttribute('data-state', 'live');
});

test('diagnostics are saved with one press', async ({ shared }) => {
  const { page } = shared;
  await page.getByRole('button', { name: 'Menu of Connection health' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Save diagnostics' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^truetape.*\.zip$/);
  expect(
    readFileSync(await file.path())
      .subarray(0, 2)
      .toString(),
  ).toBe('PK');
});

test('[S1-38] a press on Reconnect brings back an engine that had stood still', async ({
  shared,
}) => {
  const { page, program } = shared;
  await expect(page.getByTestId('pulse-state')).toHaveText(/3\/3 venues/);
  program.child.kill('SIGSTOP');
  const bar = page.locator('.source-bar[data-kind="offline"]');
  await expect(bar).toContainText('The engine has gone silent');
  await bar.getByRole('button', { name: 'Reconnect' }).click();
  await expect(bar).toContainText('Attempt 1 is under way');
  program.child.kill('SIGCONT');
  await expect(bar).toHaveCount(0);
  await expect(page.getByTestId('pulse-state')).toHaveText(/3\/3 venues/);
});
