import { expect, onTestFinished, test } from 'vitest';
import { createEngineHost } from '../../../../src/main/engine/host.ts';
import { systemGatewayClock } from '../../../../src/main/gateway/gatewayClock.ts';
import { createMarketHub } from '../../../../src/main/gateway/hub/createMarketHub.ts';
import { openEngineFeed } from '../../../../src/main/gateway/hub/engineFeed.ts';
import { startSimulatorServers } from '../../../../src/simulator/server.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeSink, subscribeTo } from '../../../support/hubClients.ts';

test('[S2-11] clients of a hub see what venues send, on as many connections as one', async () => {
  const running = await startSimulatorServers({
    assets: ['BTC'],
    messagesPerSec: 100,
    historyDays: 2,
  });
  const host = await createEngineHost({
    ...{ profile: null, hostKind: 'gateway', appVersion: '1', market: 'live', replay: null },
    endpoints: running.venues,
    startSimulatedMarket: null,
    log: () => undefined,
  });
  const feed = openEngineFeed({ host, clock: systemGatewayClock });
  const hub = createMarketHub({
    feed,
    clock: systemGatewayClock,
    version: '1',
    log: () => undefined,
  });
  onTestFinished(async () => {
    await hub.close();
    await host.close();
    await running.close();
  });
  const sink = new FakeSink();
  const principal = { user: null, family: null, expiresTime: null };
  const client = hub.open({ transport: 'websocket', principal, address: 'here', sink });
  if ('code' in client) throw new Error(client.message);
  await eventually(() => expect(hub.markets()).toContain('BTC-USDT'));
  const channels = [
    'price.BTC',
    'ticker.BTC',
    'orderbook.BTC',
    'trades.BTC',
    'candles.BTC.1s',
    'health',
  ];
  expect(client.subscribe(subscribeTo(channels)).rejected).toEqual([]);
  await eventually(() => {
    expect(sink.of('price_update').at(-1)).toMatchObject({ status: 'live', symbol: 'BTC-USDT' });
    expect(sink.of('orderbook_update').at(-1)?.status).toBe('live');
    expect(sink.of('ticker_update').at(-1)?.venues.length).toBe(3);
    expect(sink.of('candle_update').some(({ candle }) => candle.closed)).toBe(true);
    expect(sink.of('health_update').at(-1)?.venuesLive).toBe(3);
    expect(sink.of('trade_update').length).toBeGreaterThan(20);
  });
  const seqs = sink.of('trade_update').map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
  const connections = (): readonly number[] =>
    Object.values(running.simulator.oracle.counters()).map(
      ({ openConnections }) => openConnections,
    );
  // Of OKX a second one, for its candles: it may come last.
  const before = [1, 1, 2];
  await eventually(() => expect(connections()).toEqual(before));
  const sinks = Array.from({ length: 500 }, () => new FakeSink());
  for (const each of sinks) {
    const more = hub.open({ transport: 'sse', principal, address: 'here', sink: each });
    if ('code' in more) throw new Error(more.message);
    more.subscribe(subscribeTo(channels));
  }
  await eventually(() => {
    for (const each of sinks) expect(each.of('trade_update').length).toBeGreaterThan(0);
  });
  expect(connections()).toEqual(before);
  const page = { market: 'BTC-USDT', venue: null, interval: '1m', before: null, limit: 5 } as const;
  // A venue that answers late is left out of a page; a later one has it.
  await eventually(async () => expect((await hub.candles(page)).candles).toHaveLength(5));
});
