import { expect, test } from 'vitest';
import {
  chartLocale,
  formatCrosshairTime,
  formatTick,
  formatUntilClose,
  untilClose,
} from '../../../../src/renderer/panels/chart/chartTime.ts';
import {
  selectLanes,
  selectSince,
  StateSince,
} from '../../../../src/renderer/panels/chart/coverageLanes.ts';
import {
  bandWords,
  mergeBands,
  selectGapBands,
} from '../../../../src/renderer/panels/chart/gapBands.ts';
import { selectLastPrice } from '../../../../src/renderer/panels/chart/lastPrice.ts';
import { describeCandle, selectChips } from '../../../../src/renderer/panels/chart/legend.ts';
import { gapSpans } from '../../../../src/renderer/widgets/drawRibbon.ts';
import type { CoverageCell } from '../../../../src/renderer/widgets/validity.ts';
import { ownCells, priceCoverage } from '../../../../src/renderer/widgets/validity.ts';
import type { GapRecord, StreamStatus } from '../../../../src/shared/feedHealth.ts';
import type { ContributorExclusion, PriceValue } from '../../../../src/shared/values.ts';
import type { VenueId } from '../../../../src/shared/venues.ts';
import { venueIds } from '../../../../src/shared/venues.ts';
import { candle, minute } from './chartBuilders.ts';

const now = Date.UTC(2026, 10, 21, 14, 32, 7, 412);
const market = 'BTC-USDT';

function gap(venue: VenueId, from: number, to: number | null, changes: Partial<GapRecord> = {}) {
  const record: GapRecord = {
    id: 1,
    venue,
    instrument: `${venue}:${market}`,
    channel: 'trade',
    cause: 'disconnect',
    from,
    to,
    firstId: null,
    lastId: null,
    missing: null,
    repairedBy: null,
    ...changes,
  };
  return record;
}

function price(
  status: PriceValue['status'],
  exclusions: Partial<Record<VenueId, ContributorExclusion>> = {},
): PriceValue {
  return {
    market,
    price: 84_250.12,
    priceDecimals: 1,
    status,
    receivedTime: now - 8_400,
    contributors: venueIds.map((venue) => ({
      venue,
      instrument: `${venue}:${market}`,
      price: 84_250.1,
      priceDecimals: 2,
      bid: 84_250,
      ask: 84_251,
      lastTrade: 84_250.1,
      weight: exclusions[venue] === undefined ? 0.5 : 0,
      exclusion: exclusions[venue] ?? null,
      status: 'live',
      receivedTime: now - 8_400,
      volume24hQuote: 1,
    })),
    equalWeights: false,
    venueSpreadBps: null,
    change24hAbs: null,
    change24hPct: null,
    high24h: null,
    low24h: null,
    volume24hBase: null,
    volume24hQuote: null,
    statsVenues: [],
  };
}

test("a venue's gap is a hole in its own chart, and in the consolidated one only when all were gone", () => {
  const gaps = [
    gap('binance', 100, 400),
    gap('bybit', 200, 500, { cause: 'stale' }),
    gap('okx', 300, null),
    gap('okx', 10, 20, { instrument: 'okx:ETH-USDT' }),
    gap('okx', 30, 40, { channel: 'book' }),
  ];
  expect(selectGapBands(gaps, market, 'bybit', venueIds)).toEqual([
    { from: 200, to: 500, repaired: false, causes: ['No data'], where: 'Bybit' },
  ]);
  const all = selectGapBands(gaps, market, null, venueIds);
  expect(all).toMatchObject([{ from: 300, to: 400, repaired: false }]);
  expect(all.map(bandWords)).toEqual(['Connection lost, no data, all venues']);
  expect(selectGapBands(gaps.slice(0, 2), market, null, venueIds)).toEqual([]);
});

test('bands that touch become one, and only wholly repaired ones say so', () => {
  const band = (from: number, to: number | null, repaired: boolean) => ({
    from,
    to,
    repaired,
    causes: ['x'],
    where: '',
  });
  expect(mergeBands([band(50, 80, true), band(10, 60, true)])).toEqual([band(10, 80, true)]);
  expect(mergeBands([band(10, 60, true), band(50, 80, false)])).toEqual([band(10, 80, false)]);
  expect(mergeBands([band(10, 60, false), band(61, null, false)])).toHaveLength(2);
  expect(mergeBands([band(10, null, false), band(50, 80, false)])).toEqual([band(10, null, false)]);
});

