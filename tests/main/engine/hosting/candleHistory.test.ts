import { expect, test, vi } from 'vitest';
import { loadCandleHistory } from '../../../../src/main/engine/hosting/candleHistory.ts';
import type { CandleHistorySource } from '../../../../src/main/engine/hosting/candleHistory.ts';
import { createVenue } from '../../../../src/main/engine/venues/registry.ts';
import type { GapRecord } from '../../../../src/shared/feedHealth.ts';
import type { VenueId } from '../../../../src/shared/venues.ts';

const minute = 60_000;
const newest = 1_790_000_040_000;

/** Rows of Binance (oldest first) or OKX (newest first) that open before a time. */
function rowsBefore(venue: VenueId, before: number, limit: number, oldest: number): string {
  const rows: unknown[] = [];
  for (
    let at = Math.min(newest, before - minute);
    at >= oldest && rows.length < limit;
    at -= minute
  ) {
    rows.push(
      venue === 'binance'
        ? [at, '10', '12', '9', '11', '5', at + minute - 1, '50', 3, '2', '20', '0']
        : [String(at), '10', '12', '9', '11', '5', '50', '50', '1'],
    );
  }
  return JSON.stringify(venue === 'binance' ? rows.reverse() : { code: '0', msg: '', data: rows });
}

function sourceOf(
  venues: readonly VenueId[],
  oldest: number,
  asked: string[],
): CandleHistorySource {
  return {
    view: {
      gaps: () => [],
      clockOf: () => ({ time: newest, strayMs: 0 }),
      markets: () => (venues.length === 0 ? [] : ['BTC-USDT']),
      instrumentsOf: () =>
        venues.map((venue) => ({
          id: `${venue}:BTC-USDT` as const,
          venue,
          venueSymbol: venue === 'okx' ? 'BTC-USDT' : 'BTCUSDT',
          market: 'BTC-USDT',
          marketKind: 'spot' as const,
          base: 'BTC',
          quote: 'USDT',
          tickSize: '0.1',
          lotSize: '1',
          sizeUnit: 'base' as const,
          tradingStatus: 'trading' as const,
        })),
    },
    venue: createVenue,
    request(venue, request, done) {
      asked.push(venue);
      const query = new URLSearchParams(request.path.split('?')[1]);
      const after = query.get('after');
      const end = query.get('endTime');
      const before = after !== null ? Number(after) : end !== null ? Number(end) + 1 : Infinity;
      const body = rowsBefore(venue, before, Number(query.get('limit')), oldest);
      done({ type: 'answered', answer: { status: 200, headers: {}, body }, elapsedMs: 1 });
    },
  };
}

const request = {
  market: 'BTC-USDT',
  venue: null,
  interval: '1m',
  before: null,
  limit: 500,
} as const;

test('a consolidated page rests on the same venues from its first bar to its last', async () => {
  const asked: string[] = [];
  const page = await loadCandleHistory(request, sourceOf(['binance', 'okx'], 0, asked));
  expect(page.problem).toBeNull();
  expect(page.candles).toHaveLength(500);
  expect(new Set(page.candles.map(({ volume }) => volume))).toEqual(new Set([10]));
  expect(asked.filter((venue) => venue === 'okx')).toHaveLength(2);
});

test('the venue with the longer history goes on alone only where the other has none', async () => {
  const oldest = newest - 9 * minute;
  const page = await loadCandleHistory(request, sourceOf(['binance', 'okx'], oldest, []));
  expect(page).toMatchObject({ complete: true });
  expect(page.candles.map(({ volume }) => volume)).toEqual(new Array<number>(10).fill(10));
});

test('an interval that a venue lacks is said, also in a consolidated page', async () => {
  const source = sourceOf(['binance', 'bybit'], 0, []);
  const page = await loadCandleHistory({ ...request, interval: '1s', limit: 5 }, source);
  expect(page.problem).toBe('Bybit has no 1s candles; they begin with its trades.');
});

