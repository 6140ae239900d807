import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import type { RecordedSession } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import type { Gateway } from '../../../../src/main/gateway/startGateway.ts';
import type { SimVenueId } from '../../../../src/simulator/simulator.ts';
import type { EngineOnLinks } from '../../../support/engineOnLinks.ts';
import { eventually } from '../../../support/eventually.ts';
import { recordEngine } from '../../../support/recordEngine.ts';
import {
  askGateway,
  createVenueReplayRun,
  startVenueReplayGateway,
} from '../../../support/venueReplayGateway.ts';

const minuteMs = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'truetape-venue-candles-'));
const asked: Readonly<Record<SimVenueId, string>> = {
  binance: '/api/v3/klines?symbol=BTCUSDT&interval=1m',
  bybit: '/v5/market/kline?category=spot&symbol=BTCUSDT&interval=1',
  okx: '/api/v5/market/candles?instId=BTC-USDT&bar=1m',
};
const venues = ['binance', 'bybit', 'okx'] as const;
/** What each venue itself would have answered at the end of the session. */
const truth: Partial<Record<SimVenueId, readonly Row[]>> = {};
let session: RecordedSession;
let gateway: Gateway;
/** Of a run that stands at the end. */
let ask: Ask;

interface HeardTrade {
  readonly receivedTime: number;
  /** Trade time, price, size, and whether the buyer was the maker. */
  readonly T: number;
  readonly p: string;
  readonly q: string;
  readonly m: boolean;
}

/** Of Binance, in the order of receipt. */
const heard: HeardTrade[] = [];

type Row = readonly number[];
type Rows = readonly (readonly (string | number)[])[];

/** Oldest first, in numbers: each venue writes them in a text of its own. */
function rowsIn(body: string): readonly Row[] {
  const answer = JSON.parse(body) as
    Rows | { readonly result: { readonly list: Rows } } | { readonly data: Rows };
  const rows = 'result' in answer ? answer.result.list : 'data' in answer ? answer.data : answer;
  return rows.map((row) => row.map(Number)).toSorted(([left = 0], [right = 0]) => left - right);
}

function askSimulator(engine: EngineOnLinks, venue: SimVenueId): readonly Row[] {
  const request = { method: 'GET', path: asked[venue], ip: '127.0.0.1' } as const;
  const answer = engine.simulator.venue(venue).rest(request);
  if (typeof answer === 'string') throw new Error(answer);
  return rowsIn(answer.body);
}

beforeAll(async () => {
  const library = new RecordingLibrary(systemFiles, folder);
  session = await recordEngine(
    library,
    { checkpointMs: 10_000 },
    (engine) => {
      const candles = venues.map((venue) => ({
        ...{ market: 'BTC-USDT', venue, interval: '1m' as const },
      }));
      engine.want(['BTC-USDT'], [], candles);
      engine.run(110_000);
      for (const venue of venues) truth[venue] = askSimulator(engine, venue);
    },
    (input) => {
      if (input.type !== 'frame' || !input.text.includes('"e":"trade"')) return;
      const { data } = JSON.parse(input.text) as { readonly data: HeardTrade };
      heard.push({ ...data, receivedTime: input.receivedTime });
    },
  );
  gateway = await startVenueReplayGateway(session, folder);
  ask = await openAt(endOf());
});
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly body: string;
}

type Ask = (venue: SimVenueId, more?: string) => Promise<Answer>;

/** A run that stands there; it plays only once somebody subscribes. */
async function openAt(from: number | null): Promise<Ask> {
  const run = await createVenueReplayRun(gateway, { session: session.id, from });
  return async (venue, more = '') => {
    const rest = run.venues.find((each) => each.venue === venue)?.rest ?? '';
    const answer = await fetch(`${rest}${asked[venue]}${more}`);
    return { status: answer.status, body: await answer.text() };
  };
}

const opensOf = (rows: readonly Row[]): readonly number[] => rows.map(([openTime = 0]) => openTime);
/** There may be four at a time; the one at the end stays. */
async function endRuns(): Promise<void> {
  const answer = await askGateway(gateway, '/api/venue-replays', 'GET');
  const { runs } = (await answer.json()) as { readonly runs: readonly { run: string }[] };
  for (const { run } of runs.slice(1)) {
    await askGateway(gateway, `/api/venue-replays/${run}`, 'DELETE');
  }
}

const endOf = (): number => session.endTime ?? 0;

