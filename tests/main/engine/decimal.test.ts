import { describe, expect, test } from 'vitest';
import {
  divideHalfEven,
  formatBigUnits,
  formatFixed,
  formatUnits,
  needsMoreDecimals,
  parseBigDecimal,
  parseUnits,
  scaleUnits,
  significantDecimals,
} from '../../../src/main/engine/decimal.ts';
import { DecodeError } from '../../../src/main/engine/errors.ts';
import { Random } from '../../shared/randomValues.ts';

describe('parseUnits', () => {
  test.each([
    ['0', 0, 0],
    ['0.00000000', 0, 0],
    ['7', 3, 7000],
    ['61837.63000000', 2, 6183763],
    ['0.00000001', 8, 1],
    ['007.50', 1, 75],
    ['1000000000000.00000000', 0, 1e12],
    ['9007199254740991', 0, Number.MAX_SAFE_INTEGER],
    ['90071992547409.91', 2, Number.MAX_SAFE_INTEGER],
    ['0.1', 0, needsMoreDecimals],
    ['1.23000001', 2, needsMoreDecimals],
    ['1.2300', 2, 123],
  ])('reads %s at %i decimals as %i', (text, decimals, units) => {
    expect(parseUnits(text, decimals)).toBe(units);
  });

  test.each([
    '',
    '.',
    '.5',
    '5.',
    '-1',
    '+1',
    '1e5',
    '1E-7',
    'NaN',
    'Infinity',
    '0x10',
    ' 1',
    '1 ',
    '1,5',
    '1.2.3',
    '1_000',
    '١٢',
    '１',
    '9007199254740992',
    '99999999999999999999999999',
    '1.2x',
    '--',
  ])('refuses %j', (text) => {
    expect(() => parseUnits(text, 0)).toThrow(DecodeError);
    expect(() => parseUnits(text, 2)).toThrow(DecodeError);
  });

  test('refuses what only the scale makes too large', () => {
    expect(parseUnits('90071992547409', 2)).toBe(9007199254740900);
    expect(() => parseUnits('90071992547410', 2)).toThrow('number out of range');
    expect(() => parseUnits('1', 16)).toThrow(DecodeError);
  });
});

test('counts significant decimals', () => {
  const texts = ['1', '1.0', '1.50', '0.00000001', '120', '0.000'];
  expect(texts.map(significantDecimals)).toEqual([0, 0, 1, 8, 0, 0]);
  expect(() => significantDecimals('0.0000000000000001')).toThrow('too many decimals');
  expect(() => significantDecimals('1e-8')).toThrow(DecodeError);
});

test('parse and format are inverse at any decimals that hold the number', () => {
  const random = new Random(11);
  for (let round = 0; round < 20_000; round += 1) {
    const decimals = random.below(9);
    const units = random.below(10 ** (1 + random.below(15)));
    const text = formatUnits(units, decimals);
    expect(text).toMatch(/^(0|[1-9]\d*)(\.\d*[1-9])?$/);
    expect(parseUnits(text, decimals)).toBe(units);
    const needed = significantDecimals(text);
    expect(needed).toBeLessThanOrEqual(decimals);
    expect(parseUnits(text, needed) * 10 ** (decimals - needed)).toBe(units);
    if (needed > 0) expect(parseUnits(text, needed - 1)).toBe(needsMoreDecimals);
    const padded = text.includes('.') ? `${text}000` : `${text}.000`;
    expect(parseUnits(padded, decimals)).toBe(units);
    expect(parseBigDecimal(padded)).toEqual({
      units: BigInt(parseUnits(text, needed)),
      decimals: needed,
    });
  }
});

test('formats without exponent or trailing zeros', () => {
  expect([
    formatUnits(0, 8),
    formatUnits(1, 15),
    formatUnits(1500, 3),
    formatUnits(12, 0),
    formatBigUnits(123456789012345678901234567890n, 10),
    formatBigUnits(-150n, 2),
    formatFixed(5n, 8),
    formatFixed(12345n, 0),
  ]).toEqual([
    '0',
    '0.000000000000001',
    '1.5',
    '12',
    '12345678901234567890.123456789',
    '-1.5',
    '0.00000005',
    '12345',
  ]);
});

test('scales only inside the safe integers', () => {
  expect(scaleUnits(5, 3)).toBe(5000);
  expect(() => scaleUnits(9_007_199_254_741, 4)).toThrow('number out of range');
});

test('divides half to even', () => {
  const divide = (top: string, bottom: string, decimals: number) =>
    formatFixed(divideHalfEven(parseBigDecimal(top), parseBigDecimal(bottom), decimals), decimals);
  expect([
    divide('1', '8', 2),
    divide('3', '8', 2),
    divide('2', '3', 4),
    divide('0.5', '1', 0),
    divide('1.5', '1', 0),
    divide('27006929.5910348', '437.91552', 8),
  ]).toEqual(['0.12', '0.38', '0.6667', '0', '2', '61671.55160665']);
});
