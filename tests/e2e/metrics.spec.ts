import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import * as v from 'valibot';
import { MarkLog } from './support/marks.ts';
import type { MarkChange } from './support/marks.ts';
import type { TestMarket } from './support/simulator.ts';
import { expect, test } from './support/workstation.ts';

type Texts = Readonly<Record<string, string>>;

async function openMetrics(page: Page): Promise<void> {
  await expect(page.getByTestId('pulse-state')).toHaveText(/3\/3 venues/, { timeout: 60_000 });
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder(/^Search/).fill('Session metrics');
  await page.getByRole('option', { name: 'Session metrics' }).click();
  await expect(page.locator('.metrics-total')).toBeVisible();
}

/** Cells of a connection, or of all together, by the names of their columns. */
function readRow(page: Page, row: string): Promise<Texts> {
  return page.locator(row).evaluate((element) => {
    const cells = [...element.querySelectorAll<HTMLElement>('[data-label]')];
    return Object.fromEntries(
      cells.map((cell) => [cell.dataset['label'] ?? '', cell.textContent ?? '']),
    );
  });
}

const connectionRow = (connection: string) => `.metrics-row[data-connection="${connection}"]`;

function readFacts(page: Page, place: string): Promise<Texts> {
  return page
    .locator(`${place} .facts`)
    .evaluate((facts) =>
      Object.fromEntries(
        [...facts.children].map((fact) => [
          fact.querySelector('dt')?.textContent ?? '',
          fact.querySelector('dd')?.textContent ?? '',
        ]),
      ),
    );
}

const numberOf = (text: string | undefined): number => Number(text?.replaceAll(',', ''));
const seconds = (unit: number, text: string | undefined): number => unit * Number(text ?? 0);

/** `0 d 02 h 14 min 03 s`. */
function secondsOf(uptime: string | undefined): number {
  const [, ...parts] = /^(\d+) d (\d\d) h (\d\d) min (\d\d) s$/.exec(uptime ?? '') ?? [];
  expect(parts, `${uptime} is an uptime`).toHaveLength(4);
  return [86_400, 3600, 60, 1].reduce((sum, unit, at) => sum + seconds(unit, parts[at]), 0);
}

/** `8.4 s, from 14:32:07` or `1 min 52 s, from 14:32:07`. */
function secondsOpen(fact: string | undefined): number {
  const [, minutes, rest] = /^(?:(\d+) min )?([\d.]+) s, from/.exec(fact ?? '') ?? [];
  return seconds(60, minutes) + seconds(1, rest);
}

const heard = async (page: Page): Promise<number> =>
  numberOf((await readFacts(page, '.health-totals'))['Messages received']);

async function togglePause(page: Page, venue: string): Promise<void> {
  await page.locator(`.health-venue[data-venue="${venue}"]`).focus();
  await page.keyboard.press('p');
}

const valuesOf = (changes: readonly MarkChange[], name: string) =>
  changes
    .filter((change) => change.name === name)
    .map(({ time, value }) => ({ time, count: numberOf(/[\d,]+/.exec(value)?.[0]) }));

/** No figure of the panel is further from the engine's than the one before or after it. */
async function expectWithinAFrame(page: Page): Promise<void> {
  const marks = await MarkLog.start(page, [
    {
      name: 'panel',
      selector: '.metrics-total [data-column="received"]',
      read: 'text',
    },
    { name: 'engine', selector: '.health-totals .facts > :first-child', read: 'text' },
  ]);
  const from = await marks.now();
  const read = async () => {
    const changes = await marks.values(from, await marks.now(), ['panel', 'engine']);
    const engine = valuesOf(changes, 'engine');
    const last = engine.at(-1)?.time ?? 0;
    // Of the newest, what the engine says next is not known.
    const told = valuesOf(changes, 'panel').filter(({ time }) => time > from && time < last);
    return { engine, told };
  };
  await page.waitForTimeout(4_000);
  // A page that is held up is told less in that time.
  await expect(async () => {
    const { engine, told } = await read();
    expect(engine.length, 'the engine moves').toBeGreaterThan(5);
    expect(told.length, 'the panel moves').toBeGreaterThan(1);
  }).toPass({ timeout: 30_000 });
  const { engine, told } = await read();
  await marks.stop();
  for (const { time, count } of told) {
    const at = engine.findLastIndex((figure) => figure.time <= time);
    expect(count).toBeGreaterThanOrEqual(engine[Math.max(0, at - 1)]?.count ?? Infinity);
    expect(count).toBeLessThanOrEqual(engine[at + 1]?.count ?? -Infinity);
  }
}

