import { expect, test } from 'vitest';
import { percentilesOf } from '../load/percentiles.ts';
import type { PhaseFigures } from '../load/phase.ts';
import { pollingLines } from '../load/report.ts';
import { SampledReader } from '../load/sampledReader.ts';

function phase(name: string, own: Partial<PhaseFigures>): PhaseFigures {
  const none = percentilesOf([]);
  return {
    ...{ name, loadAverage: 0, gateways: 1, clients: 100, opened: 100, openedInMs: 1 },
    ...{ notOpened: {}, ended: {}, seconds: 10, messagesPerSec: 0, recordsPerSec: 0 },
    ...{ wireBytesPerSec: 0, bytesPerRecord: null, bytesPerMessage: null, wireBytesPerMessage: 0 },
    ...{ eventMs: none, stateMs: none, sentMs: none, ageMs: none, meanShownAgeMs: null },
    ...{ requests: 0, gatewayCpuShare: null, cpuUsPerRecord: null, cpuUsPerMessage: null },
    ...{ gatewayRssMib: null, gatewayPeakRssMib: null, gatewayLoopDelayP99Ms: null },
    ...{ otherCpuShares: {}, clientsCpuShare: 0, clientsLoopDelayP99Ms: 0, conflated: 0 },
    ...{ evicted: 0, sampledClients: 1, sampledEvents: 0, eventsLost: 0, eventsDoubled: 0 },
    ...{ stateBackwards: 0, resyncs: 0, unread: 0, spread: 0, messageTypes: {} },
    ...{ gatewayWaitShare: null, clientsWaitShare: 0 },
    ...own,
  };
}

function cellsOf(line: string | undefined): readonly string[] {
  return (line ?? '')
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

test('the table of polling and stream has what was measured of each in its own row, whichever is better [S2-23]', () => {
  const polling = phase('polling once a second', {
    ...{ requests: 1_000, messagesPerSec: 100, wireBytesPerSec: 90_000, wireBytesPerMessage: 900 },
    ...{ ageMs: percentilesOf([40, 40, 40]), meanShownAgeMs: 540, cpuUsPerMessage: 210 },
  });
  const stream = phase('stream', {
    ...{ requests: 0, messagesPerSec: 1_000, wireBytesPerSec: 600_000, wireBytesPerMessage: 600 },
    ...{ ageMs: percentilesOf([55, 55, 55]), meanShownAgeMs: 105, cpuUsPerMessage: 30 },
  });
  const [heads, , first, second, ...more] = pollingLines(stream, polling);
  expect(more).toEqual([]);
  expect(cellsOf(heads)).toEqual([
    ...['a client of one price', 'requests/s', 'values/s', 'bytes/s', 'bytes per value'],
    ...['age on arrival ms, p50 / p99', 'mean age while shown ms', 'gateway us per value'],
  ]);
  expect(cellsOf(first)).toEqual([
    ...['polling once a second', '1', '1', '900', '900', '40 / 40', '540', '210'],
  ]);
  expect(cellsOf(second)).toEqual(['stream', '0', '10', '6000', '600', '55 / 55', '105', '30']);
  const nothing = pollingLines(phase('stream', {}), phase('polling', {})).slice(2);
  for (const line of nothing) expect(cellsOf(line).slice(-3)).toEqual(['- / -', '-', '-']);
});

test('the age of a price while it is shown grows until the next one comes [S2-23]', () => {
  let now = 1_000;
  const reader = new SampledReader(() => now);
  const price = (receivedTime: number) => {
    const head = { type: 'price_update', channel: 'price.BTC-USDT', epoch: 'one' };
    reader.take({ time: now, updates: [{ ...head, seq: now, time: now, receivedTime }] }, 100);
  };
  price(980);
  now = 2_000;
  price(1_960);
  now = 2_500;
  price(2_500);
  const { shownMs, shownAgeMs, ageMs } = reader.figures;
  // 20 to 1,020 ms for a second, then 40 to 540 ms for half of one.
  expect([shownMs, shownAgeMs / shownMs]).toEqual([1_500, (1_000 * 520 + 500 * 290) / 1_500]);
  expect(ageMs).toEqual([20, 40, 0]);
});
