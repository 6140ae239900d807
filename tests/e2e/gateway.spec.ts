import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { machineTime } from '../support/machineTime.ts';
import { freePort } from './support/freePort.ts';
import { Program, builtMain } from './support/processes.ts';
import { expect, test } from './support/workstation.ts';

function cli(...args: readonly string[]): Program {
  return new Program(
    spawn(process.execPath, [join(builtMain, 'cli.js'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Nothing but its own words: Node warns of colors that are forced and forbidden at once.
      env: { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '', FORCE_COLOR: undefined },
    }),
  );
}

test('a page without the key, or with a wrong one, is told what to do and sees nothing', async ({
  shared,
  browser,
}) => {
  const origin = new URL(shared.address ?? '').origin;
  for (const path of ['/', '/#key=wrong']) {
    const stranger = await browser.newContext({ locale: 'en-US' });
    const page = await stranger.newPage();
    await page.goto(origin + path);
    await expect(page.getByText('Open the newest address that the gateway printed')).toBeVisible();
    await expect(page.locator('.pulse-bar')).toHaveCount(0);
    expect(new URL(page.url()).hash).toBe('');
    await stranger.close();
  }
});

test('the key leaves the address, and a reload needs it no more', async ({ shared }) => {
  const { page } = shared;
  await expect(page.locator('.pulse-bar')).toBeVisible();
  expect(page.url()).not.toContain('key');
  await page.reload();
  await expect(page.locator('.pulse-bar')).toBeVisible();
});

test('a foreign page, host name or program gets no socket [G05]', async ({ shared }) => {
  const { page, address } = shared;
  await expect(page.locator('.pulse-bar')).toBeVisible();
  const { host, origin } = new URL(address ?? '');
  const [cookie] = await page.context().cookies();
  const session = `${cookie?.name}=${cookie?.value}`;
  const status = (headers: Readonly<Record<string, string>>) =>
    new Promise<number>((resolve) => {
      const socket = new WebSocket(`ws://${host}/bridge`, { headers });
      socket.on('error', () => undefined);
      socket.on('open', () => {
        socket.close();
        resolve(101);
      });
      socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode ?? 0);
      });
    });
  expect(await status({ cookie: session, origin })).toBe(101);
  expect(await status({ cookie: session, origin: 'https://evil.example' })).toBe(403);
  expect(await status({ cookie: session })).toBe(403);
  expect(await status({ cookie: session, origin, host: 'evil.example' })).toBe(421);
  expect(await status({ origin })).toBe(401);
});

test('a gateway that nobody looks at never invents a market', async ({ workstation }) => {
  const port = await freePort();
  const program = cli(
    ...['gateway', '--port', '0', '--no-open', '--profile', workstation.profile],
    ...['binance', 'bybit', 'okx'].flatMap((venue) => [
      '--venue-endpoint',
      `${venue}=ws://127.0.0.1:${port},http://127.0.0.1:${port}`,
    ]),
  );
  const address = await program.says(/^Truetape is at (http:\S+)$/m);
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const answer = await fetch(new URL('/health', address));
  const health: unknown = await answer.json();
  expect([answer.status, health]).toMatchObject([503, { source: 'live', venues: { live: 0 } }]);
  expect(await program.stop()).toEqual({ code: 0, signal: null });
});

test('health tells monitors the truth', async ({ running, market }) => {
  const health = new URL('/health', running.address ?? '');
  await expect.poll(async () => (await fetch(health)).status).toBe(200);
  for (const venue of Object.keys(market.venues)) {
    await market.control({ type: 'refuse', venue, durationMs: 60_000 });
    await market.control({ type: 'reset', venue });
  }
  await expect.poll(async () => (await fetch(health)).status).toBe(503);
});

test('a stop signal ends it with 0 within five seconds, page, feed and recording whole [S0-36]', async ({
  running,
  workstation,
}) => {
  await expect(running.page.getByTestId('pulse-state')).toHaveText(/3\/3 venues/, {
    timeout: 30_000,
  });
  const taken = machineTime(running.program.child.pid);
  // What it had to wait for is told as long as it is there.
  const looking = setInterval(taken, 20);
  expect(await running.stop()).toEqual({ code: 0, signal: null });
  clearInterval(looking);
  const took = taken();
  process.stdout.write(`  stopped in ${took.toFixed(0)} ms\n`);
  expect(took).toBeLessThan(5000);
  const { profile } = workstation;
  const [session = 'none'] = readdirSync(join(profile, 'recordings'));
  const replay = cli('replay', '--verify', '--rounds', '1', session, '--profile', profile);
  expect(await replay.ended).toEqual({ code: 0, signal: null });
  // The live run wrote its last state down, and the replay of what was recorded has come to the same.
  expect(replay.output).toContain('and in the live run');
});

test('two programs on one profile: the second says so and ends', async ({ shared }) => {
  await expect(shared.page.locator('.pulse-bar')).toBeVisible();
  const second = cli('gateway', '--port', '0', '--no-open', '--profile', shared.profile);
  const { code } = await second.ended;
  expect(code).toBe(1);
  expect(second.errors).toMatch(/^truetape: .*profile.*\n$/i);
});

test('every mistake on the command line is one line and a code', async ({ shared }) => {
  const busy = new URL(shared.address ?? '').port;
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['gateway', '--prot', '1'], 2, /Did you mean --port\?/],
    [['gateway', '--market', 'paper'], 2, /--market is live or simulated/],
    [['gateway', '--host', '0.0.0.0'], 2, /need TLS\. Give --cert FILE and --key FILE/],
    [['replay', 'none', '--host', '0.0.0.0'], 2, /on this machine only/],
    [['gateway', '--replay', 'none.ndjson', '--venue', 'okx'], 2, /there is no such file/],
    [['gateway', '--port', busy, '--no-open', '--profile', test.info().outputDir], 1, /is in use/],
    [['inspect', 'none.ndjson', '--venue', 'okx'], 1, /none\.ndjson/],
    [['inspect', 'none.ndjson', '--venue', 'kraken'], 2, /kraken/],
    [['replay', 'none', '--profile', test.info().outputDir], 1, /is no recorded session/],
    [['replay', '--rounds', '0'], 2, /--rounds takes a number/],
    [['replay', '--speed', '0'], 2, /--speed is a number from 0\.1 to 1000/],
    [['import'], 2, /import needs a file/],
    [['simulator', '--port', 'x'], 2, /--port/],
    [['user', 'add', 'anna', 'word'], 2, /never part of the command line/],
    [
      ['record'],
      2,
      /Commands: gateway, ingest, inspect, replay, import, export, simulator, user, doctor\./,
    ],
  ];
  for (const [args, code, line] of cases) {
    const program = cli(...args);
    const ended = await program.ended;
    const shown = args.join(' ');
    expect(program.errors.replace(/^\d\d:.*\n/gm, ''), shown).toMatch(line);
    expect(
      program.errors
        .replace(/^\d\d:.*\n/gm, '')
        .trim()
        .split('\n'),
      shown,
    ).toHaveLength(1);
    expect(program.errors, shown).not.toMatch(/\n {4}at /);
    expect(ended.code, shown).not.toBe(0);
    if (code === 2) expect([1, 2], shown).toContain(ended.code);
  }
});