test('lanes show gaps, repairs and what a venue is right now', () => {
  const cells: readonly CoverageCell[] = [
    { venue: 'binance', state: 'live', note: null },
    { venue: 'bybit', state: 'stale', note: null },
    { venue: 'okx', state: 'unlisted', note: null },
  ];
  const gaps = [
    gap('binance', 10, 20, { repairedBy: 'rest' }),
    gap('binance', 30, 40),
    gap('binance', 50, 60, { channel: 'book' }),
  ];
  const lanes = selectLanes({ market, gaps, cells, sinceByVenue: new Map([['bybit', 70]]) });
  expect(lanes).toEqual([
    {
      venue: 'binance',
      spans: [
        { venue: 'binance', from: 10, to: 20, state: 'repaired' },
        { venue: 'binance', from: 30, to: 40, state: 'gap' },
      ],
    },
    { venue: 'bybit', spans: [{ venue: 'bybit', from: 70, to: null, state: 'stale' }] },
  ]);
});

test('a gap that was proven whole is drawn as repaired, in the chart, its lanes and the ribbon', () => {
  const whole = [gap('okx', now - 900, now - 300, { missing: 0 })];
  expect(selectGapBands(whole, market, 'okx', venueIds)).toMatchObject([{ repaired: true }]);
  const cells: readonly CoverageCell[] = [{ venue: 'okx', state: 'live', note: null }];
  const lanes = selectLanes({ market, gaps: whole, cells, sinceByVenue: new Map() });
  expect(lanes[0]?.spans).toMatchObject([{ state: 'repaired' }]);
  expect(gapSpans(whole, now)).toMatchObject([{ state: 'repaired' }]);
});

test('a venue that is cut off is not called resyncing because its book is gone too', () => {
  const spansOf = (state: CoverageCell['state'], gaps: readonly GapRecord[]) =>
    selectLanes({
      market,
      gaps,
      cells: [{ venue: 'okx', state, note: null }],
      sinceByVenue: new Map([['okx', 90]]),
    })[0]?.spans.map((span) => `${span.state} ${span.from}`);
  const book = gap('okx', 50, null, { channel: 'book', cause: 'sequence' });
  expect(spansOf('resyncing', [book])).toEqual(['resyncing 50']);
  expect(spansOf('disconnected', [book])).toEqual(['disconnected 90']);
  expect(spansOf('connecting', [book, gap('okx', 40, null)])).toEqual(['disconnected 90']);
});

test('since when a venue is away comes from its gap, its last data or what the page saw', () => {
  const value = price('degraded', { binance: 'stale', bybit: 'stale', okx: 'resyncing' });
  const cells = priceCoverage(value, true, now);
  const seen = new StateSince().update(cells, now);
  const since = selectSince(
    { market, gaps: [gap('bybit', now - 9_000, null)], cells },
    value,
    seen,
  );
  expect([...since]).toEqual([
    ['binance', now - 8_400],
    ['bybit', now - 9_000],
    ['okx', now],
  ]);
  expect(selectChips(cells, since, null).map((chip) => chip.text)).toEqual([
    'Binance not counted since 14:31:59',
    'Bybit since 14:31:58',
    'OKX since 14:32:07',
  ]);
  expect(selectChips(cells, since, null).map((chip) => chip.short)).toEqual([
    'BN since 14:31:59',
    'BY since 14:31:58',
    'OK since 14:32:07',
  ]);
  expect(selectChips(cells, since, now).map((chip) => chip.tone)).toEqual(['fault']);
});

test('a venue that stops before the eyes of the page stopped then, however old its newest data was', () => {
  const cell = (state: CoverageCell['state']): CoverageCell => ({
    venue: 'bybit',
    state,
    note: '',
  });
  const cells = [cell('stale')];
  const value = price('single', { bybit: 'stale' });
  const seen = new StateSince();
  seen.update([cell('live')], now - 60_000);
  seen.update(cells, now - 4_000);
  const gaps = [gap('bybit', now - 14_000, null)];
  for (const facts of [
    { market, gaps: [], cells },
    { market, gaps, cells: [cell('disconnected')] },
  ]) {
    const since = selectSince(facts, value, seen.update(facts.cells, now));
    expect([...since]).toEqual([['bybit', now - 4_000]]);
    const [lane] = selectLanes({ ...facts, sinceByVenue: since });
    expect(lane?.spans.map(({ from }) => from)).toEqual([now - 4_000]);
  }
});

test('the last price never looks whole when it is not', () => {
  const tag = (value: PriceValue, linked = true, venue: VenueId | null = null) =>
    selectLastPrice(value, venue, priceCoverage(value, linked, now), linked, now);
  expect(tag(price('live'))).toEqual({
    price: 84_250.12,
    text: '84,250.1',
    look: 'live',
    notes: [],
  });
  const partial = price('single', { bybit: 'stale', okx: 'resyncing' });
  expect(tag(partial)).toMatchObject({ look: 'partial', notes: ['1/3 venues'] });
  expect(tag(price('stale'))).toMatchObject({ look: 'stale', notes: ['stale', '8.4 s'] });
  expect(tag(price('live'), false)).toMatchObject({ look: 'disconnected' });
  expect(tag(partial, true, 'bybit')).toMatchObject({
    text: '84,250.10',
    look: 'stale',
    notes: ['stale', '8.4 s'],
  });
  expect(tag(partial, true, 'binance')).toMatchObject({ look: 'live' });
});

