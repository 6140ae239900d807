import { expect, test } from 'vitest';
import { HubBench, subscribeTo } from '../../../support/hubClients.ts';

const channels = ['price.BTC-USDT', 'trades.BTC-USDT'];

test('[G01] stalled clients are conflated, then ended with a reason; nobody else notices', () => {
  const bench = new HubBench({ conflateBytes: 20_000, evictBytes: 80_000 });
  const clients = Array.from({ length: 100 }, () => bench.subscribed(channels));
  const stalled = clients.slice(0, 10);
  const healthy = clients.slice(10);
  for (const { sink } of stalled) sink.isReading = false;
  for (let turn = 0; turn < 1_500; turn += 1) {
    bench.feed.price('BTC-USDT', turn);
    bench.feed.trade('BTC-USDT');
    bench.clock.advance(10);
  }
  bench.clock.advance(200);
  for (const { sink } of stalled) {
    expect(sink.ended?.code).toBe('SLOW_CONSUMER');
    expect(sink.buffered).toBeLessThan(90_000);
  }
  for (const { sink } of healthy) {
    expect(sink.ended).toBeNull();
    expect(sink.tradeIds).toHaveLength(1_500);
    expect(sink.of('price_update').at(-1)?.price.price).toBe(1_499);
    expect(sink.of('price_update').length).toBeGreaterThan(140);
  }
  const { evicted, clients: open, deliveryMs } = bench.hub.counts();
  expect([evicted, open.websocket]).toEqual([10, 90]);
  expect(deliveryMs.p99).toBeLessThan(120);
});

test('[G01] one that never reads is ended too where it is only told state', () => {
  const bench = new HubBench({ conflateBytes: 5_000, evictBytes: 20_000 });
  const { sink } = bench.subscribed(['price.BTC-USDT']);
  sink.isReading = false;
  const run = (ms: number): void => {
    for (let at = 0; at < ms; at += 20) {
      bench.feed.price('BTC-USDT', at);
      bench.clock.advance(20);
    }
  };
  run(9_000);
  expect(sink.ended).toBeNull();
  expect(sink.buffered).toBeLessThan(6_000);
  run(9_000);
  expect(sink.ended?.code).toBe('SLOW_CONSUMER');
});

test('[G01] one that stalls and reads on gets every event it missed, and only the newest state', () => {
  const bench = new HubBench({ conflateBytes: 20_000 });
  const { sink } = bench.subscribed(channels);
  bench.clock.advance(100);
  sink.isReading = false;
  for (let turn = 0; turn < 300; turn += 1) {
    bench.feed.price('BTC-USDT', turn);
    bench.feed.trade('BTC-USDT');
    bench.clock.advance(10);
  }
  const before = sink.of('price_update').length;
  expect(sink.tradeIds.length).toBeLessThan(300);
  const cursor = sink.batches.at(-1)?.cursor ?? '';
  sink.isReading = true;
  sink.buffered = 0;
  bench.clock.advance(200);
  expect(sink.tradeIds).toEqual(Array.from({ length: 300 }, (_, index) => String(index + 1)));
  expect(sink.of('price_update').length).toBe(before + 1);
  expect(sink.of('price_update').at(-1)?.price.price).toBe(299);
  const other = bench.subscribed(channels);
  other.session.resume(cursor);
  expect(sink.tradeIds.slice(-other.sink.tradeIds.length)).toEqual(other.sink.tradeIds);
});

test('one that reads too slowly for what is kept is told one gap, and goes on', () => {
  const bench = new HubBench({ conflateBytes: 5_000, retentionEvents: 100, evictBytes: 1e9 });
  const { sink } = bench.subscribed(channels);
  bench.clock.advance(100);
  sink.isReading = false;
  for (let turn = 0; turn < 400; turn += 1) {
    bench.feed.trade('BTC-USDT');
    bench.clock.advance(10);
  }
  bench.feed.price('BTC-USDT', 7);
  sink.isReading = true;
  sink.buffered = 0;
  bench.clock.advance(200);
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  expect(sink.resyncs).toMatchObject([{ reason: 'slow' }]);
  expect(sink.order.slice(-3)).toEqual(['resync', 'price_update', 'trade_update']);
  expect(sink.tradeIds.at(-1)).toBe('401');
});

