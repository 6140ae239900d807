import { expect, onTestFinished, test } from 'vitest';
import { createEngineHost } from '../../../../src/main/engine/host.ts';
import type { PageMessage } from '../../../../src/shared/bridge.ts';
import { startSimulatorServers } from '../../../../src/simulator/server.ts';
import { eventually } from '../../../support/eventually.ts';
import { createMemoryPair } from '../../../support/memoryTransport.ts';

const subscribe: PageMessage = {
  type: 'subscribe',
  topics: [
    { id: 1, request: { topic: 'price', market: 'BTC-USDT' } },
    { id: 2, request: { topic: 'trades', market: 'BTC-USDT' } },
  ],
};

test('five hundred clients cause no more connections to a venue than one [S2-11]', async () => {
  const running = await startSimulatorServers({
    assets: ['BTC'],
    messagesPerSec: 100,
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
  const batches = new Map<number, number>();
  const attach = (index: number): void => {
    const pair = createMemoryPair();
    pair.page.onMessage((bytes) => {
      // Batches of values start with another byte than JSON.
      if (bytes[0] !== 0x7b) batches.set(index, (batches.get(index) ?? 0) + 1);
    });
    host.attach(pair.host, {
      window: `w-${index}`,
      platform: 'linux',
      openWindow: () => Promise.reject(new Error('not here')),
      openExternal: () => undefined,
      windowControl: () => undefined,
    });
    pair.page.send(new TextEncoder().encode(JSON.stringify(subscribe)));
  };
  const upstream = (): readonly string[] =>
    Object.entries(running.simulator.oracle.counters()).map(
      ([venue, { connects, openConnections }]) => `${venue} ${connects} ${openConnections}`,
    );
  onTestFinished(async () => {
    await host.close();
    await running.close();
  });
  attach(0);
  await eventually(() => expect(batches.get(0) ?? 0).toBeGreaterThan(1));
  const oneSocket = [/^binance \d+ 1$/, /^bybit \d+ 1$/, /^okx \d+ 1$/];
  await eventually(() =>
    expect(upstream()).toEqual(oneSocket.map((each) => expect.stringMatching(each))),
  );
  const before = upstream();
  for (let index = 1; index < 500; index += 1) attach(index);
  await eventually(() => expect(batches.size).toBe(500));
  expect(upstream()).toEqual(before);
});
