import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import type { RecordedSession } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import type { Gateway } from '../../../../src/main/gateway/startGateway.ts';
import { recordEngine } from '../../../support/recordEngine.ts';
import {
  askGateway,
  createVenueReplayRun,
  startVenueReplayGateway,
} from '../../../support/venueReplayGateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'truetape-venue-rest-'));
type Venue = 'binance' | 'bybit' | 'okx';
let session: RecordedSession;
let gateway: Gateway;
let runs: string[] = [];

interface HeardTrade {
  readonly receivedTime: number;
  readonly id: string;
  readonly price: number;
  readonly size: number;
  readonly time: number;
  readonly side: 'buy' | 'sell';
}

/** What each venue has sent, in its own order. */
const heard: Record<Venue, HeardTrade[]> = { binance: [], bybit: [], okx: [] };

beforeAll(async () => {
  const library = new RecordingLibrary(systemFiles, folder);
  session = await recordEngine(
    library,
    { checkpointMs: 2_000 },
    (engine) => {
      engine.want(['BTC-USDT']);
      engine.run(10_000);
    },
    (input) => {
      if (input.type === 'frame') note(input.text, input.receivedTime);
    },
  );
  gateway = await startVenueReplayGateway(session, folder);
});
afterEach(async () => {
  for (const run of runs) await askGateway(gateway, `/api/venue-replays/${run}`, 'DELETE');
  runs = [];
});
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

