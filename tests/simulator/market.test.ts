import { expect, test } from 'vitest';
import { mergeBars } from '../../src/simulator/market/bar.ts';
import type { Bar } from '../../src/simulator/market/bar.ts';
import { Market } from '../../src/simulator/market/market.ts';
import type { Instrument } from '../../src/simulator/market/instrument.ts';
import { simVenueIds } from '../../src/simulator/market/venueProfiles.ts';
import { startTime } from './support/start.ts';

function makeMarket(seed: number, messagesPerSec = 300, assets: readonly string[] = []): Market {
  const venues = simVenueIds;
  return new Market({ seed, startTime, messagesPerSec, assets, venues, historyDays: 60 });
}

function run(market: Market, seconds: number, check: () => void = () => {}): void {
  while (market.nextTime() <= startTime + seconds * 1000) {
    market.runNext();
    check();
  }
}

function all(market: Market): Instrument[] {
  return simVenueIds.flatMap((venue) => [...market.instruments(venue)]);
}

test('no book is ever crossed or locked, at any rate', () => {
  for (const [rate, seconds] of [
    [300, 60],
    [20_000, 2],
  ] as const) {
    const market = makeMarket(5, rate);
    const books = all(market).map((instrument) => instrument.book);
    let crossed = 0;
    run(market, seconds, () => {
      for (const { bids, asks } of books) if (bids.best() >= asks.best()) crossed += 1;
    });
    expect(crossed).toBe(0);
  }
});

test('books keep their depth while the market moves', () => {
  const market = makeMarket(6, 2000);
  run(market, 30);
  const thin = all(market).filter(({ venue, market: name, book }) => {
    const least = venue === 'binance' ? 1500 : venue === 'bybit' ? 1000 : 400;
    // PEPE's price on Binance has some 1,128 ticks down to nothing.
    const bidsLeast = venue === 'binance' && name === 'PEPE-USDT' ? 900 : least;
    return book.bids.length < bidsLeast || book.asks.length < least;
  });
  expect(thin.map(({ venue, market: name }) => `${venue}:${name}`)).toEqual([]);
});

test('the book of an earlier change equals what stood then', () => {
  const market = makeMarket(7, 500, ['BTC']);
  const book = market.find('okx', 'BTC-USDT')?.book;
  if (book === undefined) throw new Error('no book');
  run(market, 5);
  const remembered = new Map<number, { bids: number[]; asks: number[] }>();
  run(market, 8, () => {
    const sides = book.asOf(book.changeId, 50);
    if (sides !== undefined) {
      remembered.set(book.changeId, { bids: [...sides.bids], asks: [...sides.asks] });
    }
  });
  expect(remembered.size).toBeGreaterThan(100);
  for (const [changeId, then] of remembered) {
    const now = book.asOf(changeId, 50);
    expect({ bids: [...(now?.bids ?? [])], asks: [...(now?.asks ?? [])] }).toEqual(then);
  }
});

test('24 h changes, ranges and volumes are those of a plausible market, whatever the seed', () => {
  for (const seed of [1, 2, 3]) {
    for (const instrument of all(makeMarket(seed))) {
      const day = instrument.statistics.at(startTime);
      const change = day.close / day.open - 1;
      const range = day.high / day.low - 1;
      expect([
        instrument.market,
        change > -0.05 && change < 0.08,
        range > 0.008 && range < 0.2,
      ]).toEqual([instrument.market, true, true]);
    }
  }
});

