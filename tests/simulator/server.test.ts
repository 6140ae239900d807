import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startSimulatorServers } from '../../src/simulator/server.ts';
import type { RunningSimulator } from '../../src/simulator/server.ts';

const mainFile = fileURLToPath(new URL('../../src/simulator/main.ts', import.meta.url));
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(): Promise<RunningSimulator> {
  const running = await startSimulatorServers({ assets: ['BTC', 'ETH'], messagesPerSec: 2000 });
  closers.push(() => running.close());
  return running;
}

async function ask(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
}

/** The first frames of a socket that match. */
async function frames(socket: WebSocket, part: string, count: number): Promise<string[]> {
  const found: string[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed early')));
    socket.on('message', (content: Buffer) => {
      const text = content.toString();
      if (text.includes(part) && found.length < count) found.push(text);
      if (found.length >= count) resolve();
    });
  });
  socket.removeAllListeners('close');
  socket.terminate();
  return found;
}

test('all three venues speak over real sockets and answer over HTTP', async () => {
  const { venues } = await start();
  const binance = new WebSocket(`${venues.binance?.ws}/stream?streams=btcusdt@depth@100ms`);
  const bybit = new WebSocket(`${venues.bybit?.ws}/v5/public/spot`);
  bybit.on('open', () => bybit.send('{"op":"subscribe","args":["orderbook.50.BTCUSDT"]}'));
  const okx = new WebSocket(`${venues.okx?.ws}/ws/v5/public`);
  const arg = '{"channel":"books","instId":"BTC-USDT"}';
  okx.on('open', () => okx.send(`{"op":"subscribe","args":[${arg}]}`));
  const [depth, deltas, updates] = await Promise.all([
    frames(binance, 'depthUpdate', 3),
    frames(bybit, '"delta"', 3),
    frames(okx, '"update"', 3),
  ]);
  expect([depth.length, deltas.length, updates.length]).toEqual([3, 3, 3]);
  const eventTime = Number(/"E":(\d+)/.exec(depth[0] ?? '')?.[1]);
  expect(Math.abs(Date.now() - eventTime)).toBeLessThan(60_000);
  const answers = await Promise.all([
    ask(`${venues.binance?.rest}/api/v3/time`),
    ask(`${venues.bybit?.rest}/v5/market/time`),
    ask(`${venues.okx?.rest}/api/v5/public/time`),
  ]);
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
});

test('control and oracle answer over HTTP, and not to web pages', async () => {
  const { control, venues } = await start();
  const book = await ask(`${control}/oracle/book?venue=okx&market=BTC-USDT&depth=5`);
  expect(JSON.parse(book.text)).toMatchObject({ venue: 'okx', market: 'BTC-USDT' });
  expect((await ask(`${control}/oracle/book?venue=okx&market=X`)).status).toBe(400);
  expect((await ask(`${control}/oracle/counters`)).text).toContain('"bans":0');
  expect((await ask(`${control}/oracle/stats?venue=bybit`)).text).toContain('"ETH-USDT"');
  const socket = new WebSocket(`${venues.binance?.ws}/ws`);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  const body = JSON.stringify({ type: 'close', venue: 'binance', code: 1001, reason: 'bye' });
  const post = await fetch(`${control}/control`, { method: 'POST', body });
  expect(await post.json()).toEqual({ ok: true });
  const [code, reason] = (await closed) as [number, Buffer];
  expect([code, reason.toString()]).toEqual([1001, 'bye']);
  const foreign = await fetch(`${control}/oracle/counters`, {
    headers: { origin: 'https://example.org' },
  });
  expect(foreign.status).toBe(403);
});

test('a refusal reaches the client as an HTTP status, or as a reset', async () => {
  const { simulator, venues } = await start();
  const attempt = async (): Promise<string> => {
    const socket = new WebSocket(`${venues.bybit?.ws}/v5/public/spot`);
    return await new Promise((resolve) => {
      socket.on('open', () => {
        socket.terminate();
        resolve('open');
      });
      socket.on('error', (error) => resolve(error.message));
    });
  };
  expect(await attempt()).toBe('open');
  simulator.control({ type: 'refuse', venue: 'bybit', status: 429, durationMs: 60_000 });
  expect(await attempt()).toContain('429');
  simulator.control({ type: 'restore', venue: 'bybit' });
  simulator.control({ type: 'refuse', venue: 'bybit', durationMs: 60_000 });
  expect(await attempt()).toMatch(/ECONNRESET|hang up/);
  await expect(fetch(`${venues.bybit?.rest}/v5/market/time`)).rejects.toThrow();
});

async function runMain(
  args: readonly string[],
): Promise<{ code: unknown; out: string; err: string }> {
  const child = spawn(process.execPath, [mainFile, ...args], { stdio: 'pipe' });
  let out = '';
  let err = '';
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString();
    child.stdin.end();
  });
  child.stderr.on('data', (part: Buffer) => (err += part.toString()));
  const [code] = (await once(child, 'close')) as [unknown];
  return { code, out, err };
}

test('the process says once where it listens and ends with its parent; wrong flags end it', async () => {
  const [running, unknown, wrong] = await Promise.all([
    runMain(['--parent', '--seed', '4', '--rate', '50']),
    runMain(['--bogus']),
    runMain(['--rate', 'fast']),
  ]);
  expect(running.code).toBe(0);
  expect(JSON.parse(running.out)).toMatchObject({
    type: 'listening',
    control: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
    venues: { okx: { ws: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+$/) as string } },
  });
  expect([unknown.code, unknown.err.trim().split('\n').length]).toEqual([2, 1]);
  expect(wrong.err).toContain('--rate must be a number from 1 to 50000, not "fast"');
});
