import { decode } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import { FakeCore } from '../../../support/fakeCore.ts';
import { HubBench, subscribeTo } from '../../../support/hubClients.ts';

const always = ['channel', 'epoch', 'seq', 'source', 'symbol', 'time', 'type'];

test('[S1-50] a client gets the fields that it asked for beside what tells their validity, and fewer bytes', () => {
  const bench = new HubBench();
  const whole = bench.subscribed(['price.BTC-USDT', 'trades.BTC-USDT']);
  const picked = bench.subscribed(['price.BTC-USDT', 'trades.BTC-USDT'], {
    fields: ['price.price', 'trade.id', 'trade.size'],
  });
  bench.feed.price('BTC-USDT', 64_000.5);
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  const price = picked.sink.of('price_update')[0];
  const trade = picked.sink.of('trade_update')[0];
  expect(Object.keys(price ?? {}).toSorted()).toEqual(
    [...always, 'ageMs', 'receivedTime', 'status', 'price'].toSorted(),
  );
  expect(price?.price).toEqual({ price: 64_000.5 });
  expect(Object.keys(trade ?? {}).toSorted()).toEqual([...always, 'trade'].toSorted());
  expect(trade?.trade).toEqual({ id: '1', size: 0.5001 });
  const bytes = ({ sink }: typeof whole): number =>
    sink.batches
      .flatMap(({ records }) => records.map((record) => record.json().length))
      .reduce((a, b) => a + b);
  expect(bytes(picked)).toBeLessThan(bytes(whole) * 0.7);
});

test('[S1-50] of each venue in a list its status stays, whatever else of it is left out', () => {
  const bench = new HubBench();
  const { sink } = bench.subscribed(['price.BTC-USDT', 'orderbook.BTC-USDT'], {
    fields: ['contributors.price', 'parts.venue', 'bids.price'],
  });
  const core = new FakeCore(() => bench.wallMs());
  bench.feed.state('price.BTC-USDT', { kind: 'price', price: core.priceOf('BTC-USDT') });
  const request = { market: 'BTC-USDT', venue: null, group: '0', rows: 5, muted: [] } as const;
  const book = core.bookView(request);
  bench.feed.state('orderbook.BTC-USDT', { kind: 'orderbook', book });
  bench.clock.advance(100);
  const [contributor] = sink.of('price_update')[0]?.contributors ?? [];
  expect(Object.keys(contributor ?? {}).toSorted()).toEqual(['price', 'status']);
  const [update] = sink.of('orderbook_update');
  expect(Object.keys(update?.parts[0] ?? {}).toSorted()).toEqual([
    ...['counted', 'status', 'streamStatus', 'venue'],
  ]);
  expect(Object.keys(update?.bids[0] ?? {})).toEqual(['price']);
});

test('[S1-50] filters let through the trades that fit, and are counted for nobody else', () => {
  const bench = new HubBench();
  const all = bench.subscribed(['trades.BTC-USDT']);
  const big = bench.subscribed(['trades.BTC-USDT'], { filters: { minSize: 1 } });
  const sells = bench.subscribed(['trades.BTC-USDT'], { filters: { side: 'sell', venue: 'okx' } });
  bench.feed.trade('BTC-USDT', { sizeUnits: 9_999, sizeDecimals: 4 });
  bench.feed.trade('BTC-USDT', { sizeUnits: 1, sizeDecimals: 0, side: 'sell' });
  bench.feed.trade('BTC-USDT', {
    sizeUnits: 10_000,
    sizeDecimals: 4,
    side: 'sell',
    instrument: 'okx:BTC-USDT',
  });
  bench.clock.advance(100);
  expect([all, big, sells].map(({ sink }) => sink.tradeIds)).toEqual([
    ['1', '2', '3'],
    ['2', '3'],
    ['3'],
  ]);
});

test('a field that no record has is refused by its name', () => {
  const { session } = new HubBench().open();
  const answer = session.subscribe(
    subscribeTo(['price.BTC-USDT'], { fields: ['price', 'sentiment'] }),
  );
  expect(answer.accepted).toEqual([]);
  expect(answer.rejected[0]).toMatchObject({ code: 'INVALID_REQUEST' });
  expect(answer.rejected[0]?.message).toContain('"sentiment"');
});

