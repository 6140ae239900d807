import { afterEach, expect, test } from 'vitest';
import { padDecimals, plainNumbers } from '../../../src/renderer/format/digits.ts';
import {
  formatCountdown,
  formatDuration,
  formatElapsed,
  formatSpan,
} from '../../../src/renderer/format/duration.ts';
import { setNumberStyle } from '../../../src/renderer/format/numberStyle.ts';
import {
  changeDirection,
  formatBps,
  formatPrice,
  formatShare,
  formatSignedBps,
  formatSignedPercent,
  formatSignedPrice,
  formatSize,
  formatUnits,
  plainPrice,
} from '../../../src/renderer/format/price.ts';
import {
  formatBytes,
  formatCompact,
  formatCount,
  formatMs,
  formatRate,
  formatSignedMs,
} from '../../../src/renderer/format/quantity.ts';
import { formatDateTime, formatTimeMillis } from '../../../src/renderer/format/time.ts';

afterEach(() => setNumberStyle({ digitGroups: 'comma', timeZone: 'utc' }));

test('[S2-18] writes prices with the decimals of their tick', () => {
  const table: [number | null, number, string][] = [
    [84250.1, 2, '84,250.10'],
    [43250, 2, '43,250.00'],
    [0.456789, 4, '0.4568'],
    [0.456789, 6, '0.456789'],
    [0.000011284, 9, '0.0₄11284'],
    [0.00012, 5, '0.00012'],
    [0.0000120034, 10, '0.0₄120034'],
    [0.000000000001, 12, '0.0₁₁1'],
    [0, 8, '0.00000000'],
    [1234567.5, 0, '1,234,568'],
    [999, 0, '999'],
    [-1234.5, 1, '−1,234.5'],
    [null, 2, '–'],
    [Number.NaN, 2, '–'],
    [Number.POSITIVE_INFINITY, 2, '–'],
  ];
  expect(table.map(([price, decimals]) => formatPrice(price, decimals))).toEqual(
    table.map(([, , text]) => text),
  );
});

test('groups digits as the setting says', () => {
  setNumberStyle({ digitGroups: 'thin', timeZone: 'utc' });
  expect(formatPrice(1084250.1, 2)).toBe('1\u2009084\u2009250.10');
  setNumberStyle({ digitGroups: 'none', timeZone: 'utc' });
  expect(formatPrice(1084250.1, 2)).toBe('1084250.10');
});

test('copied numbers are plain', () => {
  const texts = ['84,250.10', '0.0₄11284', '−1,234.5', '1\u2009084\u2009250.10', '84,250.1\u2007'];
  expect(texts.map(plainNumbers)).toEqual([
    '84250.10',
    '0.000011284',
    '-1234.5',
    '1084250.10',
    '84250.1',
  ]);
  expect(plainPrice(0.000011284, 9)).toBe('0.000011284');
});

test('writes exact units without passing through a double', () => {
  expect(formatUnits(9007199254740991, 8)).toBe('90,071,992.54740991');
  expect(formatUnits(8425010, 2, 1)).toBe('84,250.1');
  expect(formatUnits(84250, 0, 2)).toBe('84,250.00');
  expect(formatUnits(5, 3)).toBe('0.005');
  expect(formatUnits(11284, 9)).toBe('0.0₄11284');
  expect(formatUnits(-5, 1)).toBe('−0.5');
});

test('pads decimals so that points align', () => {
  expect(padDecimals('84,250.1', 2)).toBe('84,250.1\u2007');
  expect(padDecimals('84,250', 2)).toBe('84,250\u2008\u2007\u2007');
  expect(padDecimals('84,250.10', 2)).toBe('84,250.10');
});