test('a minute is the sum of its seconds, an hour of its minutes, a day of its hours', () => {
  const market = makeMarket(8, 1000, ['BTC', 'PEPE']);
  run(market, 130);
  for (const instrument of all(market)) {
    const { candles } = instrument;
    candles.roll(startTime + 130_000);
    const startMinute = candles.startMinute();
    for (const minute of [startMinute - 1500, startMinute - 1, startMinute, startMinute + 1]) {
      const seconds = range(60).map((second) =>
        candles.barAt('1s', minute * 60_000 + second * 1000, 0),
      );
      expect(mergeBars(minute * 60_000, present(seconds))).toEqual(candles.minute(minute));
    }
    const hour = Math.floor(startMinute / 60) * 60;
    for (const first of [hour, hour - 60, hour - 48 * 60]) {
      const minutes = range(60).map((minute) => candles.minute(first + minute));
      expect(mergeBars(first * 60_000, present(minutes))).toEqual(
        candles.barAt('1h', first * 60_000, 0),
      );
    }
    const day = Math.floor(startMinute / 1440) * 1440 - 1440;
    const hours = range(24).map((index) => candles.barAt('1h', (day + index * 60) * 60_000, 0));
    expect(mergeBars(day * 60_000, present(hours))).toEqual(candles.barAt('1d', day * 60_000, 0));
  }
});

test('live bars are those of the tape, and 24 h statistics those of 1,440 minute bars', () => {
  const market = makeMarket(9, 2000, ['ETH', 'SOL']);
  run(market, 200);
  const now = startTime + 200_000;
  for (const instrument of all(market)) {
    const { candles, tape } = instrument;
    const day = instrument.statistics.at(now);
    const minute = candles.startMinute() + 2;
    const trades = tape
      .range(tape.firstId, tape.nextId())
      .filter((trade) => Math.floor(trade.time / 60_000) === minute);
    const bar = candles.minute(minute);
    expect(bar).toMatchObject({
      open: trades[0]?.price,
      close: trades[trades.length - 1]?.price,
      high: Math.max(...trades.map((trade) => trade.price)),
      low: Math.min(...trades.map((trade) => trade.price)),
      volume: trades.reduce((sum, trade) => sum + trade.size, 0),
      quote: trades.reduce((sum, trade) => sum + BigInt(trade.price) * BigInt(trade.size), 0n),
      trades: trades.length,
    });
    const last = Math.floor(now / 60_000);
    const minutes = range(1440).map((index) => candles.minute(last - 1439 + index));
    const whole = mergeBars(day.openTime, present(minutes));
    expect(day).toMatchObject({
      open: whole?.open,
      high: whole?.high,
      low: whole?.low,
      close: whole?.close,
      volume: whole?.volume,
      quote: whole?.quote,
      trades: whole?.trades,
    });
  }
});

test('trades before the start go on without a hole and agree with the bars of their minute', () => {
  const market = makeMarket(10, 1000, ['BTC', 'ARB']);
  run(market, 20);
  for (const instrument of all(market)) {
    const { tape, candles } = instrument;
    const trades = instrument.tradesBefore(tape.nextId(), tape.nextId() - tape.firstId + 3000);
    const ids = trades.map((trade) => trade.id);
    expect(ids).toEqual(range(ids.length).map((index) => tape.nextId() - ids.length + index));
    const times = trades.map((trade) => trade.time);
    expect(times).toEqual(times.toSorted((left, right) => left - right));
    const minute = candles.startMinute() - 2;
    const bar = candles.minute(minute);
    const inside = trades.filter((trade) => Math.floor(trade.time / 60_000) === minute);
    expect({
      open: inside[0]?.price,
      high: Math.max(...inside.map((trade) => trade.price)),
      low: Math.min(...inside.map((trade) => trade.price)),
      close: inside[inside.length - 1]?.price,
      volume: inside.reduce((sum, trade) => sum + trade.size, 0),
      trades: inside.length,
    }).toEqual({
      open: bar?.open,
      high: bar?.high,
      low: bar?.low,
      close: bar?.close,
      volume: bar?.volume,
      trades: bar?.trades,
    });
  }
});

function range(count: number): number[] {
  return Array.from({ length: count }, (_unused, index) => index);
}

function present(bars: readonly (Bar | undefined)[]): Bar[] {
  return bars.filter((bar) => bar !== undefined);
}