test('[S1-33] 201 symbols are refused with the limit in words, 200 are taken', () => {
  const bench = new HubBench();
  const letters = Array.from({ length: 201 }, (_, index) => `A${index}-USDT`);
  bench.feed.listed = letters;
  const { session } = bench.open();
  const tooMany = session.subscribe(subscribeTo(letters.map((symbol) => `price.${symbol}`)));
  expect(tooMany.accepted).toEqual([]);
  expect(tooMany.rejected).toHaveLength(201);
  expect(tooMany.rejected[0]).toMatchObject({ code: 'TOO_MANY_SYMBOLS' });
  expect(tooMany.rejected[0]?.message).toContain('200 symbols');
  const allowed = letters.slice(0, 200).map((symbol) => `price.${symbol}`);
  expect(session.subscribe(subscribeTo(allowed))).toMatchObject({ rejected: [], channels: 200 });
  const more = session.subscribe(subscribeTo(['trades.A0-USDT', 'trades.A200-USDT']));
  expect(more.accepted).toEqual(['trades.A0-USDT']);
  expect(more.rejected).toMatchObject([{ channel: 'trades.A200-USDT', code: 'TOO_MANY_SYMBOLS' }]);
});

test.each([
  '',
  'price',
  'price.',
  'trade.BTC-USDT',
  'price.BTC-USDT.1m',
  'candles.BTC-USDT.2m',
  'gaps.x',
  'price.BTC-USDT@okx',
  'orderbook.BTC-USDT@ftx',
  '<b>',
  'price.<script>',
])(
  '[S1-33] %j is refused with a code and a text that says what to do, and without its markup',
  (channel) => {
    const answer = new HubBench().open().session.subscribe(subscribeTo([channel]));
    expect(answer.accepted).toEqual([]);
    expect(answer.rejected).toHaveLength(1);
    expect(answer.rejected[0]?.code).toMatch(/^INVALID_(CHANNEL|SYMBOL)$/);
    expect(answer.rejected[0]?.message).not.toMatch(/[<>]/);
  },
);

test('a client has so many channels and no more', () => {
  const { session } = new HubBench({ maxChannels: 3 }).open();
  const answer = session.subscribe(
    subscribeTo(['price.BTC', 'ticker.BTC', 'price.BTC-USDT', 'gaps', 'health', 'trades.BTC']),
  );
  expect(answer.accepted).toEqual(['price.BTC-USDT', 'ticker.BTC-USDT', 'gaps']);
  expect(answer.rejected.map(({ channel }) => channel)).toEqual(['health', 'trades.BTC']);
});

test.each([
  ['BTC-USDT', 'BTC-USDT'],
  ['BTC/USDT', 'BTC-USDT'],
  ['BTCUSDT', 'BTC-USDT'],
  ['BTC', 'BTC-USDT'],
  ['ETH', 'ETH-USDT'],
])('[S1-39] %s is the market %s', (symbol, market) => {
  expect(new HubBench().hub.resolve(symbol)).toEqual({ ok: true, market });
});

test.each(['btc', 'bitcoin', 'Btc-USDT', 'btcusdt', 'BITCOIN', 'BTC-USD', 'BTC/USD'])(
  '[S1-39] %s is refused, and the market that may have been meant is named',
  (symbol) => {
    const resolved = new HubBench().hub.resolve(symbol);
    expect(resolved).toMatchObject({ ok: false, error: { code: 'INVALID_SYMBOL' } });
    if (!resolved.ok) expect(resolved.error.candidates?.[0]).toBe('BTC-USDT');
  },
);

test('before the venues have answered, an exact id is taken and a guess waits', () => {
  const bench = new HubBench();
  bench.feed.listed = [];
  expect(bench.hub.resolve('BTC-USDT')).toEqual({ ok: true, market: 'BTC-USDT' });
  expect(bench.hub.resolve('BTC')).toMatchObject({
    error: { code: 'NO_FEED', retryAfterMs: 1_000 },
  });
});

