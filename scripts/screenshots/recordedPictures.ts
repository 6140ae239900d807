import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { TestMarket } from '../../tests/e2e/support/simulator.ts';
import type { Stage, Studio } from './stage.ts';
import { keepPicture, root, untilWhole, withWorkstation } from './stage.ts';

const fixture = join(root, 'tests/fixtures/bybit-linear/orderbook1-20250613.ndjson.gz');
const recordedName = 'New high, three faults';

async function runCommand(page: Page, words: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder(/^Search markets/).fill(words);
  await page.getByRole('option').filter({ hasText: words }).first().click();
}

async function addMark(page: Page, note: string): Promise<void> {
  await runCommand(page, 'Mark this moment');
  const card = page.locator('.mark-note-card');
  await card.getByLabel('Note', { exact: true }).fill(note);
  await page.keyboard.press('Enter');
  await card.waitFor({ state: 'detached' });
}

/** Something to see on a timeline: a lost socket, a venue that falls silent, a hole in a book, and two notes. */
async function recordTrouble(page: Page, market: TestMarket, lengthMs: number): Promise<void> {
  const wait = () => page.waitForTimeout(lengthMs / 6);
  await wait();
  await market.control({ type: 'reset', venue: 'okx' });
  await wait();
  await addMark(page, 'First bid above the range');
  await wait();
  await market.control({ type: 'silence', venue: 'bybit', durationMs: lengthMs / 10 });
  await wait();
  await market.control({ type: 'dropDiff', venue: 'binance', market: 'BTC-USDT', count: 1 });
  await wait();
  await addMark(page, 'OKX leads');
  await wait();
  await untilWhole(page);
}

async function nameSession(page: Page, row: number, name: string): Promise<void> {
  await page.locator('.session-title').nth(row).click();
  await page.keyboard.press('F2');
  await page.getByLabel('Name of the session').fill(name);
  await page.keyboard.press('Enter');
  await page.locator('.session-title', { hasText: name }).waitFor();
}

/** Newest first: the one that runs, the one with the faults, and a file of another year. */
async function fillSessions({ page, context }: Stage): Promise<void> {
  await page.locator('.status-bar .record').click();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.locator('.session').nth(1).waitFor();
  await nameSession(page, 1, recordedName);
  await page.keyboard.press('p');
  await page.getByLabel('Recordings to import').setInputFiles(fixture);
  const question = page.getByRole('dialog', { name: /^About/ });
  await question.getByRole('radio', { name: 'Perpetuals' }).click();
  const opened = context.waitForEvent('page');
  await question.getByRole('button', { name: 'Import', exact: true }).click();
  await Promise.race([opened, page.getByRole('button', { name: 'Open replay' }).click()]);
  await (await opened).close();
  await page.locator('.session').nth(2).waitFor();
}

async function choosePanelEntry(page: Page, panel: string, entry: string): Promise<void> {
  await page.getByRole('button', { name: `Menu of ${panel}` }).click();
  await page.getByRole('menuitem', { name: entry }).click();
}

/** After a stall the status bar says so for a minute, which is no matter of a picture; a busy machine has one after the other. */
async function untilCalm(page: Page): Promise<void> {
  // What just happened is told with the next report.
  await page.waitForTimeout(2_000);
  const gone = page.locator('.status-fault').waitFor({ state: 'detached', timeout: 0 });
  await Promise.race([gone, page.waitForTimeout(70_000)]);
}

/** Both panels as wide as they are meant to be. */
async function exportSome(page: Page): Promise<void> {
  const row = page.locator('.session', { hasText: recordedName });
  await row.getByRole('button', { name: /^Menu of/ }).click();
  await page.getByRole('menuitem', { name: 'Export...' }).click();
  const form = page.getByRole('form', { name: 'Export' });
  const done = page.locator('.export-job[data-status="done"]');
  for (const [at, thing] of ['Report', 'Trades'].entries()) {
    await page.getByRole('radio', { name: thing }).first().click();
    await form.getByRole('button', { name: 'Start export' }).click();
    await done.nth(at).waitFor();
  }
  await page.getByRole('tab', { name: 'Export' }).dragTo(page.getByRole('tab', { name: /Chart/ }));
  await choosePanelEntry(page, 'Watchlist', 'Close');
  await choosePanelEntry(page, 'Incidents', 'Close');
}

async function takeReplay(studio: Studio, { page, context }: Stage): Promise<void> {
  const opened = context.waitForEvent('page');
  await page.getByRole('button', { name: `Replay ${recordedName} in a new window` }).click();
  const replay = await opened;
  const timeline = replay.getByRole('slider', { name: 'Position in the recording' });
  await timeline.waitFor();
  await runCommand(replay, 'Restore the default layout');
  await replay.getByLabel('Speed').selectOption('10');
  await replay.getByRole('button', { name: 'Pause', exact: true }).click();
  await timeline.press('Home');
  await timeline.blur();
  await untilCalm(replay);
  await replay.getByRole('button', { name: /^Play/ }).click();
  const share = async () => {
    const [now = 0, from = 0, to = 1] = await Promise.all(
      ['now', 'min', 'max'].map(async (name) =>
        Number(await timeline.getAttribute(`aria-value${name}`)),
      ),
    );
    return (now - from) / (to - from);
  };
  while ((await share()) < 0.7) await replay.waitForTimeout(100);
  await keepPicture(studio, replay, 'replay-dark.png');
  await replay.close();
}

async function takeMetrics(studio: Studio, { page }: Stage): Promise<void> {
  await runCommand(page, 'Theme: light');
  await runCommand(page, 'Session metrics');
  await choosePanelEntry(page, 'Session metrics', 'Maximize');
  await page.waitForTimeout(studio.settleMs);
  await untilCalm(page);
  await page.locator('.metrics-row[data-connection="okx#1"]').click();
  await page.locator('.metrics-stream').first().waitFor();
  await keepPicture(studio, page, 'metrics-light.png');
}

/** A session with faults: its row and its exports, its replay, and what the engine counted. */
export async function takeRecorded(studio: Studio): Promise<void> {
  const market = await TestMarket.start(['--seed', studio.seed]);
  const flags = ['--market', 'live', ...market.endpointFlags()];
  try {
    await withWorkstation(studio, flags, async (stage) => {
      await recordTrouble(stage.page, market, studio.settleMs * 4);
      await fillSessions(stage);
      await takeReplay(studio, stage);
      await exportSome(stage.page);
      await untilCalm(stage.page);
      await keepPicture(studio, stage.page, 'sessions-dark.png');
      await takeMetrics(studio, stage);
    });
  } finally {
    await market.close();
  }
}
