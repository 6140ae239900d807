import { expect, test } from 'vitest';
import { EventLog } from '../../../../src/main/gateway/hub/eventLog.ts';
import type { Publication } from '../../../../src/main/gateway/hub/marketFeed.ts';
import { tradeValue } from '../../../support/fakeMarketFeed.ts';
import { Random } from '../../../shared/randomValues.ts';

function trade(channel: string, seq: number): Publication {
  return {
    ...{ channel, type: 'event', epoch: 'e', seq, source: 'live', time: seq },
    value: { kind: 'trades', market: 'BTC-USDT', trade: tradeValue('BTC-USDT', seq, seq) },
  };
}

test.each([1, 2, 3, 4])(
  'any cut of any channels is what a plain list of all events gives (seed %i)',
  (seed) => {
    const random = new Random(seed);
    const log = new EventLog({ retentionMs: 1e9, retentionEvents: 3_000 });
    const all: { readonly n: number; readonly channel: string }[] = [];
    const channels = Array.from({ length: 6 }, (_, index) => `trades.C${index}-USDT`);
    for (let seq = 1; seq <= 10_000; seq += 1) {
      const channel = channels[Math.min(random.below(6), random.below(6))] ?? '';
      all.push({ n: log.append(trade(channel, seq), seq).n, channel });
    }
    expect([log.held, log.floor]).toEqual([3_000, 7_000]);
    for (let turn = 0; turn < 60; turn += 1) {
      const chosen = new Set(channels.filter(() => random.chance(0.5)));
      const n = log.floor + random.below(3_000);
      const until = n + random.below(3_000);
      const limit = 1 + random.below(turn % 2 === 0 ? 40 : 4_000);
      const expected = all.filter(
        (each) => each.n > n && each.n <= until && chosen.has(each.channel),
      );
      expect(log.between(chosen, n, until, limit).map((entry) => entry.n)).toEqual(
        expected.slice(0, limit).map((each) => each.n),
      );
      expect(log.count(chosen, n, until)).toBe(expected.length);
    }
  },
);

test('what is too old or too much goes, and the last of a quiet channel stays for snapshots', () => {
  const log = new EventLog({ retentionMs: 60_000, retentionEvents: 1_000 });
  for (let seq = 1; seq <= 5; seq += 1) log.append(trade('trades.A-USDT', seq), 0);
  const cursor = log.cursor();
  for (let seq = 1; seq <= 400; seq += 1) log.append(trade('trades.B-USDT', seq), 50_000);
  expect(log.place(cursor)).toEqual({ type: 'inside', n: 5 });
  log.trim(61_000);
  expect([log.held, log.floor]).toEqual([400, 5]);
  expect(log.place(cursor)).toEqual({ type: 'inside', n: 5 });
  log.trim(120_000);
  expect(log.held).toBe(0);
  expect(log.place(cursor)).toEqual({ type: 'outside', reason: 'retention' });
  expect(log.lastOf('trades.A-USDT').map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
  const left = log.lastOf('trades.B-USDT').length;
  expect(left).toBeGreaterThanOrEqual(100);
  expect(left).toBeLessThan(200);
  for (let seq = 1; seq <= 700; seq += 1) log.append(trade('trades.B-USDT', seq), 120_000);
  expect(log.lastOf('trades.B-USDT')).toHaveLength(500);
});

test('more losses than are remembered one by one are told to more channels, never to fewer', () => {
  const log = new EventLog({ retentionMs: 60_000, retentionEvents: 1_000 });
  for (let index = 0; index < 1_500; index += 1) {
    log.noteLoss([`trades.A${index}-USDT`], { reason: 'upstream', missing: null });
  }
  for (const index of [0, 700, 1_499]) {
    expect(log.lossSince([`trades.A${index}-USDT`], 0)).not.toBeNull();
  }
  expect(log.lossSince(['trades.A1499-USDT'], log.head)).toBeNull();
});

test('what was before a loss takes nothing with it of what came behind', () => {
  const log = new EventLog({ retentionMs: 60_000, retentionEvents: 10_000 });
  for (let seq = 1; seq <= 300; seq += 1) log.append(trade('trades.A-USDT', seq), 0);
  log.noteLoss(['trades.A-USDT'], { reason: 'upstream', missing: null });
  const { head } = log;
  for (let seq = 1; seq <= 300; seq += 1) log.append(trade('trades.A-USDT', seq), 50_000);
  log.trim(61_000);
  expect(log.between(['trades.A-USDT'], head, log.head, 1_000)).toHaveLength(300);
});