test('all markets of a kind are as many as a client may have', () => {
  const bench = new HubBench({ maxSymbols: 4 });
  const { session } = bench.open();
  const answer = session.subscribe(subscribeTo(['price.*']));
  expect(answer.accepted).toEqual(bench.feed.listed.slice(0, 4).map((market) => `price.${market}`));
  // That it is not all of them is said.
  expect(answer.rejected).toMatchObject([{ channel: 'price.*', code: 'TOO_MANY_SYMBOLS' }]);
  expect(answer.rejected[0]?.message).toContain(`There are ${bench.feed.listed.length} markets`);
  expect(session.unsubscribe(['price.*'], '7')).toMatchObject({ id: '7', channels: 0 });
});

test('what a request repeats is answered once', () => {
  const bench = new HubBench();
  const { session } = bench.open();
  const repeated = Array.from({ length: 1_000 }, () => 'candles.*');
  const { length } = bench.feed.listed;
  expect(session.subscribe(subscribeTo(repeated)).accepted).toHaveLength(length);
  const wrong = session.subscribe(subscribeTo(['price.NOPE', 'price.NOPE']));
  expect(wrong.rejected).toHaveLength(1);
  expect(session.unsubscribe(repeated, null).removed).toHaveLength(length);
});

test('a thousand names that are none cost no search for what was meant', () => {
  const bench = new HubBench();
  const { session } = bench.open();
  const names = Array.from({ length: 1_000 }, (_, index) => `price.NONE${index}`);
  const { accepted, rejected } = session.subscribe(subscribeTo(names));
  expect([accepted.length, rejected.length]).toEqual([0, 1_000]);
  expect(new Set(rejected.map(({ code }) => code))).toEqual(new Set(['TOO_MANY_SYMBOLS']));
});

test('depth cuts a book, also for the one who asks again', () => {
  const bench = new HubBench();
  const { session, sink } = bench.subscribed(['orderbook.BTC-USDT'], { depth: 2 });
  const rows = Array.from({ length: 50 }, (_, index) => ({
    priceUnits: 6_400_000 + index,
    sizeUnits: [10 + index, 5],
    changedTime: [1, 2],
  }));
  const part = { status: 'live', streamStatus: 'live', counted: true, receivedTime: 5 } as const;
  const rest = { sequence: 1, bestBidUnits: 1, bestAskUnits: 2, note: null };
  bench.feed.state('orderbook.BTC-USDT', {
    kind: 'orderbook',
    book: {
      ...{ market: 'BTC-USDT', venue: null, priceDecimals: 2, sizeDecimals: 3, groupUnits: 1 },
      parts: [
        { venue: 'binance', instrument: 'binance:BTC-USDT', ...part, ...rest },
        { venue: 'okx', instrument: 'okx:BTC-USDT', ...part, ...rest },
      ],
      ...{ bids: rows, asks: rows, crossedUnits: null },
    },
  });
  bench.clock.advance(20);
  const [first] = sink.of('orderbook_update');
  expect(first?.bids).toEqual([
    { price: 64_000, size: 0.015, timestamp: 2, sizes: [0.01, 0.005] },
    { price: 64_000.01, size: 0.016, timestamp: 2, sizes: [0.011, 0.005] },
  ]);
  session.subscribe(subscribeTo(['orderbook.BTC-USDT'], { depth: 50 }));
  bench.clock.advance(20);
  expect(sink.of('orderbook_update').at(-1)?.asks).toHaveLength(50);
});

test('JSON and MessagePack carry the same record', () => {
  const bench = new HubBench();
  const { sink } = bench.subscribed(['price.BTC-USDT', 'trades.BTC-USDT']);
  bench.feed.price('BTC-USDT', 0.00000123);
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  const records = sink.batches.flatMap((batch) => batch.records);
  expect(records).toHaveLength(2);
  for (const record of records) expect(decode(record.packed())).toEqual(JSON.parse(record.json()));
});

test('a late subscriber is told the present value with its present age, once', () => {
  const bench = new HubBench();
  bench.subscribed(['price.BTC-USDT']);
  bench.clock.advance(10);
  bench.feed.price('BTC-USDT', 5);
  bench.clock.advance(30_000);
  const { sink } = bench.subscribed(['price.BTC-USDT'], { rate: 0.01 });
  bench.clock.advance(60_000);
  expect(sink.of('price_update')).toMatchObject([{ ageMs: 30_000, time: bench.wallMs() - 60_000 }]);
});