test('[S2-18] signs changes with U+2212 and leaves zero without sign or direction', () => {
  const table: [number | null, string, string][] = [
    [1.84, '+1.84%', 'up'],
    [-0.42, '−0.42%', 'down'],
    [0, '0.00%', 'none'],
    [-0.001, '0.00%', 'none'],
    [0.004, '0.00%', 'none'],
    [1234.5, '+1,234.50%', 'up'],
    [null, '–', 'none'],
  ];
  expect(
    table.map(([value]) => [value, formatSignedPercent(value), changeDirection(value)]),
  ).toEqual(table);
  expect(formatSignedPrice(-26.2, 1)).toBe('−26.2');
  expect(formatShare(0.471)).toBe('47%');
  expect([formatSignedBps(0.3), formatSignedBps(-0.2), formatSignedBps(0)]).toEqual([
    '+0.3 bp',
    '−0.2 bp',
    '0.0 bp',
  ]);
  expect(formatBps(null)).toBe('–');
});

test('a size never reads as zero when it is not', () => {
  expect(formatSize(1.208, 4)).toBe('1.2080');
  expect(formatSize(0.00034, 3)).toBe('0.0003');
  expect(formatSize(0, 3)).toBe('0.000');
  expect(formatSize(null, 3)).toBe('–');
});

test('writes turnover in three figures', () => {
  const table: [number | null, string][] = [
    [1_940_000_000, '1.94 B'],
    [842_000_000, '842 M'],
    [12_600, '12.6 K'],
    [999_949, '1.00 M'],
    [999.4, '999'],
    [0, '0.00'],
    [null, '–'],
  ];
  expect(table.map(([value]) => [value, formatCompact(value)])).toEqual(table);
  expect([formatCount(1842), formatCount(0), formatCount(null)]).toEqual(['1,842', '0', '–']);
  expect([formatRate(214.3), formatRate(0.4), formatRate(0.01), formatRate(0)]).toEqual([
    '214',
    '0.4',
    '<0.1',
    '0',
  ]);
  expect(formatBytes(1_240_000_000)).toBe('1.24 GB');
  expect([formatMs(21.44), formatMs(0.38), formatMs(-1270), formatMs(null)]).toEqual([
    '21.4',
    '0.38',
    '−1,270',
    '–',
  ]);
  expect([formatSignedMs(2.4), formatSignedMs(-1.1)]).toEqual(['+2.4 ms', '−1.1 ms']);
});

test('writes durations in the unit a person would use', () => {
  const table: [number | null, string][] = [
    [0, '0 ms'],
    [0.021, '21 µs'],
    [92, '92 ms'],
    [999.6, '0.9 s'],
    [8440, '8.4 s'],
    [59_999, '59 s'],
    [112_000, '1 min 52 s'],
    [3 * 3_600_000 + 4 * 60_000, '3 h 04 min'],
    [53 * 3_600_000, '2 d 05 h'],
    [-5, '0 ms'],
    [null, '–'],
  ];
  expect(table.map(([value]) => [value, formatDuration(value)])).toEqual(table);
  expect([formatElapsed(8_077_900), formatElapsed(-1), formatElapsed(null)]).toEqual([
    '02:14:37',
    '00:00:00',
    '–',
  ]);
  expect([formatSpan(46 * 60_000), formatSpan(8_900)]).toEqual(['46 min', '8 s']);
  expect([formatCountdown(1_510), formatCountdown(-3), formatCountdown(29_100)]).toEqual([
    '1.6 s',
    '0.0 s',
    '30 s',
  ]);
});

test('writes times in UTC unless local was chosen', () => {
  const time = Date.UTC(2026, 10, 18, 14, 32, 7, 412);
  expect(formatTimeMillis(time)).toBe('14:32:07.412');
  expect(formatDateTime(time + 0.25)).toBe('2026-11-18 14:32:07');
  expect(formatTimeMillis(null)).toBe('–');
  const local = new Date(time);
  setNumberStyle({ digitGroups: 'comma', timeZone: 'local' });
  expect(formatTimeMillis(time).slice(0, 2)).toBe(String(local.getHours()).padStart(2, '0'));
});
