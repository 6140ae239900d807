import { expect, test } from 'vitest';
import type { BookSide } from '../../../../src/main/engine/book/bookSide.ts';
import { hashBook } from '../../../../src/main/engine/book/levelHash.ts';
import { OrderBook } from '../../../../src/main/engine/book/orderBook.ts';
import { formatUnits } from '../../../../src/main/engine/decimal.ts';
import { DecodeError } from '../../../../src/main/engine/errors.ts';
import { Random } from '../../../shared/randomValues.ts';
import type { LevelTexts } from '../../../support/bookEvents.ts';
import { levelsOf } from '../../../support/bookEvents.ts';

const cents = { price: 2, size: 3 };

function levelsIn(book: OrderBook, side: BookSide): [string, string][] {
  return Array.from({ length: side.count }, (_, rank) => [
    formatUnits(side.priceAt(rank), book.priceDecimals),
    formatUnits(side.sizeAt(rank), book.sizeDecimals),
  ]);
}

function pictureOf(book: OrderBook) {
  return { bids: levelsIn(book, book.bids), asks: levelsIn(book, book.asks) };
}

test('keeps both sides best first, whatever the order of the message', () => {
  const book = new OrderBook(cents);
  book.apply(
    levelsOf(
      [
        ['9.5', '1'],
        ['10', '2'],
        ['9.75', '3'],
      ],
      [
        ['11', '1'],
        ['10.5', '2'],
      ],
    ),
    1,
  );
  expect(pictureOf(book)).toEqual({
    bids: [
      ['10', '2'],
      ['9.75', '3'],
      ['9.5', '1'],
    ],
    asks: [
      ['10.5', '2'],
      ['11', '1'],
    ],
  });
});

test('a size replaces, zero removes, and removing what is not there is nothing', () => {
  const book = new OrderBook(cents);
  book.apply(
    levelsOf(
      [
        ['10', '2'],
        ['9', '1'],
      ],
      [['11', '1']],
    ),
    1,
  );
  book.apply(
    levelsOf(
      [
        ['10', '0'],
        ['9', '4'],
        ['8', '0'],
      ],
      [
        ['12', '0.000'],
        ['11', '0'],
      ],
    ),
    2,
  );
  expect(pictureOf(book)).toEqual({ bids: [['9', '4']], asks: [] });
  expect([book.bestBid, book.bestAsk, book.isCrossed]).toEqual([900, null, false]);
});

test('tells when the size of a level last changed', () => {
  const book = new OrderBook(cents);
  book.apply(
    levelsOf(
      [
        ['10', '2'],
        ['9', '1'],
      ],
      [],
    ),
    5,
  );
  book.apply(
    levelsOf(
      [
        ['10', '2'],
        ['9', '3'],
      ],
      [],
    ),
    8,
  );
  expect([book.bids.changedAt(0), book.bids.changedAt(1), book.bids.changedAt(2)]).toEqual([
    5, 8, 0,
  ]);
});

test('locked is not crossed', () => {
  const book = new OrderBook(cents);
  book.apply(levelsOf([['10', '1']], [['10', '1']]), 1);
  expect(book.isCrossed).toBe(false);
  book.apply(levelsOf([['10.01', '1']], []), 1);
  expect(book.isCrossed).toBe(true);
});

test('takes a message of fewer decimals and grows for one of more', () => {
  const book = new OrderBook({ price: 0, size: 0 });
  book.apply(levelsOf([['10', '2']], []), 1);
  book.apply(levelsOf([['9.125', '0.5']], [['11', '1']]), 1);
  expect([book.priceDecimals, book.sizeDecimals]).toEqual([3, 1]);
  book.apply(levelsOf([['10', '7']], []), 1);
  expect(pictureOf(book)).toEqual({
    bids: [
      ['10', '7'],
      ['9.125', '0.5'],
    ],
    asks: [['11', '1']],
  });
});

