import { expect, test } from 'vitest';
import type { CandleUpdateRecord, WireUpdate } from '../../src/shared/gateway/wire.ts';
import { pass } from '../support/fakeGatewayServer.ts';
import { connectedClient } from '../support/gatewayClientSetUp.ts';
import { fakeStartMs, priceUpdate, tradeUpdate } from '../support/wireRecords.ts';

test.each(['websocket', 'sse', 'poll'] as const)(
  'over %s a hole that nobody announced is told within half a second of the reconnection',
  async (transport) => {
    const { server, client } = await connectedClient({ transports: [transport] }, [
      'trades.BTC-USDT',
    ]);
    const gaps: unknown[] = [];
    client.on('gap', ({ firstSeq, lastSeq }) => gaps.push([firstSeq, lastSeq]));
    server.publish(tradeUpdate('BTC-USDT', 1), tradeUpdate('BTC-USDT', 2));
    await pass(server, 100);
    server.cut();
    server.publish(tradeUpdate('BTC-USDT', 3), tradeUpdate('BTC-USDT', 6));
    await pass(server, 1_600);
    expect(client.isConnected).toBe(true);
    expect([gaps, client.getTrades('BTC-USDT').map(({ seq }) => seq)]).toEqual([
      [[4, 5]],
      [1, 2, 3, 6],
    ]);
    client.disconnect();
  },
);

test('a first connection resumes nothing: a gateway would take it for one with a past', async () => {
  for (const transport of ['websocket', 'sse', 'poll'] as const) {
    const { server, client } = await connectedClient({ transports: [transport] }, [
      'trades.BTC-USDT',
    ]);
    const cursors = server.requests.map(({ headers }) => headers.get('last-event-id'));
    expect([server.heardOf('resume'), cursors.filter((each) => each !== null)]).toEqual([[], []]);
    // Cut before anything came, it goes on from where it began.
    server.cut();
    server.publish(tradeUpdate('BTC-USDT', 1));
    await pass(server, 1_600);
    expect([transport, client.getTrades('BTC-USDT').length]).toEqual([transport, 1]);
    client.disconnect();
  }
});

test('a slow link that brings what was missed bit by bit loses nothing to newer events', async () => {
  const { server, client } = await connectedClient({}, ['trades.BTC-USDT']);
  const heard: number[] = [];
  client.on('tradeUpdate', ({ seq }) => heard.push(seq));
  server.publish(tradeUpdate('BTC-USDT', 1));
  server.cut();
  await pass(server, 1_050);
  server.publish(tradeUpdate('BTC-USDT', 12));
  for (let seq = 2; seq <= 12; seq += 1) {
    await pass(server, 150);
    server.publish(tradeUpdate('BTC-USDT', seq));
  }
  expect(heard).toEqual(Array.from({ length: 12 }, (_, at) => at + 1));
  expect(client.metrics.gaps).toBe(0);
  client.disconnect();
});

test('what a filter left out is no hole when the filter goes', async () => {
  const { server, client } = await connectedClient();
  const large = client.subscribe('trades.BTC-USDT', { filters: { minSize: 100 } });
  await pass(server, 100);
  // The gateway sends 3 alone of these.
  server.publish(tradeUpdate('BTC-USDT', 3), tradeUpdate('BTC-USDT', 9));
  const heard: number[] = [];
  client.subscribe('trades.BTC-USDT', {}, ({ seq }) => heard.push(seq));
  await pass(server, 100);
  server.publish(tradeUpdate('BTC-USDT', 14), tradeUpdate('BTC-USDT', 15));
  expect([heard, client.metrics.gaps]).toEqual([[14, 15], 0]);
  await pass(server, 300);
  server.publish(tradeUpdate('BTC-USDT', 18));
  expect(client.metrics.gaps).toBe(1);
  large.close();
  client.disconnect();
});

