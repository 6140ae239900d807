import type { Page } from '@playwright/test';
import type { Patterns, Sign, Times } from './support/marks.ts';
import { MarkLog, printTimes } from './support/marks.ts';
import type { TestMarket } from './support/simulator.ts';
import { test as base, expect, watchPages } from './support/workstation.ts';

const market = 'BTC-USDT';
/** Two minutes of outage and half a minute of lateness are promised; the usual run shortens one and leaves out the other. */
const isLong = process.env['TRUETAPE_LONG'] === '1';
const outageMs = 120_000;
const lateMs = isLong ? 30_000 : 10_000;
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
function leftOut(venue: Venue, state: string): Patterns {
  const name = names[venue];
  return {
    // In two minutes another venue may be silent for a moment too.
    pulse: /^[012]\/3$/,
    'pulse state': /[012]\/3 venues/,
    title: /[012] of 3 venues/,
    'panel badges': /[012]\/3/,
    watchlist: new RegExp(`^[012] of 3 venues:.*${name} (${state})`),
    'watchlist look': /^partial$/,
    'detail card': new RegExp(`^${venue} (${state})$`, 'm'),
    'chart tag': /^partial .*[012]\/3 venues/,
    'chart chips': new RegExp(`^${name} not counted since \\d`),
    'chart lane': new RegExp(`${venue}:(${state}|gap)`),
    'ladder venue': new RegExp(`^${venue} (${state})$`, 'm'),
    'ladder price': /^[012] of 3 venues$/,
    'ladder cells': new RegExp(`${venue}:(${state})`),
    'ladder books': new RegExp(`${venue}:(?!live)`),
    health: new RegExp(`^${venue} (?!live|quiet)`, 'm'),
    'status bar': new RegExp(`^[012] of 3 venues:.*${name}`),
    incidents: new RegExp(`${codes[venue]}.* running$`, 'm'),
  };
}

/** Nothing of a fault is left but what it cost: past lanes, rows of the tape and incidents. */
const whole: Patterns = {
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
  /** What the page said that it should not have. */
  readonly complaints: readonly string[];
}