function note(text: string, receivedTime: number): void {
  if (!/trade/i.test(text) || !text.includes('BTC')) return;
  const frame = JSON.parse(text) as { data?: unknown; topic?: string; arg?: { channel: string } };
  if (frame.data === undefined) return;
  if (text.includes('"e":"trade"')) {
    const { t, p, q, T, m } = frame.data as Record<'t' | 'T', number> &
      Record<'p' | 'q', string> & { m: boolean };
    const side = m ? ('sell' as const) : ('buy' as const);
    const size = Number(q);
    heard.binance.push({ receivedTime, id: String(t), price: Number(p), size, time: T, side });
  } else if (frame.topic?.startsWith('publicTrade') === true) {
    for (const { i, p, v, T, S } of frame.data as (Record<'i' | 'p' | 'v' | 'S', string> & {
      T: number;
    })[]) {
      const side = S === 'Buy' ? ('buy' as const) : ('sell' as const);
      heard.bybit.push({
        ...{ receivedTime, id: i, price: Number(p), size: Number(v), time: T, side },
      });
    }
  } else if (frame.arg?.channel === 'trades') {
    for (const row of frame.data as (Record<'tradeId' | 'px' | 'sz' | 'ts', string> & {
      side: 'buy' | 'sell';
    })[]) {
      const [price, size, time] = [Number(row.px), Number(row.sz), Number(row.ts)];
      heard.okx.push({ receivedTime, id: row.tradeId, price, size, time, side: row.side });
    }
  }
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

type Ask = (venue: Venue, path: string) => Promise<Answer>;

async function openAt(from: number | null, speed: number | null = 1): Promise<Ask> {
  const run = await createVenueReplayRun(gateway, { session: session.id, from, speed });
  runs.push(run.run);
  return async (venue, path) => {
    const rest = run.venues.find((each) => each.venue === venue)?.rest ?? '';
    const answer = await fetch(`${rest}${path}`);
    return { status: answer.status, body: await answer.json() };
  };
}

const atEnd = (): Promise<Ask> => openAt(session.endTime);

const decimal = expect.stringMatching(/^\d+(\.\d+)?$/) as unknown;

test('a program that begins with REST alone begins the run, and is answered once something is there', async () => {
  const paths: readonly (readonly [Venue, string, object])[] = [
    ['binance', '/api/v3/ticker/price', [{ symbol: 'BTCUSDT', price: decimal }]],
    ['bybit', '/v5/market/tickers?category=spot', { retCode: 0, result: { list: [{}] } }],
    ['okx', '/api/v5/market/tickers?instType=SPOT', { code: '0', data: [{}] }],
    ['okx', '/api/v5/market/trades?instId=BTC-USDT&limit=1', { code: '0', data: [{}] }],
  ];
  for (const [venue, path, expected] of paths) {
    const ask = await openAt(null, null);
    const answer = await ask(venue, path);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject(expected);
    for (const run of runs.splice(0)) {
      await askGateway(gateway, `/api/venue-replays/${run}`, 'DELETE');
    }
  }
});

test('what opens a program is answered without beginning the run', async () => {
  const ask = await openAt(null);
  const time = async (): Promise<unknown> => (await ask('binance', '/api/v3/time')).body;
  const began = await time();
  for (const [venue, path] of [
    ['binance', '/api/v3/ping'],
    ['binance', '/api/v3/exchangeInfo'],
    ['binance', '/sapi/v1/system/status'],
    ['bybit', '/v5/market/time'],
    ['bybit', '/v5/system/status'],
    ['bybit', '/v5/market/instruments-info?category=spot'],
    ['okx', '/api/v5/public/time'],
    ['okx', '/api/v5/system/status'],
    ['okx', '/api/v5/public/instruments?instType=SPOT'],
  ] as const) {
    expect((await ask(venue, path)).status).toBe(200);
  }
  expect(await time()).toEqual(began);
});

test.each(['binance', 'bybit', 'okx'] as const)(
  '%s answers the trades that it has sent until then, and none of later',
  async (venue) => {
    const at = session.startTime + 6_000;
    const ask = await openAt(at, 0.1);
    const path = {
      binance: '/api/v3/trades?symbol=BTCUSDT&limit=1000',
      bybit: '/v5/market/recent-trade?category=spot&symbol=BTCUSDT&limit=60',
      okx: '/api/v5/market/trades?instId=BTC-USDT&limit=500',
    }[venue];
    const { body } = await ask(venue, path);
    // The run has begun with the question.
    const { body: time } = await ask('binance', '/api/v3/time');
    const { serverTime } = time as { readonly serverTime: number };
    const known = new Map(heard[venue].map((trade) => [trade.id, trade]));
    const rows = tradesIn(venue, body);
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows) {
      const trade = known.get(row.id);
      expect(trade).toMatchObject(row);
      expect(trade?.receivedTime ?? Infinity).toBeLessThanOrEqual(serverTime + 1);
    }
    const until = heard[venue].filter(({ receivedTime }) => receivedTime <= at);
    const ids = new Set(rows.map(({ id }) => id));
    expect(until.slice(-10).filter(({ id }) => !ids.has(id))).toEqual([]);
  },
);

function tradesIn(venue: Venue, body: unknown): readonly Omit<HeardTrade, 'receivedTime'>[] {
  switch (venue) {
    case 'binance':
      return (body as Record<string, string | boolean>[]).map((row) => ({
        ...{ id: String(row['id']), price: Number(row['price']), size: Number(row['qty']) },
        ...{ time: Number(row['time']), side: row['isBuyerMaker'] === true ? 'sell' : 'buy' },
      }));
    case 'bybit':
      return (body as { result: { list: Record<string, string>[] } }).result.list.map((row) => ({
        ...{ id: row['execId'] ?? '', price: Number(row['price']), size: Number(row['size']) },
        ...{ time: Number(row['time']), side: row['side'] === 'Buy' ? 'buy' : 'sell' },
      }));
    case 'okx':
      return (body as { data: Record<string, string>[] }).data.map((row) => ({
        ...{ id: row['tradeId'] ?? '', price: Number(row['px']), size: Number(row['sz']) },
        ...{ time: Number(row['ts']), side: row['side'] === 'buy' ? 'buy' : 'sell' },
      }));
  }
}