test('a slow reader that drains in time is kept, however long it lasts', () => {
  const bench = new HubBench({ conflateBytes: 5_000, evictBytes: 20_000 });
  const { sink } = bench.subscribed(['price.BTC-USDT'], { rate: 60 });
  sink.isReading = false;
  for (let second = 0; second < 60; second += 1) {
    for (let change = 0; change < 100; change += 1) {
      bench.feed.price('BTC-USDT', second * 100 + change);
      bench.clock.advance(10);
    }
    if (second % 3 === 0) sink.buffered = 0;
  }
  expect(sink.ended).toBeNull();
  sink.buffered = 0;
  bench.clock.advance(200);
  expect(sink.of('price_update').at(-1)?.price.price).toBe(5_999);
});

test('[S1-42] a client that asks too often is told when to ask again; another one is not held up', () => {
  const bench = new HubBench({
    messageBucket: { size: 5, perSec: 10 },
    subscribeBucket: { size: 2, perSec: 1 },
  });
  const loud = bench.open().session;
  const quiet = bench.subscribed(['price.BTC-USDT']);
  const answers = Array.from({ length: 7 }, () => loud.spend('message'));
  expect(answers.slice(0, 5)).toEqual([null, null, null, null, null]);
  expect(answers[5]).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 100 });
  expect(loud.spend('subscribe')).toBeNull();
  bench.clock.advance(answers[5]?.retryAfterMs ?? 0);
  expect(loud.spend('message')).toBeNull();
  expect(loud.spend('message')).toMatchObject({ code: 'RATE_LIMITED' });
  expect(quiet.session.spend('message')).toBeNull();
  for (let n = 0; n < 1_000; n += 1) loud.spend('subscribe');
  bench.feed.price('BTC-USDT', 1);
  bench.clock.advance(5);
  expect(quiet.sink.updates).toHaveLength(1);
});

test('access ends a stream within a second of its expiry, after a warning, unless it is renewed', () => {
  const bench = new HubBench();
  const expiresTime = bench.wallMs() + 120_000;
  const principal = { user: 'ada', family: 'f1', expiresTime };
  const ending = bench.subscribed(channels, {}, { principal });
  const renewed = bench.subscribed(channels, {}, { principal });
  bench.clock.advance(59_000);
  expect(ending.sink.statuses).toEqual([]);
  bench.clock.advance(2_000);
  expect(ending.sink.statuses).toEqual(['expiring']);
  expect(renewed.session.renew({ ...principal, user: 'eve' })).toMatchObject({ code: 'FORBIDDEN' });
  expect(renewed.session.renew({ ...principal, expiresTime: expiresTime + 900_000 })).toBeNull();
  bench.clock.advance(58_900);
  expect(ending.sink.ended).toBeNull();
  bench.clock.advance(1_100);
  expect(ending.sink.ended?.code).toBe('TOKEN_EXPIRED');
  expect(renewed.sink.ended).toBeNull();
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  expect([ending.sink.updates.length, renewed.sink.tradeIds]).toEqual([0, ['1']]);
});

