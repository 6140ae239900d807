import { expect, test } from 'vitest';
import type { GapRecord } from '../../src/shared/feedHealth.ts';
import { isRepaired } from '../../src/shared/feedHealth.ts';

const gap: GapRecord = {
  id: 1,
  venue: 'binance',
  instrument: 'binance:BTC-USDT',
  channel: 'trade',
  cause: 'disconnect',
  from: 1_000,
  to: 2_000,
  firstId: null,
  lastId: null,
  missing: null,
  repairedBy: null,
};

test('a gap is whole again when it was filled or when ids prove that nothing was lost', () => {
  expect(isRepaired({ ...gap, repairedBy: 'rest' })).toBe(true);
  expect(isRepaired({ ...gap, missing: 0 })).toBe(true);
  expect(isRepaired(gap)).toBe(false);
  expect(isRepaired({ ...gap, missing: 3 })).toBe(false);
  expect(isRepaired({ ...gap, to: null, missing: 0 })).toBe(false);
});
