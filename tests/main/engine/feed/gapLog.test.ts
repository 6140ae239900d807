import { expect, test } from 'vitest';
import type { GapRecord } from '../../../../src/shared/feedHealth.ts';
import { GapLog } from '../../../../src/main/engine/feed/gapLog.ts';
import { throughJson } from '../../../support/throughJson.ts';

const start = {
  venue: 'okx',
  instrument: 'okx:BTC-USDT',
  channel: 'trade',
  cause: 'disconnect',
  from: 1_000,
  firstId: null,
  lastId: null,
  missing: null,
} as const;

test('every change of a record is told, and only what is whole again counts as repaired', () => {
  const told: GapRecord[] = [];
  const log = new GapLog((gap) => told.push(gap));
  const filled = log.open(start);
  const marked = log.open({ ...start, cause: 'sequence', firstId: '5', lastId: '9', missing: 5 });
  const proven = log.open(start);
  log.change(filled, { to: 2_000, repairedBy: 'rest' });
  log.change(marked, { to: 2_000 });
  log.change(proven, { to: 2_000, missing: 0 });
  expect(told.map(({ id, to, repairedBy }) => [id, to, repairedBy])).toEqual([
    [1, null, null],
    [2, null, null],
    [3, null, null],
    [1, 2_000, 'rest'],
    [2, 2_000, null],
    [3, 2_000, null],
  ]);
  const copy = new GapLog(() => undefined);
  copy.restore(throughJson(log.save()));
  expect([copy.totalCount, copy.repairedCount, copy.list()]).toEqual([3, 2, log.list()]);
});

test('only the newest two thousand records are kept, the count goes on', () => {
  const log = new GapLog(() => undefined);
  for (let count = 0; count < 2_500; count += 1) log.open(start);
  expect([log.list().length, log.list()[0]?.id, log.totalCount]).toEqual([2_000, 501, 2_500]);
});

test('a hole that is still open outlives two thousand that have ended after it', () => {
  const log = new GapLog(() => undefined);
  const open = log.open(start);
  for (let count = 0; count < 2_500; count += 1) log.change(log.open(start), { to: 2_000 });
  expect([log.list().length, log.get(open)?.to]).toEqual([2_000, null]);
  log.change(open, { to: 3_000 });
  expect(log.get(open)?.to).toBe(3_000);
});
