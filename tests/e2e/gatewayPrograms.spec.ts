import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import * as v from 'valibot';
import { BlockingProxy } from './support/blockingProxy.ts';
import { truetape, truetapeUser, vite } from './support/commands.ts';
import { freePort } from './support/freePort.ts';
import { groupBooks, paintedLevels, readLadder } from './support/ladder.ts';
import type { Program } from './support/processes.ts';
import { root } from './support/processes.ts';
import type { OracleBook } from './support/simulator.ts';
import { expect, test as base } from './support/workstation.ts';

const password = 'correct horse';

interface Fixtures {
  /** A profile and the programs on it, which end before it goes. */
  readonly own: {
    readonly profile: string;
    readonly keep: (program: Program) => Program;
  };
}

const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the first parameter
  own: async ({}, provide) => {
    const profile = mkdtempSync(join(tmpdir(), 'truetape-programs-'));
    const programs: Program[] = [];
    await provide({
      profile,
      keep(program) {
        programs.push(program);
        return program;
      },
    });
    for (const program of programs) await program.stop();
    rmSync(profile, { recursive: true, force: true });
  },
});

const gatewayOrigin = (gateway: Program): Promise<string> =>
  gateway.says(/^Truetape is at (https?:\/\/[^/\s]+)/m);

const tokensSchema = v.object({ access_token: v.string() });

