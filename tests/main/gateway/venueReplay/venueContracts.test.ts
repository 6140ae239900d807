import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { importRecording } from '../../../../src/main/engine/recording/importRecording.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import type { Gateway } from '../../../../src/main/gateway/startGateway.ts';
import {
  createVenueReplayRun,
  startVenueReplayGateway,
} from '../../../support/venueReplayGateway.ts';

const minuteMs = 60_000;
const start = 1_790_000_040_000;
const folder = mkdtempSync(join(tmpdir(), 'truetape-venue-contracts-'));
let gateway: Gateway;
let ask: (venue: 'binance' | 'okx', path: string) => Promise<{ status: number; body: unknown }>;

/** Bars as OKX tells them: the first one in the words of years ago, which end with the volume in coins. */
const okxBars: readonly (readonly string[])[] = [
  [String(start), '100', '120', '90', '110', '4070', '40.7'],
  [String(start + minuteMs), '110', '115', '105', '112', '300', '3', '333.3', '1'],
  [String(start + 2 * minuteMs), '112', '113', '111', '112.5', '70', '0.7', '78.61', '0'],
];

/** The first one without what takers bought. */
const binanceBars = [
  { v: '10.5', q: '1050', takers: {} },
  { v: '3.25', q: '360.1', takers: { V: '1.25', Q: '140.05' } },
  { v: '0.5', q: '56', takers: { V: '0.125', Q: '14' } },
];

function line(time: number, frame: object): string {
  return `${new Date(time).toISOString().replace('Z', '000Z')} ${JSON.stringify(frame)}`;
}

function okxLines(): readonly string[] {
  const ofSwap = (channel: string, data: readonly unknown[]): object => ({
    ...{ arg: { channel, instId: 'BTC-USDT-SWAP' }, data },
  });
  const bars = okxBars.map((bar, index) =>
    line(start + (index + 1) * minuteMs - 500, ofSwap('candle1m', [bar])),
  );
  const ts = String(start + 1_000);
  const trade = {
    ...{ instId: 'BTC-USDT-SWAP', tradeId: '7', px: '100', sz: '12', side: 'buy', ts },
  };
  const ticker = {
    ...{ instType: 'SWAP', instId: 'BTC-USDT-SWAP', last: '100', open24h: '90', high24h: '120' },
    ...{ low24h: '80', vol24h: '777777', volCcy24h: '7777.77', ts },
  };
  return [
    line(start + 1_000, ofSwap('trades', [trade])),
    line(start + 1_100, ofSwap('tickers', [ticker])),
    ...bars,
  ];
}

function binanceLines(): readonly string[] {
  const stream = (name: string, data: object): object => ({ stream: `btcusdt@${name}`, data });
  const aggregates = [1, 2, 3].map((id) => {
    const E = start + id * 1_000;
    const trade = { e: 'aggTrade', E, s: 'BTCUSDT', a: 500 + id, p: '100.10', q: '0.250' };
    return line(E, stream('aggTrade', { ...trade, f: id * 10, l: id * 10 + 4, T: E, m: id === 2 }));
  });
  const bars = binanceBars.map(({ v, q, takers }, index) => {
    const t = start + index * minuteMs;
    const [T, x] = [t + minuteMs - 1, index < 2];
    const figures = { o: '100', h: '120', l: '90', c: '110', v, q, n: 9, x };
    const k = { t, T, s: 'BTCUSDT', i: '1m', f: 1, L: 9, ...figures, ...takers, B: '0' };
    return line(T, stream('kline_1m', { e: 'kline', E: T, s: 'BTCUSDT', k }));
  });
  return [...aggregates, ...bars];
}

beforeAll(async () => {
  const paths = [
    ['okx.ndjson', okxLines()] as const,
    ['binance.ndjson', binanceLines()] as const,
  ].map(([name, lines]) => {
    const path = join(folder, name);
    writeFileSync(path, `${lines.join('\n')}\n`);
    return path;
  });
  const library = new RecordingLibrary(systemFiles, join(folder, 'recordings'));
  const session = await importRecording({
    ...{ paths, venue: null, marketKind: 'linear', library, files: systemFiles, name: null },
    appVersion: '1.2.3',
  });
  gateway = await startVenueReplayGateway(session, folder);
  const from = start + 4 * minuteMs;
  const run = await createVenueReplayRun(gateway, { session: session.id, from });
  ask = async (venue, path) => {
    const rest = run.venues.find((each) => each.venue === venue)?.rest ?? '';
    const answer = await fetch(`${rest}${path}`);
    return { status: answer.status, body: await answer.json() };
  };
});
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

test('candles of a swap have their volume in contracts, in coins and in quote, as the venue said it', async () => {
  const { body } = await ask('okx', '/api/v5/market/candles?instId=BTC-USDT-SWAP&bar=1m');
  const [first = [], second = [], third = []] = okxBars;
  expect(body).toEqual({
    ...{ code: '0', msg: '' },
    // The turnover in quote of the oldest was never told: it is empty, not 0.
    data: [third, second, [...first.slice(0, 7), '', '1']],
  });
});

test('figures of a swap that were not recorded are empty', async () => {
  const { body: listed } = await ask('okx', '/api/v5/public/instruments?instType=SWAP');
  expect(listed).toMatchObject({
    data: [{ instId: 'BTC-USDT-SWAP', settleCcy: 'USDT', ctType: 'linear', ctVal: '' }],
  });
  const { body: ticker } = await ask('okx', '/api/v5/market/ticker?instId=BTC-USDT-SWAP');
  expect(ticker).toMatchObject({ data: [{ last: '100', volCcy24h: '7777.77', vol24h: '' }] });
});

test('what takers bought of a bar is the number that the venue told, or none', async () => {
  const { body } = await ask('binance', '/fapi/v1/klines?symbol=BTCUSDT&interval=1m');
  const rows = body as readonly (readonly unknown[])[];
  expect(rows.map((row) => [row[5], row[9], row[10]])).toEqual([
    ['10.5', 'NaN', 'NaN'],
    ['3.25', '1.25', '140.05'],
    ['0.5', '0.125', '14'],
  ]);
});

test('futures are listed as what they are, and aggregates that only streams hold are not answered as no trades', async () => {
  const { body: spot } = await ask('binance', '/api/v3/exchangeInfo');
  expect(spot).toMatchObject({ symbols: [] });
  const { body: futures } = await ask('binance', '/fapi/v1/exchangeInfo');
  expect(futures).toMatchObject({
    symbols: [{ symbol: 'BTCUSDT', contractType: 'PERPETUAL', marginAsset: 'USDT' }],
  });
  // None that are kept is not none that happened.
  for (const path of ['aggTrades', 'trades', 'historicalTrades']) {
    const { status, body } = await ask('binance', `/fapi/v1/${path}?symbol=BTCUSDT`);
    expect(status).toBe(404);
    expect(body).toMatchObject({
      code: -1000,
      msg: expect.stringContaining('@aggTrade') as unknown,
    });
  }
});
