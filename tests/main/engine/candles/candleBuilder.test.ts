import { expect, test } from 'vitest';
import { CandleBuilder } from '../../../../src/main/engine/candles/candleBuilder.ts';
import type { CandleEvent, VenueCandle } from '../../../../src/main/engine/venues/venue.ts';
import { candleIntervalMs } from '../../../../src/shared/market.ts';
import { Random } from '../../../shared/randomValues.ts';
import { throughJson } from '../../../support/throughJson.ts';
import { tradeValue } from '../../../support/trades.ts';

const start = 1_790_000_040_000;
const minute = 60_000;

function venueCandle(
  openTime: number,
  close: string,
  closed: boolean,
  venueTime: number | null,
  changes: Partial<VenueCandle> = {},
): CandleEvent {
  return {
    type: 'candle',
    instrument: 'binance:BTC-USDT',
    venueSymbol: 'BTCUSDT',
    topic: 'btcusdt@kline_1m',
    channel: 'kline_1m',
    venueTime,
    interval: '1m',
    venueInterval: '1m',
    candle: {
      openTime,
      open: '100',
      high: '110',
      low: '90',
      close,
      volume: '1000',
      quoteVolume: '100000',
      trades: 77,
      closed,
      ...changes,
    },
  };
}

test('builds exact candles by trade time, at mixed decimals', () => {
  const builder = new CandleBuilder({ intervals: ['1m'], keep: 10 });
  builder.addTrade(tradeValue(start + 1, '10.5', '0.1'));
  builder.addTrade(tradeValue(start + 2, '11', '0.20'));
  builder.addTrade(tradeValue(start + 3, '9.125', '3'));
  expect(builder.addTrade(tradeValue(start + minute, '10', '1'))).toMatchObject([
    { interval: '1m', candle: { openTime: start, close: 9.125, closed: true, origin: 'trades' } },
  ]);
  expect(builder.exactCandles('1m')).toEqual([
    {
      openTime: start,
      open: '10.5',
      high: '11',
      low: '9.125',
      close: '9.125',
      volume: '3.3',
      quoteVolume: '30.625',
      trades: 3,
    },
    {
      openTime: start + minute,
      open: '10',
      high: '10',
      low: '10',
      close: '10',
      volume: '1',
      quoteVolume: '10',
      trades: 1,
    },
  ]);
});

test('puts a late trade into its own candle and says so; a missing bar stays missing', () => {
  const builder = new CandleBuilder({ intervals: ['1m'], keep: 10 });
  builder.addTrade(tradeValue(start, '10', '1'));
  builder.addTrade(tradeValue(start + 3 * minute, '12', '1'));
  expect(builder.addTrade(tradeValue(start + 5, '15', '1'))).toMatchObject([
    { candle: { openTime: start, high: 15, trades: 2, closed: true } },
  ]);
  expect(builder.candles('1m').map((candle) => candle.openTime)).toEqual([
    start,
    start + 3 * minute,
  ]);
  expect(builder.openCandle('1m')).toMatchObject({ openTime: start + 3 * minute, closed: false });
});

test('a late trade moves neither the close backwards nor leaves the open wrong', () => {
  const builder = new CandleBuilder({ intervals: ['1m'], keep: 10 });
  builder.addTrade(tradeValue(start + 10, '10', '1'));
  builder.addTrade(tradeValue(start + 500, '20', '1'));
  builder.addTrade(tradeValue(start + 100, '25', '1'));
  builder.addTrade(tradeValue(start + 5, '9', '1'));
  const shape = { open: 9, high: 25, low: 9, close: 20, trades: 4 };
  expect(builder.openCandle('1m')).toMatchObject(shape);
  const restored = new CandleBuilder({ intervals: [] });
  restored.restore(throughJson(builder.save()));
  restored.addTrade(tradeValue(start + 400, '12', '1'));
  expect(restored.openCandle('1m')).toMatchObject({ ...shape, trades: 5 });
  restored.addTrade(tradeValue(start + 500, '13', '1'));
  expect(restored.openCandle('1m')).toMatchObject({ open: 9, close: 13 });
});

test("a late trade moves neither the venue's open nor a close that is newer", () => {
  const builder = new CandleBuilder({ intervals: ['1m'] });
  builder.applyVenue(venueCandle(start, '101', false, start + 30));
  builder.addTrade(tradeValue(start + 60, '105', '1'));
  builder.addTrade(tradeValue(start + 50, '108', '1'));
  expect(builder.openCandle('1m')).toMatchObject({ open: 100, close: 105, trades: 79 });
  builder.applyVenue(venueCandle(start, '102', false, start + 40));
  expect(builder.openCandle('1m')).toMatchObject({ open: 100, close: 105, trades: 79 });
  const untold = new CandleBuilder({ intervals: ['1m'] });
  untold.addTrade(tradeValue(start + 50, '104', '1'));
  untold.applyVenue(venueCandle(start, '104', false, null));
  untold.addTrade(tradeValue(start + 20, '99', '1'));
  expect(untold.openCandle('1m')).toMatchObject({ open: 100, close: 104 });
});

