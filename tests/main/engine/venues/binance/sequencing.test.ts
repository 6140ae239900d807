import { describe, expect, test } from 'vitest';
import { sequencing } from '../../../../../src/main/engine/venues/binance/sequencing.ts';

describe('spot', () => {
  const check = (last: number, first: number, u: number, joining: boolean) =>
    sequencing.check(last, { first, last: u, previous: null }, joining);

  test.each([
    [100, 90, 100, true, 'ignore'],
    [100, 90, 99, true, 'ignore'],
    [100, 95, 101, true, 'apply'],
    [100, 101, 105, true, 'apply'],
    [100, 102, 105, true, 'early'],
    [100, 101, 105, false, 'apply'],
    [100, 98, 105, false, 'apply'],
    [100, 102, 105, false, 'gap'],
    [100, 98, 100, false, 'ignore'],
    [100, 1, 2, false, 'ignore'],
  ] as const)('at %i, diff %i..%i (joining %s): %s', (last, first, u, joining, verdict) => {
    expect(check(last, first, u, joining)).toBe(verdict);
  });
});

describe('futures, told by pu', () => {
  const check = (last: number, first: number, u: number, previous: number, joining: boolean) =>
    sequencing.check(last, { first, last: u, previous }, joining);

  test.each([
    [100, 90, 99, 80, true, 'ignore'],
    [100, 95, 100, 80, true, 'apply'],
    [100, 95, 110, 80, true, 'apply'],
    [100, 105, 110, 100, true, 'apply'],
    [100, 105, 110, 103, true, 'early'],
    [100, 205, 210, 100, false, 'apply'],
    [100, 101, 110, 99, false, 'gap'],
    [100, 101, 110, 103, false, 'gap'],
    [100, 90, 100, 80, false, 'ignore'],
  ] as const)('at %i, diff %i..%i after %i (joining %s): %s', (...row) => {
    const [last, first, u, previous, joining, verdict] = row;
    expect(check(last, first, u, previous, joining)).toBe(verdict);
  });
});
