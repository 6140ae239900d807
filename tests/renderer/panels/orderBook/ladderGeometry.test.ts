import { expect, test } from 'vitest';
import { ageFade } from '../../../../src/renderer/panels/orderBook/ageFade.ts';
import { computeBarSegments } from '../../../../src/renderer/panels/orderBook/barSegments.ts';
import {
  chooseGroupStep,
  computeGroupSteps,
  groupDecimals,
} from '../../../../src/renderer/panels/orderBook/groupSteps.ts';
import {
  computeLadderLayout,
  levelAt,
  levelTop,
} from '../../../../src/renderer/panels/orderBook/ladderLayout.ts';
import { countSharedDigits } from '../../../../src/renderer/panels/orderBook/sharedDigits.ts';
import { topicRequestSchema } from '../../../../src/shared/bridge.ts';
import * as v from 'valibot';
import { Random } from '../../../shared/randomValues.ts';

const space = {
  width: 330,
  height: 790,
  scale: 1,
  comfortable: false,
  priceTextWidth: 42,
  sizeTextWidth: 36,
  venueCount: 3,
};

test('columns of a ladder stand where the design puts them', () => {
  expect(computeLadderLayout(space)).toEqual({
    width: 330,
    height: 790,
    scale: 1,
    rowHeight: 18,
    headerHeight: 20,
    rowsPerSide: 20,
    topX: 10,
    priceRight: 88,
    sizeRight: 146,
    barsX: 156,
    barsWidth: 128,
    ageRight: 320,
    asksBottom: 362,
    midTop: 380,
    midHeight: 50,
    bidsTop: 430,
  });
});

test('a wide price pushes the bars and never loses a digit', () => {
  const wide = computeLadderLayout({ ...space, priceTextWidth: 90 });
  expect(wide.priceRight - 90).toBeGreaterThanOrEqual(10 + 24);
  expect(wide.barsX + wide.barsWidth + 36).toBe(320);
  const narrow = computeLadderLayout({ ...space, width: 230 });
  expect([narrow.ageRight, narrow.barsWidth]).toEqual([null, 64]);
  const narrowest = computeLadderLayout({ ...space, width: 150 });
  expect(narrowest.barsWidth).toBe(0);
});

test('rows never overlap the middle, at any height, density and scale', () => {
  const random = new Random(3);
  for (let round = 0; round < 300; round++) {
    const layout = computeLadderLayout({
      ...space,
      height: 110 + random.below(1200),
      scale: 0.8 + random.next() * 1.2,
      comfortable: random.chance(0.5),
    });
    expect(Number.isInteger(layout.rowHeight)).toBe(true);
    expect(levelTop(layout, 'ask', 0) + layout.rowHeight).toBe(layout.midTop);
    expect(levelTop(layout, 'bid', 0)).toBe(layout.midTop + layout.midHeight);
    const index = random.below(layout.rowsPerSide);
    for (const side of ['bid', 'ask'] as const) {
      const middle = levelTop(layout, side, index) + layout.rowHeight / 2;
      expect(levelAt(layout, middle)).toEqual({ side, index });
    }
    expect(levelAt(layout, layout.midTop + 1)).toBeNull();
  }
});

test('grouping steps start at the tick and hold whole ticks that the bridge accepts', () => {
  const texts = (tick: number, decimals: number, price: number) =>
    computeGroupSteps(tick, decimals, price).map((step) => step.text);
  expect(texts(1, 2, 8_425_010)).toEqual([
    '0.01',
    '0.02',
    '0.05',
    '0.1',
    '0.2',
    '0.5',
    '1',
    '2',
    '5',
    '10',
    '20',
    '50',
    '100',
  ]);
  // A tick of 0.25 cannot be grouped by 0.1 or 0.2: a level would be split.
  expect(texts(25, 2, 1_000_000)).toEqual(['0.25', '0.5', '1', '2', '5', '10', '20']);
  expect(texts(1, 8, 1_128)).toEqual(['0.00000001', '0.00000002']);
  for (const [tick, decimals, price] of [
    [1, 2, 8_425_010],
    [1, 12, 900],
    [5, 0, 90_000],
  ] as const) {
    for (const step of computeGroupSteps(tick, decimals, price)) {
      const request = {
        topic: 'book',
        market: 'BTC-USDT',
        venue: null,
        group: step.text,
        rows: 20,
        muted: [],
      };
      expect(v.is(topicRequestSchema, request)).toBe(true);
      expect(step.units % tick).toBe(0);
    }
  }
});

test('a first look at bitcoin groups by one, and never by less than the tick', () => {
  expect(chooseGroupStep(computeGroupSteps(1, 2, 8_425_010), 8_425_010)?.text).toBe('1');
  expect(chooseGroupStep(computeGroupSteps(1, 4, 4_127), 4_127)?.text).toBe('0.0001');
  expect([groupDecimals(100, 2), groupDecimals(10, 2), groupDecimals(5, 2)]).toEqual([0, 1, 2]);
});

test('only what all prices share is dimmed, and never the last digit', () => {
  expect(countSharedDigits(['84,231', '84,250', '84,269'])).toBe(4);
  expect(countSharedDigits(['84,231'])).toBe(0);
  expect(countSharedDigits(['84,231', '84,231'])).toBe(5);
  expect(countSharedDigits(['99,999', '100,000'])).toBe(0);
  expect(countSharedDigits([])).toBe(0);
});

test('a level fades by the age of its last change', () => {
  const ages = [0, 999, 1_000, 4_999, 5_000, 14_999, 15_000, 9e9, null, Number.NaN];
  expect(ages.map(ageFade)).toEqual([1, 1, 0.8, 0.8, 0.55, 0.55, 0.34, 0.34, 0.34, 0.34]);
});

test('bars are linear to the visible maximum, in venue order with 1 px between', () => {
  expect(computeBarSegments([50, 0, 50], [0, 0, 0], 100, 100)).toEqual([
    { part: 0, x: 0, width: 50, ghost: false },
    { part: 2, x: 51, width: 49, ghost: false },
  ]);
  expect(computeBarSegments([30], [20], 100, 100)).toEqual([
    { part: 0, x: 0, width: 30, ghost: false },
    { part: 0, x: 31, width: 19, ghost: true },
  ]);
  expect(computeBarSegments([1], [], 0, 100)).toEqual([]);
});

test('no bar leaves its column and none that has size vanishes', () => {
  const random = new Random(9);
  for (let round = 0; round < 500; round++) {
    const sizes = [0, 1, 2].map(() => (random.chance(0.2) ? 0 : random.below(1000)));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const maximum = total + random.below(3000);
    const width = 8 + random.below(200);
    const segments = computeBarSegments(sizes, [], maximum, width);
    expect(segments).toHaveLength(maximum === 0 ? 0 : sizes.filter((size) => size > 0).length);
    for (const segment of segments) {
      expect(segment.width).toBeGreaterThanOrEqual(1);
      expect(segment.x + segment.width).toBeLessThanOrEqual(width);
    }
    const end = segments.at(-1);
    if (end === undefined) continue;
    const linear = (total / maximum) * width;
    // Least widths and gaps of tiny pieces may add a few pixels, never take any away.
    expect(end.x + end.width).toBeGreaterThanOrEqual(Math.floor(linear));
    expect(end.x + end.width).toBeLessThanOrEqual(Math.ceil(linear) + 2 * segments.length);
  }
});
