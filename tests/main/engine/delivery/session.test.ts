import { expect, test } from 'vitest';
import type { GapRecord } from '../../../../src/shared/feedHealth.ts';
import type { TradesDropped, TradeValue } from '../../../../src/shared/values.ts';
import { FakeCore } from '../../../support/fakeCore.ts';
import { Random } from '../../../shared/randomValues.ts';
import { TestWindow } from './testWindow.ts';

const btc = 'BTC-USDT';
const trades = { topic: 'trades', market: btc } as const;
const price = { topic: 'price', market: btc } as const;
const quote = { topic: 'quote', market: btc } as const;
const book = {
  topic: 'book',
  market: btc,
  venue: null,
  group: '0',
  rows: 25,
  muted: [],
} as const;
const candle = { topic: 'candle', market: btc, venue: null, interval: '1m' } as const;
const gap: GapRecord = {
  id: 1,
  venue: 'okx',
  instrument: 'okx:BTC-USDT',
  channel: 'trade',
  cause: 'disconnect',
  from: 1,
  to: null,
  firstId: null,
  lastId: null,
  missing: null,
  repairedBy: null,
};

function ids(rows: readonly unknown[]): string[] {
  return (rows as (TradeValue | TradesDropped)[]).map((row) =>
    row.type === 'trade' ? row.id : `-${row.count}`,
  );
}

test('says hello first and sends the present value of a new topic at once [S4-22]', () => {
  const window = new TestWindow();
  window.core.trade(btc);
  window.subscribe(price, quote, trades, book, candle, { topic: 'gaps' }, { topic: 'links' });
  window.clock.advance(0);
  expect(window.messages[0]).toMatchObject({ type: 'event', event: { type: 'hello' } });
  const [batch] = window.batches;
  expect(
    batch?.records.filter((record) => record.reset).map((record) => record.subscription),
  ).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(window.valuesOf(1)).toEqual([window.core.priceOf(btc)]);
  expect(window.valuesOf(2)).toHaveLength(3);
  expect(ids(window.valuesOf(3))).toEqual(['1000001']);
  expect(window.valuesOf(6)).toEqual([]);
});

test('loses and reorders no trade whatever the moments of acknowledgement', () => {
  const random = new Random(99);
  const window = new TestWindow();
  const told: string[] = [];
  window.subscribe(trades, book, price);
  window.clock.advance(1);
  for (let round = 0; round < 5000; round++) {
    const burst = random.below(30);
    for (let count = 0; count < burst; count++) told.push(window.core.trade(btc).id);
    window.core.dirty('book', btc, 'okx');
    if (random.chance(0.6)) window.clock.advance(random.below(20));
    if (random.chance(0.5) && window.session.counters.inFlight > 0) window.ack();
  }
  for (let round = 0; round < 50; round++) {
    if (window.session.counters.inFlight > 0) window.ack();
    window.clock.advance(17);
  }
  expect(ids(window.valuesOf(1))).toEqual(told);
  const ordinals = (window.valuesOf(1) as TradeValue[]).map((trade) => trade.ordinal);
  expect(ordinals).toEqual(ordinals.map((_, index) => index));
  expect(window.maxInFlight).toBe(2);
  expect(window.largest).toBeLessThanOrEqual(65_536);
});

test('while two batches are out, state conflates to its latest value and no ladder is cut', () => {
  const window = new TestWindow();
  window.subscribe(book, price);
  window.clock.advance(17);
  window.core.dirty('book', btc, 'okx');
  window.clock.advance(17);
  expect(window.batches).toHaveLength(2);
  const cut = window.core.bookViews;
  for (let count = 0; count < 1000; count++) window.core.dirty('book', btc, 'okx');
  window.clock.advance(900);
  expect(window.core.bookViews).toBe(cut);
  expect(window.batches).toHaveLength(2);
  window.ack(1);
  window.clock.advance(0);
  expect(window.batches).toHaveLength(3);
  expect(window.core.bookViews).toBe(cut + 1);
  const views = window.valuesOf(1) as { parts: { sequence: number }[] }[];
  expect(views.at(-1)?.parts[2]?.sequence).toBe(1001);
});

