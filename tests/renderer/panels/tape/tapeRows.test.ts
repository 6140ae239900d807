import { afterEach, expect, test } from 'vitest';
import { createFonts } from '../../../../src/renderer/canvas/fonts.ts';
import { PriceDecimals } from '../../../../src/renderer/panels/tape/PriceDecimals.ts';
import {
  describeDropped,
  describeGap,
  selectTapeGaps,
} from '../../../../src/renderer/panels/tape/gapRows.ts';
import {
  chooseTapeDecimals,
  computeLargeSize,
  fitDecimals,
} from '../../../../src/renderer/panels/tape/largeSize.ts';
import { paintTrade } from '../../../../src/renderer/panels/tape/paintTape.ts';
import {
  filterWords,
  parseSizeField,
  parseTapeOptions,
} from '../../../../src/renderer/panels/tape/tapeFilter.ts';
import {
  computeTapeLayout,
  sizeBarWidth,
} from '../../../../src/renderer/panels/tape/tapeLayout.ts';
import { TapeRate } from '../../../../src/renderer/panels/tape/tapeRate.ts';
import type { TapeEntry } from '../../../../src/renderer/panels/tape/tapeRows.ts';
import {
  countNewRows,
  holdRows,
  measureEntries,
  placeEntries,
  wholeRowsEnd,
} from '../../../../src/renderer/panels/tape/tapeRows.ts';
import { palette } from '../../../../src/renderer/theme/palette.ts';
import { CanvasStub } from '../../canvas/canvasStub.ts';
import { gap, market, now, tapeOf, trade } from './tapeBuilders.ts';

let canvas: CanvasStub | null = null;

afterEach(() => canvas?.close());

const all = { leastSize: 0, hidden: [] };
const heights = { trade: 18, gap: 38 };

function names(entries: readonly { readonly entry: TapeEntry; readonly top: number }[]) {
  return entries.map(({ entry, top }) => {
    if (entry.type === 'trade') return `${entry.trade.ordinal}@${top}`;
    return entry.type === 'gap' ? `gap@${top}` : `dropped ${entry.dropped.count}@${top}`;
  });
}

test('a gap stands where data went on: under the first trade after it, over the last before', () => {
  const rows = [trade(1, now - 10), trade(2, now + 100), trade(3, now + 900), trade(4, now + 950)];
  const placed = placeEntries(tapeOf(rows), [gap()], all, heights, { scroll: 0, height: 400 });
  expect(names(placed)).toEqual(['4@0', '3@18', 'gap@36', '2@74', '1@92']);
});

test('no row is cut at the lower edge: the rows end where the last whole one does', () => {
  const rows = [trade(1, now - 10), trade(2, now + 100), trade(3, now + 900), trade(4, now + 950)];
  const endAt = (height: number) => {
    const placed = placeEntries(tapeOf(rows), [gap()], all, heights, { scroll: 0, height });
    return wholeRowsEnd(placed, heights, height);
  };
  expect([endAt(35), endAt(36), endAt(70), endAt(74), endAt(400)]).toEqual([18, 36, 36, 74, 400]);
});

test('trades of a repair stand in the place of their gap, by the time they were traded', () => {
  const late = (ordinal: number, venueTime: number) =>
    trade(ordinal, now + 2_000, { venue: 'okx', venueTime, late: true });
  const rows = [
    trade(1, now - 10, { venue: 'okx' }),
    trade(2, now + 300),
    trade(3, now + 900, { venue: 'okx' }),
    // Traded before the gap ended, and received after it: the repaired rows still stay below their gap.
    trade(4, now + 910, { venueTime: now + 400 }),
    trade(5, now + 950),
    late(6, now + 100),
    late(7, now + 500),
    late(8, now + 500),
    trade(9, now + 2_100),
  ];
  const closed = [gap({ repairedBy: 'rest', missing: 3 })];
  const window = { scroll: 0, height: 400 };
  const order = (placed: ReturnType<typeof placeEntries>) =>
    names(placed).map((name) => name.replace(/@.*/, ''));
  const placed = placeEntries(tapeOf(rows), closed, all, heights, window);
  expect(order(placed)).toEqual(['9', '5', '4', '3', 'gap', '8', '7', '2', '6', '1']);
  // Only repaired rows are left of that time: their gap comes with them.
  const rest = placeEntries(tapeOf(rows.slice(4)), closed, all, heights, window);
  expect(order(rest)).toEqual(['9', '5', 'gap', '8', '7', '6']);
  expect(measureEntries(tapeOf(rows), closed, all, heights)).toBe(9 * 18 + 38);
  expect(countNewRows(tapeOf(rows), 5, all)).toBe(1);
});

