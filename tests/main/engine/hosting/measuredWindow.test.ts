import { expect, onTestFinished, test } from 'vitest';
import { EncodedValues } from '../../../../src/main/engine/delivery/encodedValues.ts';
import { createEngineHost } from '../../../../src/main/engine/host.ts';
import { shareHealth } from '../../../../src/main/engine/hosting/sharedHealth.ts';
import { BatchDecoder } from '../../../../src/shared/batch.ts';
import type { PageMessage } from '../../../../src/shared/bridge.ts';
import type { LatencyReport } from '../../../../src/shared/latency.ts';
import { startSimulatorServers } from '../../../../src/simulator/server.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeCore } from '../../../support/fakeCore.ts';
import { createMemoryPair } from '../../../support/memoryTransport.ts';

test('a window that paints is told its latency, and how late the loop ran', async () => {
  const running = await startSimulatorServers({
    assets: ['BTC'],
    messagesPerSec: 200,
    historyDays: 2,
  });
  const host = await createEngineHost({
    profile: null,
    hostKind: 'gateway',
    appVersion: '1',
    market: 'live',
    endpoints: running.venues,
    startSimulatedMarket: null,
    replay: null,
    log: () => undefined,
  });
  onTestFinished(async () => {
    await host.close();
    await running.close();
  });
  const pair = createMemoryPair();
  const decoder = new BatchDecoder();
  const reports: LatencyReport[] = [];
  const post = (message: PageMessage): void =>
    pair.page.send(new TextEncoder().encode(JSON.stringify(message)));
  pair.page.onMessage((bytes) => {
    if (bytes[0] === 0x7b) return;
    const { sequence, records } = decoder.decode(bytes);
    for (const { update } of records) {
      if (update?.topic === 'latency') reports.push(update.value);
    }
    setTimeout(() => post({ type: 'ack', sequence, appliedMs: 1, paintedMs: 5 }), 5);
  });
  host.attach(pair.host, {
    window: 'main',
    platform: 'linux',
    openWindow: () => Promise.reject(new Error('not here')),
    openExternal: () => undefined,
    windowControl: () => undefined,
  });
  post({
    type: 'subscribe',
    topics: [
      { id: 1, request: { topic: 'trades', market: 'BTC-USDT' } },
      { id: 2, request: { topic: 'latency', span: 'minute' } },
    ],
  });
  await eventually(() => {
    const venues = reports.at(-1)?.venues ?? [];
    expect(venues.map(({ venue }) => venue)).toEqual([null, 'binance', 'bybit', 'okx']);
    for (const { receivedToPainted, clockOffsetMs, venue } of venues) {
      expect(receivedToPainted.count).toBeGreaterThan(0);
      expect(receivedToPainted.p50Ms ?? 0).toBeGreaterThanOrEqual(5);
      if (venue !== null) expect(clockOffsetMs).not.toBeNull();
    }
  });
  expect((await host.status()).loop).toMatchObject({ p99Ms: expect.any(Number) });
});

test('readers of one moment share one health report, and it is written once for all of them', () => {
  let nowMs = 0;
  let made = 0;
  const core = new FakeCore(() => 1_700_000_000_000);
  const health = core.health.bind(core);
  core.health = () => {
    made += 1;
    return health();
  };
  const view = shareHealth(core, { monotonicMs: () => nowMs });
  const encoded = new EncodedValues<object>();
  let written = 0;
  const bytes = (): Uint8Array => encoded.bytesOf(view.health(), () => (written += 1));
  for (let reader = 0; reader < 500; reader += 1) bytes();
  expect([made, written]).toEqual([1, 1]);
  nowMs = 99;
  bytes();
  expect(made).toBe(1);
  nowMs = 100;
  bytes();
  expect([made, written]).toEqual([2, 2]);
  expect(view.markets()).toEqual(core.markets());
});