test('one change of one venue sends that venue only', () => {
  const window = new TestWindow();
  window.ackAfterMs = 5;
  window.subscribe(quote);
  window.clock.advance(50);
  window.core.dirty('quote', btc, 'bybit');
  window.clock.advance(50);
  const after = window.batches.slice(1).flatMap((batch) => batch.records);
  expect(after.map((record) => record.update)).toMatchObject([
    { topic: 'quote', value: { instrument: 'bybit:BTC-USDT' } },
  ]);
  expect(after[0]?.reset).toBe(false);
});

test('sends at most 60 batches a second under 5,000 changes a second [S0-29]', () => {
  const window = new TestWindow();
  window.ackAfterMs = 8;
  window.subscribe(price, quote, trades, book, candle, { topic: 'health' });
  window.clock.advance(1);
  for (let ms = 0; ms < 10_000; ms++) {
    for (let count = 0; count < 5; count++) window.core.step([btc]);
    window.clock.advance(1);
  }
  expect(window.batches.length).toBeGreaterThan(500);
  expect(window.batches.length).toBeLessThanOrEqual(601);
  const spacings = window.arrivals.slice(1).map((at, index) => at - (window.arrivals[index] ?? 0));
  expect(Math.min(...spacings)).toBeGreaterThanOrEqual(15.6);
  expect(window.maxInFlight).toBeLessThanOrEqual(2);
});

test('a hidden window gets nothing, and one whole picture when it is shown', () => {
  const window = new TestWindow();
  window.ackAfterMs = 5;
  window.subscribe(trades, book);
  window.clock.advance(100);
  window.show(false);
  const before = window.batches.length;
  for (let count = 0; count < 3000; count++) window.core.trade(btc);
  window.clock.advance(60_000);
  expect(window.batches).toHaveLength(before);
  expect(window.session.counters.queuedEvents).toBe(0);
  expect(window.clock.pending).toBe(0);

  window.show(true);
  const shownAt = window.clock.monotonicMs();
  window.clock.advance(100);
  const shown = window.batches.slice(before);
  expect(shown.flatMap((batch) => batch.records).filter((record) => record.reset)).toHaveLength(2);
  const rows = shown.flatMap((batch) =>
    batch.records.flatMap((record) =>
      record.update?.topic === 'trades' ? [record.update.value] : [],
    ),
  );
  expect(ids(rows)).toEqual(ids(window.core.recentTrades(btc, 500)));
  expect((window.arrivals[before] ?? 0) - shownAt).toBeLessThan(17);
});

test('hiding frees what was waiting to be sent', () => {
  const window = new TestWindow();
  window.subscribe(trades);
  window.clock.advance(17);
  for (let count = 0; count < 5000; count++) window.core.trade(btc);
  window.clock.advance(40);
  expect(window.session.counters.queuedEvents).toBeGreaterThan(3000);
  window.show(false);
  expect(window.session.counters.queuedEvents).toBe(0);
});

test('a new tape behind a long queue starts with its snapshot and repeats no trade', () => {
  const window = new TestWindow();
  const eth = { topic: 'trades', market: 'ETH-USDT' } as const;
  window.ackAfterMs = 5;
  window.subscribe(trades);
  window.clock.advance(50);
  for (let count = 0; count < 3000; count++) window.core.trade(btc);
  window.subscribe(trades, eth);
  const told = Array.from({ length: 20 }, () => window.core.trade('ETH-USDT').id);
  window.clock.advance(500);
  told.push(window.core.trade('ETH-USDT').id);
  window.clock.advance(100);
  expect(ids(window.valuesOf(2))).toEqual(told);
  expect(window.valuesOf(1)).toHaveLength(3000);
});

