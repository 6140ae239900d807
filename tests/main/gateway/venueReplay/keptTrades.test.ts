import { expect, test } from 'vitest';
import type { Instrument } from '../../../../src/shared/market.ts';
import type { TradeValue } from '../../../../src/shared/values.ts';
import type { VenueRecordingFeed } from '../../../../src/main/engine/host.ts';
import { createBinanceDialect } from '../../../../src/main/gateway/venueReplay/binanceDialect.ts';
import { createOkxDialect } from '../../../../src/main/gateway/venueReplay/okxDialect.ts';

const started = 1_790_000_000_000;

/** Three trades are kept: those of ids 8, 9 and 10, one a second. */
function feedOf(venue: 'binance' | 'okx', venueSymbol: string): VenueRecordingFeed {
  const instrument: Instrument = {
    ...{ id: `${venue}:BTC-USDT`, venue, venueSymbol, market: 'BTC-USDT', marketKind: 'spot' },
    ...{ base: 'BTC', quote: 'USDT', tickSize: '0.01', lotSize: '0.00001', sizeUnit: 'base' },
    tradingStatus: 'trading',
  };
  const trades = [8, 9, 10].map((id): TradeValue => ({
    ...{ type: 'trade', ordinal: id, instrument: instrument.id, id: String(id), side: 'buy' },
    ...{ priceUnits: 8_425_010, priceDecimals: 2, sizeUnits: 3, sizeDecimals: 7 },
    ...{ venueTime: started + id * 1_000, receivedTime: started + id * 1_000 },
    ...{ late: false, outlier: false },
  }));
  return {
    ...{ maxTrades: 3, trades: () => trades, instruments: () => [instrument] },
    topics: () => new Set<string>(),
  } as unknown as VenueRecordingFeed;
}

const askBinance = (path: string, query: string): unknown =>
  createBinanceDialect(feedOf('binance', 'BTCUSDT')).answer(
    `/api/v3/${path}`,
    new URLSearchParams(`symbol=BTCUSDT&${query}`),
  );

const askOkx = (query: string): unknown =>
  createOkxDialect(feedOf('okx', 'BTC-USDT')).answer(
    '/api/v5/market/history-trades',
    new URLSearchParams(`instId=BTC-USDT&${query}`),
  );

test('a page of before the trades that are kept is refused, since what is missing from it could not be seen', () => {
  const since = `at this moment those from id 8, time ${started + 8_000} on`;
  for (const [path, query] of [
    ['aggTrades', 'fromId=7'],
    ['historicalTrades', 'fromId=7'],
    ['aggTrades', `startTime=${started}`],
    ['aggTrades', `endTime=${started + 7_000}`],
  ] as const) {
    expect(askBinance(path, query)).toMatchObject({
      ...{ status: 404, body: expect.stringContaining(since) as unknown },
    });
  }
  expect(askOkx('after=8')).toMatchObject({
    body: expect.stringContaining('those from id 8 on') as unknown,
  });
  expect(askOkx(`type=2&after=${started + 8_000}`)).toMatchObject({
    body: expect.stringContaining('50026') as unknown,
  });
});

test('what is kept is answered, in exact decimals', () => {
  const row = (id: number): object => ({
    ...{ id, price: '84250.1', qty: '0.0000003', quoteQty: '0.02527503' },
    ...{ time: started + id * 1_000, isBuyerMaker: false, isBestMatch: true },
  });
  const ok = (rows: readonly object[]): object => ({ status: 200, body: JSON.stringify(rows) });
  expect(askBinance('historicalTrades', 'fromId=8&limit=2')).toEqual(ok([row(8), row(9)]));
  expect(askBinance('trades', 'limit=2')).toEqual(ok([row(9), row(10)]));
  const ids = (answer: unknown): readonly string[] =>
    (JSON.parse((answer as { body: string }).body) as { data: { tradeId: string }[] }).data.map(
      ({ tradeId }) => tradeId,
    );
  expect(ids(askOkx('after=10'))).toEqual(['9', '8']);
  expect(ids(askOkx('before=8'))).toEqual(['10', '9']);
});
