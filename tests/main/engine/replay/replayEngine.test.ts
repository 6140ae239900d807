import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunningEngine } from '../../../../src/main/engine/hosting/runningEngine.ts';
import { openReplayEngine } from '../../../../src/main/engine/replay/replayEngine.ts';
import { playFor } from '../../../support/playTime.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-replay-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const start = Date.UTC(2026, 0, 2, 3, 4, 5);
function line(ms: number, message: { stream: string; data: unknown }): string {
  return `${new Date(start + ms).toISOString().replace('Z', '000Z')} ${JSON.stringify(message)}\n`;
}
function trade(id: number, ms: number, price: string) {
  const data = {
    e: 'trade',
    E: start + ms,
    s: 'BTCUSDT',
    t: id,
    p: price,
    q: '0.5',
    T: start + ms,
    m: false,
    M: true,
  };
  return line(ms, { stream: 'btcusdt@trade', data });
}
function top(id: number, ms: number, bid: string, ask: string) {
  const data = { u: id, s: 'BTCUSDT', b: bid, B: '1', a: ask, A: '2' };
  return line(ms, { stream: 'btcusdt@bookTicker', data });
}
function depth(first: number, last: number, ms: number, bid: string) {
  const data = {
    e: 'depthUpdate',
    E: start + ms,
    s: 'BTCUSDT',
    U: first,
    u: last,
    b: [[bid, '3']],
    a: [],
  };
  return line(ms, { stream: 'btcusdt@depth@100ms', data });
}

function play(clock: VirtualClock, engine: RunningEngine, ms: number, step = 16): Promise<void> {
  const player = {
    get state() {
      return engine.replay();
    },
  };
  return playFor(clock, player, ms, step);
}

test('shows a recording at recorded speed and stands still when it ends', async () => {
  const file = join(folder, 'day.ndjson');
  const snapshotFile = join(folder, 'snapshot.json');
  writeFileSync(
    file,
    top(1, 0, '100.1', '100.2') +
      trade(7, 20, '100.15') +
      depth(11, 12, 100, '100.1') +
      depth(13, 15, 200, '99.5') +
      trade(8, 600, '100.2') +
      top(9, 700, '100.2', '100.3'),
  );
  writeFileSync(
    snapshotFile,
    JSON.stringify({
      lastUpdateId: 11,
      bids: [
        ['100.0', '1'],
        ['99', '1'],
      ],
      asks: [
        ['100.2', '2'],
        ['101', '2'],
      ],
    }),
  );
  const clock = new VirtualClock();
  const engine = await openReplayEngine(
    {
      files: [file],
      venue: 'binance',
      marketKind: 'spot',
      snapshots: [{ symbol: 'BTCUSDT', file: snapshotFile, atLine: null }],
    },
    createClockPort(clock),
  );
  expect(engine.source).toBe('replay:day.ndjson');
  await play(clock, engine, 400);
  expect(engine.view.priceOf('BTC-USDT')).toMatchObject({
    price: 100.15,
    priceDecimals: 2,
    status: 'live',
  });
  const book = engine.view.bookView({
    market: 'BTC-USDT',
    venue: 'binance',
    group: '0',
    rows: 9,
    muted: [],
  });
  expect(book.parts[0]).toMatchObject({ status: 'live', sequence: 15 });
  expect(book.bids.map(({ priceUnits }) => priceUnits / 10 ** book.priceDecimals)).toEqual([
    100.1, 100, 99.5, 99,
  ]);
  expect(engine.replay()).toMatchObject({ isFinished: false, time: start + 400 });
  await play(clock, engine, 2_000);
  expect(engine.view.priceOf('BTC-USDT')).toMatchObject({ price: 100.2 });
  expect(engine.replay()).toMatchObject({ isFinished: true, time: start + 700 });
  expect(engine.now()).toBe(start + 700);
  engine.close();
});

test('invents no disconnect where a topic is silent for long, and obeys no connection command', async () => {
  const file = join(folder, 'quiet.ndjson');
  const snapshotFile = join(folder, 'snapshot.json');
  const tops = Array.from({ length: 60 }, (_, second) =>
    top(100 + second, second * 1_000, '100.1', '100.2'),
  );
  writeFileSync(file, depth(11, 12, 0, '100.1') + tops.join('') + trade(7, 59_500, '100.15'));
  writeFileSync(
    snapshotFile,
    JSON.stringify({ lastUpdateId: 11, bids: [['100.0', '1']], asks: [['100.2', '2']] }),
  );
  const clock = new VirtualClock();
  const engine = await openReplayEngine(
    {
      files: [file],
      venue: 'binance',
      marketKind: 'spot',
      snapshots: [{ symbol: 'BTCUSDT', file: snapshotFile, atLine: null }],
    },
    createClockPort(clock),
  );
  await play(clock, engine, 100);
  engine.command({ type: 'wake' });
  engine.command({ type: 'reconnectVenue', venue: 'binance' });
  engine.command({ type: 'pauseVenue', venue: 'binance' });
  await play(clock, engine, 62_000, 1_000);
  const health = engine.view.health();
  expect(health).toMatchObject({ reconnectsTotal: 0, gapsTotal: 0, errors: [] });
  expect(engine.view.priceOf('BTC-USDT').price).toBe(100.15);
  const book = engine.view.bookView({
    market: 'BTC-USDT',
    venue: 'binance',
    group: '0',
    rows: 9,
    muted: [],
  });
  expect(book.parts[0]).toMatchObject({ status: 'live', sequence: 12 });
  engine.close();
});

test.each([
  ['a missing file', [], 'no such file'],
  [
    'a file of another venue',
    ['2026-01-02T03:04:05.000000Z {"topic":"x"}\n'],
    'no market data of binance',
  ],
])('%s is one clear line', async (_name, content, message) => {
  const file = join(folder, 'day.ndjson');
  for (const text of content) writeFileSync(file, text);
  const opened = openReplayEngine({
    files: [file],
    venue: 'binance',
    marketKind: 'spot',
    snapshots: [],
  });
  await expect(opened).rejects.toThrow(message);
});

test('a snapshot for a symbol that is not in the recording is refused', async () => {
  const file = join(folder, 'day.ndjson');
  writeFileSync(file, trade(1, 0, '1'));
  const opened = openReplayEngine({
    files: [file],
    venue: 'binance',
    marketKind: 'spot',
    snapshots: [{ symbol: 'ETHUSDT', file, atLine: null }],
  });
  await expect(opened).rejects.toThrow('no frame of ETHUSDT');
});