test('the host hides a window that believes itself visible', () => {
  const window = new TestWindow();
  window.ackAfterMs = 5;
  window.subscribe(price);
  window.clock.advance(50);
  window.session.setHostVisible(false);
  window.show(true);
  const before = window.batches.length;
  window.core.trade(btc);
  window.clock.advance(5000);
  expect(window.batches).toHaveLength(before);
  window.session.setHostVisible(true);
  window.clock.advance(20);
  expect(window.batches.length).toBeGreaterThan(before);
});

test('past the bound the oldest trades go, and a row counts them where they were', () => {
  const window = new TestWindow({ limits: { events: 100, bytes: 1_000_000 } });
  window.subscribe(trades);
  window.clock.advance(17);
  window.core.trade(btc);
  window.clock.advance(17);
  const told = Array.from({ length: 250 }, () => window.core.trade(btc).id);
  expect(window.session.counters).toMatchObject({ queuedEvents: 100, tradesDropped: 150 });
  window.ack();
  window.clock.advance(40);
  const rows = window.valuesOf(1).slice(1);
  expect(ids(rows)).toEqual(['-150', ...told.slice(150)]);
  expect((rows[1] as TradeValue).ordinal).toBe(151);
});

test('the bound in bytes holds as well', () => {
  const window = new TestWindow({ limits: { events: 50_000, bytes: 7_900 } });
  window.subscribe(trades);
  window.clock.advance(17);
  for (let count = 0; count < 500; count++) window.core.trade(btc);
  expect(window.session.counters).toMatchObject({ queuedEvents: 100, tradesDropped: 400 });
});

test('closed candles and gap records that found no room start their topic over', () => {
  const window = new TestWindow({ limits: { events: 3, bytes: 1_000_000 } });
  window.subscribe({ topic: 'gaps' }, candle);
  window.clock.advance(17);
  window.core.closeCandle(btc, null, '1m');
  for (let id = 1; id <= 5; id++) window.core.gap({ ...gap, id });
  window.ack();
  window.clock.advance(40);
  const [, ...later] = window.batches;
  const records = later.flatMap((batch) => batch.records);
  expect(
    records
      .filter((record) => record.reset)
      .map((record) => record.subscription)
      .sort((a, b) => a - b),
  ).toEqual([1, 2]);
  const gaps = records.flatMap((record) =>
    record.update?.topic === 'gaps' ? [record.update.value.id] : [],
  );
  expect(gaps).toEqual([1, 2, 3, 4, 5]);
});

test('closed candles arrive each, however many fall between two batches', () => {
  const window = new TestWindow();
  window.subscribe(candle);
  window.clock.advance(17);
  window.ack();
  const closed = [1, 2, 3].map(() => window.core.closeCandle(btc, null, '1m'));
  window.core.closeCandle(btc, 'okx', '1m');
  window.core.closeCandle(btc, null, '5m');
  window.clock.advance(17);
  const values = window.valuesOf(1) as { candle: { closed: boolean } }[];
  expect(values.filter((value) => value.candle.closed)).toEqual(closed);
});

test('what is larger than a batch goes in parts, and the rest follows it', () => {
  const window = new TestWindow();
  window.ackAfterMs = 5;
  const large = window.core.health();
  const streams = Array.from({ length: 25 }, () => large.streams).flat();
  window.core.health = () => ({ ...large, streams });
  window.subscribe({ topic: 'health' }, trades);
  for (let count = 0; count < 500; count++) window.core.trade(btc);
  window.clock.advance(240);
  expect(window.valuesOf(1)[0]).toEqual({ ...large, streams });
  expect(ids(window.valuesOf(2))).toEqual(ids(window.core.recentTrades(btc, 500)));
  expect(window.batches[0]?.parts).toBeGreaterThan(4);
  expect(window.largest).toBeLessThanOrEqual(65_536);
});