const countersSchema = v.record(
  v.string(),
  v.object({ messages: v.number(), inboundFrames: v.number(), connects: v.number() }),
);

/** Nothing comes any more: what the engine has heard is what was sent. */
async function silenceMarket(page: Page, market: TestMarket): Promise<void> {
  await market.control({ type: 'rate', messagesPerSec: 1 });
  // What was sent before is here, however far behind a busy machine was.
  const heardIn1500Ms = async (): Promise<number> => {
    const before = await heard(page);
    await page.waitForTimeout(1_500);
    return (await heard(page)) - before;
  };
  await expect.poll(heardIn1500Ms, { intervals: [0] }).toBeLessThan(100);
  for (const venue of ['binance', 'bybit', 'okx']) await togglePause(page, venue);
}

/** Of two moments a second apart at most: the panel is told once a second. */
async function expectSameUptime(page: Page): Promise<void> {
  await page.locator('.health-venue[data-venue="binance"]').focus();
  await page.keyboard.press('Enter');
  await expect(async () => {
    const { Uptime } = await readRow(page, connectionRow('binance#1'));
    const open = (await readFacts(page, '.health-details'))['Socket open'];
    expect(Math.abs(secondsOf(Uptime) - secondsOpen(open))).toBeLessThanOrEqual(1);
    const { Uptime: watched } = await readFacts(page, '.health-totals');
    const session = await page.locator('.metrics-span b').innerText();
    expect(Math.abs(secondsOf(session) - secondsOf(watched))).toBeLessThanOrEqual(1);
  }).toPass({ timeout: 30_000 });
}

/** Once nothing moves any more: to the last message. */
async function expectSameTotals(page: Page): Promise<void> {
  await expect(async () => {
    const facts = await readFacts(page, '.health-totals');
    expect(await readRow(page, '.metrics-total')).toMatchObject({
      Received: facts['Messages received'],
      Sent: facts['Messages sent'],
      Reconnects: facts['Reconnects'],
      Subscriptions: facts['Subscriptions'],
      Queued: facts['Queued'],
    });
  }).toPass({ timeout: 30_000 });
}

const connections = ['binance#1', 'bybit#1', 'okx#1', 'okx-business#1'];

/** The panel is told once a second: the last word of a connection may come behind the pause. */
async function readStillRows(page: Page): Promise<readonly Texts[]> {
  const read = async () => {
    const rows: Texts[] = [];
    for (const connection of connections) rows.push(await readRow(page, connectionRow(connection)));
    return rows;
  };
  let rows = await read();
  await expect(async () => {
    const before = rows;
    await page.waitForTimeout(1_500);
    rows = await read();
    expect(rows).toEqual(before);
  }).toPass({ intervals: [0], timeout: 30_000 });
  return rows;
}

async function expectWhatWasSent(market: TestMarket, rows: readonly Texts[]): Promise<void> {
  const truth = v.parse(countersSchema, await market.counters());
  const [binance = {}, bybit = {}, ...okx] = rows;
  for (const [venue, row] of [
    ['binance', binance],
    ['bybit', bybit],
  ] as const) {
    // Each message of ours has one answer. One frame may have been under way when the socket closed.
    const pushed = numberOf(row['Received']) - numberOf(row['Sent']);
    expect(Math.abs(pushed - (truth[venue]?.messages ?? 0))).toBeLessThanOrEqual(1);
    expect(truth[venue]?.connects).toBe(1 + numberOf(row['Reconnects']));
  }
  const sum = (column: string) => okx.reduce((total, row) => total + numberOf(row[column]), 0);
  expect(truth['okx']?.connects).toBe(okx.length + sum('Reconnects'));
  expect(truth['okx']?.inboundFrames).toBe(sum('Sent'));
}

const exportSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    rows: v.array(
      v.object({
        scope: v.string(),
        connection: v.string(),
        uptime: v.number(),
        messages_received: v.number(),
        messages_sent: v.nullable(v.number()),
        subscriptions: v.nullable(v.number()),
        reconnects: v.nullable(v.number()),
      }),
    ),
  }),
);

