import { expect, test } from 'vitest';
import { HubBench, subscribeTo } from '../../../support/hubClients.ts';

test('[S0-04] 200 changes a second reach a client at one a second, and the last one is exact', () => {
  const bench = new HubBench();
  const { sink } = bench.subscribed(['price.BTC-USDT'], { rate: 1 });
  const perSecond: number[] = [];
  let price = 64_000;
  for (let second = 0; second < 10; second += 1) {
    const before = sink.updates.length;
    for (let change = 0; change < 200; change += 1) {
      price += 0.01;
      bench.feed.price('BTC-USDT', Number(price.toFixed(2)));
      bench.clock.advance(5);
    }
    perSecond.push(sink.updates.length - before);
  }
  for (const deliveries of perSecond) expect(Math.abs(deliveries - 1)).toBeLessThanOrEqual(1);
  expect(perSecond.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(10);
  bench.clock.advance(1_000);
  const last = sink.of('price_update').at(-1);
  expect(last?.price.price).toBe(64_020);
  expect(JSON.stringify(last?.price.price)).toBe('64020');
});

test('[S1-01] every price change that is sent leaves within its interval, the first at once', () => {
  const bench = new HubBench();
  const { sink } = bench.subscribed(['price.BTC-USDT'], { rate: 10 });
  bench.clock.advance(500);
  const took: number[] = [];
  for (let change = 0; change < 500; change += 1) {
    bench.feed.price('BTC-USDT', 64_000 + change);
    const published = bench.clock.monotonicMs();
    const before = sink.updates.length;
    while (sink.of('price_update').at(-1)?.price.price !== 64_000 + change) {
      bench.clock.advance(1);
      if (bench.clock.monotonicMs() - published > 1_000) throw new Error('never came');
    }
    took.push(bench.clock.monotonicMs() - published);
    expect(sink.updates.length).toBe(before + 1);
    bench.clock.advance(change % 37);
  }
  expect(took[0]).toBeLessThanOrEqual(5);
  expect(Math.max(...took)).toBeLessThanOrEqual(105);
  expect(bench.hub.counts().deliveryMs.p99).toBeLessThanOrEqual(120);
});

test('[S1-20] two clients with different channels are told their own and nothing else', () => {
  const bench = new HubBench();
  const btc = bench.subscribed(['price.BTC-USDT', 'trades.BTC-USDT']);
  const eth = bench.subscribed(['price.ETH-USDT', 'trades.ETH-USDT']);
  for (let turn = 0; turn < 50; turn += 1) {
    for (const market of ['BTC-USDT', 'ETH-USDT', 'SOL-USDT']) {
      bench.feed.price(market, turn);
      bench.feed.trade(market);
    }
    bench.clock.advance(20);
  }
  for (const [{ sink }, market] of [
    [btc, 'BTC-USDT'],
    [eth, 'ETH-USDT'],
  ] as const) {
    expect(new Set(sink.updates.map(({ symbol }) => symbol))).toEqual(new Set([market]));
    expect(sink.of('trade_update')).toHaveLength(50);
  }
});

test('[S2-11] any number of clients is one want upstream, and the last one to go ends it', () => {
  const bench = new HubBench();
  const clients = Array.from({ length: 500 }, () =>
    bench.subscribed(['price.BTC-USDT', 'orderbook.BTC-USDT@okx'], {}, { transport: 'sse' }),
  );
  bench.clock.advance(100);
  expect(bench.feed.wants).toHaveLength(1);
  expect(bench.feed.wanted).toEqual(['price.BTC-USDT', 'orderbook.BTC-USDT@okx']);
  for (const { session } of clients.slice(1)) session.close();
  bench.clock.advance(100);
  expect(bench.feed.wants).toHaveLength(1);
  clients[0]?.session.close();
  bench.clock.advance(100);
  expect(bench.feed.wanted).toEqual([]);
});

test('[S1-46] a thousand clients in ten rooms: each update goes to those inside, and is written once', () => {
  const bench = new HubBench();
  const markets = bench.feed.listed;
  const clients = Array.from({ length: 1_000 }, (_, index) =>
    bench.subscribed([`trades.${markets[index % 10]}`]),
  );
  for (const market of markets) for (let n = 0; n < 3; n += 1) bench.feed.trade(market);
  bench.clock.advance(100);
  for (const [index, { sink }] of clients.entries()) {
    expect(sink.updates).toHaveLength(3);
    expect(sink.updates.every(({ symbol }) => symbol === markets[index % 10])).toBe(true);
  }
  expect(bench.hub.counts().recordsSent).toBe(3_000);
  const records = new Set(clients.flatMap(({ sink }) => sink.batches.flatMap((b) => b.records)));
  expect(records.size).toBe(30);
  clients[0]?.session.unsubscribe(['trades.BTC-USDT'], null);
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  expect(clients.filter(({ sink }) => sink.updates.length === 4)).toHaveLength(99);
});

test('a change that waits for its pace goes out at its time, whatever is told at once in between', () => {
  const bench = new HubBench();
  bench.subscribed(['price.ETH-USDT']);
  const { session, sink } = bench.subscribed(['price.BTC-USDT'], { rate: 1 });
  bench.clock.advance(10);
  bench.feed.price('ETH-USDT', 1);
  bench.feed.price('BTC-USDT', 1);
  bench.clock.advance(100);
  bench.feed.price('BTC-USDT', 2);
  bench.clock.advance(100);
  session.subscribe(subscribeTo(['price.ETH-USDT'], { rate: 1 }));
  bench.clock.advance(100);
  expect(sink.updates.map(({ symbol }) => symbol)).toEqual(['BTC-USDT', 'ETH-USDT']);
  bench.clock.advance(1_000);
  expect(sink.of('price_update').at(-1)).toMatchObject({ symbol: 'BTC-USDT', price: { price: 2 } });
});

test('a channel that is left and wanted again in one turn is asked for anew', () => {
  const bench = new HubBench();
  const { session } = bench.subscribed(['price.BTC-USDT', 'price.ETH-USDT']);
  bench.clock.advance(10);
  session.unsubscribe(['price.BTC-USDT'], null);
  session.subscribe(subscribeTo(['price.BTC-USDT']));
  bench.clock.advance(10);
  expect(bench.feed.wants.map((want) => [...want].toSorted())).toEqual([
    ['price.BTC-USDT', 'price.ETH-USDT'],
    ['price.ETH-USDT'],
    ['price.BTC-USDT', 'price.ETH-USDT'],
  ]);
});

test('[G08] one that comes while the data is away is told so, and when it is back', () => {
  const bench = new HubBench();
  bench.feed.link(false, 'The engine has stopped.');
  const { session, sink } = bench.open();
  expect(sink.statuses).toEqual([]);
  session.subscribe(subscribeTo(['trades.BTC-USDT']));
  session.subscribe(subscribeTo(['price.BTC-USDT']));
  expect(sink.messages).toMatchObject([
    { status: 'feed-lost', message: 'The engine has stopped.' },
  ]);
  bench.feed.link(true);
  expect(sink.statuses).toEqual(['feed-lost', 'feed-back']);
  const { sink: later } = bench.subscribed(['trades.BTC-USDT']);
  expect(later.statuses).toEqual([]);
});

test('[G08] what is heard while the data is away is stale, and live as soon as it is back', () => {
  const bench = new HubBench();
  const { sink } = bench.subscribed(['price.BTC-USDT']);
  bench.feed.link(false);
  bench.feed.price('BTC-USDT', 5);
  bench.clock.advance(200);
  bench.feed.link(true);
  bench.clock.advance(200);
  expect(sink.of('price_update').map(({ status, price }) => [status, price.price])).toEqual([
    ['stale', 5],
    ['live', 5],
  ]);
});
