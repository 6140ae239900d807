import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { connect, get } from './support/memoryClient.ts';
import { startTime } from './support/start.ts';

interface RunOptions {
  readonly seed: number;
  /** Virtual ms per call of `advanceTo`. */
  readonly stepMs: number;
  readonly withSpectator?: boolean;
}

/** Everything that a client of all venues saw, with its times. */
function runOnce(options: RunOptions): { hash: string; frames: number } {
  const simulator = createSimulator({ seed: options.seed, startTime, messagesPerSec: 1000 });
  const clients = [
    connect(
      simulator,
      'binance',
      '/stream?streams=btcusdt@trade/ethusdt@depth@100ms/solusdt@ticker',
    ),
    connect(simulator, 'bybit', '/v5/public/spot'),
    connect(simulator, 'okx', '/ws/v5/public'),
  ];
  clients[1]?.sendJson({ op: 'subscribe', args: ['orderbook.200.BTCUSDT', 'kline.1.XRPUSDT'] });
  const books = { channel: 'books', instId: 'BTC-USDT' };
  clients[2]?.sendJson({
    op: 'subscribe',
    args: [books, { channel: 'trades', instId: 'BTC-USDT' }],
  });
  if (options.withSpectator === true) {
    connect(simulator, 'okx', '/ws/v5/public', '10.0.0.2').sendJson({
      op: 'subscribe',
      args: [books, { channel: 'bbo-tbt', instId: 'ETH-USDT' }],
    });
  }
  const answers: string[] = [];
  for (let elapsed = 0; elapsed < 8000; elapsed += options.stepMs) {
    simulator.advanceTo(startTime + elapsed);
    if (elapsed % 4000 !== 0) continue;
    answers.push(get(simulator, 'binance', '/api/v3/depth?symbol=ETHUSDT&limit=1000').text);
    simulator.control({ type: 'dropDiff', venue: 'binance', probability: 0.1 });
  }
  simulator.advanceTo(startTime + 8000);
  const seen = clients.map((client) => client.frames);
  const hash = createHash('sha256')
    .update(JSON.stringify([seen, answers]))
    .digest('hex');
  return { hash, frames: seen.flat().length };
}

test('the same seed, times and actions give the same frames, byte for byte', () => {
  const first = runOnce({ seed: 3, stepMs: 400 });
  expect(first.frames).toBeGreaterThan(300);
  expect(runOnce({ seed: 3, stepMs: 400 })).toEqual(first);
  expect(runOnce({ seed: 4, stepMs: 400 }).hash).not.toBe(first.hash);
});

test('neither the size of clock steps nor another client changes what is sent', () => {
  const first = runOnce({ seed: 3, stepMs: 4000 });
  expect(runOnce({ seed: 3, stepMs: 1 }).hash).toBe(first.hash);
  const simulators = [false, true].map((crowded) => {
    const simulator = createSimulator({ seed: 3, startTime });
    const client = connect(simulator, 'binance', '/ws/btcusdt@trade/btcusdt@depth@100ms');
    if (crowded) connect(simulator, 'binance', '/ws/btcusdt@depth/ethusdt@kline_1m', '10.0.0.2');
    simulator.advanceTo(startTime + 5000);
    return client.texts();
  });
  expect(simulators[1]).toEqual(simulators[0]);
});
