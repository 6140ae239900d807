import { expect, test } from 'vitest';
import { computeFootFigures } from '../../../../src/renderer/panels/orderBook/footFigures.ts';
import { parseTypedSize } from '../../../../src/renderer/panels/orderBook/fillCost.ts';
import { GhostBook, ghostMs } from '../../../../src/renderer/panels/orderBook/ghosts.ts';
import { describePainted } from '../../../../src/renderer/panels/orderBook/inspection.ts';
import { buildLadder } from '../../../../src/renderer/panels/orderBook/ladderModel.ts';
import { describeTop } from '../../../../src/renderer/panels/orderBook/midRow.ts';
import { computeTopOfBook } from '../../../../src/renderer/panels/orderBook/topOfBook.ts';
import { now, part, row, view } from './bookBuilders.ts';

const fees = { binance: 10, bybit: 10, okx: 10 };

test('a level says its sum, whose best it is, how far it reaches and how old it is', () => {
  const book = view({
    groupUnits: 100,
    parts: [
      part('binance', { bestAskUnits: 8_425_010 }),
      part('bybit', { bestAskUnits: 8_424_960 }),
    ],
    asks: [
      row(8_425_000, [0, 334], [0, now - 400]),
      row(8_425_100, [300, 700], [now - 3_000, now - 24_900]),
    ],
  });
  const model = buildLadder(book, 20, new GhostBook(), now, 3);
  expect(model).toMatchObject({ maximum: 1000, sharedDigits: 5, sizeDecimals: 3, bids: [] });
  expect(model.asks).toEqual([
    {
      priceUnits: 8_425_000,
      price: '84,250',
      size: '0.334',
      totalUnits: 334,
      sizes: [0, 334],
      ghosts: [0, 0],
      fades: [0.34, 1],
      bestOf: [false, true],
      cumulativeShare: 334 / 1334,
      age: null,
    },
    {
      priceUnits: 8_425_100,
      price: '84,251',
      size: '1.000',
      totalUnits: 1000,
      sizes: [300, 700],
      ghosts: [0, 0],
      fades: [0.8, 0.34],
      bestOf: [true, false],
      cumulativeShare: 1,
      age: '24 s',
    },
  ]);
});

test('a best bid lies in the row that its price was floored to', () => {
  const book = view({
    groupUnits: 100,
    parts: [
      part('binance', { bestBidUnits: 8_425_099 }),
      part('bybit', { bestBidUnits: 8_424_999 }),
    ],
    bids: [row(8_425_000, [5, 0]), row(8_424_900, [1, 5])],
  });
  const best = buildLadder(book, 20, new GhostBook(), now, 3).bids.map((level) => level.bestOf);
  expect(best).toEqual([
    [true, false],
    [false, true],
  ]);
});

test('size decimals get fewer with large sizes and never come back while a view lasts', () => {
  const large = view({ bids: [row(100, [12_345_678, 0])] });
  const small = view({ bids: [row(100, [5, 0])] });
  const first = buildLadder(large, 20, new GhostBook(), now, 3);
  expect([first.sizeDecimals, first.bids[0]?.size]).toEqual([1, '12,345.7']);
  const second = buildLadder(small, 20, new GhostBook(), now, first.sizeDecimals);
  expect(second.bids[0]?.size).toBe('0.005');
});

function staleView(changes: Parameters<typeof part>[1]) {
  return view({
    parts: [part('binance'), part('bybit', { counted: false, ...changes })],
    bids: [row(100, [5, 0])],
  });
}

test('a venue that turns stale leaves every sum at once and a ghost for ten seconds', () => {
  const ghosts = new GhostBook();
  ghosts.update(view({ bids: [row(100, [5, 8])] }), now);
  const stale = staleView({ streamStatus: 'stale' });
  ghosts.update(stale, now);
  const level = (time: number) => buildLadder(stale, 20, ghosts, time, 3).bids[0];
  expect(level(now)).toMatchObject({ totalUnits: 5, size: '0.005', ghosts: [0, 8] });
  expect(level(now + ghostMs - 1)?.ghosts).toEqual([0, 8]);
  expect(level(now + ghostMs)?.ghosts).toEqual([0, 0]);
});