/** One page on one workstation for all faults: each ends with every mark of it gone. */
const test = base.extend<object, { readonly fault: Fault }>({
  fault: [
    async ({ browser, station }, provide, { project }) => {
      const { market: simulated, open } = await station();
      const { locale = 'en-US', viewport = null } = project.use;
      const context = await browser.newContext({ locale, viewport });
      const { texts } = watchPages(context);
      const page = await open(context);
      await page.locator('.chart-toolbar').getByText('1s', { exact: true }).click();
      const log = await MarkLog.start(page, signs);
      await provide({ log, market: simulated, page, complaints: texts });
      await log.stop();
      await context.close();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

/** For a person to look at: both themes of the moment, where a folder is named. */
async function takePictures(page: Page, name: string): Promise<void> {
  const folder = process.env['TRUETAPE_PICTURES'];
  if (folder === undefined) return;
  // The setting decides, not the system; the last one is the default.
  for (const theme of ['light', 'dark'] as const) {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill(`Theme: ${theme}`);
    await page.keyboard.press('Enter');
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    await page.waitForTimeout(300);
    await page.screenshot({ path: `${folder}/${name}-${theme}.png` });
  }
}

function closedRow(name: string): RegExp {
  return new RegExp(`"place":"closed"[^}]*${name}`);
}

/** A closed gap stands where it was: trades since then may have moved it out of view. */
async function findInTape(page: Page, row: RegExp): Promise<void> {
  const tape = page.locator('.tape');
  const box = await tape.boundingBox();
  if (box === null) throw new Error('no tape is shown');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  // What is painted is told a few times a second: each part of the tape stays in view for several of these.
  let shown = '';
  for (let step = 0; step < 60 && !row.test(shown); step += 1) {
    if (step > 0) await page.mouse.wheel(0, 200);
    await page.waitForTimeout(400);
    shown = (await tape.getAttribute('data-gaps')) ?? '';
  }
  expect(shown).toMatch(row);
  await page.mouse.wheel(0, -1_000_000);
  // Rows keep still under the pointer.
  await page.mouse.move(2, 2);
}

/** Where a venue's own state stands, and what is computed from all venues. */
const ownPlaces = ['ladder venue', 'ladder books', 'chart lane', 'detail card', 'health'];
const consolidatedPlaces = [
  ...['pulse', 'watchlist', 'watchlist look', 'chart tag'],
  ...['ladder price', 'ladder cells', 'status bar'],
];
/** What one canvas draws in one go: the state of a venue, and what is computed without it. */
const drawnTogether: readonly (readonly [string, readonly string[]])[] = [
  ['ladder books', ['ladder price', 'ladder cells']],
  ['chart lane', ['chart tag']],
];

interface Marked {
  readonly title: string;
  readonly venue: Venue;
  readonly out: Patterns;
  readonly start: number;
  readonly marked: Times;
}

/** From one moment to the end of the fault, none of these places may have counted its venue. */
async function expectNeverCounted(
  log: MarkLog,
  { venue, out }: Marked,
  places: readonly string[],
  from: number,
  ended: number,
): Promise<void> {
  const counted = (await log.values(from, ended, places)).filter(
    ({ name, value }) => out[name]?.test(value) !== true,
  );
  expect(counted, `places that counted ${venue} while it was out`).toEqual([]);
}

/**
 * Nothing that is computed from all venues counts a venue after its own row or lane says that it is out: not at all within
 * one canvas, not longer than the panels need to follow one another within a page.
 */
async function expectOrder(log: MarkLog, fault: Marked, ended: number): Promise<void> {
  const { venue, start, marked } = fault;
  const momentOf = (name: string) => start + (marked.get(name) ?? Infinity);
  for (const [own, places] of drawnTogether) {
    await expectNeverCounted(log, fault, places, momentOf(own), ended);
  }
  const firstOwn = Math.min(...ownPlaces.map(momentOf));
  const followed = await log.followed(firstOwn);
  expect(followed, 'the fault lasted until the page had followed').toBeLessThan(ended);
  await expectNeverCounted(log, fault, consolidatedPlaces, followed, ended);
  for (const name of ownPlaces) {
    const early = (await log.values(momentOf(name), ended, [name])).filter(
      ({ value }) => whole[name]?.test(value) === true,
    );
    expect(early, `${name} called ${venue} live during the fault`).toEqual([]);
  }
}

/** Ends a venue's faults, and waits until no mark of them is left. */
async function end({ log, market: simulated, page }: Fault, fault: Marked): Promise<void> {
  const { title, venue, marked } = fault;
  // Long enough for a mark that is taken back to be seen.
  await page.waitForTimeout(1000);
  const ended = await log.now();
  await simulated.control({ type: 'restore', venue });
  const cleared = await log.settled(ended, whole, 90_000);
  printTimes(`${title}, cleared after its end`, cleared);
  await expectOrder(log, fault, ended);
  for (const [name, time] of marked) {
    expect(time, `${name} marked after the fault began`).toBeGreaterThan(0);
    expect(cleared.get(name), `${name} cleared after the fault ended`).toBeGreaterThan(0);
  }
}

/** Longer than any wait here: each fault ends when the page has shown it, however slow the machine is. */
const untilSeenMs = 240_000;
const seenLimitMs = 60_000;

async function silence(fault: Fault): Promise<void> {
  const { log, market: simulated, page } = fault;
  const start = await log.now();
  await simulated.control({ type: 'silence', venue: 'bybit', durationMs: untilSeenMs });
  const tape = /"place":"open".*Bybit (stale|disconnected)/;
  const out = { ...leftOut('bybit', 'stale|connecting|resyncing|disconnected'), tape };
  const marked = await log.seen(start, out, seenLimitMs);
  printTimes('silence, marked', marked);
  await takePictures(page, 'silence');
  await end(fault, { title: 'silence', venue: 'bybit', out, start, marked });
  // Silent trades may be missing ones: what is left is told in the tape and in the lane.
  await log.seen(start, { 'chart past': /bybit:(gap|repaired)/ }, 20_000);
  await findInTape(page, closedRow('Bybit'));
}

async function sequenceGap(fault: Fault): Promise<void> {
  const { log, market: simulated, page } = fault;
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
  await end(fault, { title: 'sequence gap', venue: 'binance', out, start, marked });
}

/** Every socket is cut and none comes back; ends after `lastingMs` at the earliest. */
async function cutOff(fault: Fault, title: string, venue: Venue, lastingMs: number): Promise<void> {
  const { log, market: simulated, page } = fault;
  const start = await log.now();
  await simulated.control({ type: 'refuse', venue, durationMs: untilSeenMs });
  await simulated.control({ type: 'reset', venue });
  const tape = new RegExp(`"place":"open".*${names[venue]} disconnected`);
  const left = leftOut(venue, 'disconnected|connecting|resyncing');
  // Between two tries it is disconnected, during one it connects.
  const firmly = { 'chart lane': new RegExp(`${venue}:disconnected`) };
  const marked = await log.seen(start, { ...left, ...firmly, tape }, seenLimitMs);
  printTimes(`${title}, marked`, marked);
  const health = page.locator(`.health-venue[data-venue="${venue}"]`);
  await expect(health).toContainText(/next try|attempt/i);
  await takePictures(page, title);
  await page.waitForTimeout(Math.max(0, start + lastingMs - (await log.now())));
  await end(fault, { title, venue, out: { ...left, tape }, start, marked });
  await log.seen(start, { 'chart past': new RegExp(`${venue}:(gap|repaired)`) }, 20_000);
  await findInTape(page, closedRow(names[venue]));
}

async function late(fault: Fault): Promise<void> {
  const { log, market: simulated, page } = fault;
  const start = await log.now();
  // The link falls behind a little at a time: a second without any frame would be another fault, a silent socket.
  const stepMs = 200;
  for (let lagMs = 0; lagMs < lateMs; lagMs += stepMs) {
    const more = { type: 'delay', venue: 'bybit', delayMs: stepMs, durationMs: untilSeenMs };
    await simulated.control(more);
    await page.waitForTimeout(1.1 * stepMs);
  }
  const tape = /"place":"open".*Bybit (late|stale|disconnected)/;
  const out = { ...leftOut('bybit', 'stale|connecting|resyncing|disconnected'), tape };
  const marked = await log.seen(start, out, seenLimitMs);
  const title = `late by ${lateMs / 1000} s`;
  printTimes(`${title}, marked`, marked);
  await takePictures(page, 'late');
  await end(fault, { title, venue: 'bybit', out, start, marked });
}

async function outlierPrint({ log, market: simulated, page }: Fault): Promise<void> {
  const start = await log.now();
  const chart = page.locator('.chart-panel');
  const price = page.locator(`.pulse-coin[data-market="${market}"] .pulse-price`);
  const number = async () => Number((await price.innerText()).replaceAll(',', ''));
  await expect.poll(number).toBeGreaterThan(0);
  const before = await number();
  // Ten a second until one was in view when the page painted, however slow it is.
  const print = () =>
    simulated.control({ type: 'outlier', venue: 'bybit', market, factor: 10, count: 15 });
  await print();
  const printing = setInterval(() => void print(), 1500);
  const tape = /"instrument":"bybit:BTC-USDT"[^}]*"outlier":true/;
  const wanted = {
    'tape rows': tape,
    'chart bars': /^[1-9]/,
    incidents: /BYOutlier price/,
  };
  const marked = await log.seen(start, wanted, seenLimitMs).finally(() => clearInterval(printing));
  printTimes('outlier, marked', marked);
  await takePictures(page, 'outlier');
  // The rule bounds the price by the venue's own best prices, and no axis follows the print.
  await expect.poll(async () => Math.abs((await number()) / before - 1)).toBeLessThan(0.02);
  const high = await page.locator('.detail-limit').last().innerText();
  expect(Number(high.replaceAll(',', ''))).toBeLessThan(before * 1.5);
  const range = await chart.getAttribute('data-price-range');
  expect(Number(range?.split('-')[1])).toBeLessThan(before * 1.5);
  const cleared = await log.settled(start, { ...whole, 'chart bar': /^false$/ }, 60_000);
  const nextBar = [...cleared].filter(([, time]) => time > 0);
  printTimes('outlier, next bar', new Map(nextBar));
}

const faults: readonly (readonly [string, (fault: Fault) => Promise<void>])[] = [
  ['a silent venue [N02]', silence],
  ['a sequence gap [D01]', sequenceGap],
  ['a disconnect [N04]', (fault) => cutOff(fault, 'disconnect', 'okx', 0)],
  [`a venue late by ${lateMs / 1000} s [D14]`, late],
  ['an outlier print [D15]', outlierPrint],
  [
    `a venue down for ${outageMs / 1000} s @long [N19]`,
    (fault) => cutOff(fault, 'outage', 'binance', outageMs),
  ],
];

for (const [name, provoke] of faults) {
  test(`${name} is marked wherever it shows, and no mark outlives it`, async ({ fault }) => {
    test.setTimeout(420_000 + outageMs);
    await fault.log.settled(0, whole, 60_000);
    await provoke(fault);
    expect(fault.complaints, 'what the page complained about').toEqual([]);
  });
}