test("the venue's open candle is updated by the trades since, each counted once", () => {
  const builder = new CandleBuilder({ intervals: ['1m'] });
  builder.addTrade(tradeValue(start + 10, '101', '5'));
  // Received before the venue's word, but newer than it.
  builder.addTrade(tradeValue(start + 40, '120', '2'));
  builder.applyVenue(venueCandle(start, '101', false, start + 30));
  expect(builder.openCandle('1m')).toMatchObject({
    close: 120,
    high: 120,
    volume: 1002,
    trades: 78,
  });
  builder.addTrade(tradeValue(start + 50, '80', '1'));
  builder.addTrade(tradeValue(start + 20, '101', '9'));
  expect(builder.openCandle('1m')).toMatchObject({
    close: 80,
    low: 80,
    volume: 1003,
    trades: 79,
    origin: 'venue',
  });
  builder.applyVenue(venueCandle(start, '81', false, start + 60, { volume: '1003.5', trades: 80 }));
  expect(builder.openCandle('1m')).toMatchObject({
    close: 81,
    low: 90,
    volume: 1003.5,
    trades: 80,
  });
});

test('never counts a volume twice where the venue does not say up to when it counts', () => {
  const builder = new CandleBuilder({ intervals: ['1m'] });
  builder.applyVenue(venueCandle(start, '101', false, null));
  builder.addTrade(tradeValue(start + 50, '130', '1'));
  expect(builder.openCandle('1m')).toMatchObject({
    close: 130,
    high: 130,
    volume: 1000,
    trades: 77,
  });
});

test("the venue's closed candle replaces ours, and later trades do not touch it", () => {
  const builder = new CandleBuilder({ intervals: ['1m'], keep: 5 });
  builder.addTrade(tradeValue(start + 10, '101', '5'));
  builder.addTrade(tradeValue(start + minute + 1, '102', '5'));
  expect(builder.applyVenue(venueCandle(start, '105', true, start + minute))).toMatchObject([
    { candle: { openTime: start, close: 105, volume: 1000, closed: true, origin: 'venue' } },
  ]);
  expect(builder.addTrade(tradeValue(start + 30, '500', '5'))).toEqual([]);
  expect(builder.candles('1m')).toMatchObject([
    { openTime: start, high: 110, origin: 'venue' },
    { openTime: start + minute, close: 102, origin: 'trades', closed: false },
  ]);
  // Sent twice, or an open picture after the closed one: the closed one stays.
  builder.applyVenue(venueCandle(start, '1', false, start + minute));
  expect(builder.candles('1m')[0]).toMatchObject({ close: 105, closed: true });
  expect(builder.applyVenue(venueCandle(start, '106', true, start + minute))).toMatchObject([
    { candle: { close: 106 } },
  ]);
});

test('closes by time where no trade comes', () => {
  const builder = new CandleBuilder({ intervals: ['1s', '1m'] });
  builder.addTrade(tradeValue(start + 10, '101', '5'));
  expect(builder.closeUntil(start + 999)).toEqual([]);
  expect(builder.closeUntil(start + 1_000)).toMatchObject([{ interval: '1s' }]);
  expect(builder.closeUntil(start + 2_000)).toEqual([]);
  expect(builder.openCandle('1s')).toBeNull();
  expect(builder.openCandle('1m')).not.toBeNull();
});

test('keeps as many as it was told and ignores what is older', () => {
  const builder = new CandleBuilder({ intervals: ['1m'], keep: 2 });
  for (let index = 0; index < 5; index += 1) {
    builder.addTrade(tradeValue(start + index * minute, '10', '1'));
  }
  expect(builder.addTrade(tradeValue(start, '99', '1'))).toEqual([]);
  expect(builder.candles('1m').map((candle) => candle.openTime)).toEqual([
    start + 3 * minute,
    start + 4 * minute,
  ]);
});

test('adds and removes intervals', () => {
  const builder = new CandleBuilder({ intervals: ['1m'] });
  builder.addInterval('1h');
  builder.addInterval('1h');
  builder.removeInterval('1m');
  expect(builder.intervals).toEqual(['1h']);
  expect(builder.applyVenue(venueCandle(start, '1', true, null))).toEqual([]);
});

test('every interval agrees with sums over the same trades, and checkpoints change nothing', () => {
  const random = new Random(21);
  const intervals = ['1s', '1m', '5m', '1h'] as const;
  const trades = Array.from({ length: 3_000 }, (_, index) =>
    tradeValue(
      start + index * 700 + random.below(500),
      (100 + random.below(900) / 100).toFixed(2),
      '0.25',
    ),
  );
  let builder = new CandleBuilder({ intervals, keep: 5_000 });
  for (const [index, trade] of trades.entries()) {
    builder.addTrade(trade);
    if (index % 500 === 0) {
      const copy = new CandleBuilder({ intervals: [], keep: 5_000 });
      copy.restore(JSON.parse(JSON.stringify(builder.save())));
      builder = copy;
    }
  }
  for (const interval of intervals) {
    const length = candleIntervalMs[interval];
    const groups = new Map<number, typeof trades>();
    for (const trade of trades) {
      const openTime = Math.floor(trade.venueTime / length) * length;
      groups.set(openTime, [...(groups.get(openTime) ?? []), trade]);
    }
    expect(
      builder
        .candles(interval)
        .map(({ openTime, open, high, low, close, volume, trades: count }) => ({
          openTime,
          open,
          high,
          low,
          close,
          volume,
          count,
        })),
    ).toEqual(
      [...groups].map(([openTime, group]) => {
        const prices = group.map((trade) => trade.priceUnits / 10 ** trade.priceDecimals);
        return {
          openTime,
          open: prices[0],
          high: Math.max(...prices),
          low: Math.min(...prices),
          close: prices.at(-1),
          volume: group.length / 4,
          count: group.length,
        };
      }),
    );
  }
});