test('a revoked login ends, other logins and users go on', () => {
  const bench = new HubBench();
  const of = (user: string | null, family: string | null) =>
    bench.subscribed(channels, {}, { principal: { user, family, expiresTime: null } });
  const clients = [of('ada', 'f1'), of('ada', 'f2'), of('bob', 'f3'), of(null, null)];
  const error = { code: 'TOKEN_REVOKED', message: 'Sign in again.' } as const;
  expect(bench.hub.endSessions({ user: 'ada', family: 'f1' }, error)).toBe(1);
  expect(bench.hub.endSessions({}, error)).toBe(0);
  expect(clients.map(({ sink }) => sink.ended?.code ?? null)).toEqual([
    ...['TOKEN_REVOKED', null, null, null],
  ]);
  expect(bench.hub.endSessions({ user: 'ada' }, error)).toBe(1);
});

test('a gateway that stops says so, ends its clients and takes no more', async () => {
  const bench = new HubBench({ maxClients: 2 });
  const { sink } = bench.subscribed(channels);
  bench.open();
  expect(() => bench.open()).toThrow(/as many clients/);
  const closed = bench.hub.close();
  expect(sink.statuses).toEqual(['closing']);
  expect(sink.ended?.code).toBe('OVERLOADED');
  await closed;
  expect([bench.feed.isClosed, bench.clock.pending]).toEqual([true, 0]);
  expect(() => bench.open()).toThrow(/stops/);
});

test('one address has its share of clients', () => {
  const bench = new HubBench({ maxClientsPerAddress: 2 });
  const first = bench.open();
  bench.open();
  expect(() => bench.open()).toThrow(/as many clients/);
  expect(bench.open({ address: '10.0.0.2' }).session.id).not.toBe(first.session.id);
  first.session.close();
  first.session.close();
  bench.open();
  expect(bench.hub.counts().clients.websocket).toBe(3);
});

test('a closed client is sent nothing, and asks for nothing', () => {
  const bench = new HubBench();
  const { session, sink } = bench.subscribed(channels);
  bench.clock.advance(10);
  bench.feed.price('BTC-USDT', 1);
  bench.feed.trade('BTC-USDT');
  session.close();
  session.subscribe(subscribeTo(channels));
  bench.clock.advance(1_000);
  expect(sink.updates).toEqual([]);
  expect(bench.feed.wanted).toEqual([]);
});

test('one that stops reading in the middle of a large answer is not given the rest of it', () => {
  const bench = new HubBench({ conflateBytes: 5_000 });
  bench.feed.listed = Array.from({ length: 200 }, (_, index) => `A${index}-USDT`);
  const wanted = bench.feed.listed.map((market) => `price.${market}`);
  const { sink } = bench.subscribed(wanted);
  bench.clock.advance(10);
  sink.isReading = false;
  for (const market of bench.feed.listed) bench.feed.price(market, 1);
  bench.clock.advance(1_000);
  expect(sink.updates).toHaveLength(64);
  sink.isReading = true;
  sink.buffered = 0;
  bench.clock.advance(300);
  expect(new Set(sink.updates.map(({ symbol }) => symbol)).size).toBe(200);
  expect(sink.updates).toHaveLength(200);
});

test('[G01] one that asks and asks and reads no answer is let go, whatever it has subscribed', () => {
  const bench = new HubBench();
  const { session, sink } = bench.open();
  sink.isReading = false;
  sink.buffered = 2_000_000;
  expect(session.spend('message')).toBeNull();
  bench.clock.advance(5_200);
  expect(sink.ended?.code).toBe('SLOW_CONSUMER');
  const quick = bench.open();
  quick.sink.buffered = 5_000_000;
  expect(quick.session.spend('message')?.code).toBe('SLOW_CONSUMER');
  expect(quick.sink.ended?.code).toBe('SLOW_CONSUMER');
  expect(bench.hub.counts().evicted).toBe(2);
});

test('one that asks much and reads it in time stays', () => {
  const bench = new HubBench();
  const { session, sink } = bench.open();
  sink.buffered = 2_000_000;
  expect(session.spend('message')).toBeNull();
  bench.clock.advance(3_000);
  sink.buffered = 0;
  bench.clock.advance(10_000);
  expect([session.spend('message'), sink.ended]).toEqual([null, null]);
});