test('trades have an age, and say why they are stale', async () => {
  const { server, client } = await connectedClient({}, ['trades.BTC-USDT', 'trades.BTC']);
  expect(client.metrics.subscriptions).toBe(1);
  const trade = tradeUpdate('BTC-USDT', 1);
  server.publish(trade);
  const { ageMs } = client.getValidity('trades.BTC-USDT');
  expect(ageMs).toBe(
    Math.max(0, fakeStartMs + server.clock.monotonicMs() - trade.trade.receivedTime),
  );
  await pass(server, 3_000);
  expect(client.getValidity('trades.BTC-USDT')).toMatchObject({
    ...{ status: 'live', note: null, ageMs: (ageMs ?? 0) + 3_000 },
  });
  server.cut();
  expect(client.getValidity('trades.BTC-USDT')).toMatchObject({
    ...{ status: 'stale', note: 'The connection to the gateway is lost.' },
  });
  await pass(server, 2_000);
  expect(client.getValidity('trades.BTC-USDT')).toMatchObject({ status: 'live', note: null });
  client.disconnect();
});

test('the source is known with the first value, not before', async () => {
  const { server, client } = await connectedClient({}, ['price.BTC-USDT']);
  expect(client.source).toBeNull();
  const price = priceUpdate('BTC-USDT', 1, 1);
  server.publish({
    ...{ ...price, status: 'none', source: 'live', receivedTime: null, ageMs: null },
    price: { ...price.price, price: null },
  });
  expect(client.source).toBeNull();
  server.publish(priceUpdate('BTC-USDT', 2, 2));
  expect(client.source).toBe('simulated');
  client.disconnect();
});

test('doubt waits for no interval', async () => {
  const { server, client } = await connectedClient();
  const told: string[] = [];
  client.subscribe('price.BTC-USDT', { interval: '1m' }, (update) => {
    if (update.type === 'price_update') told.push(`${update.price.price} ${update.status}`);
  });
  await pass(server, 100);
  server.publish(priceUpdate('BTC-USDT', 1, 1));
  server.publish(priceUpdate('BTC-USDT', 2, 2));
  server.publish({ ...priceUpdate('BTC-USDT', 3, 3), status: 'disputed' });
  server.publish({ ...priceUpdate('BTC-USDT', 4, 4), status: 'disputed' });
  expect(told).toEqual(['1 live', '3 disputed']);
  server.cut();
  expect(told).toEqual(['1 live', '3 disputed', '4 stale']);
  client.disconnect();
  expect(server.clock.pending).toBe(0);
});

function candle(seq: number, closed: boolean): CandleUpdateRecord {
  return {
    ...{ type: 'candle_update', channel: 'candles.BTC-USDT.1m', symbol: 'BTC-USDT', seq },
    ...{ epoch: 'run-1', source: 'simulated', time: fakeStartMs, venue: null, interval: '1m' },
    candle: {
      ...{ openTime: fakeStartMs, open: 1, high: 2, low: 1, close: seq, volume: 3 },
      ...{ quoteVolume: 6, trades: 4, closed, origin: 'trades', outlier: false },
    },
    status: 'live',
  };
}

test('in an interval no open candle comes behind the closed one, and nothing after close', async () => {
  const { server, client } = await connectedClient();
  const heard: WireUpdate[] = [];
  const options = { interval: 1_000 };
  const candles = client.subscribe('candles.BTC-USDT.1m', options, (update) => heard.push(update));
  await pass(server, 100);
  server.publish(candle(1, false));
  server.publish(candle(2, false));
  server.publish(candle(1, true));
  await pass(server, 1_100);
  const closings = heard.map((update) => update.type === 'candle_update' && update.candle.closed);
  expect(closings).toEqual([false, true]);
  const trades = client.subscribe('trades.BTC-USDT', options, (update) => {
    heard.push(update);
    trades.close();
  });
  await pass(server, 1_100);
  server.publish(tradeUpdate('BTC-USDT', 1));
  server.publish(tradeUpdate('BTC-USDT', 2));
  await pass(server, 2_000);
  expect(heard).toHaveLength(3);
  candles.close();
  client.disconnect();
});