test('refuses a scale that does not hold its levels, and is left as it was', () => {
  const book = new OrderBook({ price: 0, size: 0 });
  book.apply(levelsOf([['90000000000000', '1']], []), 1);
  const before = hashBook(book);
  expect(() =>
    book.apply(
      levelsOf(
        [
          ['0.0001', '1'],
          ['5', '2'],
        ],
        [],
      ),
      2,
    ),
  ).toThrow(DecodeError);
  expect(() =>
    book.apply(
      levelsOf(
        [
          ['0.1', '1'],
          ['900719925474098', '1'],
        ],
        [],
      ),
      2,
    ),
  ).not.toThrow();
  book.apply(
    levelsOf(
      [
        ['0.1', '0'],
        ['900719925474098', '0'],
      ],
      [],
    ),
    2,
  );
  expect(hashBook(book)).toBe(before);
});

test('cuts to the best levels of a window', () => {
  const book = new OrderBook(cents);
  book.apply(
    levelsOf(
      [
        ['1', '1'],
        ['2', '1'],
        ['3', '1'],
      ],
      [
        ['4', '1'],
        ['5', '1'],
        ['6', '1'],
      ],
    ),
    1,
  );
  book.cut(2);
  expect(pictureOf(book)).toEqual({
    bids: [
      ['3', '1'],
      ['2', '1'],
    ],
    asks: [
      ['4', '1'],
      ['5', '1'],
    ],
  });
});

test('counts the levels from the best to a price', () => {
  const book = new OrderBook(cents);
  book.apply(
    levelsOf(
      [
        ['3', '1'],
        ['2', '1'],
        ['1', '1'],
      ],
      [
        ['4', '1'],
        ['6', '1'],
      ],
    ),
    1,
  );
  const { bids, asks } = book;
  expect([
    bids.countFrom(200),
    bids.countFrom(150),
    bids.countFrom(0),
    bids.countFrom(400),
  ]).toEqual([2, 2, 3, 0]);
  expect([asks.countFrom(500), asks.countFrom(600), asks.countFrom(Infinity)]).toEqual([1, 2, 2]);
});

test('hashes as the recordings are hashed', () => {
  const book = new OrderBook(cents);
  book.apply(levelsOf([['10.50', '2.000']], [['11', '0.25']]), 1);
  // printf 'b 10.5 2\na 11 0.25\n' | sha256sum
  expect(hashBook(book)).toBe('eca7e4527c33a533ce1f467336c29fa7d9db8e5790f2f46aca48c0451c447ff3');
});

test('agrees with a naive book through random deltas, growing scales and checkpoints', () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const random = new Random(seed);
    let book = new OrderBook({ price: 0, size: 0 });
    const naive = { bids: new Map<number, number>(), asks: new Map<number, number>() };
    for (let message = 0; message < 250; message += 1) {
      const decimals = random.below(Math.min(5, 1 + Math.floor(message / 40)));
      const bids = randomLevels(random, 5_000, decimals);
      const asks = randomLevels(random, 6_000, decimals);
      for (const [price, size] of bids) setNaive(naive.bids, price, size);
      for (const [price, size] of asks) setNaive(naive.asks, price, size);
      book.apply(levelsOf(bids, asks, cents), message);
      if (random.chance(0.05)) {
        const copy = new OrderBook({ price: 7, size: 7 });
        copy.restore(JSON.parse(JSON.stringify(book.save())));
        book = copy;
      }
    }
    expect(pictureOf(book)).toEqual({
      bids: sorted(naive.bids, (first, second) => second - first),
      asks: sorted(naive.asks, (first, second) => first - second),
    });
  }
});

function randomLevels(random: Random, middle: number, decimals: number): LevelTexts {
  return Array.from({ length: random.below(20) }, () => {
    const price = (middle + (random.next() - 0.5) * 400).toFixed(decimals);
    const size = random.chance(0.4) ? '0' : (random.next() * 50 + 0.01).toFixed(2);
    return [price, size] as const;
  });
}

function setNaive(side: Map<number, number>, price: string, size: string): void {
  if (Number(size) === 0) side.delete(Number(price));
  else side.set(Number(price), Number(size));
}

function sorted(side: Map<number, number>, order: (first: number, second: number) => number) {
  return [...side]
    .sort(([first], [second]) => order(first, second))
    .map(([price, size]) => [String(price), String(size)]);
}