test.each(venues)('%s answers the bars that it had, digit by digit', async (venue) => {
  // A question reads back for a while, and the next one reads on: on a busy machine one is not enough.
  const rows = await eventually(async () => {
    const found = rowsIn((await ask(venue)).body);
    expect(found.flat()).not.toContain(NaN);
    return found;
  });
  const own = truth[venue] ?? [];
  const closed = rows.filter(([openTime = 0]) => openTime + minuteMs <= endOf());
  expect(closed.length).toBeGreaterThanOrEqual(2);
  // Open, high, low, close and volume; of Binance also the end, the turnover, the count of trades and what takers bought.
  const columns = venue === 'binance' ? 11 : 6;
  for (const row of closed) {
    const same = own.find(([openTime]) => openTime === row[0]);
    expect(row.slice(0, columns)).toEqual(same?.slice(0, columns));
  }
  const opens = opensOf(rows);
  expect(opens).toEqual(opens.map((_, index) => (opens[0] ?? 0) + index * minuteMs));
  expect(opens.at(-1)).toBe(Math.floor(endOf() / minuteMs) * minuteMs);
});

test('each venue cuts a page in its own way', async () => {
  const all = opensOf(rowsIn((await ask('okx')).body));
  const [first = 0, second = 0, third = 0] = all;
  const opens = async (venue: SimVenueId, more: string): Promise<readonly number[]> =>
    opensOf(rowsIn((await ask(venue, more)).body));
  expect(all.length).toBeGreaterThanOrEqual(3);
  for (const venue of venues) expect(await opens(venue, '&limit=2')).toEqual(all.slice(-2));
  expect(await opens('binance', `&startTime=${first}&limit=1`)).toEqual([first]);
  expect(await opens('binance', `&endTime=${second}&limit=1`)).toEqual([second]);
  expect(await opens('bybit', `&start=${first}&limit=1`)).toEqual([first]);
  expect(await opens('bybit', `&start=${first}&end=${second}&limit=1`)).toEqual([second]);
  expect(await opens('okx', `&after=${third}&limit=1`)).toEqual([second]);
  expect(await opens('okx', `&before=${first}`)).toEqual(all.slice(1));
  const newestFirst = JSON.parse((await ask('okx')).body) as { readonly data: Rows };
  expect(newestFirst.data.map(([openTime]) => Number(openTime))).toEqual(all.toReversed());
});

test('of an open bar, what takers bought counts the trades since the last word of the venue, and none of later', async () => {
  const opens = Math.ceil(session.startTime / minuteMs) * minuteMs;
  for (const at of [opens + 20_300, opens + 31_700, opens + 44_900]) {
    const row = rowsIn((await (await openAt(at))('binance')).body).at(-1) ?? [];
    const bought = heard.filter(({ receivedTime, T, m }) => receivedTime <= at && T >= opens && !m);
    const base = bought.reduce((sum, { q }) => sum + Number(q), 0);
    const quote = bought.reduce((sum, { p, q }) => sum + Number(p) * Number(q), 0);
    expect(row[0]).toBe(opens);
    expect(bought.length).toBeGreaterThan(10);
    expect(row[9]).toBeCloseTo(base, 8);
    expect(row[10]).toBeCloseTo(quote, 4);
    await endRuns();
  }
});

test('nothing of later than its moment is told, and what is not in the recording is refused', async () => {
  const at = session.startTime + 70_000;
  const askThen = await openAt(at);
  for (const venue of venues) {
    const opens = opensOf(rowsIn((await askThen(venue)).body));
    expect(opens.at(-1)).toBe(Math.floor(at / minuteMs) * minuteMs);
  }
  const run = await createVenueReplayRun(gateway, { session: session.id, from: at });
  const rest = run.venues.find(({ venue }) => venue === 'binance')?.rest ?? '';
  const codeOf = async (query: string): Promise<unknown> => {
    const answer = await fetch(`${rest}/api/v3/klines?${query}`);
    return [answer.status, ((await answer.json()) as { readonly code: number }).code];
  };
  expect(await codeOf('symbol=BTCUSDT&interval=5m')).toEqual([404, -1000]);
  expect(await codeOf('symbol=BTCUSDT&interval=7m')).toEqual([400, -1120]);
  expect(await codeOf('symbol=NONEUSDT&interval=1m')).toEqual([400, -1121]);
  expect(await codeOf(`symbol=BTCUSDT&interval=1m&endTime=${at - 86_400_000}`)).toEqual([
    404, -1000,
  ]);
});
