import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from './support/workstation.ts';

const badgeKinds = (page: Page): Promise<readonly (string | null)[]> =>
  page
    .locator('.source-badge')
    .evaluateAll((badges) => [...new Set(badges.map((badge) => badge.getAttribute('data-kind')))]);

const appended = async (page: Page): Promise<number> =>
  Number(await page.locator('.tape').getAttribute('data-appended'));

const timeline = (page: Page) => page.getByRole('slider', { name: 'Position in the recording' });

/** Where the replay stands, in ms of the recording's clock, as assistive technology hears it. */
const position = async (page: Page): Promise<number> =>
  Number(await timeline(page).getAttribute('aria-valuenow'));

/** A spreadsheet would take it for a formula. */
const note = '=1+1, look here';

async function recordFor(page: Page, durationMs: number): Promise<void> {
  await expect(page.getByTestId('pulse-state')).toHaveText(/3\/3 venues/, { timeout: 30_000 });
  await page.waitForTimeout(durationMs);
}

test('a session is recorded, played again beside the market, marked and exported @page', async ({
  running,
  workstation,
  market,
}) => {
  test.setTimeout(240_000);
  const { page } = running;
  await recordFor(page, 4_000);
  await market.control({ type: 'reset', venue: 'okx' });
  await recordFor(page, 6_000);

  await page.locator('.status-bar .record').click();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  const rows = page.locator('.session');
  await expect(rows).toHaveCount(2);

  await rows
    .last()
    .getByRole('button', { name: /^Replay .* in a new window/ })
    .click();
  await expect.poll(() => running.pages().length).toBe(2);
  const [, replay] = running.pages();
  if (replay === undefined) throw new Error('no window was opened');
  await expect(timeline(replay)).toBeVisible();
  await expect.poll(() => badgeKinds(replay)).toEqual(['replay']);
  await expect.poll(() => badgeKinds(page)).toEqual(['live']);
  expect(await replay.title()).toContain('REPLAY');

  const pause = replay.getByRole('button', { name: 'Pause', exact: true });
  if (await pause.isVisible()) await pause.click();
  await timeline(replay).focus();
  await replay.keyboard.press('Home');
  const start = Number(await timeline(replay).getAttribute('aria-valuemin'));
  const end = Number(await timeline(replay).getAttribute('aria-valuemax'));
  await expect.poll(() => position(replay)).toBeLessThan(start + 1);

  await replay.getByLabel('Speed').selectOption('10');
  const liveBefore = await appended(page);
  const began = performance.now();
  await replay.getByRole('button', { name: /^Play/ }).click();
  await expect(replay.locator('.replay-bar')).toContainText('At its end');
  const tookMs = performance.now() - began;
  process.stdout.write(
    `  ${((end - start) / 1000).toFixed(1)} s of recording in ${(tookMs / 1000).toFixed(1)} s at 10x\n`,
  );
  expect(tookMs, 'no faster than asked').toBeGreaterThan((end - start) / 10 - 300);
  await expect(replay.locator('.replay-check')).toHaveAttribute('data-state', 'equal');
  await expect.poll(() => appended(page), { message: 'live goes on' }).toBeGreaterThan(liveBefore);

  // A busy host takes a while to begin with what was asked: still for three looks, and on its way nowhere.
  const settled = async (): Promise<number> => {
    let before = Number.NaN;
    let looks = 0;
    await expect(async () => {
      const now = await position(replay);
      const isMoving = (await replay.locator('.replay-time[data-seeking="true"]').count()) > 0;
      looks = now === before && !isMoving ? looks + 1 : 0;
      before = now;
      expect(looks).toBeGreaterThanOrEqual(3);
    }).toPass({ intervals: [500] });
    return before;
  };
  const box = await timeline(replay).boundingBox();
  if (box === null) throw new Error('the timeline has no place');
  await replay.mouse.click(box.x + box.width / 2, box.y + 20);
  await expect.poll(() => position(replay)).toBeLessThan(end - 1_000);
  const jumped = await settled();
  expect(Math.abs(jumped - (start + end) / 2)).toBeLessThan((end - start) / 10);

  await replay.getByRole('button', { name: /One frame on/ }).click();
  const stepped = await settled();
  expect(stepped - jumped).toBeGreaterThanOrEqual(0);
  expect(stepped - jumped).toBeLessThan(1_000);
  await timeline(replay).focus();
  await replay.keyboard.press('Shift+Period');
  // Each of both is where the page takes the replay to stand: its clock may be some milliseconds off.
  expect(Math.abs((await settled()) - stepped - 1_000)).toBeLessThan(20);

  await replay.keyboard.press('m');
  await replay.locator('.mark-note-card').getByLabel('Note', { exact: true }).fill(note);
  await replay.keyboard.press('Enter');
  await expect(replay.locator('.mark-note-card')).toHaveCount(0);

  await expect.poll(() => badgeKinds(page)).toEqual(['live']);
  const written = async (thing: RegExp, format: string): Promise<string> => {
    await rows
      .last()
      .getByRole('button', { name: /^Menu of/ })
      .click();
    await page.getByRole('menuitem', { name: 'Export...' }).click();
    await page.getByRole('radio', { name: thing }).click();
    const form = page.getByRole('form', { name: 'Export' });
    await form.getByRole('radio', { name: format, exact: true }).click();
    const done = page.locator('.export-job[data-status="done"]');
    const before = await done.count();
    await form.getByRole('button', { name: 'Start export' }).click();
    await expect(done).toHaveCount(before + 1);
    const name = await done.first().locator('bdi').innerText();
    await page.locator('.status-bar .record').click();
    return readFileSync(join(workstation.profile, 'exports', name), 'utf8');
  };
  const trades = (await written(/^Trades/, 'CSV')).trim().split('\n');
  expect(trades.length).toBeGreaterThan(100);
  const marks = await written(/^Marks/, 'JSON');
  expect(marks).toContain(note);
  expect(marks).toMatch(/disconnect/);
  expect(await written(/^Marks/, 'CSV')).toContain(`"'${note}"`);
  const left = readdirSync(join(workstation.profile, 'exports'));
  expect(left.filter((name) => name.endsWith('.part'))).toEqual([]);

  await replay.getByRole('button', { name: /^Back to/ }).click();
  await expect.poll(() => badgeKinds(replay)).toEqual(['live']);
});
