import { expect, test } from 'vitest';
import { CoreContext } from '../../../../src/main/engine/coreContext.ts';
import { IncidentLedger } from '../../../../src/main/engine/health/incidentLedger.ts';
import { IncidentLog } from '../../../../src/main/engine/health/incidentLog.ts';
import type { IncidentStart } from '../../../../src/main/engine/health/incidentRecord.ts';
import { IncidentWatch } from '../../../../src/main/engine/health/incidentWatch.ts';
import type { ContributorExclusion, PriceValue } from '../../../../src/shared/values.ts';

function startAt(fromMs: number, change: Partial<IncidentStart> = {}): IncidentStart {
  return {
    ...{ key: 'flow binance#1', kind: 'disconnected', venue: 'binance', instrument: null },
    ...{ channel: null, connection: 'binance#1', cause: 'close code 1006' },
    ...{ from: 1e12 + fromMs, fromMs, foldMs: 60_000 },
    ...change,
  };
}

test('a storm is one incident, bounded in number and text, and without credentials', () => {
  const log = new IncidentLog(() => undefined);
  const ledger = new IncidentLedger(log, () => false);
  for (let round = 0; round < 1_000; round += 1) {
    const fromMs = round * 20_000;
    const cause = `close code 1008: token=abcdefghijklmnop ${'x'.repeat(2_000)}${round}`;
    const record = ledger.begin(startAt(fromMs, { cause }));
    record.tried();
    ledger.settle(fromMs);
    ledger.end(record, 1e12 + fromMs + 500, fromMs + 500);
    ledger.settle(fromMs + 500);
  }
  const [only, ...others] = log.list();
  expect([only?.attempts, others.length]).toEqual([1_000, 0]);
  expect(only?.cause.length).toBeLessThanOrEqual(200);
  expect(only?.cause).toContain('(1000 times)');
  expect(only?.cause).not.toContain('abcdefghijklmnop');
});

test('at most a thousand are kept; one that still runs is not forgotten', () => {
  const log = new IncidentLog(() => undefined);
  const ledger = new IncidentLedger(log, () => false);
  ledger.begin(startAt(0, { key: 'first' }));
  ledger.settle(0);
  for (let index = 1; index <= 1_500; index += 1) {
    const record = ledger.begin(startAt(index, { key: `book ${index}` }));
    ledger.end(record, 1e12 + index, index);
    ledger.settle(index);
  }
  const kept = log.list();
  expect(kept.length).toBe(1_000);
  expect(kept[0]).toMatchObject({ id: 1, outcome: 'running' });
  expect(kept.at(-1)?.id).toBe(1_501);
  expect(kept.map(({ id }) => id)).toEqual(kept.map(({ id }) => id).toSorted((a, b) => a - b));
});

test('a venue that the price rule keeps out is an incident once it has counted, and for how long', () => {
  let exclusion: ContributorExclusion | null = 'outlier';
  const context = new CoreContext(() => undefined);
  const log = new IncidentLog(() => undefined);
  const watch = new IncidentWatch(log, {
    context,
    feeds: new Map(),
    isListed: () => true,
    isClosed: () => false,
    isRepairing: () => false,
    prices: () => [priceWith(exclusion)],
    isLive: true,
  });
  let nowMs = 0;
  const runUntil = (untilMs: number): void => {
    for (; nowMs < untilMs; nowMs += 50) {
      const input = { type: 'tick', receivedTime: 1e12 + nowMs, monotonicMs: nowMs } as const;
      context.begin(input, () => undefined);
      watch.onTick(50, 50);
      watch.settle(true);
    }
  };
  runUntil(1_000);
  expect(log.list()).toEqual([]);
  exclusion = null;
  runUntil(2_000);
  exclusion = 'outlier';
  runUntil(5_000);
  expect(log.list()).toMatchObject([
    { kind: 'outlier', instrument: 'okx:BTC-USDT', outcome: 'running' },
  ]);
  exclusion = null;
  runUntil(6_000);
  expect(log.list()).toMatchObject([
    {
      ...{ kind: 'outlier', outcome: 'recovered', durationMs: 3_000 },
      cost: { streams: 0, missingTrades: 0, repairedTrades: 0, outOfPriceMs: 3_000 },
    },
  ]);
});

function priceWith(exclusion: ContributorExclusion | null): PriceValue {
  return {
    ...{ market: 'BTC-USDT', price: 1, priceDecimals: 1, status: 'degraded', receivedTime: 1e12 },
    ...{ equalWeights: false, venueSpreadBps: null, change24hAbs: null, change24hPct: null },
    ...{ high24h: null, low24h: null, volume24hBase: null, volume24hQuote: null, statsVenues: [] },
    contributors: [
      {
        ...{ venue: 'okx', instrument: 'okx:BTC-USDT', price: 1, priceDecimals: 1, bid: 1, ask: 1 },
        ...{ lastTrade: 1, weight: 0, exclusion, status: 'live', receivedTime: 1e12 },
        volume24hQuote: null,
      },
    ],
  };
}