test('of each venue its own newest trades are answered, however busy the others are', async () => {
  const ask = await atEnd();
  const newest = (venue: Venue): readonly string[] => heard[venue].slice(-5).map(({ id }) => id);
  const binance = await ask('binance', '/api/v3/trades?symbol=BTCUSDT&limit=5');
  expect(tradesIn('binance', binance.body).map(({ id }) => id)).toEqual(newest('binance'));
  const bybit = await ask('bybit', '/v5/market/recent-trade?category=spot&symbol=BTCUSDT&limit=5');
  const okx = await ask('okx', '/api/v5/market/trades?instId=BTC-USDT&limit=5');
  for (const [venue, { body }] of [['bybit', bybit] as const, ['okx', okx] as const]) {
    expect(tradesIn(venue, body).map(({ id }) => id)).toEqual(newest(venue).toReversed());
  }
});

test('pages of trades are cut by id and by time', async () => {
  const ask = await atEnd();
  const ids = heard.binance.map(({ id }) => Number(id));
  const [first = 0, , third = 0] = ids;
  const idsOf = async (query: string, name = 'a'): Promise<readonly unknown[]> => {
    const path = name === 'a' ? 'aggTrades' : 'historicalTrades';
    const { body } = await ask('binance', `/api/v3/${path}?symbol=BTCUSDT&${query}`);
    return (body as Record<string, unknown>[]).map((row) => row[name]);
  };
  const timeOf = (id: number): number =>
    heard.binance.find((each) => each.id === String(id))?.time ?? 0;
  expect(await idsOf('limit=3')).toEqual(ids.slice(-3));
  expect(await idsOf(`fromId=${third}&limit=2`)).toEqual(ids.slice(2, 4));
  expect(await idsOf(`fromId=${third}&limit=2`, 'id')).toEqual(ids.slice(2, 4));
  expect(await idsOf(`startTime=${timeOf(first)}&limit=2`)).toEqual(ids.slice(0, 2));
  const upTo = ids.filter((id) => timeOf(id) <= timeOf(third));
  expect(await idsOf(`endTime=${timeOf(third)}`)).toEqual(upTo);
  expect(await ask('binance', `/api/v3/aggTrades?symbol=BTCUSDT&fromId=1&startTime=1`)).toEqual({
    status: 400,
    body: { code: -1128, msg: 'Combination of optional parameters invalid.' },
  });
  const okxIds = heard.okx.map(({ id }) => id);
  const okx = async (query: string): Promise<readonly string[]> => {
    const { body } = await ask('okx', `/api/v5/market/history-trades?instId=BTC-USDT&${query}`);
    return tradesIn('okx', body).map(({ id }) => id);
  };
  expect(await okx(`after=${okxIds.at(-3) ?? ''}&limit=2`)).toEqual(
    okxIds.slice(-5, -3).toReversed(),
  );
  expect(await okx(`before=${okxIds.at(-3) ?? ''}`)).toEqual(okxIds.slice(-2).toReversed());
});

test('aggregates are the single trades under their own ids: which of them one order made was not sent', async () => {
  const ask = await atEnd();
  const { body } = await ask('binance', '/api/v3/aggTrades?symbol=BTCUSDT&limit=4');
  const expected = heard.binance.slice(-4).map(({ id, time, side }) => ({
    ...{ a: Number(id), f: Number(id), l: Number(id), T: time, m: side === 'sell', M: true },
    ...{ p: decimal, q: decimal },
  }));
  expect(body).toEqual(expected);
});

