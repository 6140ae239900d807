import { expect, test } from 'vitest';
import { OrderBook } from '../../../../src/main/engine/book/orderBook.ts';
import type { BookViewPart } from '../../../../src/main/engine/consolidated/buildBookView.ts';
import { buildBookView } from '../../../../src/main/engine/consolidated/buildBookView.ts';
import type { VenueId } from '../../../../src/shared/venues.ts';

type Levels = readonly (readonly [price: number, size: number])[];

function part(
  venue: VenueId,
  decimals: { price: number; size: number },
  bids: Levels,
  asks: Levels,
  changes: Partial<BookViewPart> = {},
): BookViewPart {
  const book = new OrderBook(decimals);
  for (const [price, size] of bids) book.bids.set(price, size, 10 + size);
  for (const [price, size] of asks) book.asks.set(price, size, 10 + size);
  return {
    venue,
    instrument: `${venue}:BTC-USDT`,
    status: 'live',
    streamStatus: 'live',
    sequence: 7,
    receivedTime: 5,
    counted: true,
    note: null,
    book,
    knownBids: bids.length,
    knownAsks: asks.length,
    ...changes,
  };
}

const request = { market: 'BTC-USDT', venue: null, group: '0', rows: 10 };
const one = { price: 1, size: 2 };
const two = { price: 2, size: 1 };

test('merges levels of different decimals by exact price and keeps each venue its share', () => {
  const view = buildBookView(request, [
    part(
      'binance',
      one,
      [
        [1000, 150],
        [999, 200],
      ],
      [[1001, 50]],
    ),
    part(
      'bybit',
      two,
      [
        [10_000, 3],
        [9_995, 4],
      ],
      [[10_020, 6]],
    ),
  ]);
  expect(view).toMatchObject({
    priceDecimals: 2,
    sizeDecimals: 2,
    groupUnits: 1,
    crossedUnits: null,
  });
  expect(view.bids).toEqual([
    { priceUnits: 10_000, sizeUnits: [150, 30], changedTime: [160, 13] },
    { priceUnits: 9_995, sizeUnits: [0, 40], changedTime: [0, 14] },
    { priceUnits: 9_990, sizeUnits: [200, 0], changedTime: [210, 0] },
  ]);
  expect(view.asks.map(({ priceUnits }) => priceUnits)).toEqual([10_010, 10_020]);
});

test('floors bids and ceils asks to the row height', () => {
  const bids: Levels = [
    [1009, 1],
    [1005, 2],
    [999, 4],
  ];
  const asks: Levels = [
    [1011, 1],
    [1020, 2],
    [1021, 4],
  ];
  const view = buildBookView({ ...request, group: '1' }, [part('okx', one, bids, asks)]);
  expect(view.groupUnits).toBe(10);
  expect(view.bids.map((row) => [row.priceUnits, row.sizeUnits[0]])).toEqual([
    [1000, 3],
    [990, 4],
  ]);
  expect(view.asks.map((row) => [row.priceUnits, row.sizeUnits[0]])).toEqual([
    [1020, 3],
    [1030, 4],
  ]);
});

test('reads nothing outside the known range and nothing of a part that does not count', () => {
  const view = buildBookView(request, [
    part(
      'binance',
      one,
      [
        [1000, 1],
        [999, 1],
        [998, 1],
      ],
      [[1001, 1]],
      { knownBids: 2 },
    ),
    part('okx', one, [[1003, 9]], [[1004, 9]], { counted: false, status: 'resyncing' }),
  ]);
  expect(view.bids.map(({ priceUnits }) => priceUnits)).toEqual([1000, 999]);
  expect(view.parts[1]).toMatchObject({ counted: false, bestBidUnits: null, status: 'resyncing' });
  expect(view.crossedUnits).toBeNull();
});

test('tells a crossed and a locked consolidated book as a fact', () => {
  const crossed = buildBookView(request, [
    part('binance', one, [[1005, 1]], [[1006, 1]]),
    part('okx', one, [[1001, 1]], [[1002, 1]]),
  ]);
  expect(crossed.crossedUnits).toBe(3);
  const locked = buildBookView(request, [
    part('binance', one, [[1002, 1]], [[1006, 1]]),
    part('okx', one, [[1001, 1]], [[1002, 1]]),
  ]);
  expect(locked.crossedUnits).toBe(0);
});

test('cuts to the rows asked for', () => {
  const bids: Levels = Array.from({ length: 50 }, (_, index) => [1000 - index, 1]);
  const view = buildBookView({ ...request, rows: 3 }, [part('okx', one, bids, [])]);
  expect(view.bids.map(({ priceUnits }) => priceUnits)).toEqual([1000, 999, 998]);
  expect(view.asks).toEqual([]);
});

test.each(['0.000000000001', '.000000000001', '999999999999', '0.0000000000005'])(
  'a row height that these prices cannot be counted in exactly is the tick: %s',
  (group) => {
    const decimals = { price: 6, size: 5 };
    const book = part('binance', decimals, [[60_000_000_000, 3]], [[60_000_010_000, 4]]);
    const view = buildBookView({ ...request, group }, [book]);
    expect([view.priceDecimals, view.groupUnits]).toEqual([6, 1]);
    expect(view.bids.map((row) => row.priceUnits)).toEqual([60_000_000_000]);
    expect(view.asks.map((row) => row.priceUnits)).toEqual([60_000_010_000]);
    expect(view.parts[0]?.bestAskUnits).toBe(60_000_010_000);
  },
);

test('a row height between two ticks is exact where the prices leave room for it', () => {
  const book = part('binance', { price: 8, size: 0 }, [[123, 3]], [[124, 4]]);
  const view = buildBookView({ ...request, group: '0.0000000025' }, [book]);
  expect([view.priceDecimals, view.groupUnits]).toEqual([10, 25]);
  expect(view.asks.map((row) => row.priceUnits)).toEqual([12_400]);
});