async function accessToken(origin: string): Promise<string> {
  const answer = await fetch(`${origin}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'anna', password }),
  });
  return v.parse(tokensSchema, await answer.json()).access_token;
}

async function signIn(page: Page, secret: string): Promise<void> {
  await page.getByLabel('User name').fill('anna');
  await page.getByLabel('Password').fill(secret);
  await page.keyboard.press('Enter');
}

async function until(what: string, isThere: () => Promise<void>): Promise<void> {
  const began = performance.now();
  await isThere();
  process.stdout.write(`  ${what} after ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
}

test('off this machine a person signs in over TLS, stays over a reload, and is out after a revocation', async ({
  browser,
  own: { profile, keep },
}) => {
  await truetapeUser(profile, ['add', 'anna'], password);
  const tls = join(root, 'tests', 'fixtures', 'tls');
  const gateway = keep(
    truetape(
      ...['gateway', '--market', 'simulated', '--no-open', '--port', '0', '--profile', profile],
      ...['--host', '0.0.0.0', '--cert', join(tls, 'selfSigned.pem')],
      ...['--key', join(tls, 'server.key.pem'), '--public-host', 'venue.test'],
    ),
  );
  const port = new URL(await gatewayOrigin(gateway)).port;
  expect(gateway.output, 'off this machine no key is printed').not.toContain('#key=');
  const context = await browser.newContext({ locale: 'en-US', ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(`https://127.0.0.1:${port}/`);
  await expect(page.getByRole('heading', { name: 'Sign in to Truetape' })).toBeVisible();
  await signIn(page, 'wrong horse');
  await expect(page.getByRole('alert')).toHaveText(/do not fit/);
  await signIn(page, password);
  await expect(page.getByTestId('pulse-state')).toHaveText(/^Simulated · 3\/3 venues/);
  await page.reload();
  await expect(page.getByTestId('pulse-state')).toHaveText(/^Simulated · 3\/3 venues/);

  await truetapeUser(profile, ['revoke', 'anna']);
  await until('asked again', () =>
    expect(page.getByRole('dialog', { name: 'Sign in' })).toBeVisible(),
  );
  await truetapeUser(profile, ['passwd', 'anna'], password);
  await signIn(page, password);
  await page.getByRole('button', { name: 'Sign out anna' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to Truetape' })).toBeVisible();
  expect((await context.cookies()).filter(({ value }) => value !== '')).toEqual([]);
  await context.close();
});

/** The example's own words for what it shows. */
const connection = (page: Page) => page.getByRole('status');
const livePrices = (page: Page) => page.locator('.price.live', { hasText: /\d/ });

test('the example dashboard shows prices, says when the gateway is gone, recovers, and finds another way where sockets are blocked @long', async ({
  page,
  own: { profile, keep },
}) => {
  test.setTimeout(300_000);
  await truetapeUser(profile, ['add', 'anna'], password);
  const port = await freePort();
  const proxy = await BlockingProxy.start(port);
  const built = join(profile, 'dashboard');
  const pagePort = await freePort();
  const start = (): Program =>
    keep(
      truetape(
        ...['gateway', '--market', 'simulated', '--no-open', '--port', String(port)],
        ...['--profile', profile, '--public-host', `127.0.0.1:${proxy.port}`],
        ...['--allow-origin', `http://127.0.0.1:${pagePort}`],
      ),
    );
  const gateway = start();
  const origin = await gatewayOrigin(gateway);
  // A token of an account holds over a restart, the printed key does not.
  const token = await accessToken(origin);
  const example = join(root, 'examples', 'react-dashboard');
  const building = vite(['build', example, '--outDir', built, '--logLevel', 'warn']);
  expect((await building.ended).code, building.errors).toBe(0);
  const serving = keep(
    vite(
      [
        ...['preview', example, '--outDir', built, '--host', '127.0.0.1'],
        ...['--port', String(pagePort), '--strictPort'],
      ],
      { TRUETAPE_GATEWAY: `http://127.0.0.1:${proxy.port}`, TRUETAPE_KEY: token },
    ),
  );
  await serving.says(/127\.0\.0\.1/);
  try {
    await page.goto(`http://127.0.0.1:${pagePort}/`);
    await until('four live prices', () => expect(livePrices(page)).toHaveCount(4));
    await expect(connection(page)).toHaveText(/Connected · WebSocket/);
    await expect(page.getByText('Simulated', { exact: true })).toBeVisible();
    const direct = await page.evaluate(
      async ([address, secret]) => {
        const answer = await fetch(`${address}/api/markets/BTC-USDT/price`, {
          headers: { authorization: `Bearer ${secret}` },
        });
        return answer.status;
      },
      [origin, token] as const,
    );
    expect(direct, 'read by a page of an origin that was let in').toBe(200);

    expect(await gateway.stop()).toEqual({ code: 0, signal: null });
    await until('no live price', () => expect(page.locator('.price.live')).toHaveCount(0));
    await expect(connection(page)).not.toHaveText(/Connected/);
    await expect(page.getByRole('button', { name: 'Reconnect' })).toBeVisible();
    await gatewayOrigin(start());
    await until('live again', () => expect(livePrices(page)).toHaveCount(4));

    proxy.isBlocked = (head) => /^upgrade:/im.test(head);
    proxy.cut();
    await until('Server-Sent Events', () =>
      expect(connection(page)).toHaveText(/Connected · Server-Sent Events/),
    );
    await expect(livePrices(page)).toHaveCount(4);
    proxy.isBlocked = (head) => /^upgrade:|^accept: text\/event-stream/im.test(head);
    proxy.cut();
    await until('polling', () => expect(connection(page)).toHaveText(/Connected · polling/));
    await expect(livePrices(page)).toHaveCount(4);
    proxy.isBlocked = () => false;
    await until('WebSocket again', () =>
      expect(connection(page)).toHaveText(/Connected · WebSocket/, { timeout: 75_000 }),
    );
    await expect(livePrices(page)).toHaveCount(4);
  } finally {
    proxy.close();
  }
});

const levelSchema = v.object({ price: v.number(), sizes: v.array(v.number()) });
const bookSchema = v.object({
  book: v.object({
    bids: v.array(levelSchema),
    asks: v.array(levelSchema),
    parts: v.array(v.object({ venue: v.string(), sequence: v.number(), counted: v.boolean() })),
  }),
});
const priceSchema = v.object({
  price: v.object({
    price: v.object({ price: v.number() }),
    contributors: v.array(v.object({ venue: v.string(), price: v.nullable(v.number()) })),
  }),
});
type ServedBook = v.InferOutput<typeof bookSchema>['book'];

/** Each venue's share of a served book, as a venue writes its own. */
function booksOf(book: ServedBook): ReadonlyMap<string, OracleBook> {
  const side = (levels: ServedBook['bids'], place: number): [string, string][] =>
    levels.flatMap(({ price, sizes }) => {
      const size = sizes[place] ?? 0;
      return size === 0 ? [] : [[price.toFixed(8), size.toFixed(8)]];
    });
  return new Map(
    book.parts.map(({ venue, sequence }, place) => [
      venue,
      { updateId: sequence, bids: side(book.bids, place), asks: side(book.asks, place) },
    ]),
  );
}

/** As the page writes it. */
const written = (price: number, like: string): string =>
  price.toLocaleString('en-US', {
    minimumFractionDigits: like.split('.')[1]?.length ?? 0,
    maximumFractionDigits: like.split('.')[1]?.length ?? 0,
  });

/** Runs in the page. */
function readPrices(): { readonly price: string; readonly venues: Record<string, string> } {
  const pulse = document.querySelector('.pulse-coin[data-market="BTC-USDT"] .price-digits');
  const rows = document.querySelectorAll<HTMLElement>('.detail-venue');
  return {
    price: pulse?.textContent ?? '',
    venues: Object.fromEntries(
      [...rows].map((row) => [
        row.dataset['venue'] ?? '',
        row.querySelector('.detail-price')?.textContent ?? '',
      ]),
    ),
  };
}

test('what programs get over HTTP is what the page shows at the same update, digit by digit', async ({
  shared,
}) => {
  test.setTimeout(420_000);
  const { page, market, address } = shared;
  const { origin, hash } = new URL(address ?? '');
  const headers = { authorization: `Bearer ${hash.replace('#key=', '')}` };
  const ask = async (path: string): Promise<unknown> =>
    (await fetch(`${origin}/api/markets/BTC-USDT/${path}`, { headers })).json();
  await expect(page.getByTestId('pulse-state')).toHaveText(/3\/3 venues/);
  await expect.poll(async () => (await readLadder(page))?.bids.length ?? 0).toBe(10);
  const compare = async (): Promise<void> => {
    // A silence after a silence would be an outage: each round begins with venues that are back.
    await expect(page.getByTestId('pulse-state')).toHaveText(/3\/3 venues/, { timeout: 40_000 });
    for (const venue of ['binance', 'bybit', 'okx']) {
      await market.control({ type: 'silence', venue, durationMs: 2_500 });
    }
    await page.waitForTimeout(600);
    const [painted, shown, { book }, { price }] = await Promise.all([
      readLadder(page),
      page.evaluate(readPrices),
      ask('book?depth=50').then((answer) => v.parse(bookSchema, answer)),
      ask('price').then((answer) => v.parse(priceSchema, answer)),
    ]);
    if (painted === null) throw new Error('the page shows no book');
    const served = book.parts.filter(({ counted }) => counted);
    expect(painted.sequence).toBe(
      served.map(({ venue, sequence }) => `${venue}:${sequence}`).join(','),
    );
    for (const side of ['bids', 'asks'] as const) {
      // The last group goes on below what was served.
      const groups = groupBooks(booksOf(book), side, painted.group).slice(0, -1);
      expect(groups.length, `${side} that can be compared`).toBeGreaterThanOrEqual(3);
      expect(paintedLevels(painted, side).slice(0, groups.length)).toEqual(groups);
    }
    expect(shown.price).toBe(written(price.price.price, shown.price));
    expect(Object.keys(shown.venues)).toEqual(price.contributors.map(({ venue }) => venue));
    for (const { venue, price: own } of price.contributors) {
      const text = shown.venues[venue] ?? '';
      expect(text).toBe(written(own ?? Number.NaN, text));
    }
  };
  for (let round = 0; round < 3; round += 1) {
    // On a busy machine the silence may be over before both were read.
    await expect(compare).toPass({ intervals: [8_000], timeout: 120_000 });
  }
});