test('prices of now: the last trade, the best bid and ask, and of the day what the venue told', async () => {
  const ask = await atEnd();
  const last = heard.binance.at(-1);
  const { body: price } = await ask('binance', '/api/v3/ticker/price?symbol=BTCUSDT');
  expect(price).toEqual({ symbol: 'BTCUSDT', price: decimal });
  expect(Number((price as { price: string }).price)).toBe(last?.price);
  const { body: top } = await ask('binance', '/api/v3/ticker/bookTicker?symbol=BTCUSDT');
  const { body: day } = await ask('binance', '/api/v3/ticker/24hr?symbol=BTCUSDT');
  const sides = top as Record<'bidPrice' | 'bidQty' | 'askPrice' | 'askQty', string>;
  expect(Number(sides.bidPrice)).toBeLessThan(Number(sides.askPrice));
  expect(day).toMatchObject({ ...sides, lastPrice: decimal, weightedAvgPrice: decimal });
  const figures = day as Record<string, string>;
  const change = Number(figures['lastPrice']) - Number(figures['openPrice']);
  expect(Number(figures['priceChange'])).toBeCloseTo(change, 6);
  // What was not told has no number.
  for (const name of ['prevClosePrice', 'firstId', 'lastId', 'count']) {
    expect(day).not.toHaveProperty(name);
  }
  const { body: bybit } = await ask('bybit', '/v5/market/tickers?category=spot&symbol=BTCUSDT');
  expect(bybit).toMatchObject({
    result: {
      list: [{ bid1Price: decimal, bid1Size: decimal, ask1Price: decimal, usdIndexPrice: '' }],
    },
  });
  const { body: okx } = await ask('okx', '/api/v5/market/ticker?instId=BTC-USDT');
  expect(okx).toMatchObject({
    data: [{ instType: 'SPOT', bidPx: decimal, askPx: decimal, lastSz: decimal, sodUtc0: '' }],
  });
});

test('kinds of markets that were not recorded are listed as empty, and what is not there is refused as the venue does', async () => {
  const ask = await atEnd();
  const empty: readonly (readonly [Venue, string, object])[] = [
    ['binance', '/fapi/v1/exchangeInfo', { symbols: [] }],
    ['binance', '/dapi/v1/exchangeInfo', { symbols: [] }],
    ['binance', '/sapi/v1/system/status', { status: 0, msg: 'normal' }],
    ['bybit', '/v5/market/instruments-info?category=linear', { result: { list: [] } }],
    ['bybit', '/v5/market/instruments-info?category=option&baseCoin=BTC', { result: { list: [] } }],
    ['bybit', '/v5/system/status', { retCode: 0, result: { list: [] } }],
    ['okx', '/api/v5/public/instruments?instType=FUTURES', { code: '0', data: [] }],
    ['okx', '/api/v5/public/instruments?instType=OPTION&uly=BTC-USD', { code: '0', data: [] }],
    ['okx', '/api/v5/system/status', { code: '0', data: [] }],
  ];
  for (const [venue, path, body] of empty) {
    const answer = await ask(venue, path);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject(body);
  }
  const refused: readonly (readonly [Venue, string, number, object])[] = [
    ['binance', '/api/v3/ticker/price?symbol=NONE', 400, { code: -1121, msg: 'Invalid symbol.' }],
    ['binance', '/api/v3/aggTrades', 400, { code: -1102 }],
    ['binance', '/api/v3/ticker/price?symbol=BTCUSDT&symbols=[]', 400, { code: -1128 }],
    ['binance', '/fapi/v1/depth?symbol=BTCUSDT', 400, { code: -1121 }],
    ['binance', '/api/v3/avgPrice?symbol=BTCUSDT', 404, { code: -1000 }],
    ['bybit', '/v5/market/tickers?category=moon', 200, { retCode: 10_001 }],
    ['bybit', '/v5/market/orderbook?category=spot&symbol=NONE', 200, { retCode: 10_001 }],
    ['bybit', '/v5/market/funding/history', 404, { retCode: 10_404 }],
    ['okx', '/api/v5/market/tickers', 400, { code: '50014' }],
    ['okx', '/api/v5/market/tickers?instType=MOON', 400, { code: '51000' }],
    ['okx', '/api/v5/market/trades?instId=NONE', 200, { code: '51001' }],
    ['okx', '/api/v5/market/history-trades?instId=BTC-USDT&type=3', 400, { code: '51000' }],
    ['okx', '/api/v5/public/mark-price', 404, { code: '404' }],
  ];
  for (const [venue, path, status, body] of refused) {
    const answer = await ask(venue, path);
    expect([path, answer.status]).toEqual([path, status]);
    expect(answer.body).toMatchObject(body);
  }
});
