import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from '@playwright/test';
import { readShownTexts } from './support/shownTexts.ts';
import type { ShownTexts } from './support/shownTexts.ts';
import { TestMarket } from './support/simulator.ts';
import type { HostKind } from './support/workstation.ts';
import { expect, startHost, test, watchPages } from './support/workstation.ts';

const timeline = (page: Page) => page.getByRole('slider', { name: 'Position in the recording' });

/** Twelve seconds of three venues, with what can go wrong in them. */
async function record(browser: Browser, profile: string): Promise<readonly string[]> {
  const market = await TestMarket.start();
  const context = await browser.newContext({ locale: 'en-US' });
  const flags = ['--market', 'live', ...market.endpointFlags()];
  const { page, program } = await startHost('gateway', context, ['--profile', profile, ...flags]);
  await expect(page.getByTestId('pulse-state')).toHaveText(/3\/3 venues/);
  await page.waitForTimeout(3_000);
  await market.control({ type: 'dropDiff', venue: 'binance', market: 'BTC-USDT', count: 1 });
  await page.waitForTimeout(2_000);
  await market.control({ type: 'reset', venue: 'okx' });
  await page.waitForTimeout(2_000);
  await market.control({ type: 'silence', venue: 'bybit', durationMs: 5_000 });
  await page.waitForTimeout(5_000);
  await program.stop();
  await market.close();
  await context.close();
  return flags;
}

async function openPanel(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder(/^Search/).fill(name);
  await page.getByRole('option', { name, exact: true }).click();
}

/** The replay of the oldest session, paused, in a window of its own. */
async function openReplay(page: Page): Promise<Page> {
  await page.locator('.status-bar .record').click();
  const opened = page.context().waitForEvent('page');
  await page
    .locator('.session')
    .last()
    .getByRole('button', { name: /^Replay .* in a new window/ })
    .click();
  const replay = await opened;
  await replay.setViewportSize({ width: 1600, height: 1000 });
  await expect(timeline(replay)).toBeVisible();
  const pause = replay.getByRole('button', { name: 'Pause', exact: true });
  if (await pause.isVisible()) await pause.click();
  for (const name of ['Session metrics', 'Marks']) await openPanel(replay, name);
  return replay;
}

/** Where the timeline is pressed, as a share of its length, or the key that leads there from the moment before. */
const moments: readonly (readonly [string, number | string])[] = [
  ['the start', 'Home'],
  ['a third', 0.33],
  ['the next mark', 'BracketRight'],
  ['one frame on', 'Period'],
  ['four fifths', 0.8],
  ['the end', 'End'],
];

async function goTo(page: Page, place: number | string): Promise<void> {
  const slider = timeline(page);
  if (typeof place === 'string') {
    await slider.focus();
    await page.keyboard.press(place);
  } else {
    const { width = 0, height = 0 } = (await slider.boundingBox()) ?? {};
    await slider.click({ position: { x: Math.round(place * width), y: height / 2 } });
  }
  await expect(page.locator('.replay-time')).toHaveAttribute('data-seeking', 'false');
}

/** Of panels in one place only one is there at a time. */
const fronts = [
  ['Chart', 'Connection health', 'Incidents'],
  ['Session metrics', 'Errors', 'Marks'],
];

/** Panels that write for the ear do it twice a second. */
async function still(page: Page): Promise<ShownTexts> {
  let shown = await readShownTexts(page);
  await expect(async () => {
    const before = shown;
    await page.waitForTimeout(900);
    shown = await readShownTexts(page);
    expect(shown).toEqual(before);
  }).toPass({ intervals: [0], timeout: 30_000 });
  return shown;
}

async function readAll(page: Page, place: number | string): Promise<ShownTexts> {
  let all: ShownTexts = {};
  for (const front of fronts) {
    for (const name of front)
      await page.locator('.panel-tab-title').getByText(name, { exact: true }).click();
    // A page of candles may take longer than what else is there; before the first of them there is none.
    if (place !== 'Home' && front.includes('Chart')) {
      await expect(page.locator('.chart-panel')).toHaveAttribute('data-state', 'bars');
    }
    all = { ...all, ...(await still(page)) };
  }
  return all;
}

async function play(
  browser: Browser,
  hostKind: HostKind,
  recorded: string,
  flags: readonly string[],
): Promise<ReadonlyMap<string, ShownTexts>> {
  const profile = mkdtempSync(join(tmpdir(), 'truetape-parity-'));
  mkdirSync(join(profile, 'recordings'));
  cpSync(join(recorded, 'recordings'), join(profile, 'recordings'), { recursive: true });
  const context = await browser.newContext({ locale: 'en-US' });
  const faults = watchPages(context);
  const { page, program } = await startHost(hostKind, context, ['--profile', profile, ...flags]);
  try {
    const replay = await openReplay(page);
    const shown = new Map<string, ShownTexts>();
    for (const [moment, place] of moments) {
      await goTo(replay, place);
      shown.set(moment, await readAll(replay, place));
    }
    expect(faults.texts).toEqual([]);
    return shown;
  } finally {
    faults.isHostStopping = true;
    await program.stop();
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

const countTexts = (shown: ShownTexts): number =>
  Object.values(shown).reduce((count, texts) => count + texts.length, 0);

test('a recording shows the same in a browser through the gateway and on the desktop @long', async ({
  browser,
}) => {
  test.setTimeout(300_000);
  const recorded = mkdtempSync(join(tmpdir(), 'truetape-parity-'));
  try {
    const flags = await record(browser, recorded);
    const [inBrowser, onDesktop] = await Promise.all([
      play(browser, 'gateway', recorded, flags),
      play(browser, 'desktop', recorded, flags),
    ]);
    const counts = [...inBrowser].map(([moment, shown]) => `${moment} ${countTexts(shown)}`);
    process.stdout.write(`  texts compared: ${counts.join(', ')}\n`);
    expect([...onDesktop.keys()]).toEqual([...inBrowser.keys()]);
    for (const [moment, shown] of inBrowser) {
      expect.soft(onDesktop.get(moment), `at ${moment}`).toEqual(shown);
    }
    for (const panel of ['watchlist', 'chart', 'orderBook', 'tape', 'connectionHealth', 'marks']) {
      expect(inBrowser.get('the end')?.[panel]?.join(' '), panel).toMatch(/\d/);
    }
    const times = [...inBrowser.values()].map((shown) => shown['replay-facts']?.[0]);
    expect(new Set(times).size, 'moments apart').toBe(moments.length);
  } finally {
    rmSync(recorded, { recursive: true, force: true });
  }
});