test('many topics at once are spread over batches and each arrives', () => {
  const window = new TestWindow();
  window.ackAfterMs = 5;
  const requests = Array.from({ length: 60 }, (_, index) => ({
    ...book,
    rows: 200,
    muted: [],
    group: String(index),
  }));
  window.subscribe(...requests);
  window.clock.advance(2000);
  const seen = window.batches.flatMap((batch) =>
    batch.records.map((record) => record.subscription),
  );
  expect(new Set(seen).size).toBe(60);
  expect(window.largest).toBeLessThanOrEqual(65_536);
});

test('a heavy tape does not starve the ladder', () => {
  const window = new TestWindow();
  window.ackAfterMs = 10;
  window.subscribe(trades, book);
  window.clock.advance(17);
  for (let frame = 0; frame < 60; frame++) {
    for (let count = 0; count < 2500; count++) window.core.trade(btc);
    window.core.dirty('book', btc, 'okx');
    window.clock.advance(17);
  }
  expect(window.valuesOf(2).length).toBeGreaterThan(50);
});

test('speaks twice a second when nothing changes, and only then', () => {
  const window = new TestWindow();
  window.ackAfterMs = 5;
  window.subscribe(price);
  window.clock.advance(10_500);
  const [, ...heartbeats] = window.batches;
  expect(heartbeats.every((batch) => batch.records.length === 0)).toBe(true);
  expect(heartbeats.length).toBeGreaterThanOrEqual(18);
  expect(heartbeats.length).toBeLessThanOrEqual(21);
});

test('health is sampled a few times a second and not on each change', () => {
  const window = new TestWindow();
  window.ackAfterMs = 5;
  window.subscribe({ topic: 'health' });
  for (let ms = 0; ms < 4000; ms++) {
    window.core.step();
    window.clock.advance(1);
  }
  expect(window.valuesOf(1).length).toBeGreaterThanOrEqual(15);
  expect(window.valuesOf(1).length).toBeLessThanOrEqual(17);
});

test('a switch of source drops what waits and starts every topic over from the new engine', () => {
  const window = new TestWindow();
  window.subscribe(trades, price);
  window.clock.advance(17);
  for (let count = 0; count < 20; count++) window.core.trade(btc);
  const other = new FakeCore(() => 5_000, 2);
  const fresh = other.trade(btc);
  window.session.switchSource({ source: 'live', view: other, now: () => 5_000 });
  window.core.trade(btc);
  window.ack();
  window.clock.advance(50);
  expect(window.messages.at(-1)).toEqual({
    type: 'event',
    event: { type: 'sourceChanged', source: 'live' },
  });
  const [, ...later] = window.batches;
  expect(later.map((batch) => batch.source)).toEqual(['live']);
  const rows = later.flatMap((batch) =>
    batch.records.flatMap((record) =>
      record.update?.topic === 'trades' ? [record.update.value] : [],
    ),
  );
  expect(ids(rows)).toEqual([fresh.id]);
  expect(window.core.listeners).toBe(0);
});

test('a jump of the same source takes back at once what finds no room in its first batch', () => {
  const window = new TestWindow();
  const large = window.core.health();
  const manyStreams = { ...large, streams: Array.from({ length: 25 }, () => large.streams).flat() };
  const later = new FakeCore(() => 5_000, 2);
  let view = new FakeCore(() => 1_000);
  window.ackAfterMs = 1;
  window.subscribe(trades, { topic: 'health' }, price);
  window.session.switchSource({
    source: 'replay:x',
    now: () => view.time,
    get view() {
      return view;
    },
  });
  window.clock.advance(100);
  const former = view;
  former.trade(btc);
  later.health = () => manyStreams;
  view = later;
  const shown = later.trade(btc);
  const messages = window.messages.length;
  const before = window.batches.length;
  window.session.restart();
  former.trade(btc);
  window.clock.advance(200);
  expect(window.messages.length).toBe(messages);
  expect([former.listeners, later.listeners]).toEqual([0, 1]);
  const [first, ...rest] = window.batches.slice(before);
  expect(first).toMatchObject({ source: 'replay:x', hostTime: 5_000, parts: 1 });
  expect(first?.records.slice(0, 3)).toEqual(
    [1, 2, 3].map((subscription) => ({ subscription, reset: true, update: null })),
  );
  const values = [first, ...rest].flatMap((batch) => batch?.records ?? []);
  const rows = values.flatMap(({ update }) => (update?.topic === 'trades' ? [update.value] : []));
  expect(ids(rows)).toEqual([shown.id]);
  expect(values.findLast(({ subscription }) => subscription === 2)?.update?.value).toEqual(
    manyStreams,
  );
});