test('a repaired trade carries no color of direction, and its own mark', () => {
  canvas = new CanvasStub({ width: 248, height: 100 });
  const context = document.createElement('canvas').getContext('2d');
  if (context === null) throw new Error('there is no canvas');
  const colors = palette();
  const space = { width: 248, scale: 1, comfortable: false, priceTextWidth: 62, sizeTextWidth: 44 };
  const paint = (late: boolean) => {
    const painting = {
      surface: { context, width: 248, height: 100, colors },
      fonts: createFonts(1),
      layout: computeTapeLayout(space),
      large: 0.001,
      prices: new PriceDecimals(),
      sizeDecimals: 4,
      greyed: false,
    };
    paintTrade(painting, trade(1, now, { late }), late ? 20 : 0);
  };
  paint(false);
  paint(true);
  const colorsOf = (text: string) =>
    canvas?.texts.filter((drawn) => drawn.text === text).map((drawn) => drawn.color);
  expect(colorsOf('84,250.10')).toEqual([colors.color.up, colors.color['ink-3']]);
  expect(colorsOf('0.1000')).toEqual([colors.color['ink-1'], colors.color['ink-3']]);
});

test('dropped rows are counted in their place', () => {
  const rows = [
    trade(1, now),
    { type: 'tradesDropped', market, count: 1204 } as const,
    trade(9, now),
  ];
  const placed = placeEntries(tapeOf(rows), [], all, heights, { scroll: 0, height: 400 });
  expect(names(placed)).toEqual(['9@0', 'dropped 1204@18', '1@56']);
  expect(describeDropped(1204)).toMatchObject({ strong: '1,204 trades', upper: 'not shown' });
});

test('only rows in view are placed, whatever the scroll', () => {
  const rows = Array.from({ length: 2000 }, (_, index) => trade(index, now + index));
  const window = { scroll: 18 * 1000 + 4, height: 180 };
  const placed = placeEntries(tapeOf(rows), [], all, heights, window);
  expect(placed).toHaveLength(11);
  expect(names(placed)[0]).toBe('999@-4');
  expect(measureEntries(tapeOf(rows), [], all, heights)).toBe(36_000);
});

test('a filter hides trades and never a gap or a count of dropped ones', () => {
  const rows = [
    trade(1, now - 5, { sizeUnits: 9_000 }),
    { type: 'tradesDropped', market, count: 3 } as const,
    trade(2, now + 900, { sizeUnits: 10 }),
    trade(3, now + 901, { sizeUnits: 9_000, venue: 'bybit' }),
  ];
  const filter = { leastSize: 0.5, hidden: ['bybit'] as const };
  const placed = placeEntries(tapeOf(rows), [gap()], filter, heights, { scroll: 0, height: 400 });
  expect(names(placed)).toEqual(['dropped 3@0', 'gap@38', '1@76']);
});

test('rows that are held stay as they were while new ones push the old out', () => {
  const rows = [trade(1, now), trade(2, now)];
  const held = holdRows(tapeOf(rows));
  rows.shift();
  rows.push(trade(3, now));
  expect([held.at(0), held.at(1)].map((row) => row?.type === 'trade' && row.ordinal)).toEqual([
    1, 2,
  ]);
});

