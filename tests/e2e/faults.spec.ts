import type { Page } from '@playwright/test';
import type { Sign } from './support/marks.ts';
import { MarkLog, printTimes } from './support/marks.ts';
import type { TestMarket } from './support/simulator.ts';
import { expect, test } from './support/workstation.ts';

const market = 'BTC-USDT';
/** The issue of a long outage is two minutes; the usual run shortens it. */
const outageMs = process.env['TRUETAPE_LONG'] === '1' ? 120_000 : 20_000;
const allLive = 'binance:live,bybit:live,okx:live';

/** Every place where the state of a venue, or of what it gave, can be read. */
const signs: readonly Sign[] = [
  { name: 'pulse', selector: `.pulse-coin[data-market="${market}"] .pulse-partial`, read: 'text' },
  { name: 'pulse state', selector: '.pulse-state', read: 'text' },
  { name: 'title', selector: '.title-bar .source-badge', read: 'text' },
  { name: 'panel badges', selector: '.source-badge[data-size="panel"]', read: 'text' },
  { name: 'watchlist', selector: `[row-id="${market}"] .coverage`, read: 'aria-label' },
  { name: 'watchlist look', selector: `[row-id="${market}"] .price-text`, read: 'data-look' },
  { name: 'detail card', selector: '.detail-venue', key: 'data-venue', read: 'data-state' },
  { name: 'chart tag', selector: '.chart-panel', key: 'data-tag-look', read: 'data-tag' },
  { name: 'chart chips', selector: '.chart-panel', read: 'data-chips' },
  { name: 'chart lane', selector: '.chart-panel', read: 'data-lanes' },
  { name: 'chart past', selector: '.chart-panel', read: 'data-past-lanes' },
  { name: 'chart bar', selector: '.chart-panel', read: 'data-shown-outlier' },
  { name: 'chart bars', selector: '.chart-panel', read: 'data-outliers' },
  { name: 'ladder venue', selector: '.book-venue', key: 'data-venue', read: 'data-state' },
  { name: 'ladder price', selector: '.order-book', read: 'data-mid-label' },
  { name: 'ladder cells', selector: '.order-book', read: 'data-mid-cells' },
  { name: 'ladder books', selector: '.order-book', read: 'data-parts' },
  { name: 'tape', selector: '.tape', read: 'data-gaps' },
  { name: 'tape rows', selector: '.tape', read: 'data-painted' },
  { name: 'health', selector: '.health-venue', key: 'data-venue', read: 'data-state' },
  { name: 'incidents', selector: '.incident', key: 'text', read: 'data-outcome' },
  { name: 'status bar', selector: '.status-bar .coverage', read: 'aria-label' },
];

const names = { binance: 'Binance', bybit: 'Bybit', okx: 'OKX' } as const;
type Venue = keyof typeof names;
const codes: Readonly<Record<Venue, string>> = { binance: 'BN', bybit: 'BY', okx: 'OK' };

/** Wherever a venue that does not count has to be missing; `state`: what it may be called. */
function leftOut(venue: Venue, state: string): Readonly<Record<string, RegExp>> {
  const name = names[venue];
  return {
    pulse: /^2\/3$/,
    'pulse state': /2\/3 venues/,
    title: /2 of 3 venues/,
    'panel badges': /2\/3/,
    watchlist: new RegExp(`^2 of 3 venues: ${name} (${state})`),
    'watchlist look': /^partial$/,
    'detail card': new RegExp(`^${venue} (${state})$`, 'm'),
    'chart tag': /^partial .*2\/3 venues/,
    'chart chips': new RegExp(`^${name} not counted since \\d`),
    'chart lane': new RegExp(`${venue}:(${state}|gap)`),
    'ladder venue': new RegExp(`^${venue} (${state})$`, 'm'),
    'ladder price': /^2 of 3 venues$/,
    'ladder cells': new RegExp(`${venue}:(${state})`),
    'ladder books': new RegExp(`${venue}:(?!live)`),
    health: new RegExp(`^${venue} (?!live|quiet)`, 'm'),
    'status bar': new RegExp(`^2 of 3 venues: ${name}`),
    incidents: new RegExp(`${codes[venue]}.* running$`, 'm'),
  };
}

/** Nothing of a fault is left but what it cost: past lanes, rows of the tape and incidents. */
const whole: Readonly<Record<string, RegExp>> = {
  pulse: /^$/,
  'pulse state': /^Real-time · 3\/3 venues · 4\/4 symbols$/,
  title: /^LIVE$/,
  'panel badges': /^LIVE(\nLIVE)+$/,
  watchlist: /^3 of 3 venues$/,
  'watchlist look': /^live$/,
  'detail card': /^binance live\nbybit live\nokx live$/,
  'chart tag': /^live [\d,.]+$/,
  'chart chips': /^$/,
  'chart lane': /^$/,
  'ladder venue': /^binance live\nbybit live\nokx live$/,
  'ladder price': /^consolidated$/,
  'ladder cells': new RegExp(`^${allLive}$`),
  'ladder books': new RegExp(`^${allLive}$`),
  health: /^binance live\nbybit live\nokx live$/,
  'status bar': /^3 of 3 venues$/,
  tape: /^(?!.*"open")/,
  incidents: /^(?![^]* running(\n|$))/,
};

