import { afterEach, expect, test } from 'vitest';
import { gatewayLimits } from '../../../../src/shared/gateway/limits.ts';
import { startTime } from './scriptedFeed.ts';
import { closeAll, openTestGateway, turn } from './socketIoGateway.ts';
import type { TestClient, TestGateway } from './socketIoGateway.ts';

afterEach(closeAll);

const iso = (ms: number): string => new Date(startTime + ms).toISOString();

async function subscribed(gateway: TestGateway, symbols: readonly string[]): Promise<TestClient> {
  const client = gateway.connect();
  await client.next('connect');
  client.socket.emit('subscribe', { symbols });
  await client.next('subscription_confirmed');
  return client;
}

test('market, sentiment and signals come every 2, 10 and 15 s to a subscriber, and never to another [S1-03]', async () => {
  const gateway = await openTestGateway();
  const client = await subscribed(gateway, ['BTC']);
  const silent = gateway.connect();
  await silent.next('connect');
  const times: Record<string, number[]> = {
    market_update: [],
    sentiment_update: [],
    trading_signal: [],
  };
  for (let passed = 0; passed < 31_000; passed += 50) {
    await gateway.pass(50);
    for (const [event, seen] of Object.entries(times)) {
      while (client.of(event).length > seen.length) seen.push(gateway.clock.monotonicMs());
    }
  }
  await turn();
  const near = (ms: number) => expect.closeTo(ms / 100, 0);
  const every = (ms: number) =>
    Array.from({ length: Math.floor(31_000 / ms) }, (_, index) => near((index + 1) * ms));
  const inTenths = Object.fromEntries(
    Object.entries(times).map(([event, seen]) => [event, seen.map((ms) => Math.floor(ms / 100))]),
  );
  expect(inTenths).toEqual({
    market_update: every(2_000),
    sentiment_update: every(10_000),
    trading_signal: every(15_000),
  });
  expect(silent.heard.map(({ event }) => event)).toEqual([
    'connect',
    'welcome',
    'connection_status',
  ]);
});

test('a market is told by its ticker, with what it rests on [S1-04]', async () => {
  const gateway = await openTestGateway();
  const client = await subscribed(gateway, ['BTC', 'ETH', 'ADA']);
  gateway.feed.price('BTC-USDT', 59_999);
  const seq = gateway.feed.price('BTC-USDT', 60_000.5);
  gateway.feed.price('ETH-USDT', 3_000.25);
  await gateway.pass(2_100);
  const common = { change_24h: 0.42, volume_24h: 60_030_000.25, timestamp: iso(0), quote: 'USDT' };
  const told = {
    ...{ status: 'live', age_ms: expect.any(Number), source: 'simulated' },
    epoch: expect.any(String),
  };
  expect(await client.next('market_update')).toEqual({
    BTC: { symbol: 'BTC', price: 60_000.5, market: 'BTC-USDT', ...common, ...told, seq },
    ETH: { symbol: 'ETH', price: 3_000.25, market: 'ETH-USDT', ...common, ...told, seq: 1 },
    // Nothing is known of it, and nothing is made up.
    ADA: {
      ...{ symbol: 'ADA', price: null, change_24h: null, volume_24h: null, timestamp: null },
      ...{ market: 'ADA-USDT', quote: 'USDT', status: 'none', age_ms: null, source: 'simulated' },
      ...{ epoch: null, seq: null },
    },
  });
});

test('no value is shown as live while the engine is away', async () => {
  const gateway = await openTestGateway();
  const client = await subscribed(gateway, ['BTC']);
  gateway.feed.price('BTC-USDT', 60_000.5);
  await gateway.pass(2_000);
  gateway.feed.link(false);
  await gateway.pass(2_100);
  const { BTC } = await client.next('market_update', 2);
  expect(BTC).toMatchObject({ price: 60_000.5, status: 'stale' });
  expect(client.of('connection_status').at(-1)).toMatchObject({ status: 'degraded' });
});

test('sentiment says that it is not computed, and invents nothing [S1-05]', async () => {
  const gateway = await openTestGateway();
  const client = await subscribed(gateway, ['BTC']);
  await gateway.pass(10_100);
  expect(await client.next('sentiment_update')).toEqual({
    overall_sentiment: null,
    market_fear_greed: null,
    market_mood: null,
    confidence: null,
    trending_topics: null,
    timestamp: iso(10_000),
    status: 'not-computed',
    message: expect.stringContaining('no sentiment yet'),
  });
});

test('a signal per symbol says that it is not computed, and invents nothing [S1-07]', async () => {
  const gateway = await openTestGateway();
  const client = await subscribed(gateway, ['BTC', 'ETH']);
  await gateway.pass(15_100);
  await client.next('trading_signal', 2);
  const signal = {
    ...{ signal: null, strength: null, reason: null, timestamp: iso(15_000) },
    ...{ status: 'not-computed', message: expect.stringContaining('no signals yet') },
  };
  expect(client.of('trading_signal')).toEqual([
    { symbol: 'BTC', ...signal },
    { symbol: 'ETH', ...signal },
  ]);
});