test('a snapshot waits for a value, and says where there is none', async () => {
  const bench = new HubBench();
  const asked = bench.hub.snapshot('price.BTC-USDT', { mostMs: 1_000 });
  bench.clock.advance(100);
  expect(bench.feed.wanted).toEqual(['price.BTC-USDT']);
  bench.feed.price('BTC-USDT', 7);
  expect((await asked).updates).toMatchObject([{ status: 'live', price: { price: 7 } }]);
  const none = bench.hub.snapshot('price.ETH-USDT', { mostMs: 1_000 });
  bench.clock.advance(1_000);
  expect((await none).updates).toMatchObject([{ status: 'none', price: { price: null } }]);
  bench.clock.advance(10);
  expect(bench.feed.wanted).toEqual([]);
});

test('last trades that nobody has followed since are not told as the newest', async () => {
  const bench = new HubBench();
  const { session } = bench.subscribed(['trades.BTC-USDT']);
  bench.feed.trade('BTC-USDT');
  bench.clock.advance(100);
  session.close();
  bench.clock.advance(60_000);
  const asked = bench.hub.snapshot('trades.BTC-USDT', { mostMs: 1_000 });
  bench.clock.advance(100);
  expect(bench.feed.wanted).toEqual(['trades.BTC-USDT']);
  bench.feed.trade('BTC-USDT');
  const { updates } = await asked;
  expect(updates.map((update) => 'trade' in update && update.trade.id)).toEqual(['1', '2']);
  bench.clock.advance(100);
  const quiet = bench.hub.snapshot('trades.BTC-USDT', { mostMs: 1_000 });
  bench.clock.advance(1_000);
  expect((await quiet).updates).toHaveLength(2);
});

test('all clients together have no more different channels than the feed carries', () => {
  const bench = new HubBench();
  bench.feed.listed = Array.from({ length: 2_000 }, (_, index) => `A${index}-USDT`);
  let accepted = 0;
  for (let at = 0; at < 2_000; at += 200) {
    const channels = bench.feed.listed.slice(at, at + 200).map((market) => `price.${market}`);
    accepted += bench.open().session.subscribe(subscribeTo(channels)).accepted.length;
  }
  expect(accepted).toBe(1_900);
  const { session } = bench.open();
  expect(session.subscribe(subscribeTo(['price.A1999-USDT'])).rejected).toMatchObject([
    { code: 'OVERLOADED' },
  ]);
  expect(session.subscribe(subscribeTo(['price.A0-USDT'])).rejected).toEqual([]);
});

test('leaving channels of all markets leaves those that were meant, and no others of the kind', () => {
  const bench = new HubBench();
  const { session } = bench.subscribed([
    ...['candles.BTC-USDT.1m', 'candles.BTC-USDT.5m', 'candles.ETH-USDT.1m'],
    ...['candles.BTC-USDT@okx.1m', 'orderbook.BTC-USDT', 'orderbook.BTC-USDT@okx'],
  ]);
  const leave = (channel: string) => session.unsubscribe([channel], null).removed;
  expect(leave('candles.*.1m')).toEqual(['candles.BTC-USDT.1m', 'candles.ETH-USDT.1m']);
  expect(leave('orderbook.*@okx')).toEqual(['orderbook.BTC-USDT@okx']);
  expect([...session.channels]).toEqual([
    ...['candles.BTC-USDT.5m', 'candles.BTC-USDT@okx.1m', 'orderbook.BTC-USDT'],
  ]);
});

test('[G06] what may have been meant is looked for so often and no more: who guesses does not stop the others', () => {
  const bench = new HubBench();
  const guess = (count: number): number => {
    const { session } = bench.open();
    const names = Array.from({ length: count }, (_, index) => `price.btc${index}`);
    const { rejected } = session.subscribe(subscribeTo(names));
    expect(rejected.map(({ code }) => code)).toEqual(names.map(() => 'INVALID_SYMBOL'));
    expect(rejected.map(({ message }) => message).join('\n')).not.toContain('mean ?');
    return rejected.filter(({ candidates = [] }) => candidates.length > 0).length;
  };
  expect(guess(3)).toBe(3);
  for (let at = 0; at < 5; at += 1) expect(guess(200)).toBeLessThan(60);
  expect(guess(5)).toBe(0);
  bench.clock.advance(1_000);
  expect(guess(5)).toBe(5);
});