interface Fault {
  readonly log: MarkLog;
  readonly market: TestMarket;
  readonly page: Page;
}

/** For a person to look at: both themes of the moment, where a folder is named. */
async function takePictures(page: Page, name: string): Promise<void> {
  const folder = process.env['TRUETAPE_PICTURES'];
  if (folder === undefined) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(300);
    await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png` });
  }
}

type Times = ReadonlyMap<string, number>;

function closedRow(name: string): RegExp {
  return new RegExp(`"place":"closed"[^}]*${name}`);
}

/** From the moment in which a venue was marked as left out until now, no moment may have counted it. */
async function expectNeverCounted(
  log: MarkLog,
  venue: Venue,
  start: number,
  marked: Times,
): Promise<void> {
  const since = await log.changes(start + (marked.get('ladder cells') ?? 0));
  const counted = since.filter(
    ({ name, value }) => name === 'ladder cells' && value.includes(`${venue}:live`),
  );
  expect(counted, `${venue} counted while it was out`).toEqual([]);
}

/** Ends a venue's faults, and waits until no mark of them is left. */
async function end({ log, market: simulated }: Fault, title: string, venue: Venue): Promise<Times> {
  const ended = await log.now();
  await simulated.control({ type: 'restore', venue });
  const cleared = await log.settled(ended, whole, 90_000);
  printTimes(`${title}, cleared after its end`, cleared);
  return cleared;
}

/** Marks come after the fault, and none goes before the fault has ended. */
function expectOrder(marked: Times, cleared: Times): void {
  for (const [name, time] of marked) expect(time, `${name} marked`).toBeGreaterThan(0);
  const venueBack = cleared.get('ladder cells') ?? 0;
  for (const name of ['pulse', 'watchlist', 'chart tag', 'ladder price']) {
    expect(cleared.get(name), `${name} cleared`).toBeGreaterThan(0);
  }
  expect(venueBack).toBeGreaterThan(0);
}

/** Longer than any wait here: each fault ends when the page has shown it, however slow the machine is. */
const untilSeenMs = 240_000;
const seenLimitMs = 60_000;

async function silence({ log, market: simulated, page }: Fault): Promise<void> {
  const start = await log.now();
  await simulated.control({ type: 'silence', venue: 'bybit', durationMs: untilSeenMs });
  const out = leftOut('bybit', 'stale|connecting|resyncing|disconnected');
  const tape = /"place":"open".*Bybit (stale|cut off)/;
  const marked = await log.seen(start, { ...out, tape }, seenLimitMs);
  printTimes('silence, marked', marked);
  await takePictures(page, 'silence');
  await expectNeverCounted(log, 'bybit', start, marked);
  const cleared = await end({ log, market: simulated, page }, 'silence', 'bybit');
  // Silent trades may be missing ones: what is left is told in the tape and in the lane.
  await log.seen(start, { 'chart past': /bybit:(gap|repaired)/, tape: closedRow('Bybit') }, 20_000);
  expectOrder(marked, cleared);
}

async function sequenceGap({ log, market: simulated, page }: Fault): Promise<void> {
  const start = await log.now();
  // Without a snapshot the book cannot be mended before it was seen to be broken.
  const refused = { type: 'refuse', venue: 'binance', what: 'request', path: 'depth', status: 500 };
  await simulated.control({ ...refused, durationMs: untilSeenMs });
  await simulated.control({ type: 'dropDiff', venue: 'binance', market, count: 1 });
  const tape = /"place":"open".*Binance resyncing.*trades continue, book does not/;
  const out = { ...leftOut('binance', 'resyncing'), 'ladder books': /binance:resyncing/, tape };
  const marked = await log.seen(start, out, seenLimitMs);
  printTimes('sequence gap, marked', marked);
  await takePictures(page, 'gap');
  await expectNeverCounted(log, 'binance', start, marked);
  expectOrder(marked, await end({ log, market: simulated, page }, 'sequence gap', 'binance'));
}

async function disconnect({ log, market: simulated, page }: Fault): Promise<void> {
  const start = await log.now();
  await simulated.control({ type: 'refuse', venue: 'okx', durationMs: untilSeenMs });
  await simulated.control({ type: 'reset', venue: 'okx' });
  const out = leftOut('okx', 'disconnected|connecting|resyncing');
  const tape = /"place":"open".*OKX cut off/;
  const wanted = { ...out, tape, 'chart lane': /okx:disconnected/ };
  const marked = await log.seen(start, wanted, seenLimitMs);
  printTimes('disconnect, marked', marked);
  await takePictures(page, 'disconnect');
  await expectNeverCounted(log, 'okx', start, marked);
  const cleared = await end({ log, market: simulated, page }, 'disconnect', 'okx');
  await log.seen(start, { 'chart past': /okx:(gap|repaired)/, tape: closedRow('OKX') }, 20_000);
  expectOrder(marked, cleared);
}

async function late({ log, market: simulated, page }: Fault): Promise<void> {
  const start = await log.now();
  // The link falls behind by a second in each 1.1 s, so that frames never stop coming.
  for (let lagMs = 0; lagMs < 30_000; lagMs += 1000) {
    const more = { type: 'delay', venue: 'bybit', delayMs: 1000, durationMs: untilSeenMs };
    await simulated.control(more);
    await page.waitForTimeout(1100);
  }
  // The row of its connection tells of the link, which flows: that what it brings is old is an incident.
  const places = Object.entries(leftOut('bybit', 'stale|connecting|resyncing|disconnected'));
  const out = {
    ...Object.fromEntries(places.filter(([name]) => name !== 'health')),
    tape: /"place":"open".*Bybit (late|stale|cut off)/,
  };
  const marked = await log.seen(start, out, seenLimitMs);
  printTimes('falling late by 30 s, marked', marked);
  await takePictures(page, 'late');
  await page.waitForTimeout(2_000);
  await expectNeverCounted(log, 'bybit', start, marked);
  expectOrder(marked, await end({ log, market: simulated, page }, 'late by 30 s', 'bybit'));
}

async function outlierPrint({ log, market: simulated, page }: Fault): Promise<void> {
  const start = await log.now();
  const chart = page.locator('.chart-panel');
  const price = page.locator(`.pulse-coin[data-market="${market}"] .pulse-price`);
  const number = async () => Number((await price.innerText()).replaceAll(',', ''));
  await expect.poll(number).toBeGreaterThan(0);
  const before = await number();
  // Ten a second for a while, so that one is in view whenever a slow page paints.
  await simulated.control({ type: 'outlier', venue: 'bybit', market, factor: 10, count: 150 });
  const tape = /"instrument":"bybit:BTC-USDT"[^}]*"outlier":true/;
  const wanted = {
    'tape rows': tape,
    'chart bars': /^[1-9]/,
    incidents: /BYOutlier price/,
  };
  const marked = await log.seen(start, wanted, seenLimitMs);
  printTimes('outlier, marked', marked);
  await takePictures(page, 'outlier');
  // The rule bounds the price by the venue's own best prices, and no axis follows the print.
  await expect.poll(async () => Math.abs((await number()) / before - 1)).toBeLessThan(0.02);
  const high = await page.locator('.detail-limit').last().innerText();
  expect(Number(high.replaceAll(',', ''))).toBeLessThan(before * 1.5);
  const range = await chart.getAttribute('data-price-range');
  expect(Number(range?.split('-')[1])).toBeLessThan(before * 1.5);
  const cleared = await log.settled(start, { ...whole, 'chart bar': /^false$/ }, 60_000);
  printTimes('outlier, next bar', cleared);
}

async function outage({ log, market: simulated, page }: Fault): Promise<void> {
  const start = await log.now();
  await simulated.control({ type: 'refuse', venue: 'binance', durationMs: untilSeenMs });
  await simulated.control({ type: 'reset', venue: 'binance' });
  const out = leftOut('binance', 'disconnected|connecting');
  const tape = /"place":"open".*Binance cut off/;
  const wanted = { ...out, tape, 'chart lane': /binance:disconnected/ };
  const marked = await log.seen(start, wanted, seenLimitMs);
  printTimes('outage, marked', marked);
  const health = page.locator('.health-venue[data-venue="binance"]');
  await expect(health).toContainText(/next try|attempt/i);
  await takePictures(page, 'outage');
  await page.waitForTimeout(Math.max(0, start + outageMs - (await log.now())));
  await expectNeverCounted(log, 'binance', start, marked);
  const title = `outage of ${outageMs / 1000} s`;
  const cleared = await end({ log, market: simulated, page }, title, 'binance');
  const closed = { 'chart past': /binance:(gap|repaired)/, tape: closedRow('Binance') };
  await log.seen(start, closed, 20_000);
  expectOrder(marked, cleared);
}

const faults: readonly (readonly [string, (fault: Fault) => Promise<void>])[] = [
  ['a silent venue [N02]', silence],
  ['a sequence gap [D01]', sequenceGap],
  ['a disconnect [N04]', disconnect],
  ['a venue late by 30 s [D14]', late],
  ['an outlier print [D15]', outlierPrint],
  [`a venue down for ${outageMs / 1000} s [N19]`, outage],
];

for (const [name, provoke] of faults) {
  test(`${name} is marked wherever it shows, and no mark outlives it`, async ({
    running,
    market: simulated,
  }) => {
    test.setTimeout(420_000 + outageMs);
    const { page } = running;
    await page.locator('.chart-toolbar').getByText('1s', { exact: true }).click();
    const log = await MarkLog.start(page, signs);
    await log.settled(0, whole, 60_000);
    await provoke({ log, market: simulated, page });
    await log.stop();
  });
}