test('parts of a value of the former engine stop with the switch', () => {
  const window = new TestWindow();
  const large = window.core.health();
  window.core.health = () => ({
    ...large,
    streams: Array.from({ length: 25 }, () => large.streams).flat(),
  });
  window.subscribe({ topic: 'health' });
  window.clock.advance(20);
  expect(window.batches.at(-1)?.parts).toBeGreaterThan(2);
  const other = new FakeCore(() => 5_000, 2);
  window.session.switchSource({ source: 'live', view: other, now: () => 5_000 });
  const before = window.batches.length;
  window.ack();
  window.clock.advance(100);
  expect(window.batches[before]).toMatchObject({ source: 'live', part: 0, parts: 1 });
  expect(window.valuesOf(1)).toEqual([other.health()]);
});

test('a slow link gets more credit, a slow page does not', () => {
  const far = new TestWindow({ roundTripMs: 65 });
  far.subscribe(price);
  for (let count = 0; count < 30; count++) {
    far.core.trade(btc);
    far.clock.advance(17);
  }
  expect(far.maxInFlight).toBe(6);
  const veryFar = new TestWindow({ roundTripMs: 5000 });
  veryFar.subscribe(price);
  for (let count = 0; count < 30; count++) {
    veryFar.core.trade(btc);
    veryFar.clock.advance(17);
  }
  expect(veryFar.maxInFlight).toBe(8);
  const slow = new TestWindow();
  slow.ackAfterMs = 200;
  slow.subscribe(price);
  for (let count = 0; count < 100; count++) {
    slow.core.trade(btc);
    slow.clock.advance(17);
  }
  expect(slow.maxInFlight).toBe(2);
});

test('a value that cannot be sent leaves nothing old on the screen and does not stop the rest', () => {
  const window = new TestWindow();
  window.ackAfterMs = 5;
  window.subscribe(book, price);
  window.clock.advance(50);
  const view = window.core.bookView.bind(window.core);
  window.core.bookView = (request) => ({ ...view(request), groupUnits: -1 });
  window.core.dirty('book', btc, 'okx');
  window.core.dirty('price', btc, 'okx');
  window.clock.advance(50);
  expect(window.batches.at(-1)?.records).toMatchObject([
    { subscription: 1, reset: true, update: null },
    { subscription: 2, reset: false, update: { topic: 'price' } },
  ]);
  expect(window.session.counters.failedValues).toBe(1);
  expect(window.reports).toHaveLength(1);
});

test('a given-up topic is not sent any more, an id with another topic starts over', () => {
  const window = new TestWindow();
  window.ackAfterMs = 5;
  window.subscribe(trades, price);
  window.clock.advance(50);
  for (let count = 0; count < 10; count++) window.core.trade(btc);
  window.subscribe({ topic: 'trades', market: 'ETH-USDT' });
  const before = window.batches.length;
  window.clock.advance(50);
  expect(window.batches.slice(before).flatMap((batch) => batch.records)).toEqual([
    { subscription: 1, reset: true, update: null },
  ]);
  expect(window.requests.at(-1)).toEqual([{ topic: 'trades', market: 'ETH-USDT' }]);
});