test('a resyncing venue leaves no ghost, nor does another grouping keep one', () => {
  const ghosts = new GhostBook();
  ghosts.update(view({ bids: [row(100, [5, 8])] }), now);
  const resyncing = staleView({ status: 'resyncing', streamStatus: 'stale' });
  ghosts.update(resyncing, now);
  expect(ghosts.sizeAt('bybit', 'bid', 100, now)).toBe(0);

  ghosts.update(view({ bids: [row(100, [5, 8])] }), now);
  ghosts.update(staleView({ streamStatus: 'stale' }), now);
  expect(ghosts.venues(now)).toHaveLength(1);
  ghosts.update({ ...staleView({ streamStatus: 'stale' }), groupUnits: 10 }, now);
  expect(ghosts.venues(now)).toEqual([]);
});

test('a ghost goes as soon as its venue counts again', () => {
  const ghosts = new GhostBook();
  ghosts.update(view({ bids: [row(100, [5, 8])] }), now);
  ghosts.update(staleView({ streamStatus: 'stale' }), now);
  ghosts.update(view({ bids: [row(100, [5, 9])] }), now);
  expect(ghosts.sizeAt('bybit', 'bid', 100, now)).toBe(0);
});

test('a crossed book is shown as crossed, against the fees of the two venues that cross', () => {
  const crossed = (bid: number, ask: number) =>
    view({
      parts: [
        part('binance', { bestBidUnits: bid, bestAskUnits: bid + 50 }),
        part('bybit', { bestBidUnits: ask - 50, bestAskUnits: ask }),
      ],
    });
  const near = crossed(8_425_000, 8_424_930);
  const text = (book: typeof near) => describeTop(book, computeTopOfBook(book, fees));
  expect(text(near)).toEqual({
    upper: [{ text: 'Crossed 0.70', tone: 'strong' }],
    lower: 'less than fees',
    crossed: true,
  });
  // 10 bp on both sides of 84,000 is 168.
  expect(text(crossed(8_425_000, 8_407_000)).lower).toBe('more than fees');
  expect(text(crossed(8_425_000, 8_425_000)).upper).toEqual([{ text: 'Locked', tone: 'strong' }]);
});

test('a spread names its venues, and a venue that does not count has no say in it', () => {
  const book = view({
    parts: [
      part('binance', { bestBidUnits: 8_425_000, bestAskUnits: 8_425_001 }),
      part('bybit', { bestBidUnits: 9_000_000, bestAskUnits: 9_000_001, counted: false }),
    ],
  });
  expect(describeTop(book, computeTopOfBook(book, fees))).toEqual({
    upper: [
      { text: 'Spread ', tone: 'plain' },
      { text: '0.01', tone: 'strong' },
      { text: ' · 0.00 bp', tone: 'plain' },
    ],
    lower: 'Binance only',
    crossed: false,
  });
});

test('the foot is exact by the tick, a bound by larger rows, and says when the levels end', () => {
  const book = view({
    groupUnits: 10,
    asks: [row(10_010, [1_000, 1_000])],
    bids: [row(10_000, [500, 0])],
  });
  const model = buildLadder(book, 20, new GhostBook(), now, 3);
  const reference = { size: parseTypedSize('1'), midPrice: 100, priceDecimals: 2 };
  const grouped = computeFootFigures(book, model, { ...reference, tickUnits: 1 });
  expect(grouped.buy).toMatchObject({ text: '≤ 100.10', bps: '+10.0 bp' });
  expect(grouped.sell).toMatchObject({ text: 'only 0.50', bps: 'shown' });
  expect(grouped.imbalance).toMatchObject({ bidPercent: 20, askPercent: 80 });
  const exact = computeFootFigures(book, model, { ...reference, tickUnits: 10 });
  expect(exact.buy).toEqual({ text: '100.10', bps: '+10.0 bp', note: null });
});

test('what is told about a painted book is exact and names the ids of the books in it', () => {
  const book = view({
    parts: [part('binance', { sequence: 7 }), part('bybit', { sequence: 9, counted: false })],
    bids: [row(8_425_010, [1_234, 0])],
  });
  const painted = describePainted(book, buildLadder(book, 20, new GhostBook(), now, 3));
  expect(painted).toMatchObject({
    sequence: 'binance:7',
    group: '0.01',
    asks: [],
    bids: [
      { price: '84250.10', priceText: '84,250.10', sizeText: '1.234', sizes: { binance: '1.234' } },
    ],
  });
});