test('a muted or halted venue that is cut off too is not drawn as live', () => {
  for (const exclusion of ['muted', 'closed'] as const) {
    const value = price('live', { okx: exclusion });
    const tag = (status: StreamStatus) => {
      const contributors = value.contributors.map((one) =>
        one.venue === 'okx' ? { ...one, status } : one,
      );
      return selectLastPrice({ ...value, contributors }, 'okx', [], true, now);
    };
    expect(tag('quiet')).toMatchObject({ look: 'live', notes: [] });
    expect(tag('stale')).toMatchObject({ look: 'stale', notes: ['stale', '8.4 s'] });
    expect(tag('subscribing')).toMatchObject({ look: 'stale' });
    expect(tag('failed')).toMatchObject({ look: 'stale', notes: ['disconnected', '8.4 s'] });
  }
});

test('the lane of a muted venue shows that its data stopped', () => {
  const value = price('live', { okx: 'muted' });
  const contributors = value.contributors.map((one) =>
    one.venue === 'okx' ? { ...one, status: 'stale' as const } : one,
  );
  const stopped = { ...value, contributors };
  const lanesOf = (shown: PriceValue) => {
    const cells = ownCells(priceCoverage(shown, true, now), shown);
    const since = selectSince({ market, gaps: [], cells }, shown, new Map());
    return selectLanes({ market, gaps: [], cells, sinceByVenue: since })[2]?.spans;
  };
  expect(lanesOf(value)).toEqual([]);
  expect(lanesOf(stopped)).toMatchObject([{ from: now - 8_400, to: null, state: 'stale' }]);
});

test('a legend over a hole has no figures, and a change that rounds to zero no direction', () => {
  expect(describeCandle(null, 1, true)).toMatchObject({
    open: '–',
    volume: '–',
    direction: 'none',
  });
  const flat = candle(0, { open: 100, close: 100.004 });
  expect(describeCandle(flat, 2, true)).toMatchObject({
    change: '0.00 (0.00%)',
    direction: 'none',
  });
  const falling = candle(0, { open: 84_285.8, close: 84_259.6, volume: 51.7 });
  expect(describeCandle(falling, 1, true)).toMatchObject({
    change: '−26.2 (−0.03%)',
    volume: '51.70',
    direction: 'down',
  });
});

test('a legend has no direction while the price is not live', () => {
  const falling = candle(0, { open: 84_285.8, close: 84_259.6, volume: 51.7 });
  expect(describeCandle(falling, 1, false)).toMatchObject({
    change: '−26.2 (−0.03%)',
    direction: 'none',
  });
});

test('a countdown ends at the close and is silent for a candle that should have closed', () => {
  expect([53_000, 52_001, 0, 3_600_000, 86_399_000].map(formatUntilClose)).toEqual([
    '00:53',
    '00:53',
    '00:00',
    '1:00:00',
    '23:59:59',
  ]);
  expect(untilClose(now, minute, now + 7_000)).toBe(53_000);
  expect(untilClose(now, minute, now + minute)).toBeNull();
  expect(untilClose(now, minute, now - 1)).toBeNull();
});

test('ticks and crosshair speak the zone of the settings', () => {
  const midnight = Date.UTC(2026, 10, 21);
  expect(formatTick(now, 'time', minute, 'utc')).toBe('14:32');
  expect(formatTick(now, 'time', 1_000, 'utc')).toBe('14:32:07');
  expect(formatTick(midnight, 'day', minute, 'utc')).toBe('21');
  expect(formatTick(Date.UTC(2026, 0, 1), 'year', minute, 'utc')).toBe('2026');
  expect(formatTick(Date.UTC(2026, 10, 1), 'month', minute, 'utc')).toBe('Nov');
  expect(formatCrosshairTime(now, minute, 'utc')).toBe('2026-11-21 14:32');
  expect(formatCrosshairTime(now, 1_000, 'utc')).toBe('2026-11-21 14:32:07');
  expect(formatCrosshairTime(midnight, 86_400_000, 'utc')).toBe('2026-11-21');
});

test('a locale that the system made up does not break the chart', () => {
  expect(['de-DE', 'en-US@posix', 'C.UTF-8', 'x'].map(chartLocale)).toEqual([
    'de-DE',
    'en-US',
    'en-US',
    'en-US',
  ]);
});
