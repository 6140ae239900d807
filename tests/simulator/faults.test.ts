import { expect, test } from 'vitest';
import { createSimulator } from '../../src/simulator/simulator.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { connect, MemoryClient } from './support/memoryClient.ts';
import { startTime } from './support/start.ts';

function makeSimulator(): Simulator {
  return createSimulator({ seed: 51, startTime, messagesPerSec: 2000, assets: ['BTC', 'ETH'] });
}

function later(simulator: Simulator, ms: number): void {
  simulator.advanceTo(simulator.now() + ms);
}

interface Depth {
  readonly U: number;
  readonly u: number;
}

test('a dropped diff is a gap of exactly that message, counted', () => {
  const simulator = makeSimulator();
  const client = connect(simulator, 'binance', '/ws/btcusdt@depth@100ms/ethusdt@depth@100ms');
  later(simulator, 2000);
  expect(
    simulator.control({ type: 'dropDiff', venue: 'binance', market: 'BTC-USDT', count: 1 }),
  ).toEqual({ ok: true });
  later(simulator, 3000);
  const gaps = (symbol: string): number => {
    const updates = client.parseFrames<Depth>(`"s":"${symbol}"`);
    return updates.filter(
      (update, index) => index > 0 && update.U !== (updates[index - 1]?.u ?? 0) + 1,
    ).length;
  };
  expect([gaps('BTCUSDT'), gaps('ETHUSDT')]).toEqual([1, 0]);
  expect(simulator.oracle.counters().binance?.framesLostToFaults).toBe(1);
});

test('silence stops the data of a stream; acks, pongs and other streams go on', () => {
  const simulator = makeSimulator();
  const client = connect(simulator, 'okx', '/ws/v5/public');
  const args = ['books', 'trades'].map((channel) => ({ channel, instId: 'BTC-USDT' }));
  client.sendJson({ op: 'subscribe', args });
  later(simulator, 1000);
  simulator.control({ type: 'silence', venue: 'okx', stream: 'books', durationMs: 5000 });
  client.clear();
  later(simulator, 4999);
  client.send('ping');
  const during = client.texts();
  expect(during.filter((text) => text.includes('"books"'))).toEqual([]);
  expect(during.filter((text) => text.includes('"trades"')).length).toBeGreaterThan(0);
  expect(during).toContain('pong');
  client.clear();
  later(simulator, 1000);
  expect(client.texts().some((text) => text.includes('"books"'))).toBe(true);
});

test('close and reset end sockets of that venue only', () => {
  const simulator = makeSimulator();
  const binance = connect(simulator, 'binance', '/ws');
  const bybit = connect(simulator, 'bybit', '/v5/public/spot');
  const okx = connect(simulator, 'okx', '/ws/v5/public');
  simulator.control({ type: 'close', venue: 'binance', code: 1001, reason: 'bye' });
  simulator.control({ type: 'reset', venue: 'okx' });
  expect([binance.ended, bybit.ended, okx.ended]).toEqual([
    { code: 1001, reason: 'bye' },
    undefined,
    { code: 1006, reason: '' },
  ]);
  expect(simulator.oracle.counters().binance?.openConnections).toBe(0);
});

test('refuse turns handshakes and requests away for its time, or until restore', () => {
  const simulator = makeSimulator();
  const attempt = (): number =>
    new MemoryClient().attach(simulator, 'bybit', '/v5/public/spot', '127.0.0.1');
  const ask = (): unknown => {
    const request = { method: 'GET', path: '/v5/market/time', ip: '127.0.0.1' };
    const result = simulator.venue('bybit').rest(request);
    return typeof result === 'string' ? result : result.status;
  };
  simulator.control({ type: 'refuse', venue: 'bybit', status: 503, durationMs: 1000 });
  expect([attempt(), ask()]).toEqual([503, 503]);
  later(simulator, 1000);
  expect([attempt(), ask()]).toEqual([101, 200]);
  simulator.control({ type: 'refuse', venue: 'bybit', durationMs: 60_000 });
  expect([attempt(), ask()]).toEqual([0, 'reset']);
  simulator.control({ type: 'restore', venue: 'bybit' });
  expect([attempt(), ask()]).toEqual([101, 200]);
});

test('an outlier is printed and taken into the candle, and the book stays as it is', () => {
  const simulator = makeSimulator();
  later(simulator, 3000);
  const before = Number(simulator.oracle.statistics('okx', 'BTC-USDT')?.last);
  const lastId = simulator.oracle.trades('okx', 'BTC-USDT').at(-1)?.index ?? 0;
  const book = simulator.oracle.book('okx', 'BTC-USDT');
  const command = {
    type: 'outlier',
    venue: 'okx',
    market: 'BTC-USDT',
    factor: 10,
    count: 2,
  } as const;
  expect(simulator.control(command)).toEqual({ ok: true });
  expect(simulator.oracle.book('okx', 'BTC-USDT')).toEqual(book);
  later(simulator, 1000);
  const printed = simulator.oracle
    .trades('okx', 'BTC-USDT', lastId)
    .filter((trade) => Number(trade.price) > before * 5);
  expect(printed.length).toBe(2);
  expect(Number(simulator.oracle.statistics('okx', 'BTC-USDT')?.high)).toBeGreaterThan(before * 9);
});

test('the rate follows the command', () => {
  const simulator = makeSimulator();
  const client = connect(simulator, 'binance', '/ws/btcusdt@trade/btcusdt@bookTicker');
  simulator.control({ type: 'rate', messagesPerSec: 50 });
  later(simulator, 10_000);
  const calm = client.frames.length;
  client.clear();
  simulator.control({ type: 'rate', messagesPerSec: 5000 });
  later(simulator, 10_000);
  expect(client.frames.length / calm).toBeGreaterThan(30);
});

test.each<[unknown, string]>([
  ['close', 'a command is a JSON object with a type'],
  [{ type: 'explode' }, 'type must be one of'],
  [{ type: 'reset', venue: 'kraken' }, 'venue must be one of binance, bybit, okx'],
  [{ type: 'silence', venue: 'okx' }, 'durationMs is missing'],
  [{ type: 'dropDiff', venue: 'okx' }, 'dropDiff needs count or probability'],
  [{ type: 'dropDiff', venue: 'okx', count: 1, market: 'X-Y' }, 'okx has no market "X-Y"'],
  [{ type: 'rate', messagesPerSec: 1e9 }, 'messagesPerSec must be a number from 1 to 50000'],
])('a wrong command is answered, not obeyed: %j', (command, error) => {
  const result = makeSimulator().controlUnknown(command);
  expect(result).toEqual({ ok: false, error: expect.stringContaining(error) as string });
});