test('silence of the venues is not an unlisted market', async () => {
  const silent = await loadCandleHistory(request, sourceOf([], 0, []));
  expect(silent.problem).toBe('The venues have not answered yet; try again when they do.');
  const unlisted = await loadCandleHistory(
    { ...request, venue: 'bybit' },
    sourceOf(['binance'], 0, []),
  );
  expect(unlisted.problem).toBe('No venue lists this market.');
});

test('a hole of one venue is none of the consolidated candles, which rest on the others', async () => {
  const hole = (venue: VenueId, from: number, to: number): GapRecord => ({
    ...{ id: 1, venue, instrument: `${venue}:BTC-USDT`, channel: 'trade', cause: 'disconnect' },
    ...{ from, to, firstId: null, lastId: null, missing: null, repairedBy: null },
  });
  const source = sourceOf(['binance', 'okx'], 0, []);
  const gaps = [hole('binance', 100, 300), hole('okx', 250, 400), hole('okx', 500, 600)];
  const view = { ...source.view, gaps: () => gaps };
  const load = (venue: VenueId | null) =>
    loadCandleHistory({ ...request, venue }, { ...source, view });
  expect((await load(null)).gaps).toEqual([{ from: 250, to: 300, cause: 'disconnect' }]);
  expect((await load('okx')).gaps.map(({ from }) => from)).toEqual([250, 500]);
});

test('what is missing is said in words, and how the request failed only in the log', async () => {
  const source = sourceOf(['binance', 'okx'], 0, []);
  const failing = (outcome: Parameters<Parameters<CandleHistorySource['request']>[2]>[0]) => {
    const ask: CandleHistorySource['request'] = (venue, asked, done) => {
      if (venue === 'binance') done(outcome);
      else source.request(venue, asked, done);
    };
    return loadCandleHistory(request, { ...source, request: ask });
  };
  const cut = await failing({ type: 'failed', reason: 'read ECONNRESET' });
  expect(cut.problem).toBe('Binance did not answer: older bars are without it.');
  const answer = { status: 400, headers: {}, body: '{"code":-1121,"msg":"Invalid symbol."}' };
  const refused = await failing({ type: 'answered', answer, elapsedMs: 1 });
  expect(refused.problem).toBe('Binance refused its history: older bars are without it.');
});

test('a venue that never answers does not keep back what the others have', async () => {
  vi.useFakeTimers();
  try {
    const source = sourceOf(['binance', 'okx'], 0, []);
    const ask: CandleHistorySource['request'] = (venue, asked, done) => {
      if (venue === 'binance') source.request(venue, asked, done);
    };
    const loading = loadCandleHistory(request, { ...source, request: ask });
    await vi.advanceTimersByTimeAsync(6_000);
    const page = await loading;
    expect(page.candles.length).toBeGreaterThan(0);
    expect([page.problem, page.without]).toEqual(['OKX has not answered in time.', ['okx']]);
  } finally {
    vi.useRealTimers();
  }
});

test('a venue whose clock is wrong is left out of a history, and no bar is of the future', async () => {
  const source = sourceOf(['binance', 'okx'], newest - 20 * minute, []);
  const history = {
    market: 'BTC-USDT',
    venue: null,
    interval: '1m',
    before: null,
    limit: 50,
  } as const;
  const astray = await loadCandleHistory(history, {
    ...source,
    view: {
      ...source.view,
      clockOf: (venue) => ({ time: newest, strayMs: venue === 'okx' ? 60 * minute : 0 }),
    },
  });
  expect(astray.without).toEqual(['okx']);
  expect(astray.problem).toContain('clock of OKX');
  expect(astray.candles.at(-1)).toMatchObject({ openTime: newest, volume: 5 });
  const now = newest - 5 * minute;
  const ahead = await loadCandleHistory(history, {
    ...source,
    view: { ...source.view, clockOf: () => ({ time: now, strayMs: 0 }) },
  });
  expect(ahead.candles.at(-1)?.openTime).toBe(now);
});