test('new rows are counted as the filter sees them, also those that the ring has lost already', () => {
  const rows = [trade(5, now), trade(6, now, { sizeUnits: 1 }), trade(7, now)];
  expect(countNewRows(tapeOf(rows, 7), 5, { leastSize: 0.01, hidden: [] })).toBe(1);
  expect(countNewRows(tapeOf(rows, 7), 2, all)).toBe(5);
  expect(countNewRows(tapeOf(rows, 7), 7, all)).toBe(0);
});

test('an open gap stays on top with its cause, a book that is rebuilt is only a notice', () => {
  const gaps = selectTapeGaps(
    [
      gap({ id: 1, venue: 'bybit', instrument: `bybit:${market}`, cause: 'stale', to: null }),
      gap({ id: 2, channel: 'book', to: null, from: now + 5 }),
      gap({ id: 3, channel: 'book' }),
      gap({ id: 4, instrument: 'okx:ETH-USDT' }),
      gap({ id: 5, to: now + 10 }),
      gap({ id: 6, to: now + 20 }),
    ],
    market,
  );
  expect(gaps.open.map((record) => record.id)).toEqual([1, 2]);
  expect(gaps.closed.map((record) => record.id)).toEqual([6, 5]);
  expect(gaps.open.map(describeGap)).toEqual([
    {
      mark: 'stale',
      strong: 'Bybit stale',
      upper: 'since 22:13:20.0',
      lower: 'trades may be missing here',
      look: 'missing',
    },
    {
      mark: 'resyncing',
      strong: 'OKX resyncing',
      upper: 'since 22:13:20.0',
      lower: 'trades continue, book does not',
      look: 'notice',
    },
  ]);
});

test('a closed gap says how long, why, what is missing or how it was repaired', () => {
  const missing = describeGap(gap({ missing: 3, firstId: '51884', lastId: '51886' }));
  expect(missing).toMatchObject({
    strong: 'Gap, OKX',
    upper: '800 ms, sequence',
    lower: '3 trades missing, 51884 to 51886',
    look: 'missing',
  });
  expect(describeGap(gap({ missing: 38, repairedBy: 'rest' }))).toMatchObject({
    mark: 'repaired',
    lower: 'repaired by REST, 38 trades',
    look: 'repaired',
  });
  expect(describeGap(gap({ missing: 1, repairedBy: 'rest' })).lower).toBe(
    'repaired by REST, 1 trade',
  );
});

test('a gap that was proven whole says so and looks repaired, without a count of nothing', () => {
  const whole = { mark: 'repaired', lower: 'no trade was missing', look: 'repaired' };
  expect(describeGap(gap({ missing: 0 }))).toMatchObject(whole);
  expect(describeGap(gap({ missing: 0, repairedBy: 'rest' }))).toMatchObject(whole);
  expect(describeGap(gap({ missing: 0, to: null })).look).toBe('missing');
});

test('the rate is the mean of whole seconds, and the first cut second does not count', () => {
  const rate = new TapeRate();
  const start = 1_700_000_000_500;
  for (let index = 0; index < 100; index++) {
    rate.add(trade(index, start + index * 50, { side: index % 4 === 0 ? 'sell' : 'buy' }));
  }
  const figures = rate.figures(start + 5_000);
  expect(figures.perSec).toBe(20);
  expect(figures.counts.slice(-6)).toEqual([0, 10, 20, 20, 20, 20]);
  expect(figures.buyShare).toBeCloseTo(0.75, 1);
  expect(rate.figures(start + 60_000)).toMatchObject({ perSec: 0, buyShare: null });
  rate.add(trade(100, start + 59_500, { late: true }));
  expect(rate.figures(start + 60_000)).toMatchObject({ perSec: 0, buyShare: null });
  expect(new TapeRate().figures(start)).toMatchObject({ perSec: null, buyShare: null });
});

test('a rate holds seconds, not trades: a million of them leave no trace', () => {
  const rate = new TapeRate();
  for (let index = 0; index < 1_000_000; index++) rate.add(trade(index, now + index));
  expect(rate.figures(now + 1_000_000).perSec).toBe(1000);
});