/** By the button of the panel. Answers with the text of the file. */
async function exportMetrics(page: Page, profile: string): Promise<string> {
  await page.locator('.metrics').getByRole('button', { name: 'Export' }).click();
  await expect(page.getByRole('radio', { name: /^Session metrics/ })).toBeChecked();
  const form = page.getByRole('form', { name: 'Export' });
  await form.getByRole('radio', { name: 'JSON', exact: true }).click();
  await form.getByRole('button', { name: 'Start export' }).click();
  const name = await page.locator('.export-job[data-status="done"] bdi').innerText();
  return readFileSync(join(profile, 'exports', name), 'utf8');
}

test('[S0-10, S0-32] the six counters and uptime are those of the engine, of the wire and of the export', async ({
  running,
  market,
  workstation,
}) => {
  const { page } = running;
  await openMetrics(page);
  await expectWithinAFrame(page);
  await expectSameUptime(page);

  await market.control({ type: 'close', venue: 'okx', code: 1012 });
  const reconnects = async () => (await readRow(page, connectionRow('okx#1')))['Reconnects'];
  await expect.poll(reconnects).toBe('1');
  await expect(page.getByTestId('pulse-state')).toHaveText(/3\/3 venues/);

  await silenceMarket(page, market);
  await expectSameTotals(page);
  const rows = await readStillRows(page);
  await expectWhatWasSent(market, rows);

  const text = await exportMetrics(page, workstation.profile);
  const exported = v.parse(exportSchema, text).rows.filter(({ scope }) => scope === 'connection');
  expect(exported).toEqual(
    rows.map((row, at) => ({
      scope: 'connection',
      connection: connections[at],
      uptime: exported[at]?.uptime,
      messages_received: numberOf(row['Received']),
      messages_sent: numberOf(row['Sent']),
      subscriptions: numberOf(row['Subscriptions']),
      reconnects: numberOf(row['Reconnects']),
    })),
  );
  // They stood still by then.
  expect(exported.map(({ uptime }) => Math.floor(uptime / 1000))).toEqual(
    rows.map(({ Uptime }) => secondsOf(Uptime)),
  );
});

test('[S3-16] paused it stands still while the engine goes on, resumed it is at the latest, and without a host it says so', async ({
  shared,
}) => {
  const { page, program } = shared;
  await openMetrics(page);
  const metrics = page.locator('.metrics');
  const state = metrics.getByRole('status');
  await expect(state).toHaveText('Live');
  await metrics.getByRole('button', { name: 'Pause' }).click();
  await expect(state).toHaveText(/^Paused at \d\d:\d\d:\d\d, the engine goes on$/);
  const frozen = await metrics.innerText();
  const before = numberOf((await readRow(page, '.metrics-total'))['Received']);
  await expect.poll(() => heard(page)).toBeGreaterThan(before + 700);
  // The panel is told once a second, by the same host that tells this.
  const known = await heard(page);
  const uptime = async () => secondsOf((await readFacts(page, '.health-totals'))['Uptime']);
  const since = await uptime();
  await expect.poll(uptime).toBeGreaterThan(since + 2);
  await expect.poll(() => heard(page)).toBeGreaterThan(known);
  expect(await metrics.innerText()).toBe(frozen);
  const paused = await state.innerText();

  program.child.kill('SIGSTOP');
  try {
    await expect(state).toHaveText(paused.replace('goes on', 'cannot be heard'));
    await metrics.getByRole('button', { name: 'Resume' }).click();
    await expect(state).toHaveText(/^Disconnected, figures of \d\d:\d\d:\d\d$/);
    const card = metrics.getByRole('listitem', { name: 'Messages' });
    await expect(card.locator('.metric-value')).toHaveText(/^–/);
    await expect(card).toContainText(/last [\d,]+ msg\/s/);
    await expect(metrics.locator('.mark[data-state="live"]')).toHaveCount(0);
    // What was told while it was paused is there at once, though nothing comes any more.
    const resumed = numberOf((await readRow(page, '.metrics-total'))['Received']);
    expect(resumed).toBeGreaterThan(before + 300);
  } finally {
    program.child.kill('SIGCONT');
  }
  await expect(state).toHaveText('Live');
  await expect(page.getByTestId('pulse-state')).toHaveText(/3\/3 venues/);
});
