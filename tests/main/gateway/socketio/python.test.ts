import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { closeAll, openTestGateway } from './socketIoGateway.ts';

afterEach(closeAll);

const example = fileURLToPath(new URL('../../../../examples/python/subscribe.py', import.meta.url));
/** The distribution's own, which sees the distribution's packages, before any other. */
const python = ['/usr/bin/python3', 'python3'].find(
  (command) => spawnSync(command, ['-c', 'import socketio, websocket, requests']).status === 0,
);

interface Finished {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

async function run(
  token: string,
  words: readonly string[],
  hear: (output: string) => void,
): Promise<Finished> {
  const child = spawn(python ?? '', [example, ...words], {
    env: { PATH: process.env['PATH'], TRUETAPE_TOKEN: token },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    hear(output);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output, errors };
}

test.skipIf(python === undefined).each([['websocket'], ['polling']])(
  'a subscriber in Python gets every trade by %s; skipped without python3-socketio [S1-29]',
  async (transport) => {
    const gateway = await openTestGateway({ isReal: true });
    const words = [
      '--url',
      `http://127.0.0.1:${gateway.gateway.port}`,
      '--count',
      '41',
      '--rate',
      '20',
    ];
    let isFed = false;
    const finished = await run(
      gateway.key,
      [
        ...words,
        ...(transport === 'polling' ? ['--polling'] : []),
        'trades.BTC',
        'price.BTC',
        'price.btc',
      ],
      (output) => {
        if (isFed || !output.includes('subscribed')) return;
        isFed = true;
        gateway.feed.price('BTC-USDT', 60_000.5);
        for (let count = 0; count < 40; count += 1)
          gateway.feed.trade('BTC-USDT', 100.25, 0.5, 'sell');
      },
    );
    expect(finished.errors).toMatch(/^rejected price.btc: .*BTC-USDT.*\n$/);
    const lines = finished.output.trim().split('\n');
    expect(lines[0]).toBe('subscribed: trades.BTC-USDT, price.BTC-USDT');
    expect(lines.filter((line) => line.startsWith('trades'))).toEqual(
      Array.from({ length: 40 }, (_, at) => `trades.BTC-USDT ${at + 1} binance sell 100.25 0.5`),
    );
    expect(lines.filter((line) => line.startsWith('price'))).toEqual([
      expect.stringMatching(/^price.BTC-USDT 60000.5 live \d+ ms old$/),
    ]);
    expect(finished.code).toBe(0);
  },
);

test.skipIf(python === undefined)(
  'a subscriber in Python ends with the program that it is piped into',
  async () => {
    const gateway = await openTestGateway({ isReal: true });
    const url = `http://127.0.0.1:${gateway.gateway.port}`;
    const child = spawn(python ?? '', [example, '--url', url, 'trades.BTC'], {
      env: { PATH: process.env['PATH'], TRUETAPE_TOKEN: gateway.key },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const feeding = { timer: null as NodeJS.Timeout | null };
    child.stdout.once('data', () => {
      child.stdout.destroy();
      feeding.timer = setInterval(() => gateway.feed.trade('BTC-USDT', 100.25, 0.5, 'sell'), 20);
    });
    const ended = await new Promise<readonly unknown[]>((resolve) =>
      child.on('exit', (code, signal) => resolve([code, signal])),
    );
    if (feeding.timer !== null) clearInterval(feeding.timer);
    expect(ended).toEqual([1, null]);
  },
);

test.skipIf(python === undefined)(
  'a subscriber in Python is told why it is not let in',
  async () => {
    const gateway = await openTestGateway({ isReal: true });
    const url = `http://127.0.0.1:${gateway.gateway.port}`;
    const { code, output, errors } = await run(
      'wrong',
      ['--url', url, 'trades.BTC'],
      () => undefined,
    );
    expect([code, output]).toEqual([1, '']);
    expect(errors).toMatch(/^not connected: /);
    expect(errors).not.toContain('wrong');
  },
);