test('large is what two in a hundred trades reach, once enough were seen', () => {
  const sizes = Array.from({ length: 200 }, (_, index) => (index + 1) / 210);
  expect(computeLargeSize(sizes.slice(0, 99))).toBeNull();
  expect(computeLargeSize(sizes)).toBe(0.94);
  expect(computeLargeSize(Array<number>(200).fill(0))).toBeNull();
});

test('sizes keep four decimals, and fewer only where digits would not fit', () => {
  expect(chooseTapeDecimals([0.01, 0.5, 2])).toBe(4);
  expect(chooseTapeDecimals([1_500, 90_000, 800])).toBe(0);
  expect([0.0421, 150.12345, 1_234.5, 12_345.6].map((size) => fitDecimals(size, 4))).toEqual([
    4, 3, 1, 0,
  ]);
});

test('columns of a tape stand where the design puts them and never cut a price', () => {
  const space = { width: 248, scale: 1, comfortable: false, priceTextWidth: 62, sizeTextWidth: 44 };
  expect(computeTapeLayout(space)).toMatchObject({
    rateHeight: 36,
    rowsTop: 56,
    rowHeight: 18,
    gapHeight: 38,
    time: 'millis',
    tagX: 85,
    arrowX: 107,
    priceRight: 186,
    sizeRight: 238,
  });
  for (const priceTextWidth of [62, 80, 100, 130]) {
    const layout = computeTapeLayout({ ...space, priceTextWidth });
    expect(layout.time).toBe('millis');
    expect(layout.tagX).toBeGreaterThanOrEqual(layout.timeX + 73);
    expect(layout.priceLeft).toBeGreaterThanOrEqual(layout.arrowX + 10);
    expect(layout.priceRight - layout.priceLeft).toBeGreaterThanOrEqual(56);
    const narrow = computeTapeLayout({ ...space, width: 230, priceTextWidth });
    const cut = narrow.priceRight - priceTextWidth < narrow.priceLeft - 1;
    expect(cut && narrow.time !== 'none').toBe(false);
  }
  const wideSize = computeTapeLayout({ ...space, width: 240, sizeTextWidth: 90 });
  expect(wideSize.time).toBe('millis');
  expect(wideSize.priceRight - wideSize.priceLeft).toBeGreaterThanOrEqual(56);
});

test('the bar behind a size grows with it up to its limit', () => {
  const widths = [0, 0.25, 0.5, 5].map((size) => sizeBarWidth(size, 1, 248));
  expect(widths).toEqual([0, 31, 62, 114]);
  expect(sizeBarWidth(1, null, 248)).toBe(0);
});

test('a filter says in words what it shows, and a damaged one shows everything', () => {
  const options = parseTapeOptions({ leastSize: 'x', hidden: ['okx', 'nope'], largeSize: '2.5' });
  expect(options).toEqual({ leastSize: '', hidden: [], largeSize: '2.5' });
  expect(filterWords(options, 'BTC')).toBe('All sizes, all venues');
  expect(filterWords({ ...options, leastSize: '1000', hidden: ['okx'] }, 'BTC')).toBe(
    '≥ 1,000 BTC, BN BY',
  );
  expect([' 0,5 ', '1.', '', '-1', '1e9'].map(parseSizeField)).toEqual([
    '0.5',
    '1',
    '',
    null,
    null,
  ]);
});

test('a venue writes all its prices with the decimals that it has shown, so that points align', () => {
  const prices = new PriceDecimals();
  prices.learn(trade(1, now, { venue: 'bybit', priceUnits: 841_759, priceDecimals: 1 }));
  prices.learn(trade(2, now));
  const round = trade(3, now, { venue: 'bybit', priceUnits: 84_176, priceDecimals: 0 });
  expect([prices.write(round), prices.of(round), prices.most]).toEqual(['84,176.0', 1, 2]);
});