test('a subscription is confirmed with what was taken, and what was not and why [S1-40]', async () => {
  const gateway = await openTestGateway();
  const client = gateway.connect();
  await client.next('connect');
  const answer = await client.ask('subscribe', { symbols: ['BTC', 'NOPE', 'ETH-USDT', 'BTC'] });
  expect(answer).toEqual({
    symbols: ['BTC', 'ETH-USDT'],
    timestamp: iso(0),
    rejected: [
      {
        symbol: 'NOPE',
        code: 'INVALID_SYMBOL',
        message: expect.any(String),
        candidates: expect.any(Array),
      },
    ],
  });
  expect(client.of('subscription_confirmed')).toEqual([answer]);
});

test('another case and a name are refused with what was meant, not ignored [S1-39]', async () => {
  const gateway = await openTestGateway();
  const client = gateway.connect();
  await client.next('connect');
  const { symbols, rejected } = await client.ask('subscribe', {
    symbols: ['btc', 'bitcoin', 'BTC'],
  });
  expect(symbols).toEqual(['BTC']);
  const candidates = expect.arrayContaining(['BTC-USDT']);
  expect(rejected).toMatchObject([
    { symbol: 'btc', code: 'INVALID_SYMBOL', candidates },
    { symbol: 'bitcoin', code: 'INVALID_SYMBOL', candidates },
  ]);
});

test('what is no list of symbols is refused, and more than the limit with its number [S1-33]', async () => {
  const gateway = await openTestGateway({ markets: 250 });
  const client = gateway.connect();
  await client.next('connect');
  const names = Array.from({ length: 201 }, (_, index) => `T${index}`);
  const tooMany = await client.ask('subscribe', { symbols: names });
  expect(tooMany).toMatchObject({
    type: 'error',
    error: {
      code: 'TOO_MANY_SYMBOLS',
      message: expect.stringContaining(String(gatewayLimits.maxSymbols)),
    },
  });
  expect(client.of('error')).toEqual([tooMany]);
  for (const symbols of ['BTC', {}, 7, null, []]) {
    const { error } = await client.ask('subscribe', { symbols });
    expect(error).toMatchObject({ code: 'INVALID_REQUEST' });
  }
  const { symbols, rejected } = await client.ask('subscribe', {
    symbols: [7, null, '<img src=x>', 'A'.repeat(5_000), 'BTC\n', { a: 1 }],
  });
  expect(symbols).toEqual([]);
  expect(rejected).toEqual(
    ['(number)', '(null)', '?img src?x?', 'A'.repeat(32), 'BTC?', '(object)'].map((symbol) => ({
      ...{ symbol, code: 'INVALID_SYMBOL', message: expect.any(String) },
    })),
  );
  expect(gateway.feed.wanted.size).toBe(0);
  // Over several requests it is the same limit.
  await client.ask('subscribe', { symbols: names.slice(0, 200) });
  const more = await client.ask('subscribe', { symbols: ['T220'] });
  expect(more).toMatchObject({
    symbols: [],
    rejected: [{ symbol: 'T220', code: 'TOO_MANY_SYMBOLS' }],
  });
});

test('all markets have to be asked for, and are bounded', async () => {
  const gateway = await openTestGateway({ markets: 250 });
  const client = gateway.connect();
  await client.next('connect');
  const { symbols, rejected } = await client.ask('subscribe', { symbols: ['*'] });
  expect(symbols).toHaveLength(gatewayLimits.maxSymbols);
  expect(rejected).toMatchObject([{ symbol: '*', code: 'TOO_MANY_SYMBOLS' }]);
});

test('each client gets the symbols it asked for and no others [S1-20]', async () => {
  const gateway = await openTestGateway();
  const left = await subscribed(gateway, ['BTC', 'ETH']);
  const right = await subscribed(gateway, ['ADA']);
  for (const market of ['BTC-USDT', 'ETH-USDT', 'ADA-USDT', 'SOL-USDT'])
    gateway.feed.price(market, 7);
  await gateway.pass(15_100);
  await left.next('trading_signal', 2);
  await right.next('trading_signal');
  const symbolsOf = (client: TestClient) => [
    ...new Set(client.of('market_update').flatMap((entries) => Object.keys(entries))),
    ...client.of('trading_signal').map(({ symbol }) => `signal of ${String(symbol)}`),
  ];
  expect(symbolsOf(left)).toEqual(['BTC', 'ETH', 'signal of BTC', 'signal of ETH']);
  expect(symbolsOf(right)).toEqual(['ADA', 'signal of ADA']);
  expect(left.of('updates')).toEqual([]);
});

