import { expect, test } from 'vitest';
import { formatBigUnits } from '../../../../src/main/engine/decimal.ts';
import { ExactSum } from '../../../../src/main/engine/tape/exactSum.ts';
import { Tape } from '../../../../src/main/engine/tape/tape.ts';
import { Random } from '../../../shared/randomValues.ts';
import { tradeEvent } from '../../../support/trades.ts';

const instrument = 'binance:BTC-USDT';

test('sums exactly, where doubles would not', () => {
  const tape = new Tape({ instrument });
  const trades = [
    ['0.1', '0.1'],
    ['0.2', '0.3'],
    ['61837.63', '0.00002'],
    ['99999999.99', '90000000'],
  ];
  trades.forEach(([price = '', size = ''], index) => {
    tape.add(tradeEvent([index + 1, index + 1], price, size), 1);
  });
  expect([tape.sumSize(), tape.sumNotional(), tape.vwap(), tape.count]).toEqual([
    '90000000.40002',
    '8999999999100001.3067526',
    '99999999.54553335',
    4,
  ]);
});

test('has no average before the first trade', () => {
  const tape = new Tape({ instrument });
  expect([tape.vwap(), tape.last, tape.firstId, tape.sumSize(), tape.recent(5)]).toEqual([
    null,
    null,
    null,
    '0',
    [],
  ]);
});

test('sees every missing id, takes late ones into their hole, and drops repetitions', () => {
  const tape = new Tape({ instrument });
  const add = (first: number, last = first) => {
    const outcome = tape.add(tradeEvent([first, last], '2', '1'), 1);
    return outcome.type === 'repeated' ? 'repeated' : [outcome.late, outcome.hole];
  };
  expect([
    add(10),
    add(11),
    add(11),
    add(15, 17),
    add(9),
    add(13),
    add(13),
    add(12),
    add(14),
  ]).toEqual([
    [false, null],
    [false, null],
    'repeated',
    [false, { firstMissing: 12, lastMissing: 14 }],
    'repeated',
    [true, null],
    'repeated',
    [true, null],
    [true, null],
  ]);
  expect([tape.holes, tape.count, tape.firstId, tape.lastId]).toEqual([[], 6, '10', '17']);
});

test('counts a print that covers several ids as continuous', () => {
  const tape = new Tape({ instrument });
  tape.add(tradeEvent([100, 103], '2', '1'), 1);
  expect(tape.add(tradeEvent([104, 110], '2', '1'), 1)).toMatchObject({ hole: null });
  expect(tape.add(tradeEvent([112, 112], '2', '1'), 1)).toMatchObject({
    hole: { firstMissing: 111, lastMissing: 111 },
  });
});

test('fills a hole from REST and leaves out what it has', () => {
  const tape = new Tape({ instrument });
  tape.add(tradeEvent([1, 1], '2', '1'), 1);
  tape.add(tradeEvent([5, 5], '2', '1'), 1);
  const outcomes = [1, 2, 3, 4, 5, 6].map((id) => {
    const trade = {
      id: String(id),
      firstSequence: id,
      lastSequence: id,
      side: 'sell',
      price: '3.50',
      size: '2',
      tradeTime: 5,
    } as const;
    return tape.addFromRest(trade, 9).type;
  });
  expect(outcomes).toEqual(['repeated', 'added', 'added', 'added', 'repeated', 'added']);
  expect([tape.holes, tape.sumNotional()]).toEqual([[], '32']);
});

test('drops repetitions where ids say nothing, with bounded memory', () => {
  const tape = new Tape({ instrument, recentTrades: 3 });
  const add = (id: string) => tape.add(tradeEvent(id, '2', '1'), 1).type;
  expect([add('a'), add('b'), add('a')]).toEqual(['added', 'added', 'repeated']);
  for (let index = 0; index < 10_000; index += 1) add(`t${index}`);
  expect(tape.count).toBe(10_002);
  expect(tape.save().ids.remembered.length).toBe(4_096);
  expect(add('t9999')).toBe('repeated');
});

test('keeps the newest trades, oldest first', () => {
  const tape = new Tape({ instrument, recentTrades: 3 });
  for (let id = 1; id <= 5; id += 1) tape.add(tradeEvent([id, id], '2', '1'), id);
  expect(tape.recent(10).map((trade) => [trade.id, trade.ordinal])).toEqual([
    ['3', 2],
    ['4', 3],
    ['5', 4],
  ]);
  expect(tape.recent(1).map((trade) => trade.id)).toEqual(['5']);
  expect(tape.last?.id).toBe('5');
});

test('goes on equally after a checkpoint', () => {
  const random = new Random(3);
  const events = Array.from({ length: 400 }, (_, index) => {
    const first = index * 2 - random.below(6) + 10;
    return tradeEvent(
      [first, first + random.below(3)],
      (1 + random.next() * 50).toFixed(random.below(9)),
      '0.5',
    );
  });
  const whole = new Tape({ instrument, recentTrades: 20 });
  let copied = new Tape({ instrument, recentTrades: 20 });
  for (const [index, event] of events.entries()) {
    const outcome = whole.add(event, index);
    if (index % 37 === 0) {
      const copy = new Tape({ instrument, recentTrades: 20 });
      copy.restore(JSON.parse(JSON.stringify(copied.save())));
      copied = copy;
    }
    expect(copied.add(event, index)).toEqual(outcome);
  }
  expect(copied.save()).toEqual(whole.save());
});

test('an exact sum equals bigint arithmetic at any mixture of decimals', () => {
  const random = new Random(8);
  for (let round = 0; round < 200; round += 1) {
    const sum = new ExactSum();
    let expected = 0n;
    for (let index = 0; index < 50; index += 1) {
      const decimals = random.below(9);
      const first = random.below(2 ** 40);
      const second = random.chance(0.5) ? 1 : random.below(2 ** 30);
      sum.addProduct(first, second, decimals);
      expected += BigInt(first) * BigInt(second) * 10n ** BigInt(8 - decimals);
    }
    expect(sum.toString()).toBe(formatBigUnits(expected, 8));
  }
});

test('a trade that fills a hole says so, whether REST or the stream brought it', () => {
  const tape = new Tape({ instrument });
  tape.add(tradeEvent([1, 1], '10', '1'), 100);
  tape.add(tradeEvent([4, 4], '10', '1'), 200);
  tape.add(tradeEvent([3, 3], '10', '1'), 210);
  const repaired = { id: '2', side: 'buy', price: '9', size: '1', tradeTime: 150 } as const;
  tape.addFromRest({ ...repaired, firstSequence: 2, lastSequence: 2 }, 300);
  tape.addFromRest({ ...repaired, id: 'x', firstSequence: null, lastSequence: null }, 301);
  expect(tape.recent(5).map(({ id, late }) => [id, late])).toEqual([
    ['1', false],
    ['4', false],
    ['3', true],
    ['2', true],
    ['x', true],
  ]);
});