test('whoever unsubscribes is told no more, and the market is let go', async () => {
  const gateway = await openTestGateway();
  const client = await subscribed(gateway, ['BTC', 'ETH']);
  await client.ask('unsubscribe', { symbols: ['BTC'] });
  await gateway.pass(2_100);
  expect(Object.keys(await client.next('market_update'))).toEqual(['ETH']);
  const answer = await client.ask('unsubscribe', { symbols: ['ETH'] });
  expect(answer).toMatchObject({ symbols: ['ETH'] });
  await gateway.pass(20_000, 500);
  expect(client.of('market_update')).toHaveLength(1);
  expect(client.of('sentiment_update')).toEqual([]);
});

test('both protocols on one connection do not disturb one another', async () => {
  const gateway = await openTestGateway();
  const client = await subscribed(gateway, ['BTC']);
  await client.ask('subscribe', { channels: ['price.BTC-USDT'], fields: ['price.price'] });
  gateway.feed.price('BTC-USDT', 60_000.5);
  await gateway.pass(2_100);
  expect(client.records()[0]).toMatchObject({ price: { price: 60_000.5 } });
  expect(await client.next('market_update')).toMatchObject({
    BTC: { price: 60_000.5, change_24h: 0.42 },
  });
  await client.ask('unsubscribe', { channels: ['price.BTC-USDT'] });
  const records = client.records().length;
  gateway.feed.price('BTC-USDT', 61_000);
  await gateway.pass(2_100);
  expect(await client.next('market_update', 2)).toMatchObject({ BTC: { price: 61_000 } });
  expect(client.records()).toHaveLength(records);
});

test('the state of the connection is told when it changes, with the user where there is one [S1-51]', async () => {
  const gateway = await openTestGateway();
  const nobody = gateway.connect();
  const anna = gateway.connect({ auth: { token: await gateway.login() } });
  await nobody.next('connection_status');
  await anna.next('connection_status');
  const shape = { status: 'connected', message: expect.any(String), timestamp: iso(0) };
  expect(nobody.of('connection_status')).toEqual([shape]);
  expect(anna.of('connection_status')).toEqual([{ ...shape, user_id: 'anna' }]);
  for (const isUp of [false, false, true, true]) {
    gateway.feed.link(isUp);
    await gateway.pass(100);
  }
  await nobody.next('connection_status', 3);
  await anna.next('connection_status', 3);
  expect(nobody.of('connection_status').map(({ status }) => status)).toEqual([
    'connected',
    'degraded',
    'connected',
  ]);
  const changed = { status: 'degraded', timestamp: expect.stringMatching(/^\d{4}-.*Z$/) };
  expect(anna.of('connection_status')).toMatchObject([{}, { ...changed, user_id: 'anna' }, {}]);
  expect(Object.keys(nobody.of('connection_status')[1] ?? {}).toSorted()).toEqual([
    ...['message', 'status', 'timestamp'],
  ]);
});

test('who resumes while the data is away is not told that all is well [G08]', async () => {
  const gateway = await openTestGateway();
  gateway.feed.link(false);
  const client = gateway.connect();
  const welcome = await client.next('welcome');
  await client.ask('subscribe', { channels: ['trades.BTC'] });
  await client.ask('resume', { cursor: welcome['cursor'] });
  await gateway.pass(100);
  expect(client.of('connection_status').at(-1)).toMatchObject({ status: 'degraded' });
});

test.each(['', '/pnl'])(
  'profit and loss: a snapshot, then every 5 s, in namespace "%s" [S4-03]',
  async (namespace) => {
    const gateway = await openTestGateway();
    const client = gateway.connect({ namespace });
    await client.next('connect');
    if (namespace === '') client.socket.emit('subscribe_pnl');
    const snapshot = await client.next('snapshot');
    expect(snapshot).toMatchObject({
      ...{ status: 'not-computed', revenue: null, expenses: null, netPL: null, time: startTime },
    });
    await gateway.pass(15_050);
    await client.next('update', 3);
    expect(client.of('update').map(({ time }) => time)).toEqual(
      [5_000, 10_000, 15_000].map((ms) => startTime + ms),
    );
    // Everyone who asked is told, each at its own beat.
    const others = [gateway.connect({ namespace }), gateway.connect({ namespace, packed: true })];
    for (const other of others) {
      await other.next('connect');
      if (namespace === '') other.socket.emit('subscribe_pnl');
      await other.next('snapshot');
    }
    await gateway.pass(5_100);
    for (const told of [client, ...others]) {
      await told.until('an update', () => told.of('update').length > 0);
      const sinceMs =
        Number(told.of('update').at(-1)?.['time']) - Number(told.of('snapshot')[0]?.['time']);
      expect([sinceMs % 5_000, sinceMs > 0]).toEqual([0, true]);
    }
    const told = client.of('update').length;
    client.socket.emit('unsubscribe_pnl');
    await gateway.pass(10_000, 500);
    expect(client.of('update')).toHaveLength(told);
  },
);
